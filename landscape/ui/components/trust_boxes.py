"""Trusting the code that checkpoints bring: a box for each that has any, given here and nowhere else."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from landscape.checkpoints import files
from landscape.outside import trust
from landscape.outside.text import markdown
from landscape.schema.directions import short_name
from landscape.ui.components.page_setup import show_errors
from landscape.ui.components.words import WORDS


def trust_boxes(names: Sequence[str], key: str) -> None:
    """A box for each checkpoint that brings code of its own; ticked where this machine trusts it as it is now.

    No address and no stored run ticks one. `key` keeps the boxes of one form apart from those of another.
    """
    for name in dict.fromkeys(names):
        try:
            folder = files.resolve(name).folder
        except (ValueError, OSError):  # whoever loads it, or shows it, will say what is wrong with it
            continue
        with show_errors():
            if code := trust.code_of(folder):
                _box(name, folder, code, f"{key}-trust-{name}")


def _box(name: str, folder: Path, code: Sequence[str], key: str) -> None:
    def chosen() -> None:
        with show_errors():  # the list cannot be written, say
            trust.give(folder) if st.session_state[key] else trust.withdraw(folder)

    st.session_state[key] = trust.is_given(folder)  # changed code is a box that is empty again
    label = f"Run the Python code of **{markdown(short_name(name))}** on this machine"
    st.checkbox(label, key=key, on_change=chosen, help=WORDS["trust"])
    listed = f"{', '.join(code[:3])}{' …' if len(code) > 3 else ''}"
    st.caption(
        f":material/warning: It brings {markdown(listed)}. Ticked, that code runs with your rights whenever "
        f"{markdown(name)} is loaded here, until it changes. Not ticked, it never runs."
    )
