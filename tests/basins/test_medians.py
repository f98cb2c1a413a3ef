"""Intervals of medians, by simulation and against a shared noise of a known size."""

import math

import numpy as np
import pytest

from landscape.basins.medians import median_low


def test_order_statistics_alone_cover_the_median_of_any_distribution() -> None:
    rng, still = np.random.default_rng(0), np.zeros((2, 8))
    for draws in (rng.standard_exponential((3000, 8)) - math.log(2), rng.standard_cauchy((3000, 8))):
        covered = [median_low(x, x + still, rng) <= 0 <= -median_low(-x, -(x + still), rng) for x in draws]
        assert 0.93 <= np.mean(covered) <= 0.97


def test_shared_noise_widens_the_interval_and_own_noise_does_not() -> None:
    rng, values = np.random.default_rng(0), np.arange(1.0, 9.0)
    alone = median_low(values, np.tile(values, (1000, 1)), rng)
    own = median_low(values, values + 0.5 * rng.standard_normal((1000, 8)), rng)
    shared = median_low(values, values + 3 * rng.standard_normal((1000, 1)), rng)
    assert own == pytest.approx(alone, abs=0.15)
    assert shared == pytest.approx(4.5 - math.hypot(4.5 - alone, 1.96 * 3), abs=0.5)


def test_five_values_hold_no_95_percent_interval() -> None:
    with pytest.raises(ValueError, match="expected 6 values or more, got 5"):
        median_low(np.arange(5.0), np.ones((2, 5)), np.random.default_rng(0))
