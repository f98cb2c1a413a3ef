"""Deleting runs: what goes is named first, and comes back on a press for some minutes."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from landscape.outside.text import markdown
from landscape.runs.listing.deletion import deletion_of
from landscape.schema.directions import short_name
from landscape.schema.parsing import format_duration
from landscape.store.curation.bin import KEPT, Deleted
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.runs.history import TICKED

_NAMED = 8  # lines of a dialog; of more runs the number is told


@st.dialog("Delete?")
def confirm_delete(store: Store, runs: Sequence[Run]) -> None:
    """Name what goes before runs are deleted."""
    going = deletion_of(store, runs)
    lines = going.lines if len(runs) <= _NAMED else [*going.lines[:_NAMED], f"and {len(runs) - _NAMED} more runs"]
    lines += [] if len(runs) <= _NAMED else going.lines[len(runs) :]
    st.markdown("\n".join(f"- {markdown(line)}" for line in lines))
    if any(run.status in ("queued", "running", "stalled") for run in runs):
        st.caption(":material/stop: What is being measured stops.")
    st.caption(
        f"It can be undone for {format_duration(KEPT)}. After that, the points that no other run uses are gone too."
    )
    if st.button("Delete", type="primary", icon=":material/delete:"):
        store.bin.discard(going.ids)
        st.session_state[TICKED] -= set(going.ids)
        st.rerun()


def undo_bar(store: Store) -> None:
    """What was deleted a short while ago, one line each time, with the button that brings it back."""
    for _, each in groupby(store.bin.contents(), key=lambda run: run.moment):
        batch = list(each)
        line = st.container(horizontal=True, vertical_alignment="center")
        left = format_duration(max(1.0, KEPT - batch[0].ago))
        line.markdown(f":material/delete: {_told(batch)}", width="content")
        if line.button("Undo", key=f"undo-{batch[0].id}", icon=":material/undo:", help=f"For another {left}."):
            store.bin.restore([run.id for run in batch])
            st.rerun()


def _told(batch: Sequence[Deleted]) -> str:
    """`Deleted: slice of base, “nightly”`; of more than two how many of which kind."""
    if len(batch) <= 2:
        names = [f"{run.kind} of {short_name(run.checkpoint)}{f', “{run.name}”' if run.name else ''}" for run in batch]
        return f"Deleted: {markdown('; '.join(names))}"
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(run.kind for run in batch).most_common())
    return f"Deleted: {len(batch)} runs ({markdown(kinds)})"
