"""P[inside] against α: counts, both errors, and rays that were not followed as far."""

import numpy as np
import pytest

from landscape.basins.boundaries import RayEnds
from landscape.basins.inside_share import inside_share
from landscape.intervals import clopper_pearson


def ends(found: list[float], followed: float = 0.1, again: np.ndarray | None = None) -> RayEnds:
    at = np.array(found)
    return RayEnds(at, np.full(len(at), followed), np.tile(at, (400, 1)) if again is None else again, 100, 5.0)


def test_the_share_counts_the_directions_that_have_not_left() -> None:
    found = inside_share(ends([0.01, 0.02, 0.03, 0.04]), np.array([0.0, 0.01, 0.015, 0.04, 0.05]))
    np.testing.assert_allclose(found.share, [1, 1, 0.75, 0.25, 0])
    assert found.rays == 4


def test_without_noise_of_the_examples_the_interval_is_that_of_the_count() -> None:
    found = inside_share(ends([0.01] * 3 + [0.02] * 5), np.array([0.015]))
    expected = clopper_pearson(5, 8, 0.975)
    assert (found.low[0], found.high[0]) == pytest.approx(expected)


def test_examples_that_move_all_directions_widen_it() -> None:
    rng = np.random.default_rng(0)
    base = np.array([0.01] * 3 + [0.02] * 5)
    shaken = base * np.exp(0.5 * rng.standard_normal((400, 1)))
    still, moved = (inside_share(ends(base.tolist(), again=a), np.array([0.015])) for a in (None, shaken))
    assert moved.low[0] < still.low[0]
    assert moved.high[0] > still.high[0]


def test_nothing_is_said_beyond_where_a_direction_was_followed() -> None:
    found = inside_share(ends([0.01, np.inf], followed=0.05), np.array([0.0, 0.02, 0.05, 0.06]))
    np.testing.assert_allclose(found.alphas, [0, 0.02, 0.05])
    np.testing.assert_allclose(found.share, [1, 0.5, 0.5])


@pytest.mark.parametrize(("rays", "examples"), [(8, 60), (20, 240)])
def test_the_interval_covers_the_true_share(rays: int, examples: int) -> None:
    """Boundaries exp(0.3 z + e) with an error e of the examples that all share: the truth is P[0.3 z > log α]."""
    covered, runs, noise = 0, 120, 1 / np.sqrt(examples)
    for run in range(runs):
        rng = np.random.default_rng([rays, run])
        base = np.exp(0.3 * rng.standard_normal(rays) + noise * rng.standard_normal())
        again = base * np.exp(noise * rng.standard_normal((200, 1)))
        found = inside_share(RayEnds(base, np.full(rays, 9.0), again, examples, 3.0), np.array([1.1]))
        truth = 0.3754  # P[z > log(1.1) / 0.3]
        covered += found.low[0] <= truth <= found.high[0]
    assert covered / runs >= 0.95
