"""The list of runs with all that can be done with it."""

import streamlit as st

from landscape.runs.listing.lines import in_order, listing_of
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.runs.actions import refresh_while_active, run_actions, say_unread, show_failure
from landscape.ui.runs.deleting import undo_bar
from landscape.ui.runs.filter_bar import filter_bar
from landscape.ui.runs.history import runs_table


def choose_runs(store: Store) -> tuple[list[Run], list[Run]]:
    """Show the list; return the runs that are ticked, and those that are pinned. Without a tick the page ends here."""
    listing = listing_of(store)
    say_unread(listing.unread)
    undo_bar(store)
    if not listing.all:
        st.info("Nothing was measured here yet. A run appears as soon as you start a slice.", icon=":material/science:")
        st.page_link("pages/slice.py", label="Measure the first slice", icon=":material/show_chart:")
        st.stop()
    filters, with_parts = filter_bar(listing.all, len(listing.parts))
    candidates = listing.all if with_parts else listing.own
    if not (found := filters.shown(candidates, listing.part_names)):
        st.info("No run passes these filters.", icon=":material/filter_list_off:")
        st.stop()
    runs, parts = in_order(listing, found)
    chosen = runs_table(store, runs, parts, sorted({tag for run in listing.all for tag in run.labels.tags}))
    if not chosen:
        st.caption(
            f"{len(runs):,} of {len(candidates):,} runs. Tick one to open, export or delete it, two or more to compare "
            "them. Name, tags, note and the pin are yours to write: click a cell twice."
        )
        refresh_while_active(lambda: listing_of(store).all, listing.all)
        st.stop()
    run_actions(store, chosen)
    for run in chosen:
        if run.error:
            show_failure(run)
    return chosen, [run for run in listing.own if run.labels.pinned]
