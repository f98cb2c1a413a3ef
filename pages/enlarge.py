"""Enlarge: what training under weight noise does to basins, what it costs, and which claims hold."""

from landscape.ui.components.page_setup import require_app

require_app("enlarge")

import streamlit as st

from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.enlarge import view
from landscape.ui.enlarge.form import enlarge_form
from landscape.ui.enlarge.growth import render_growth
from landscape.ui.enlarge.pictures import render


def picture(known: view.Known) -> None:
    """Where the measuring stands, the figures, the permalink. Each part keeps its place, whatever the others hold."""
    with st.container():
        view.render_state(store, shown, known)
    choice = view.controls(shown)
    with st.container():
        if known.searches:
            render(shown, known, choice)
    with st.container():
        render_growth(choice)
    view.permalink(shown, choice)


store = get_store()
shown = view.variants_from_url()
with st.sidebar:
    st.header("Compare trainings")
    with show_errors():
        view.compare_button(store, enlarge_form(shown))

st.header("Enlarged basins: what does training under noise buy, and what does it cost?")
view.show(store, shown, picture)
