"""Enlarge: what training under weight noise does to basins, what it costs, and which claims hold."""

from landscape.ui.components.frame import require_app

require_app("enlarge")

import streamlit as st

from landscape.ui.components.chart import load_library
from landscape.ui.components.frame import (
    show_errors,
    start_worker,
    the_store,
)
from landscape.ui.enlarge import view
from landscape.ui.enlarge.form import enlarge_form
from landscape.ui.enlarge.pictures import (
    draw,
    growth,
)

store = the_store()
shown = view.asked_for()
known = view.known_of(store, shown)
with st.sidebar:
    st.header("Compare trainings")
    with show_errors():
        view.offer(store, enlarge_form(shown))

st.header("Enlarged basins: what does training under noise buy, and what does it cost?")
load_library()


@st.fragment(run_every=1.0 if known.active else None)
def live() -> None:
    """What is known, and what is asked for."""
    with show_errors():
        now = view.known_of(store, shown)
        if known.active and not now.active:
            st.rerun()  # before anything is drawn: what is drawn now stays
        if any(run.status == "queued" for run in now.active):
            start_worker(store)
        with st.container():
            view.state(store, shown, now)
        choice = view.controls(shown)
        if now.searches:
            draw(shown, now, view.stated(now, choice.tolerance), choice)
        growth(choice)
        view.permalink(shown, choice)


live()
