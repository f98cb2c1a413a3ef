"""Runs: everything that was measured here; find, label, compare, export, delete."""

from landscape.ui.components.page_setup import require_app

require_app("runs")

import streamlit as st

from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.runs.compare import compare
from landscape.ui.runs.workbench import choose_runs

store = get_store()
st.header("Runs")
with show_errors():
    chosen, pinned = choose_runs(store)
    compare(store, chosen, pinned)
