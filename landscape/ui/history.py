"""The history of runs as a table: one line a run, one help text a column."""

import time
from collections import Counter

import streamlit as st

from landscape.capabilities import name_of
from landscape.estimates import spoken
from landscape.specs import SliceSpec, label_of, short_name
from landscape.store import Run
from landscape.ui.slices import STATUS

HELP = {
    "status": st.column_config.TextColumn(
        help="; ".join(f"{name}: {meaning}" for name, (*_, meaning) in STATUS.items())
    ),
    "points": st.column_config.TextColumn(help="One point is the model at one place, with all its capabilities."),
    "what": st.column_config.TextColumn(help="Random directions (gaussian, layer, filter) and checkpoints aimed at."),
}


def row(run: Run) -> dict[str, object]:
    """One line of the history."""
    spec = run.spec
    if isinstance(spec, SliceSpec):
        counts = Counter(map(label_of, spec.directions))
        what = ", ".join(name if name.startswith("towards") else f"{n} {name}" for name, n in counts.items())
        capabilities = ", ".join(map(name_of, spec.capabilities))
    else:
        what, capabilities = f"against {short_name(spec.other)}", ""
    return {
        "status": f"{STATUS[run.status][0]} {run.status}".split(": ")[-1],
        "age": f"{spoken(time.time() - run.created)} ago",
        "checkpoint": short_name(run.checkpoint),
        "what": what.replace("demo:", ""),
        "capabilities": capabilities,
        "points": f"{run.done} of {run.total}" if run.total else "not started",
        "took": spoken((run.finished or run.heartbeat or time.time()) - run.started) if run.started else "",
        "run": run.id,
    }
