"""Enlarge: what training under weight noise does to basins, what it costs, and which claims hold."""

from landscape.ui.frame import guard

guard("enlarge")

import streamlit as st  # noqa: E402

from landscape.ui import enlarge  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.enlarge_form import enlarge_form  # noqa: E402
from landscape.ui.enlarge_pictures import draw, growth  # noqa: E402
from landscape.ui.frame import explained, start_worker, the_store  # noqa: E402

store = the_store()
shown = enlarge.asked_for()
known = enlarge.known_of(store, shown)
with st.sidebar:
    st.header("Compare trainings")
    with explained():
        enlarge.offer(store, enlarge_form(shown))

st.header("Enlarged basins: what does training under noise buy, and what does it cost?")
load_library()


@st.fragment(run_every=1.0 if known.active else None)
def live() -> None:
    """What is known, and what is asked for."""
    with explained():
        now = enlarge.known_of(store, shown)
        if known.active and not now.active:
            st.rerun()  # before anything is drawn: what is drawn now stays
        if any(run.status == "queued" for run in now.active):
            start_worker(store)
        with st.container():
            enlarge.state(store, shown, now)
        choice = enlarge.controls(shown)
        if now.searches:
            draw(shown, now, enlarge.stated(now, choice.tolerance), choice)
        growth(choice)
        enlarge.permalink(shown, choice)


live()
