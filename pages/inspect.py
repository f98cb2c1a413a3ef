"""Inspect: a verdict on a fine-tune before it ships, with its evidence."""

from landscape.ui.components.page_setup import require_app

require_app("inspect")

import streamlit as st

from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.inspection import view
from landscape.ui.inspection.beside import show_beside
from landscape.ui.inspection.form import inspect_form
from landscape.ui.inspection.start import title_and_button
from landscape.ui.pair.current import current_pair
from landscape.ui.pair.last_result import shown_of
from landscape.ui.pair.page import read_form, say_missing_fine_tune

store, pair = get_store(), current_pair()
shown, run = shown_of(store, "inspection", pair)
if shown is None:
    say_missing_fine_tune("Ship it?", "An inspection compares two checkpoints: choose a fine-tune above.")
    st.stop()
wanted = read_form("What to inspect", inspect_form, shown, pair)
title_and_button(store, wanted, shown, run)
view.show(store, shown, run)
if run is not None:
    with show_errors():
        show_beside(store, shown, run)
