"""Inspect: a verdict on a fine-tune before it ships, with its evidence."""

from landscape.ui.components.page_setup import require_app

require_app("inspect")

import streamlit as st

from landscape.ui.components.page_setup import get_store, literal_name, show_errors
from landscape.ui.inspection import view
from landscape.ui.inspection.beside import show_beside
from landscape.ui.inspection.form import inspect_form

store = get_store()
shown, run = view.inspection_from_url(store)
with st.sidebar:
    st.header("Inspect a fine-tune")
    with show_errors():
        view.inspect_button(store, inspect_form(shown))

st.header(f"{literal_name(shown.other)} beside {literal_name(shown.checkpoint)}: ship it?")
view.show(store, shown, run)
if run is not None:
    with show_errors():
        show_beside(store, shown, run)
