"""Before a run that will take hours: how long, and the smaller run that answers the same question."""

import sys
from pathlib import Path
from typing import Any

import pytest

from landscape.cli import foreground, output
from landscape.runs import estimates
from landscape.runs.costs import smaller as costs
from landscape.runs.costs.smaller import HOURS, long_run, seconds_of, text_of
from landscape.runs.kinds import plan_of
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.frames import PointSpec
from landscape.schema.specs import BasinSpec, CertificateSpec, InspectionSpec, SliceSpec
from landscape.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "s.sqlite"))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example takes a second at a point."""

    def seconds(spec: PointSpec, store: Store) -> tuple[float, bool]:
        plan = plan_of(spec)
        scorings = (plan.expected_scorings or plan.expected_points)(spec)
        return float(scorings * len(spec.capabilities) * min(spec.limit or 240, 240)), False

    monkeypatch.setattr(estimates, "seconds_of", seconds)


def basin_of(draws: int, **fields: Any) -> BasinSpec:
    directions = (*(Gaussian(seed=seed) for seed in range(draws)), Towards(checkpoint="demo:assistant"))
    return BasinSpec(checkpoint="demo:base", capabilities=("math",), directions=directions, reach=0.06, **fields)


def slice_of(draws: int, points: int, **fields: Any) -> SliceSpec:
    alphas = tuple(0.001 * i for i in range(points))
    directions = tuple(Gaussian(seed=seed) for seed in range(draws))
    return SliceSpec(checkpoint="demo:base", capabilities=("math",), directions=directions, alphas=alphas, **fields)


@pytest.mark.usefixtures("slow")
def test_what_takes_no_hours_is_offered_nothing(store: Store) -> None:
    spec = slice_of(3, 5)  # 13 points of 240 s
    assert long_run(spec, store) == (13 * 240.0, None)


@pytest.mark.usefixtures("slow")
def test_fewer_examples_come_before_fewer_directions_and_the_widths_are_said(store: Store) -> None:
    spec = slice_of(5, 6)  # 26 points of 240 s: 1 h 44 min; with 100 examples 43 min, with 3 directions 64 min
    seconds, offered = long_run(spec, store)
    assert seconds == 26 * 240.0
    assert offered is not None
    assert (offered.options, offered.seconds) == (("--limit", "100"), 2600.0)
    assert offered.spec == spec.model_copy(update={"limit": 100})
    assert offered.less == "scores to ±0.10 instead of ±0.06"
    assert text_of(seconds, offered, "X") == (
        "This will take about 1 h 44 min. X answers the same question in about 43 min: "
        "scores to ±0.10 instead of ±0.06."
    )


@pytest.mark.usefixtures("slow")
def test_a_basin_keeps_six_directions_and_every_way_to_a_checkpoint(store: Store) -> None:
    spec = basin_of(20)  # θ₀, 3 rays of 9 points and 18 of 7: 154 × 240 s
    seconds, offered = long_run(spec, store)
    assert seconds == 154 * 240.0
    assert offered is not None
    assert offered.options == ("--directions", "6", "--limit", "100")
    assert isinstance(offered.spec, BasinSpec)
    assert [type(direction) for direction in offered.spec.directions] == [Gaussian] * 6 + [Towards]
    assert offered.seconds == 56 * 100.0
    assert "6 random directions instead of 20" in offered.less
    assert long_run(basin_of(6, limit=100), store)[1] is None, "nothing smaller gives intervals"


@pytest.mark.usefixtures("slow")
def test_of_an_inspection_a_budget_is_offered_which_takes_no_hours(store: Store) -> None:
    spec = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=("math",))
    seconds, offered = long_run(spec, store)
    assert seconds > 10 * HOURS
    assert offered is not None
    assert offered.options == ("--budget", "10m")
    assert offered.spec == spec.model_copy(update={"budget": 600.0})
    assert long_run(offered.spec, store) == (600.0, None)


@pytest.mark.usefixtures("slow")
def test_where_nothing_smaller_answers_only_the_time_is_said(store: Store) -> None:
    frame = {"checkpoint": "demo:base", "capabilities": ("math",), "directions": (Gaussian(seed=0),)}
    seconds, offered = long_run(CertificateSpec(**frame, sigmas=(0.001, 0.002), trials=100_000), store)
    assert seconds > HOURS
    assert offered is None
    assert text_of(7200.0, None, "") == "This will take about 2 h 0 min."


@pytest.mark.usefixtures("slow")
def test_the_command_line_says_it_before_it_begins_with_the_command(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["landscape", "slice", "demo:base", "--directions", "5"])
    monkeypatch.setattr(output.err, "width", 400)
    foreground._say_how_long(store, slice_of(5, 6))
    said = capsys.readouterr().err
    assert "python -m landscape slice demo:base --directions 5 --limit 100 answers the same question" in said
    assert said.count("\n") == 1
    foreground._say_how_long(store, slice_of(3, 5))
    assert capsys.readouterr().err == ""


def test_an_inspection_is_as_long_as_its_parts(store: Store) -> None:
    pair = {"checkpoint": "demo:assistant", "other": "demo:benign", "capabilities": ("math",), "device": "cpu"}
    few, many = (seconds_of(InspectionSpec(**pair, draws=draws), store) for draws in (4, 16))
    assert 0 < few < many
    assert seconds_of(InspectionSpec(**pair, budget=90.0), store) == 90.0
    assert costs.BUDGET < HOURS
