"""What a page shows of a pair: what the address names, else the last run about the pair, else what it would measure."""

from typing import Any

import streamlit as st

from landscape.bundled.pair_specs import answers, spec_for
from landscape.bundled.pairs import Pair
from landscape.inspection.shipped import shipped_instead
from landscape.runs.measured_content import is_current
from landscape.schema.frames import Spec
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.measurement import run_of, spec_from_url
from landscape.ui.components.page_setup import show_errors


def shown_of(store: Store, kind: str, pair: Pair) -> tuple[Any, Run | None]:
    """The spec that a page shows, and the run of it, if there is one; (None, None): it needs a second checkpoint.

    An address that names neither run nor spec is answered by the latest run about the pair, and without one by what
    ships or would be measured.
    """
    if "run" in st.query_params or "spec" in st.query_params:
        default = spec_to_show(kind, pair)
        if default is not None:
            return spec_from_url(store, default)
    with show_errors():
        if (run := latest_run_about(store, kind, pair)) is not None:
            return run.spec, run
    spec = spec_to_show(kind, pair)
    return spec, None if spec is None else run_of(store, spec)


def spec_to_show(kind: str, pair: Pair) -> Spec | None:
    """What a page shows of a pair that nobody measured here: what ships, else what it would measure."""
    spec = spec_for(kind, pair)
    return shipped_instead(spec, chosen=pair.capabilities) if isinstance(spec, InspectionSpec) else spec


def latest_run_about(store: Store, kind: str, pair: Pair) -> Run | None:
    """The run of a kind that speaks most of a pair, of those with something to show; of several, the latest.

    A run of other files than there are now is none of them.
    """
    best, found = 0, None
    for run in store.runs():  # the latest first
        close = answers(run.spec, pair) if run.kind == kind else 0
        if close > best and _has_something(run) and not _is_outdated(run):
            best, found = close, run
    return found


def _has_something(run: Run) -> bool:
    return not run.ended or run.status == "done" or run.done > 0


def _is_outdated(run: Run) -> bool:
    """Whether files have changed since. Where nobody can tell, the page that shows the run says so."""
    try:
        return not is_current(run)
    except ValueError:
        return False
