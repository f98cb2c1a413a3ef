"""Basins against steps, bowls and lines with known boundaries, and against simulated rays with a known truth."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from landscape.basins.boundaries import (
    RAYS_NEEDED,
    TOLERANCE,
    Boundary,
    Curve,
    boundary,
    find_boundary,
    radius,
    rays,
)
from landscape.basins.inside import has_basin
from landscape.basins.levels import better_neighbours, mean_score, strict_basin
from landscape.bench.simulated_rays import searched_alphas
from landscape.intervals import clopper_pearson

GRID = np.linspace(0, 2, 21)


def step(edge: float, n: int = 20, alphas: np.ndarray = GRID) -> Curve:
    """Everything right up to and at `edge`, nothing beyond."""
    return Curve(alphas, np.repeat((alphas <= edge + 1e-9)[:, None], n, axis=1))


def test_boundary_of_a_line_is_where_it_crosses_the_tolerance() -> None:
    alphas = np.linspace(0, 1, 11)
    assert boundary(alphas, 1 - alphas, tolerance=0.05) == pytest.approx(0.05)
    assert boundary(alphas, 1 - alphas, tolerance=0.55) == pytest.approx(0.55)


def test_boundary_lies_between_the_last_point_inside_and_the_first_outside() -> None:
    found = boundary([0, 1, 2, 3, 4], [1, 1, 0, 1, 1])
    assert found is not None
    assert 1 < found < 2


def test_a_score_that_never_leaves_has_no_boundary() -> None:
    assert boundary([0, 1, 2], [0.9, 0.85, 1.0]) is None
    assert boundary([-1, 0, 1], [0.0, 0.9, 0.9]) is None
    assert find_boundary([0, 1, 2], [0.9, 0.9, 0.9], 0.85) == Boundary(None, 2, None, None)


def test_boundary_needs_the_centre() -> None:
    with pytest.raises(ValueError, match="expected α = 0"):
        boundary([0.1, 0.2], [1, 1])
    with pytest.raises(ValueError, match="expected α = 0"):
        boundary([], [])


def test_a_score_on_the_floor_is_inside_in_floating_point_too() -> None:
    assert 114 / 240 < 126 / 240 - 0.05  # by 1e-16
    for known in range(12, 241):
        at_floor, below = (known - 12) / 240, (known - 13) / 240
        assert boundary([0, 1, 2], [known / 240, at_floor, at_floor]) is None
        assert boundary([0, 1, 2], [known / 240, at_floor, below]) == pytest.approx(1)


@pytest.mark.parametrize("tolerance", [0.05, 0.2])
def test_a_quadratic_bowl_ends_at_its_radius_times_the_root_of_the_tolerance(tolerance: float) -> None:
    r, h = 1.5, 0.05
    alphas = np.arange(0, 1.5, h)
    found = find_boundary(alphas, 1 - (alphas / r) ** 2, 1 - tolerance)
    truth = r * math.sqrt(tolerance)
    assert found.alpha is not None
    assert found.outside is not None
    assert found.inside <= truth <= found.outside
    # A chord is off by h²/8 · |S″| at most, over the slope at the near end.
    assert 0 <= truth - found.alpha <= h**2 / 8 * (2 / r**2) / (2 * found.inside / r**2)


def test_a_basin_that_is_left_and_entered_again_says_where() -> None:
    found = find_boundary([3, 0, 1, 2, 4], [0.97, 1, 1, 0.5, 0.2], 0.95)
    assert (found.inside, found.outside, found.reentered) == (1, 2, 3)
    assert found.alpha == pytest.approx(1.1)


def test_a_score_that_is_not_a_number_is_outside() -> None:
    found = find_boundary([0, 1, 2], [1, 1, math.nan], 0.95)
    assert (found.inside, found.outside) == (1, 2)
    assert found.alpha == pytest.approx(1.05)  # as if it were 0


def test_a_centre_below_the_floor_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at least the floor 0.9 at α = 0, got 0.5"):
        find_boundary([0, 1], [0.5, 0.4], 0.9)
    with pytest.raises(ValueError, match="as many scores as alphas"):
        find_boundary([0, 1], [0.5], 0.4)


def test_a_direction_has_two_rays_with_positive_alphas() -> None:
    (ahead, right), (behind, left) = rays([-2, -1, 0, 1], [[0.2], [0.9], [1.0], [0.5]])
    assert ahead.tolist() == [0, 1]
    assert behind.tolist() == [0, 1, 2]
    assert (right.ravel().tolist(), left.ravel().tolist()) == ([1, 0.5], [1, 0.9, 0.2])
    assert len(rays([0, 1], [1, 1])) == 1
    with pytest.raises(ValueError, match="expected α = 0"):
        rays([-1, 1], [1, 1])


def test_a_capability_at_chance_has_no_basin() -> None:
    assert has_basin(0.9, chance=0.25)
    assert not has_basin(0.29, chance=0.25)
    assert not has_basin(0.3, chance=0.25)  # the floor is chance itself
    assert not has_basin(0.04, chance=0)


def test_a_curve_is_refused_unless_it_ascends_from_the_centre() -> None:
    ones = np.ones((3, 5))
    for alphas in ([0.1, 0.2, 0.3], [0, 2, 1], [0, 1, 1]):
        with pytest.raises(ValueError, match="expected alphas that ascend from 0"):
            Curve(np.array(alphas), ones)
    with pytest.raises(ValueError, match=r"got \(3, 5\) of \(2,\)"):
        Curve(np.array([0, 1]), ones)
    with pytest.raises(ValueError, match="scored at α = 0"):
        Curve(np.array([0, 1, 2]), ones * math.nan)


def test_scores_of_half_the_examples_are_compared_with_the_same_half() -> None:
    outcomes = np.array([[1, 1, 0, 0], [1, 1, math.nan, math.nan], [1, 0, math.nan, 0]])
    assert Curve(np.arange(3.0), outcomes).scores() == pytest.approx([0.5, 0.5, 0.5 - 1 / 3])
    full = np.random.default_rng(0).integers(0, 2, (6, 50)).astype(float)
    assert Curve(np.arange(6.0), full).scores() == pytest.approx(full.mean(axis=1))


def test_the_radius_is_the_median_of_the_boundaries() -> None:
    curves = [step(edge) for edge in (0.3, 0.5, 0.9)]
    found = radius(curves)
    edges = sorted(boundary(c.alphas, c.scores()) for c in curves)  # type: ignore[type-var]
    assert (found.minimum, found.median, found.maximum) == pytest.approx(tuple(edges))
    assert (found.rays, found.left, found.reach, found.at_least) == (3, 3, 2.0, False)
    assert found.median == pytest.approx(0.5 + 0.1 * TOLERANCE)
    assert curves[1].boundary().alpha == pytest.approx(found.median)


def test_too_few_rays_have_no_interval() -> None:
    few, enough = radius([step(0.5)] * (RAYS_NEEDED - 1)), radius([step(0.5)] * RAYS_NEEDED)
    assert math.isnan(few.low)
    assert math.isnan(few.high)
    assert enough.low == pytest.approx(enough.high) == pytest.approx(0.505)


def test_rays_that_never_leave_make_the_radius_at_least() -> None:
    edges = [0.3, 0.5, 0.7, 0.9, 5, 5, 5, 5]
    found = radius([step(edge) for edge in edges])
    assert found.at_least
    assert found.median == pytest.approx(0.905), "the lower of the two middle ones, since the upper is not known"
    assert (found.left, found.reach, found.high, found.maximum) == (4, 2.0, math.inf, math.inf)
    assert 0.3 <= found.low <= 0.5
    most = radius([step(edge) for edge in [0.3, 0.5, 0.7, 0.9, 1.0, 1.2, 1.3, 5]])
    assert not most.at_least
    assert most.high == math.inf
    none = radius([step(5)] * 8)
    assert (none.median, none.low, none.minimum, none.left, none.at_least) == (2, 2, 2, 0, True)


def test_reach_is_how_far_every_ray_that_never_left_was_followed() -> None:
    found = radius([step(0.3), step(5), step(5, alphas=GRID[:11])])
    assert found.reach == 1.0
    assert found.median == 1.0
    assert found.at_least


def test_the_radius_follows_from_its_seed() -> None:
    curves, _ = simulated(np.random.default_rng(0), 8, 0.3, (0.2, 0.2), adaptive=False)
    assert radius(curves, seed=1) == radius(curves, seed=1)
    assert radius(curves, seed=1) != radius(curves, seed=2)


def test_a_wider_tolerance_gives_a_wider_radius() -> None:
    curves, _ = simulated(np.random.default_rng(0), 8, 0.3, (0.2, 0.2), adaptive=False)
    radii = [radius(curves, tolerance).median for tolerance in (0.02, 0.05, 0.1, 0.3)]
    assert radii == sorted(radii)
    assert len(set(radii)) == 4


def test_radius_refuses_what_does_not_belong_together() -> None:
    with pytest.raises(ValueError, match="got 0 curves"):
        radius([])
    with pytest.raises(ValueError, match=r"same examples, got 2 curves of \[10, 20\]"):
        radius([step(1), step(1, n=10)])
    with pytest.raises(ValueError, match="tolerance ≥ 0, got -0.1"):
        radius([step(1)], -0.1)


KNOWN, EXAMPLES, RUNS = 0.95, 240, 500  # chance that θ₀ knows an example; examples; simulated runs


def simulated(
    rng: np.random.Generator, count: int, spread: float, noise: tuple[float, float], *, adaptive: bool
) -> tuple[list[Curve], float]:
    """Rays as a model would give them, and the true radius.

    Ray r has the scale b = exp(spread · normal). Example i is known at θ₀ with probability KNOWN, and is lost on ray r
    beyond b · exp(noise₀ · uᵢ + noise₁ · vᵢᵣ): how hard it is in general, and on this ray. The expected score along a
    ray is KNOWN · (1 − Φ(log(α/b)/|noise|)), so the median ray loses TOLERANCE at exp(|noise| Φ⁻¹(TOLERANCE/KNOWN)).
    """
    truth = math.exp(math.hypot(*noise) * NormalDist().inv_cdf(TOLERANCE / KNOWN))
    known, hard = rng.random(EXAMPLES) < KNOWN, noise[0] * rng.standard_normal(EXAMPLES)
    curves = []
    for scale in np.exp(spread * rng.standard_normal(count)):
        lost = scale * np.exp(hard + noise[1] * rng.standard_normal(EXAMPLES))
        alphas = (
            searched_alphas(np.sort(lost[known]), 0.3 * truth, TOLERANCE * EXAMPLES)
            if adaptive
            else np.linspace(0, 3.5 * truth, 22)
        )
        curves.append(Curve(alphas, known & (lost >= alphas[:, None])))
    return curves, truth


@pytest.mark.parametrize(
    ("count", "spread", "noise", "adaptive"),
    [
        (8, 0.3, (0.2, 0.2), True),  # rays differ: which rays decides
        (16, 0.05, (0.3, 0.1), False),  # rays agree, examples are hard on all of them alike: which examples decides
        (8, 0.05, (0.1, 0.4), True),  # rays agree, each with noise of its own
    ],
)
def test_the_interval_covers_the_true_radius_in_95_of_100_runs(
    count: int, spread: float, noise: tuple[float, float], adaptive: bool
) -> None:
    covered = 0
    for run in range(RUNS):
        curves, truth = simulated(np.random.default_rng([2024, run]), count, spread, noise, adaptive=adaptive)
        found = radius(curves, seed=run, resamples=200)
        covered += found.low <= truth <= found.high
    assert 0.93 <= covered / RUNS <= 0.97


def test_the_strict_basin_is_a_share_of_directions() -> None:
    found = strict_basin([0.95, 0.9, 0.2, math.nan], floor=0.9)
    assert (found.share, found.n) == (0.5, 4)
    assert (found.low, found.high) == clopper_pearson(2, 4)
    assert strict_basin([1.0] * 44, 1.0, 0.98).low == pytest.approx(0.01 ** (1 / 44))
    assert strict_basin([222 / 240], 234 / 240 - 0.05).share == 1
    with pytest.raises(ValueError, match="at least one trial"):
        strict_basin([], 0.9)


def test_better_neighbours_clear_the_margin() -> None:
    scores = [0.9, 0.95, 1.0, math.nan]
    assert better_neighbours(scores, 0.9).share == 0.75
    assert better_neighbours(scores, 0.9, 0.05).share == 0.5
    assert better_neighbours(scores, 0.9, 0.2).share == 0


def test_the_mean_score_of_a_step_is_its_share_of_the_range() -> None:
    alphas, edge = np.linspace(0, 2, 2001), 0.6
    assert mean_score(alphas, alphas <= edge, reach=2) == pytest.approx(edge / 2, abs=1e-3)
    assert mean_score(alphas, alphas <= edge, reach=1) == pytest.approx(edge, abs=1e-3)


def test_the_mean_score_of_a_line_is_exact_on_any_points() -> None:
    alphas = np.array([-2, -0.3, 0, 0.5, 1.7, 3])
    assert mean_score(alphas, 1 - np.abs(alphas) / 4, reach=1.2) == pytest.approx(1 - 0.15)
    both = np.stack([1 - np.abs(alphas) / 4, np.ones(6)])
    assert mean_score(alphas, both, reach=1.2) == pytest.approx(1 - 0.075)


def test_the_mean_score_weighs_both_sides_alike() -> None:
    assert mean_score([-1, -0.5, 0, 1], [0, 0.5, 1, 1], reach=1) == pytest.approx(0.75)
    assert mean_score([0, 1, 2], [1, 1, math.nan], reach=2) == pytest.approx(0.75)


def test_the_mean_score_needs_points_out_to_its_reach() -> None:
    with pytest.raises(ValueError, match=r"within the measured \|α\| ≤ 1, got 2"):
        mean_score([-1, 0, 2], [1, 1, 1], reach=2)
    with pytest.raises(ValueError, match="reach > 0"):
        mean_score([0], [1], reach=1)
