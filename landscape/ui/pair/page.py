"""The frame of a page that measures: the form in the sidebar, the title, and the one button that measures the form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.bundled.pairs import Pair
from landscape.runs.measured_content import outdated_because
from landscape.schema.frames import PointSpec
from landscape.schema.results import Result
from landscape.store.errors import StoreError
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.measurement import cost_of, measure, offer_smaller
from landscape.ui.components.page_setup import show_errors

T = TypeVar("T")
_ICON = ":material/play_arrow:"
Form = Callable[[Any, Pair], Any]  # (what is shown, the pair) → the spec that the widgets describe


@dataclass(frozen=True)
class Wanted:
    """What a form describes, or why it describes nothing that can be measured."""

    spec: Any
    error: Exception | None = None


def read_form(title: str, form: Form, shown: Any, pair: Pair) -> Wanted:
    """The form in the sidebar, which starts at what is shown, and what it describes."""
    with st.sidebar:
        st.subheader(title, anchor=False)
        try:
            return Wanted(form(shown, pair))
        except (ValueError, OSError) as error:  # also pydantic's, and what is not on this machine
            return Wanted(None, error)


def title_and_button(
    store: Store, title: str, verb: str, wanted: Wanted, shown: PointSpec, run: Run | None, shipped: Result[Any] | None
) -> None:
    """The page's title; beside it the button that measures what the form says, unless that is what is shown."""
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row.subheader(title, anchor=False, width="content")
    if is_shown(wanted, shown, run, known=shipped is not None):
        return
    if (cost := priced(row, verb, _ICON, wanted, lambda spec: cost_of(store, spec))) is None:
        return
    said, seconds = cost
    label = f"{verb} · {seconds}" if seconds else verb
    pressed = row.button(label, type="primary", icon=_ICON, key="measure", help=said)
    st.caption(said, text_alignment="right")
    with show_errors():
        offer_smaller(store, wanted.spec)
        if pressed:
            measure(store, wanted.spec)


def is_shown(wanted: Wanted, shown: Any, run: Run | None, *, known: bool) -> bool:
    """Whether a form describes what is shown, and that still holds. `known`: what is shown ships."""
    if wanted.error is not None or wanted.spec != shown:
        return False
    return known if run is None else outdated_because(run) is None


def priced(row: DeltaGenerator, verb: str, icon: str, wanted: Wanted, price: Callable[[Any], T]) -> T | None:
    """The price of what a form describes; None, a button that cannot be pressed, and why, where that is wrong."""
    try:
        if wanted.error is not None:
            raise wanted.error
        return price(wanted.spec)
    except (ValueError, OSError, StoreError) as error:
        row.button(verb, type="primary", icon=icon, disabled=True, key="measure")
        with show_errors():
            raise error
    return None


def say_missing_fine_tune(title: str, why: str) -> None:
    """Of a page that needs two checkpoints: what it needs, where the pair has only one."""
    st.subheader(title, anchor=False)
    st.info(why, icon=":material/info:")
