"""Runs without a random direction, such as all evidence of an inspection that leads from the base to its fine-tune."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from landscape.reports import tables
from landscape.schema.default_ranges import RANGES
from landscape.schema.directions import Direction, Move, Towards, Worst, end_of
from landscape.schema.parsing import parse_alphas
from landscape.schema.results import Facts, Result
from landscape.schema.specs import SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from tests.ui import basin_runs, states, worst_runs
from tests.ui.states import STATES, Page, figures, sound

NAMES = ("basic", "math")
TOWARDS = Towards(checkpoint="demo:assistant")
AIMED: dict[str, tuple[Direction, ...]] = {
    "towards one": (TOWARDS,),
    "towards two": (TOWARDS, Towards(checkpoint="demo:benign")),
    "moves": (Move(name="int8"), Move(name="bfloat16")),
    "both": (TOWARDS, Move(name="int8")),
}


def sliced(directions: tuple[Direction, ...], alphas: tuple[float, ...] = (0.0, 0.008, 0.01)) -> SliceSpec:
    return SliceSpec(checkpoint="demo:base", directions=directions, alphas=alphas, capabilities=NAMES)


def bring(store: Store, spec: SliceSpec, state: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run in a state, with the α of everything that its directions lead to."""
    ends = {end: 0.008 + 0.001 * place for place, end in enumerate(filter(None, map(end_of, spec.directions)))}
    monkeypatch.setattr(states, "Facts", lambda d, rms, _: Facts(d, rms, ends, chance=dict.fromkeys(NAMES, 0.0)))
    return states.bring(store, spec, state, monkeypatch)


def seeds(app: Any) -> set[str]:
    """The column of seeds in the table of all points."""
    (table,) = [element.value for element in app.dataframe if "seed" in element.value and "alpha" in element.value]
    return set(table["seed"])


CASES = [("towards one", state) for state in STATES] + [(aimed, "done") for aimed in AIMED if aimed != "towards one"]


@pytest.mark.parametrize(("aimed", "state"), CASES)
def test_a_slice(page: Page, store: Store, aimed: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bring(store, sliced(AIMED[aimed]), state, monkeypatch)
    app = page("slice", run=run.id)
    sound(app)
    if state == "done":
        assert figures(app)
        assert seeds(app) == {""}


def test_a_slice_over_the_range_of_the_paper(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = sliced((TOWARDS,), parse_alphas(RANGES["paper-towards"]))
    app = page("slice", run=bring(store, spec, "done", monkeypatch).id, view="loss", relative="true")
    sound(app)
    assert seeds(app) == {""}


@pytest.mark.parametrize("state", ["done", "running", "cancelled"])
def test_basins(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = basin_runs.SPEC.model_copy(update={"directions": (Towards(checkpoint="demo:base"),)})
    app = page("basin", run=basin_runs.bring(store, state, monkeypatch, spec).id)
    sound(app)
    if state == "done":
        assert seeds(app) == {""}


@pytest.mark.parametrize("state", ["done", "running", "cancelled"])
def test_worst_directions(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aimed = tuple(direction for direction in worst_runs.SPEC.directions if isinstance(direction, Worst | Towards))
    spec = worst_runs.SPEC.model_copy(update={"directions": aimed})
    app = page("worst", run=worst_runs.bring(store, state, monkeypatch, spec).id)
    sound(app)
    if state == "done":
        assert seeds(app) == {""}


def made(store: Store, kind: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    if kind == "basin":
        spec = basin_runs.SPEC.model_copy(update={"directions": (Towards(checkpoint="demo:base"),)})
        return basin_runs.bring(store, "done", monkeypatch, spec)
    return bring(store, sliced(AIMED[kind]), "done", monkeypatch)


@pytest.mark.parametrize("kind", ["basin", *AIMED])
def test_tables_and_exports(store: Store, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(store, kind, monkeypatch)
    result = store.result(run.id)
    console = Console(record=True, width=200)
    console.print(*tables.of(result))
    assert "nan" not in console.export_text().lower()
    assert all(row["seed"] is None for row in json.loads(result.to_json())["rows"])
    result.save(tmp_path / "result.json")
    assert Result.load(tmp_path / "result.json").to_csv() == result.to_csv()


@pytest.mark.parametrize("kind", ["basin", "towards one"])
def test_lessons_and_the_list_of_runs(page: Page, store: Store, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(store, kind, monkeypatch)
    sound(page("runs"))
    for lesson in (1, 2):
        sound(page("learn", lesson=str(lesson), run=run.id))
