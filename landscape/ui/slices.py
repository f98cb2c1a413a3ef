"""A slice on a page: its figures, its table, its status, its exports."""

from typing import cast

import plotly.graph_objects as go
import streamlit as st

from landscape.estimates import spoken
from landscape.figures.slice import View, finding, panels, slice_figure
from landscape.results import Result
from landscape.specs import SliceSpec
from landscape.store import Run
from landscape.ui.chart import chart
from landscape.ui.scales import relative_toggle
from landscape.ui.words import WORDS

STATUS = {  # status → (icon, colour, what it means)
    "queued": (":material/hourglass_empty:", "gray", "waiting for the worker"),
    "running": (":material/play_circle:", "blue", "being measured"),
    "stalled": (":material/warning:", "orange", "its worker went silent; nothing measured is lost"),
    "done": (":material/check_circle:", "green", "every point is measured"),
    "failed": (":material/error:", "red", "stopped by an error"),
    "cancelled": (":material/cancel:", "gray", "stopped on request; resume goes on where it was"),
}

LOADING = {  # kinds of runs without points
    "comparison": "Loading both …",
    "inspection": "Looking at both …",
    "swap": "Loading the model …",
}


def draw(result: Result[SliceSpec], *, key: str, view: str = "score", relative: bool = False) -> None:
    """The figures of a result, side by side (one under the other on a phone)."""
    names = panels(result)
    for start in range(0, len(names), 2):
        for column, panel in zip(st.columns(2 if len(names) > 1 else 1), names[start : start + 2], strict=False):
            figure = slice_figure(result, panel, view=cast(View, view), relative=relative)
            with column:
                chart(figure, key=f"{key}-{panel}", alt=f"{view} against α. {finding(result, panel)}")


def controls(result: Result[SliceSpec]) -> tuple[str, bool]:
    """Score or loss; α or relative α. Both stand in the address."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="large")
    help_ = f"Score: {WORDS['score']}\n\nLoss: {WORDS['loss']}"
    view = row.segmented_control(
        "View", ["score", "loss"], default="score", key="view", bind="query-params", help=help_, width="content"
    )
    known = result.facts is not None and not result.spec.relative
    return view or "score", relative_toggle(row, known=known)


def figures(result: Result[SliceSpec], *, view: str, relative: bool) -> list[go.Figure]:
    """One figure a panel."""
    return [slice_figure(result, panel, view=cast(View, view), relative=relative) for panel in panels(result)]


def badge(run: Run) -> str:
    """A run's status as icon and word."""
    icon, color, meaning = STATUS[run.status]
    return f":{color}-badge[{icon} {run.status}] {meaning}"


def progress(run: Run) -> None:
    """How far a run is, how long it still takes, or what went wrong."""
    st.markdown(badge(run))
    if run.error:
        st.error(run.error, icon=":material/error:")
    if run.ended or run.status == "stalled":
        return
    if run.phase is not None:
        share = run.phase.done / run.phase.total if run.phase.total else 0.0
        spent = "" if run.started is None else f" ({spoken(run.read - run.started)} spent)"
        st.progress(min(1.0, share), f"{run.phase.text[:1].upper()}{run.phase.text[1:]}{spent}")
    elif not run.done and (not run.total or run.kind in LOADING):
        running = LOADING.get(run.kind, "Loading the model and measuring θ₀ twice …")
        st.progress(0.0, running if run.status == "running" else "It begins when the runs before it have ended …")
    else:
        _bar(run)


def _bar(run: Run) -> None:
    """Points, time spent, time left."""
    left = "" if run.seconds_left is None else f", about {spoken(run.seconds_left)} left"
    spent = "" if run.started is None else f", {spoken(run.read - run.started)} spent"
    about = "" if run.kind == "slice" else "about "  # a search knows its end only when it is there
    st.progress(min(1.0, run.done / run.total), f"{run.done} of {about}{run.total} points{spent}{left}")


def how_to_read() -> None:
    """The guide beside the picture, for those who see one for the first time."""
    st.info(
        f"""
**How to read this.** Every point is the model with all its weights moved.
- **α** (across): {WORDS["α"]}
- **score** (up): {WORDS["score"]}
- **A flat line is the inside of a basin**: the model moved, and nothing was lost. Where the line falls, the basin ends.
- **The shaded band**: {WORDS["band"]}
- **The dashed orange line** is where the fine-tune stands. Towards it, new capabilities rise while the basic one
  must stay flat: a fine-tune is good when it stays inside the basic basin.
- A random move as long as the fine-tune's changes almost nothing: directions differ, and most are harmless.
""",
        icon=":material/school:",
    )
