"""The line at the top of each page that says which pair it is about, and changes it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.bundled.pair_specs import asked_of
from landscape.bundled.pairs import Pair
from landscape.outside.text import markdown
from landscape.schema.capability_names import name_of
from landscape.ui.components.page_setup import show_errors, store_if_open
from landscape.ui.pair.current import choose_pair, current_pair, settle_pair
from landscape.ui.pair.fields import other_pairs, pair_fields

_SHOWN = 4  # capabilities named in the line


def show_pair(page: str) -> None:
    """Settle which pair a page is about, and show it in one line at the top. Home has fields of its own."""
    if (store := store_if_open()) is None:
        return  # the page says why
    with show_errors():
        settle_pair(store, page)
        if page != "home" and not st.query_params.get("lecture"):
            _bar(current_pair())


def _bar(pair: Pair) -> None:
    """The pair in one line. A press opens the fields that change it, for all pages."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="pair-bar")
    with row.popover(f"**{markdown(pair.text)}**", icon=":material/compare_arrows:", help="Choose another pair"):
        _chooser(pair)
    row.caption(f"asked: {markdown(_asked(pair))}", width="content")


def _asked(pair: Pair) -> str:
    names = list(map(name_of, asked_of(pair)))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _chooser(pair: Pair) -> None:
    wanted = pair_fields(pair, "bar")
    if st.button("Use this pair on every page", type="primary", disabled=wanted == pair, width="stretch"):
        choose_pair(wanted)
        st.rerun()
    pair_buttons(st.container(horizontal=True, gap="small"), pair, "bar")


def pair_buttons(row: DeltaGenerator, now: Pair, key: str) -> None:
    """A button for each pair that is one press away."""
    for other in other_pairs(now):
        text = f"{key}-{other.base}-{other.tuned}"
        row.button(markdown(other.text), key=text, on_click=choose_pair, args=(other,), type="tertiary",
                   icon=":material/history:")  # fmt: skip
