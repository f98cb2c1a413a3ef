"""The history of runs as a table: one line a run, one help text a column."""

from collections import Counter

import streamlit as st

from landscape.runs.estimates import format_duration
from landscape.schema.capability_names import name_of
from landscape.schema.directions import label_of, short_name
from landscape.schema.specs import AnswerSpec, ComparisonSpec, InspectionSpec, PlaneSpec, Spec, SwapSpec
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
    what, capabilities = _asked(run.spec)
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


def _asked(spec: Spec) -> tuple[str, str]:
    """Where a run goes, and what it scores there."""
    if isinstance(spec, ComparisonSpec):
        return f"against {short_name(spec.other)}", ""
    if isinstance(spec, InspectionSpec):
        return f"{short_name(spec.other)}", ", ".join(map(name_of, spec.capabilities))
    if isinstance(spec, SwapSpec):
        return f"{spec.prompt} → {spec.other}", ""
    counts = Counter(map(label_of, spec.directions))
    several = (name if n == 1 else f"{n} {name}" for name, n in counts.items())
    what = (" × " if isinstance(spec, PlaneSpec | AnswerSpec) else ", ").join(several)
    return what, spec.prompt if isinstance(spec, AnswerSpec) else ", ".join(map(name_of, spec.capabilities))
