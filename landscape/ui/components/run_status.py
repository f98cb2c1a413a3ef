"""How far a run is, and the buttons that stop it or go on with it."""

from collections.abc import Callable

import streamlit as st

from landscape.outside.text import markdown
from landscape.runs.kinds import kind_of
from landscape.runs.measured_content import outdated_because
from landscape.schema.parsing import format_duration
from landscape.store.records import Run
from landscape.store.store import Store

STATUS = {  # status → (icon, colour, what it means)
    "queued": (":material/hourglass_empty:", "gray", "waiting for the worker"),
    "running": (":material/play_circle:", "blue", "being measured"),
    "stalled": (":material/warning:", "orange", "its worker went silent; nothing measured is lost"),
    "done": (":material/check_circle:", "green", "every point is measured"),
    "failed": (":material/error:", "red", "stopped by an error"),
    "cancelled": (":material/cancel:", "gray", "stopped on request; Resume continues where it stopped"),
}


def badge(run: Run) -> str:
    """The status of a run as Markdown: a badge with icon and word, then what it means."""
    icon, color, meaning = STATUS[run.status]
    return f":{color}-badge[{icon} {run.status}] {meaning}"


def progress(run: Run) -> None:
    """Show how far a run is, how long it will still take, or what went wrong."""
    st.markdown(badge(run))
    if run.error:
        st.error(markdown(run.error), icon=":material/error:")
    warn_if_outdated(run)
    if run.ended or run.status == "stalled":
        return
    if run.phase is not None:
        share = run.phase.done / run.phase.total if run.phase.total else 0.0
        spent = "" if run.started is None else f" ({format_duration(run.read - run.started)} spent)"
        st.progress(min(1.0, share), markdown(f"{run.phase.text[:1].upper()}{run.phase.text[1:]}{spent}"))
    elif not run.done and (not run.total or kind_of(run.spec).points is None):
        running = kind_of(run.spec).loading
        st.progress(0.0, running if run.status == "running" else "It begins when the runs before it have ended …")
    else:
        _bar(run)


def warn_if_outdated(run: Run) -> None:
    """Say where a finished run was not measured on what its names stand for now."""
    if run.status == "done" and (why := outdated_because(run)) is not None:
        st.warning(markdown(why), icon=":material/update:")


def cancel_or_resume(store: Store, run: Run, resume: Callable[[], None], key: str | None = None) -> None:
    """The button that cancels a run which is queued or measured, or calls `resume` for one that stopped unfinished."""
    if run.status in ("queued", "running"):
        if st.button("Cancel", icon=":material/stop:", disabled=run.cancel_requested, key=key):
            store.cancel(run.id)
            st.rerun()
    elif run.status != "done" and st.button("Resume", icon=":material/resume:", type="primary", key=key):
        resume()


def _bar(run: Run) -> None:
    """A bar of the points measured, with time spent and time left."""
    left = "" if run.seconds_left is None else f", about {format_duration(run.seconds_left)} left"
    spent = "" if run.started is None else f", {format_duration(run.read - run.started)} spent"
    plan = kind_of(run.spec).points
    about = "" if plan is not None and plan.exact else "about "  # a search knows its end only when it is there
    st.progress(min(1.0, run.done / run.total), f"{run.done} of {about}{run.total} points{spent}{left}")
