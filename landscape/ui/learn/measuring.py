"""Measure what the lessons need of a pair: one button for all that is missing, then the progress of each run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from landscape.bundled.lesson_specs import FINE_TUNED, LOOKS, Look, is_of_lessons, lesson_specs
from landscape.bundled.pairs import Pair
from landscape.lessons.course import LESSONS
from landscape.outside import network
from landscape.outside.text import markdown
from landscape.runs.costs.smaller import HOURS
from landscape.runs.earlier_results import with_sigmas
from landscape.runs.estimates import seconds_of
from landscape.runs.kinds import kind_of, plan_of
from landscape.runs.submit import current_run_of
from landscape.schema.frames import PointSpec
from landscape.schema.parsing import format_duration
from landscape.schema.specs import CertificateSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.page_setup import show_errors, submit_and_start
from landscape.ui.components.polling import poll
from landscape.ui.components.run_status import progress
from landscape.ui.learn.telling import Told

PATIENCE = 900.0  # s that all runs together may take: with more, fewer examples and points are measured
_LABEL = "Measure what the lessons need"
_KINDS = {kind for lesson in LESSONS for kind in lesson.kinds}


@dataclass(frozen=True)
class Missing:
    """What is still to be measured of a pair, and how closely."""

    specs: list[PointSpec]
    seconds: float
    look: Look
    errors: list[str]  # of runs of these specs that failed


def measuring(store: Store, pair: Pair, told: Mapping[str, Told | None]) -> None:
    """The button that measures what lessons lack, or the runs that are under way. `told`: by lesson, what tells it."""
    if under_way := _under_way(store, pair):
        _show(store, pair, under_way)
        return
    with show_errors():
        try:
            missing = missing_of(store, pair, told)
        except network.NotHere as lacking:
            if st.button(f"{lacking.verb} it, and measure what the lessons need", type="primary", key="measure"):
                with network.fetching(), st.spinner("Reading what it names …"):
                    _submit(store, missing_of(store, pair, told))
            return
        for error in missing.errors:
            st.error(markdown(error), icon=":material/error:")
        if not missing.specs:
            st.caption(_untold(pair, told))
            return
        row = st.container(horizontal=True, vertical_alignment="center")
        label = f"{_LABEL} · {format_duration(missing.seconds)}"
        if row.button(label, type="primary", icon=":material/play_arrow:", key="measure", help=_help(missing)):
            _submit(store, missing)
        row.caption(_said(missing), width="content")


def missing_of(store: Store, pair: Pair, told: Mapping[str, Told | None]) -> Missing:
    """The specs of the lessons that cannot be told yet, each once; as close a look as does not take too long.

    A lesson whose spec was measured, and that cannot be told all the same, takes nothing more.

    Raises:
        ValueError: what the pair names cannot be read.
        NotHere: it must be fetched first.
    """
    held = [name for each in (told.get("out"), told.get("alike")) if each is not None for name in each.names]
    found = Missing([], 0.0, LOOKS[-1], [])
    for look in LOOKS:
        wanted = {name: spec for name, spec in lesson_specs(pair, look, held).items() if told.get(name) is None}
        runs = {spec: current_run_of(store, spec) for spec in (_with_sigmas(store, one) for one in wanted.values())}
        specs = [spec for spec, run in runs.items() if run is None or run.status != "done"]
        errors = [run.error for run in runs.values() if run is not None and run.status == "failed" and run.error]
        found = Missing(specs, sum(seconds_of(spec, store)[0] for spec in specs), look, errors)
        if found.seconds < PATIENCE:
            break
    return found


def _with_sigmas(store: Store, spec: PointSpec) -> PointSpec:
    return with_sigmas(store, spec)[0] if isinstance(spec, CertificateSpec) else spec


def _submit(store: Store, missing: Missing) -> None:
    with st.spinner("Reading what it names …"):
        for spec in missing.specs:
            plan_of(spec).check(spec)
    for spec in missing.specs:
        submit_and_start(store, spec)
    st.rerun()


def _help(missing: Missing) -> str:
    nouns = [kind_of(spec).noun for spec in missing.specs]
    return f"Queues {len(nouns)} run{'s' if len(nouns) > 1 else ''}: {', '.join(nouns)}."


def _untold(pair: Pair, told: Mapping[str, Told | None]) -> str:
    """Which lessons cannot be told although everything is measured, and what each would need; "" where all can."""
    lacking = [
        f"lesson {number} needs {'a fine-tune' if not pair.tuned and lesson.name in FINE_TUNED else lesson.needs}"
        for number, lesson in enumerate(LESSONS, 1)
        if told.get(lesson.name) is None
    ]
    return (
        f"Not enough was found to tell every lesson of {markdown(pair.text)}: {'; '.join(lacking)}." if lacking else ""
    )


def _said(missing: Missing) -> str:
    """How closely the pair would be looked at, where it is less than all."""
    if missing.look.limit is None:
        return ""
    long = " This takes long all the same." if missing.seconds > HOURS else ""
    return f"A first look: the first {missing.look.limit} examples of each capability.{long}"


def _under_way(store: Store, pair: Pair) -> list[Run]:
    """The runs about a pair that a lesson waits for, in the order in which they are measured."""
    waiting = [run for run in store.runs() if not run.ended and run.kind in _KINDS]
    ours = [run for run in waiting if isinstance(run.spec, PointSpec) and is_of_lessons(run.spec, pair)]
    return sorted(ours, key=lambda run: run.created)


def _show(store: Store, pair: Pair, known: Sequence[Run]) -> None:
    """What is measured now, with its progress, and how many runs wait; the lessons are told again as each ends."""

    def show(now: Sequence[Run]) -> None:
        if {run.id for run in now} != {run.id for run in known}:
            st.rerun()  # one has ended: a lesson may be told of it
        row = st.container(horizontal=True, vertical_alignment="center")
        first = next((run for run in now if run.status == "running"), now[0])
        others = f", {len(now) - 1} more to go" if len(now) > 1 else ""
        row.markdown(f"Measuring for the lessons: {kind_of(first.spec).noun} of {markdown(pair.text)}{others}.")
        if row.button("Cancel", icon=":material/stop:", key="cancel-lessons"):
            for run in now:
                store.cancel(run.id)
            st.rerun()
        progress(first)

    poll(store, known, lambda: _under_way(store, pair), lambda now: list(now), show)
