"""What the first page starts: the slice and the map of a pair, or its inspection. Buttons say how long it takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.bundled.pair_specs import spec_for
from landscape.bundled.pairs import Pair
from landscape.bundled.results import shipped
from landscape.inspection.shipped import shipped_evidence
from landscape.outside import network
from landscape.runs.estimates import seconds_of
from landscape.runs.kinds import plan_of
from landscape.schema.frames import PointSpec
from landscape.schema.parsing import format_duration
from landscape.schema.results import Result
from landscape.schema.specs import InspectionSpec, PlaneSpec, SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack
from landscape.ui.components.page_setup import show_errors, submit_and_start
from landscape.ui.inspection.start import submit
from landscape.ui.pair.last_result import latest_run_about, spec_to_show

PATIENCE = 300.0  # s that a first look may take: with more, fewer examples and points are measured
LIMITS = (100, 50, 25)  # examples of each capability, in a first look at a model that takes long
POINTS, LINES = 13, 17  # of a slice and a plane, then


@dataclass(frozen=True)
class Shown:
    """What is known of a pair of one kind: the spec, its run, or what ships of it."""

    spec: Any
    run: Run | None
    shipped: Result[Any] | None

    @property
    def known(self) -> bool:
        """Whether there is a run or a shipped result."""
        return self.run is not None or self.shipped is not None


def shown_on_home(store: Store, kind: str, pair: Pair) -> Shown:
    """The latest run about the pair, else what ships, else what would be measured."""
    run = latest_run_about(store, kind, pair)
    spec = run.spec if run is not None else spec_for(kind, pair)
    assert isinstance(spec, PointSpec)
    return Shown(spec, run, None if run is not None else shipped(spec))


def start_buttons(store: Store, row: DeltaGenerator, pair: Pair, shown: Sequence[Shown]) -> None:
    """`Show the landscape` where something of it is missing, and `Ship it?` for two checkpoints."""
    with show_errors():
        missing = [each.spec for each in shown if not each.known]
        if missing:
            _landscape_button(store, row, missing)
        if pair.tuned:
            _inspection_button(store, row, pair)


def _landscape_button(store: Store, row: DeltaGenerator, missing: Sequence[PointSpec]) -> None:
    try:
        looks = [first_look(spec, store) for spec in missing]
        seconds = sum(seconds_of(spec, store)[0] for spec in looks)
        label = f"Show the landscape · {format_duration(seconds)}"
    except network.NotHere as lacking:
        looks, label = list(missing), f"{lacking.verb} it, and show the landscape"
    if row.button(label, type="primary", icon=":material/landscape:", key="show-landscape"):
        with network.fetching(), st.spinner("Reading what it names …"):
            looks = [first_look(spec, store) for spec in missing]
            for spec in looks:
                plan_of(spec).check(spec)
        for spec in looks:
            submit_and_start(store, spec)
        st.rerun()


def _inspection_button(store: Store, row: DeltaGenerator, pair: Pair) -> None:
    run, wanted = latest_run_about(store, "inspection", pair), spec_to_show("inspection", pair)
    assert isinstance(wanted, InspectionSpec)
    known = run is not None or shipped_evidence(wanted) is not None
    label = "See the verdict" if known else f"Ship it? · {format_duration(wanted.budget or 0.0)}"
    if row.button(label, icon=":material/fact_check:", key="ship-it"):
        if not known:
            run = submit(store, [wanted])[0]
        query = {"run": run.id, "spec": pack(run.spec)} if run is not None else {}
        st.switch_page("pages/inspect.py", query_params=query)


def first_look(spec: PointSpec, store: Store) -> PointSpec:
    """The spec, or one with fewer points and examples where that would take longer than somebody waits."""
    looks = list(_looks(spec))
    return next((look for look in looks if seconds_of(look, store)[0] < PATIENCE), looks[-1])


def _looks(spec: PointSpec) -> Iterator[PointSpec]:
    yield spec
    fewer: dict[str, Any] = {}
    if isinstance(spec, SliceSpec) and not spec.alphas:
        fewer = {"probed_count": POINTS}
    elif isinstance(spec, PlaneSpec):
        fewer = {"grid": LINES}
    for limit in LIMITS:
        yield spec.model_copy(update=fewer | {"limit": limit})


def said_of(spec: PointSpec) -> str:
    """How many examples a first look takes, where it does not take all."""
    return "" if spec.limit is None else f"A first look: the first {spec.limit} examples of each capability."
