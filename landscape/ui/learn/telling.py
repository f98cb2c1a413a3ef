"""Which result tells a lesson of a pair: the latest run of the kind that tells it best, else what ships of the pair."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import streamlit as st

from landscape.bundled import results
from landscape.bundled.pair_specs import DEMO_PAIR, REAL_PAIR
from landscape.bundled.pairs import Pair, closeness
from landscape.bundled.specs import shipped_specs, showcase_specs
from landscape.lessons.course import LESSONS, Lesson
from landscape.runs.measured_content import outdated_because
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.results import Result
from landscape.schema.specs import digest
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.measurement import measured

ALONE = 2  # the least closeness of what speaks of a pair, and of no other checkpoint instead
_DEMO, _SHOWCASE = "demo", "showcase"  # in addresses


@dataclass(frozen=True)
class Told:
    """A result that can tell a lesson."""

    result: Result[Any]
    key: str  # what it is cached under
    names: list[str]  # the capabilities that the lesson can be told of, not empty
    run: str = ""  # the id of the run that measured it; empty for a result that ships


def pairs_to_tell(pair: Pair) -> dict[str, Pair]:
    """The pairs whose landscape a lesson can show, by what stands for them in the address, the reader's own first."""
    found = {"": pair, _DEMO: DEMO_PAIR}
    if any(results.shipped(spec) is not None for spec in showcase_specs().values()):
        found[_SHOWCASE] = REAL_PAIR
    return {name: each for name, each in found.items() if not name or each.names != pair.names}


def told_of_run(store: Store, lesson: Lesson, run: Run) -> Told | None:
    """A lesson told of a finished run; None where the run cannot tell it."""
    key = f"{run.id}-{run.finished}"
    names = _choices(lesson.name, key, run, None, store)
    return Told(measured(store, run), key, names, run.id) if names else None


def told_of_shipped(lesson: Lesson, spec: PointSpec) -> Told | None:
    """A lesson told of the shipped result of a spec; None where there is none, or it cannot tell it."""
    key = "shipped" if spec == lesson.shows else f"shipped-{digest(spec)[:12]}"
    names = _choices(lesson.name, key, None, spec, None)
    result = results.shipped(spec)
    return Told(result, key, names) if names and result is not None else None


def told_of_pair(store: Store, lesson: Lesson, pair: Pair) -> Told | None:
    """A lesson told of a pair; None where nothing that was measured of the pair can tell it."""
    if pair.names == DEMO_PAIR.names:
        return told_of_shipped(lesson, lesson.shows)
    runs = [run for run in store.runs() if run.status == "done" and _speaks_of(run.spec, lesson, pair)]
    ships = [spec for spec in shipped_specs().values() if _speaks_of(spec, lesson, pair)]
    ships.sort(key=lambda spec: -closeness(spec, pair))
    by_kind: dict[str, list[Run | PointSpec]] = {kind: [] for kind in lesson.kinds}
    sources: list[Run | PointSpec] = [*runs, *ships]
    for each in sources:  # of each kind the latest run first, what ships last
        by_kind[each.kind].append(each)
    return next(filter(None, (_told(store, lesson, each) for each in chain(*by_kind.values()))), None)


def _told(store: Store, lesson: Lesson, source: Run | PointSpec) -> Told | None:
    if isinstance(source, Run):
        return told_of_run(store, lesson, source) if outdated_because(source) is None else None
    return told_of_shipped(lesson, source)


def _speaks_of(spec: Spec, lesson: Lesson, pair: Pair) -> bool:
    if not isinstance(spec, PointSpec) or spec.kind not in lesson.kinds or closeness(spec, pair) < ALONE:
        return False
    return not (spec.stays_at_origin or spec.only or spec.exclude or spec.adapter)


@st.cache_data(max_entries=2048, show_spinner=False)
def _choices(lesson: str, key: str, _run: Run | None, _spec: PointSpec | None, _store: Store | None) -> list[str]:
    """The capabilities that a lesson can be told of by a result, which is read only to find this out."""
    result = measured(_store, _run) if _run is not None and _store is not None else None
    if _spec is not None:
        result = results.shipped(_spec)
    by_name = {each.name: each for each in LESSONS}
    return by_name[lesson].choices(result) if result is not None else []
