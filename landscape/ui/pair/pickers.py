"""Pickers of checkpoints: they offer what this machine has, and take any other name."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import streamlit as st

from landscape import assets
from landscape.checkpoints import files
from landscape.checkpoints.stored import offers
from landscape.outside import hub, network
from landscape.outside.text import markdown
from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.components.words import WORDS
from landscape.ui.pair import recent

_TYPE = "Type a folder, a hub id (org/name), a GGUF file, or ADAPTER+BASE."


@st.cache_data(ttl=10, max_entries=4, show_spinner=False)
def offered() -> list[str]:
    """The checkpoints to offer: those used last, what lies beside them, the hub's cache, the real model, the demo's."""
    used = [name for pair in recent.pairs() for name in pair.names]
    used += [name for run in get_store().runs() for name in run.spec.named_checkpoints]
    mine = [name for name in offers.offers(dict.fromkeys(used)) if not name.startswith(assets.PREFIX)]
    return list(dict.fromkeys([*mine, *_real(), *assets.installed(assets.CHECKPOINTS)]))


def _real() -> list[str]:
    """The models of the showcase, where their base was fetched."""
    with suppress(ValueError):
        files.showcase_folder(next(iter(assets.REAL)))
        return list(assets.REAL)
    return []


def checkpoint_picker(label: str, value: str, key: str, *, hint: str = "", placeholder: str = "") -> str:
    """Choose a checkpoint that is offered, or type any other name; "" where nothing is chosen.

    Of a folder that only holds checkpoints, those are offered below.
    """
    options = list(dict.fromkeys([*offered(), *([value] if value else [])]))
    chosen = st.selectbox(
        label, options, index=options.index(value) if value else None, key=key, accept_new_options=True,
        placeholder=placeholder or _TYPE, help=f"{hint} {WORDS['checkpoint']}".strip(),
    )  # fmt: skip
    name = (chosen or "").strip()
    return _within(name, key) or name


def _within(name: str, key: str) -> str | None:
    """A checkpoint in a folder that is none itself, to be picked; None where there is nothing to pick."""
    folder = Path(name).expanduser() if name else None
    if folder is None or name.startswith(assets.PREFIX) or not folder.is_dir() or offers.is_checkpoint(folder):
        return None
    found = offers.below(folder)
    if not found:
        return None
    names = [str(each.relative_to(folder)) for each in found]
    picked = st.pills("In this folder", names, key=f"{key}-{name}-within", format_func=markdown)
    return str(folder / picked) if picked else None


def checkpoints_picker(
    label: str, values: Sequence[str], key: str, hint: str, *, disabled: bool = False, also: Sequence[str] = ()
) -> list[str]:
    """Choose several checkpoints, which keep the order in which they were chosen; `also` are offered first."""
    chosen = st.multiselect(
        label,
        list(dict.fromkeys([*also, *offered(), *values])),
        list(values),
        key=key,
        accept_new_options=True,
        disabled=disabled,
        help=f"{hint} {WORDS['checkpoint']}",
    )
    return [name.strip() for name in chosen]


def hub_search(key: str) -> str | None:
    """A search on the Hugging Face hub, made when it is asked for; the id that was picked, if one was."""
    found = f"{key}-found"
    with st.popover("Search the hub", icon=":material/travel_explore:", type="tertiary"), show_errors():
        text = st.text_input("Models on the Hugging Face hub", key=f"{key}-text", placeholder="smollm2 instruct")
        if st.button("Search", key=f"{key}-search", disabled=not text.strip()):
            with network.fetching():
                st.session_state[found] = hub.search(text.strip())
        names = st.session_state.get(found)
        if names == []:
            st.caption("The hub knows no such model of texts.")
        return st.pills("Found", names, key=f"{key}-picked", format_func=markdown) if names else None
    return None
