"""How far a run is: its state as a badge, its progress as a bar."""

import streamlit as st

from landscape.runs.estimates import format_duration
from landscape.runs.kinds import kind_of
from landscape.store.records import Run

STATUS = {  # status → (icon, colour, what it means)
    "queued": (":material/hourglass_empty:", "gray", "waiting for the worker"),
    "running": (":material/play_circle:", "blue", "being measured"),
    "stalled": (":material/warning:", "orange", "its worker went silent; nothing measured is lost"),
    "done": (":material/check_circle:", "green", "every point is measured"),
    "failed": (":material/error:", "red", "stopped by an error"),
    "cancelled": (":material/cancel:", "gray", "stopped on request; resume goes on where it was"),
}


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
        spent = "" if run.started is None else f" ({format_duration(run.read - run.started)} spent)"
        st.progress(min(1.0, share), f"{run.phase.text[:1].upper()}{run.phase.text[1:]}{spent}")
    elif not run.done and (not run.total or kind_of(run.spec).points is None):
        running = kind_of(run.spec).loading
        st.progress(0.0, running if run.status == "running" else "It begins when the runs before it have ended …")
    else:
        _bar(run)


def _bar(run: Run) -> None:
    """Points, time spent, time left."""
    left = "" if run.seconds_left is None else f", about {format_duration(run.seconds_left)} left"
    spent = "" if run.started is None else f", {format_duration(run.read - run.started)} spent"
    plan = kind_of(run.spec).points
    about = "" if plan is not None and plan.exact else "about "  # a search knows its end only when it is there
    st.progress(min(1.0, run.done / run.total), f"{run.done} of {about}{run.total} points{spent}{left}")
