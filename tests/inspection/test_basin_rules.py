"""The rules about basins and the straight way: what they claim of simulated truth, and what they leave open."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from landscape.basins.boundaries import Curve, Radius, radius
from landscape.basins.radii import Basin
from landscape.inspection.basin_rules import judge_barrier, judge_headroom, judge_inside
from landscape.inspection.evidence import Evidence
from landscape.inspection.rules import Finding
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, InspectionSpec, SliceSpec, Thresholds

SPEC = InspectionSpec(checkpoint="base", other="tuned", capabilities=("math",))
ALPHAS = np.linspace(0, 0.06, 61)
RUNS = 60


def curves(rng: np.random.Generator, edge: float, rays: int = 8, n: int = 80) -> list[Curve]:
    """Steps along rays whose boundaries have the median `edge`; every example ends near its ray's boundary."""
    ends = edge * np.exp(0.25 * rng.standard_normal((rays, 1))) * np.exp(0.05 * rng.standard_normal((rays, n)))
    return [Curve(ALPHAS, (ALPHAS[:, None] < end).astype(float)) for end in ends]


def drawn(seed: int, edge: float, rays: int = 8) -> Radius:
    return radius(curves(np.random.default_rng(seed), edge, rays), 0.5, resamples=50)


def inside(found: Radius, alpha: float) -> Finding:
    spec = BasinSpec(checkpoint="base", directions=(Gaussian(seed=0),), capabilities=("math",), reach=0.06)
    around = Result(spec, tidy(spec, []), Facts(100, 1.0, {"tuned": alpha}))
    (finding,) = judge_inside(SPEC, Evidence(parts={"base basin": around}), Basin("math", 1.0, 240, (), found))
    return finding


def test_a_fine_tune_outside_the_true_radius_hardly_ever_passes_as_inside() -> None:
    for alpha, least, most in ((0.022, 0.0, 0.05), (0.012, 0.8, 1.0)):  # the true radius is 0.02
        passes = np.mean([inside(drawn(seed, 0.02), alpha).outcome == "pass" for seed in range(RUNS)])
        assert least <= passes <= most + 0.02, f"{passes} of α = {alpha}"


def test_a_fine_tune_within_the_interval_of_the_radius_cannot_be_told() -> None:
    found = drawn(0, 0.02)
    said = inside(found, found.median)
    assert said.outcome == "warn"
    assert said.text.startswith("whether it is inside the base's basin cannot be told")
    assert f"[{found.low:.2g}, {found.high:.2g}]" in said.text
    assert inside(found, 1.01 * found.high).text.startswith("outside the base's most-case basin")


@pytest.mark.parametrize("rays", [1, 3, 5])
def test_with_too_few_directions_there_is_a_range_and_only_what_is_far_from_it_is_told(rays: int) -> None:
    found = drawn(0, 0.02, rays)
    assert "interval" not in inside(found, 0.001).text
    assert (f"range of {rays} directions" if rays > 1 else "along one direction") in inside(found, 0.001).text
    assert inside(found, found.minimum / 1.6).outcome == "pass"
    assert "cannot be told" in inside(found, found.minimum / 1.4).text
    assert "cannot be told" in inside(found, found.maximum * 1.4).text
    assert inside(found, found.maximum * 1.6).text.startswith("outside")


def way(columns: Sequence[np.ndarray]) -> Result[SliceSpec]:
    """Outcomes at equal steps from the base to the fine-tune."""
    spec = SliceSpec(
        checkpoint="base", directions=(Towards(checkpoint="tuned"),), alphas=(0.0,), capabilities=("math",)
    )
    rows = [
        {"direction": "towards tuned", "seed": None, "alpha": 0.01 * place / (len(columns) - 1), "realised_alpha": 0.0,
         "capability": "math", "score": right.mean(), "loss": 0.1, "n": len(right), "seconds": 0.1,
         "outcomes": right.astype(np.uint8)}
        for place, right in enumerate(columns)
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 1.0, {"tuned": 0.01}, chance={"math": 0.0}))


def barrier(columns: Sequence[np.ndarray]) -> Finding:
    (finding,) = judge_barrier(SPEC, Evidence(parts={"way": way(columns)}), "math")
    return finding


def answers(rng: np.random.Generator, shares: Sequence[float], n: int) -> list[np.ndarray]:
    """Outcomes of the same examples at several points, independent given how often each point answers."""
    return [rng.random(n) < share for share in shares]


@pytest.mark.parametrize("n", [50, 240])
def test_a_way_without_a_barrier_hardly_ever_warns_and_a_deep_one_does(n: int) -> None:
    rng = np.random.default_rng(n)
    level = [barrier(answers(rng, [0.8] * 5, n)).outcome for _ in range(RUNS)]
    deep = [barrier(answers(rng, [0.8, 0.8, 0.3, 0.8, 0.8], n)).outcome for _ in range(RUNS)]
    assert np.mean([outcome == "warn" for outcome in level]) <= 0.05
    assert np.mean([outcome == "warn" for outcome in deep]) >= 0.95


def test_a_barrier_is_a_fall_below_both_ends() -> None:
    right = np.arange(240)
    steps = [right < count for count in (240, 180, 150)]  # falls all the way: no merge loses more than the fine-tune
    said = barrier(steps)
    assert said.outcome == "pass"
    assert said.text.startswith("no barrier is shown on the straight way: the lowest, 0.750 at 50% of the way")
    assert "−0.125 [" in said.text


def headroom(base: Radius, tuned: Radius) -> Finding:
    basins = (Basin("math", 1.0, 240, (), found) for found in (base, tuned))
    (finding,) = judge_headroom(Thresholds(), *basins)
    return finding


def test_little_headroom_warns_only_where_the_interval_of_the_ratio_shows_it() -> None:
    at_limit = [headroom(drawn(seed, 0.02), drawn(seed + RUNS, 0.01)).outcome for seed in range(RUNS)]
    assert np.mean([outcome == "warn" for outcome in at_limit]) <= 0.07  # 0.025 nominal, of 60 runs
    narrow = headroom(drawn(0, 0.02), drawn(1, 0.004))
    assert narrow.outcome == "warn"
    assert "× the base's [" in narrow.text
    both = headroom(drawn(0, 0.02), drawn(1, 0.02)).text
    assert both.count("[") == 2
    assert "with 80 examples, the 95 % interval of a radius" in both


def test_an_open_radius_gives_no_false_ratio() -> None:
    wide = radius([Curve([0.0, 0.06], np.ones((2, 10))) for _ in range(8)])
    assert wide.at_least
    assert "≥" in headroom(drawn(0, 0.02), wide).text
    assert "open]" in headroom(drawn(0, 0.02), wide).text
    unknown = headroom(wide, drawn(0, 0.02))
    assert "is not known to compare with" in unknown.text
    assert not math.isnan(drawn(0, 0.02).low)
