"""How suddenly a capability is lost: closed forms of the cliff index, and what is not followed to its end."""

import math

import numpy as np
import pytest

from landscape.basins.radii import basins_of
from landscape.basins.steepness import PARABOLA, CliffIndex, cliff_indices, radii_at
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec

N = 400


def searched(
    power: float, rays: int = 8, points: int = 241, reach: float = 0.06, n: int = N, top: float = 1.0
) -> Result:
    """A drop of (α / edge)^power · 0.05 along each ray, with edges of 0.01 to 0.012; nested outcomes."""
    spec = BasinSpec(
        checkpoint="demo:base", directions=tuple(Gaussian(seed=seed) for seed in range(rays)), capabilities=("basic",),
        reach=reach,
    )  # fmt: skip
    rows = []
    for seed in range(rays):
        edge = 0.01 + 0.002 * seed / max(rays - 1, 1)
        for alpha in np.linspace(0, reach, points):
            right = np.arange(n) < round(n * max(top - 0.05 * (alpha / edge) ** power, 0.0))
            rows.append(
                {"direction": "gaussian", "seed": seed, "alpha": alpha, "realised_alpha": alpha, "capability": "basic",
                 "score": right.mean(), "loss": 1.0, "n": n, "seconds": 0.1, "outcomes": right.astype(np.uint8)}
            )  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, chance={"basic": 0.0}))


def index_of(result: Result, tolerance: float = 0.05) -> CliffIndex:
    return cliff_indices(result, basins_of(result, tolerance), tolerance)["basic"]


@pytest.mark.parametrize(("power", "times"), [(1.5, 10 ** (1 / 1.5)), (2, PARABOLA), (10, 10**0.1)])
def test_the_index_is_the_tenth_root_of_the_power_of_the_fall(power: float, times: float) -> None:
    found = index_of(searched(power))
    assert found.median == pytest.approx(times, rel=0.02)
    assert found.low <= times <= found.high
    assert (found.is_range, found.at_least, found.rays) == (False, False, 8)


def test_brackets_that_are_coarse_widen_the_interval() -> None:
    fine, coarse = index_of(searched(2)), index_of(searched(2, points=13))
    assert coarse.low < fine.low
    assert coarse.high > fine.high


def test_with_few_directions_there_is_a_range_and_it_says_so() -> None:
    found = index_of(searched(2, rays=3))
    assert found.is_range
    assert found.text.endswith(")")
    assert index_of(searched(2)).text.endswith("]")


def test_a_fall_that_was_not_followed_to_ten_times_tau_is_open() -> None:
    found = index_of(searched(2, reach=0.02))
    assert found.at_least
    assert math.isinf(found.high)
    assert found.median < PARABOLA
    assert found.text.startswith("≥ ")
    assert "open" in found.text


def test_of_two_directions_of_which_one_is_open_the_median_is_one_that_a_direction_has() -> None:
    found = index_of(searched(2, rays=2, reach=0.035))  # ten times τ is lost at 0.0316 and at 0.0379
    assert found.at_least
    assert found.median == pytest.approx(0.035 / 0.012, rel=0.01)


def test_an_index_needs_ten_times_tau_to_be_lost() -> None:
    assert not cliff_indices(searched(2, top=0.4), basins_of(searched(2, top=0.4)), 0.05)
    assert not cliff_indices(searched(2), basins_of(searched(2), 0.1), 0.1)


def test_radii_at_each_tolerance_follow_the_law_of_the_fall() -> None:
    result = searched(2)
    found = radii_at(result, "basic", (0.02, 0.05, 0.2, 0.999))
    middle = found[0.05].median
    for tau in (0.02, 0.2):
        assert found[tau].median == pytest.approx(middle * math.sqrt(tau / 0.05), rel=0.06)
        assert found[tau].low <= found[tau].median <= found[tau].high
    (basin,) = basins_of(result)
    assert basin.radius is not None
    assert middle == pytest.approx(basin.radius.median)
