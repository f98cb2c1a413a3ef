"""The table of how often statements are right: a tiny version of it, and the guide that holds the full one."""

import math
from pathlib import Path

import numpy as np
import pytest

from landscape.bench import statistics
from landscape.bench.simulated_rays import RISE, Rays, covered

GUIDE = (Path(__file__).parents[2] / "data" / "guides" / "statistics.md").read_text()


def test_every_statement_of_a_tiny_table_stands_in_the_guide() -> None:
    few = [*statistics._drops(200), *statistics._shares(100), *statistics._looks(20)]
    rules = list(statistics._verdicts(2))
    assert len({one.statement for one in rules}) == 7
    for one in rules:
        assert f"**{one.statement[0].upper()}{one.statement[1:]}**" in GUIDE
        assert f"| {one.setting} | {one.promised} |" in GUIDE
    table = statistics.as_markdown(few)
    for one in few:
        assert f"**{one.statement[0].upper()}{one.statement[1:]}**" in GUIDE
        assert f"| {one.setting} | {one.promised} |" in GUIDE
        assert f"| {one.setting} | {one.promised} | {one.share:.1%} |" in table
    assert all(one.share <= 0.12 for one in few if one.promised == "≤ 5 %")
    assert all(one.share >= 0.9 for one in few if one.promised == "≥ 95 %")


def test_a_radius_of_240_examples_is_covered() -> None:
    assert covered(Rays(0.3, 0.2, 0.2), 8, 240, runs=60) > 0.95 - 2 * (0.05 * 0.95 / 60) ** 0.5


def test_a_radius_by_loss_is_covered_and_its_truth_is_that_of_many_examples() -> None:
    rays = Rays(0.05, 0.3, 0.1)
    assert covered(rays, 8, 240, runs=60, by_loss=True) > 0.95 - 2 * (0.05 * 0.95 / 60) ** 0.5
    ends = [c.boundary(RISE).alpha for c in rays.drawn_by_loss(np.random.default_rng(0), np.zeros(60), 20_000)]
    assert float(np.median([end for end in ends if end])) == pytest.approx(rays.radius_by_loss, rel=0.03)
    rises = np.mean([math.exp(-2 * z) for z in np.random.default_rng(0).normal(0, math.hypot(0.3, 0.1), 200_000)])
    assert rays.radius_by_loss == pytest.approx(math.sqrt(RISE / rises), rel=0.02)


def test_the_guide_holds_the_coverage_by_loss() -> None:
    for one in statistics._radii_by_loss(1):
        assert f"**{one.statement[0].upper()}{one.statement[1:]}**" in GUIDE
        assert f"| {one.setting} | {one.promised} |" in GUIDE
