"""How far an inspection is: one bar that only moves forward, with the time that is spent and left."""

from collections.abc import Mapping

import streamlit as st

from landscape.outside.text import markdown
from landscape.schema.parsing import format_duration
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.ui.components import run_status

_BEYOND = ", beyond its budget: the first looks that a verdict needs are finished"
_ENOUGH = 0.15  # of an inspection: before, what is spent says little of what is left


def progress(now: Run, states: Mapping[str, str]) -> None:
    """The state of an inspection; while it is measured, a bar over all of its parts.

    Later parts follow from what the first ones find, so the share that is done could fall: what was shown stays.
    """
    if now.status != "running" or now.phase is None or now.started is None:
        run_status.progress(now)
        return
    st.markdown(run_status.badge(now))
    key = f"inspected-{now.id}"
    share = max(st.session_state.get(key, 0.0), share_done(now, states))
    st.session_state[key] = share
    spent = now.read - now.started
    part = f"{now.phase.text[:1].upper()}{now.phase.text[1:]}"
    st.progress(share, f"{markdown(part)} · {format_duration(spent)} spent{_left(now, share, spent)}")


def share_done(now: Run, states: Mapping[str, str]) -> float:
    """The share of the parts that are over, the current one by its own share; of the budget where that is farther."""
    phase = now.phase
    current = phase.done / phase.total if phase is not None and phase.total else 0.0
    over = sum(state not in ("measuring", "waiting") for state in states.values())
    parts = (over + min(1.0, current)) / (len(states) + 1)
    budget = now.spec.budget if isinstance(now.spec, InspectionSpec) else None
    spent = 0.0 if now.started is None else now.read - now.started
    return min(0.99, max(parts, spent / budget if budget else 0.0))


def _left(now: Run, share: float, spent: float) -> str:
    budget = now.spec.budget if isinstance(now.spec, InspectionSpec) else None
    if budget:
        over = spent - budget
        return f", at most {format_duration(-over)} left" if over < 0 else _BEYOND
    return f", about {format_duration(spent / share * (1 - share))} left" if share > _ENOUGH else ""
