"""Replays of the searches that ship: how many points they take, and that boundaries stay where they are."""

import numpy as np
import pytest
from typer.testing import CliRunner

from landscape.basins.search.boundary_search import PRECISION, next_step
from landscape.bench.replays import boundaries
from landscape.bundled.results import shipped
from landscape.bundled.specs import DEMO_BASIN, shipped_specs
from landscape.cli.app import app
from landscape.schema.directions import label_of, seed_of
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec


def points_of(result: Result[BasinSpec]) -> dict[Point, dict[str, float]]:
    index = {(label_of(d), seed_of(d)): i for i, d in enumerate(result.spec.directions)}
    known: dict[Point, dict[str, float]] = {}
    for row in result.rows.itertuples():
        seed = None if row.direction.startswith("towards") else int(row.seed)
        known.setdefault(Point(index[row.direction, seed], row.alpha), {})[row.capability] = row.score
    return known


def test_a_ray_takes_eight_points_where_halving_takes_eleven_and_ends_at_the_same_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some = dict(list(shipped_specs().items())[::2])  # the command replays them all, in three seconds
    monkeypatch.setattr(boundaries, "shipped_specs", lambda: some)
    found = boundaries.replays()
    assert len(found) >= 200
    assert np.mean([one.points for one in found]) <= 8
    assert np.mean([one.by_halving for one in found]) >= 10.5
    assert max(one.moved for one in found) <= PRECISION


@pytest.mark.parametrize("spec", [spec for spec in shipped_specs().values() if type(spec) is BasinSpec][:8])
def test_a_search_that_halving_has_finished_is_finished(spec: BasinSpec) -> None:
    result = shipped(spec)
    assert result is not None
    assert result.facts is not None
    assert next_step(spec, result.facts, points_of(result)).points == []


def test_the_bench_prints_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landscape.bench.replays.boundaries.shipped_specs", lambda: {"": DEMO_BASIN})
    said = CliRunner().invoke(app, ["bench", "--searches"])
    assert said.exit_code == 0
    assert "points of a ray" in said.output
    refused = CliRunner().invoke(app, ["bench", "--searches", "--compiled"])
    assert "expected --searches alone" in str(refused.exception)
