"""Runs: everything that was measured here; compare, export, delete."""

from landscape.ui.components.page_setup import require_app

require_app("runs")

import streamlit as st

from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.runs.actions import (
    listed_runs,
    refresh_while_active,
    run_actions,
    runs_table,
    say_unread,
    show_failure,
)
from landscape.ui.runs.compare import compare

store = get_store()
st.header("Runs")
with show_errors():
    runs = listed_runs(store)
    say_unread(store)
    if not runs:
        st.info("Nothing was measured here yet. A run appears as soon as you start a slice.", icon=":material/science:")
        st.page_link("pages/slice.py", label="Measure the first slice", icon=":material/show_chart:")
        st.stop()
    chosen = runs_table(runs)
    if not chosen:
        st.caption("Tick one run to open, export or delete it; tick two or more to compare them in one figure.")
        refresh_while_active(store, runs)
        st.stop()
    run_actions(store, chosen)
    for run in chosen:
        if run.error:
            show_failure(run)
    compare(store, chosen)
