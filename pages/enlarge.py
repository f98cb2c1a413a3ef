"""Enlarge: what training under weight noise does to basins, what it costs, and which claims hold."""

from landscape.ui.components.page_setup import require_app

require_app("enlarge")

import streamlit as st

from landscape.bundled.default_capabilities import is_demo
from landscape.ui.components.page_setup import get_store
from landscape.ui.enlarge import view
from landscape.ui.enlarge.form import enlarge_form
from landscape.ui.enlarge.growth import render_growth
from landscape.ui.enlarge.pictures import render
from landscape.ui.pair.current import current_pair
from landscape.ui.pair.page import read_form, say_missing_fine_tune


def picture(known: view.Known) -> None:
    """Where the measuring stands, the figures, the permalink. Each part keeps its place, whatever the others hold."""
    with st.container():
        view.render_state(store, shown, known)
    choice = view.controls(shown)
    with st.container():
        if known.searches:
            render(shown, known, choice)
    with st.container():
        if all(map(is_demo, shown.names)):
            render_growth(choice)
    view.permalink(shown, choice)


store, pair = get_store(), current_pair()
variants = view.variants_of(pair)
if variants is None:
    say_missing_fine_tune("Compare trainings", "This page compares two checkpoints or more: choose a second one above.")
    st.stop()
assert variants is not None, "the page has stopped"
shown = variants
view.title_and_button(store, read_form("What to compare", enlarge_form, shown, pair), shown)
view.show(store, shown, picture)
