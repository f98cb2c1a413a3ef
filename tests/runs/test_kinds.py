"""The table of measurement kinds: a kind that is added there is found wherever kinds matter, and nowhere else."""

from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
import streamlit as st
from rich.console import Console
from streamlit.testing.v1 import AppTest

from landscape.reports import tables
from landscape.reports.runs import runs as runs_table
from landscape.runs import worker
from landscape.runs.estimates import points_of, seconds_of
from landscape.runs.kinds import KINDS, Kind, PointPlan
from landscape.runs.measured_content import is_current
from landscape.runs.submit import submit_or_resume
from landscape.schema.directions import Gaussian
from landscape.schema.frames import PointSpec
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts
from landscape.schema.specs import parse_spec, spec_types
from landscape.store.store import Store
from landscape.ui.components.links import address_of, pack, page_of, unpack

ROOT = Path(__file__).parents[2]


class ToySpec(PointSpec):
    """One point, a tenth of the way along the first direction."""

    kind: Literal["toy"] = "toy"
    far: float = 0.1


def next_step(spec: ToySpec, facts: Facts, known: Known) -> Step:
    points = [Point(0, 0.0), Point(0, spec.far)]
    return Step([(point, ("own",)) for point in points if point not in known])


TOY = Kind(
    ToySpec,
    "toy measurement",
    page="slice",
    icon=":material/toys:",
    points=PointPlan(next_step, lambda spec: 2, exact=True),
    summary=lambda spec: (f"as far as {spec.far:g}", "own"),
)


@pytest.fixture
def toy(checkpoint: Path, greedy_suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToySpec:
    """A spec of a kind that stands in the table, and nowhere else."""
    monkeypatch.setitem(KINDS, "toy", TOY)
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    st.cache_resource.clear()  # pages of another test may hold another store open
    own = tmp_path / "own.jsonl"
    own.write_bytes(greedy_suite.read_bytes())
    return ToySpec(checkpoint=str(checkpoint), directions=(Gaussian(seed=0),), capabilities=(str(own),), device="cpu")


def test_a_kind_in_the_table_is_measured_stored_listed_estimated_shown_and_linked_to(toy: ToySpec) -> None:
    store = Store()
    assert points_of(toy) == 2  # the estimate
    assert seconds_of(toy, store)[0] > 0

    run = submit_or_resume(store, toy)
    worker.work(store, device="cpu", run_id=run.id)  # the worker

    run = store.run(run.id)  # the store
    assert (run.status, run.done, run.total, run.spec) == ("done", 2, 2, toy)
    rows = store.result(run.id).rows
    assert rows[["direction", "seed", "alpha"]].to_numpy().tolist() == [["gaussian", 0, 0.0], ["gaussian", 0, 0.1]]
    assert is_current(run)
    assert submit_or_resume(store, toy).id == run.id

    console = Console(record=True, width=200)  # the tables of the command line
    console.print(runs_table([run]), *tables.of(store.result(run.id)))
    assert "toy" in console.export_text()

    assert unpack(pack(toy)) == toy  # the permalink
    assert page_of(toy) == "slice"
    assert address_of(toy, run.id) == {"spec": pack(toy), "run": run.id}

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    app.switch_page("pages/runs.py").run()
    assert not app.exception
    (listed,) = [element.value for element in app.dataframe if isinstance(element.value, pd.DataFrame)]
    assert listed[["kind", "what", "capabilities", "points"]].to_numpy().tolist() == [
        ["toy", "as far as 0.1", "own", 2]
    ]


def test_a_kind_without_points_leaves_what_its_line_measures(toy: ToySpec, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Kind(ToySpec, "toy", measure=lambda measurer, run, spec: {"far": spec.far})
    monkeypatch.setitem(KINDS, "toy", told)
    store = Store()
    worker.work(store, device="cpu", run_id=(run := submit_or_resume(store, toy)).id)
    assert store.artifact(run.id) == {"far": 0.1}


def test_every_kind_of_spec_has_its_line_and_every_line_its_spec() -> None:
    shipped = {name: spec for name, spec in spec_types().items() if spec.__module__.startswith("landscape.")}
    assert {name: kind.spec for name, kind in KINDS.items()} == shipped


@pytest.mark.parametrize("name", KINDS)
def test_a_line_says_what_its_kind_needs(name: str) -> None:
    kind = KINDS[name]
    assert kind.noun
    assert issubclass(kind.spec, PointSpec) == (kind.points is not None)
    assert bool(kind.page) == bool(kind.icon)
    if kind.page:
        assert (ROOT / "pages" / f"{kind.page}.py").exists()
    assert kind.listed or not kind.page


@pytest.mark.parametrize("text", ['{"kind": "no such kind"}', "{}", "no json"])
def test_what_is_no_spec_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        parse_spec(text)
