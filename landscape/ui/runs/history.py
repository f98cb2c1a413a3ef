"""The history of runs as a table: one line a run, one help text a column."""

import streamlit as st

from landscape.runs.kinds import kind_of
from landscape.schema.directions import short_name
from landscape.schema.parsing import format_duration
from landscape.store.records import Run
from landscape.ui.components.run_status import STATUS

HELP = {
    "status": st.column_config.TextColumn(
        help="; ".join(f"{name}: {meaning}" for name, (*_, meaning) in STATUS.items())
    ),
    "points": st.column_config.TextColumn(help="One point is the model at one place, with all its capabilities."),
    "what": st.column_config.TextColumn(
        help="Random directions (gaussian, layer, filter), checkpoints aimed at, directions searched for."
    ),
}


def row(run: Run) -> dict[str, object]:
    """One line of the history."""
    what, capabilities = kind_of(run.spec).summary(run.spec)
    return {
        "status": f"{STATUS[run.status][0]} {run.status}".split(": ")[-1],
        "age": f"{format_duration(run.read - run.created)} ago",
        "kind": run.kind,
        "checkpoint": short_name(run.checkpoint),
        "what": what.replace("demo:", ""),
        "capabilities": capabilities,
        "points": f"{run.done} of {run.total}" if run.total else "not started",
        "took": format_duration((run.finished or run.heartbeat or run.read) - run.started) if run.started else "",
        "run": run.id,
    }
