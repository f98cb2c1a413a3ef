"""The topology of a plane, against surfaces whose minima and saddles are known."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from landscape.bundled import results, specs
from landscape.planes.topology import Floats, Topology, topology, topology_of


def grid(n: int) -> Floats:
    x, y = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def wells(points: Floats, heights: dict[float, float], ridge: dict[float, float]) -> Floats:
    """A valley along x at y = ½ whose floor is piecewise linear through minima (x → height) and ridges."""
    knots = sorted((heights | ridge).items())
    floor = np.interp(points[:, 0], *zip(*knots, strict=True))
    return np.asarray(floor + 4 * (points[:, 1] - 0.5) ** 2)


HEIGHTS, RIDGE = {0.0: 0.0, 0.5: 0.2, 1.0: 0.1}, {0.25: 0.5, 0.75: 0.9}


def refined() -> Floats:
    """A coarse grid, and a fine one along the valley: as a plane is measured."""
    fine = np.stack(np.meshgrid(np.linspace(0, 1, 33), np.linspace(0.375, 0.625, 9)), -1).reshape(-1, 2)
    return np.unique(np.concatenate([grid(9), fine]), axis=0)


@pytest.mark.parametrize("points", [grid(9), grid(33), refined()], ids=["coarse", "fine", "refined"])
def test_minima_saddles_and_what_merges_with_what_are_those_of_the_surface(points: Floats) -> None:
    found = topology(points, wells(points, HEIGHTS, RIDGE))
    assert found is not None
    lowest, right, middle = found.minima
    assert (lowest.place, lowest.value, lowest.saddle, lowest.into) == ((0.0, 0.5), 0.0, math.inf, None)
    assert right.place == (1.0, 0.5)
    assert (right.value, right.saddle, right.saddle_place, right.into) == (0.1, 0.9, (0.75, 0.5), 0)
    assert middle.place == (0.5, 0.5)
    assert (middle.value, middle.saddle, middle.saddle_place, middle.into) == (0.2, 0.5, (0.25, 0.5), 0)
    assert (right.persistence, middle.persistence) == pytest.approx((0.8, 0.3))


def test_a_basin_merges_with_the_elder_of_those_it_meets() -> None:
    """Right of the lowest: 0.05 merges at 0.6 with 0.02, both at 0.9 with 0. An elder that was met before counts."""
    points = grid(33)
    found = topology(points, wells(points, {0.0: 0.0, 0.5: 0.05, 1.0: 0.02}, {0.25: 0.9, 0.75: 0.6}))
    assert found is not None
    assert [each.place[0] for each in found.minima] == [0.0, 1.0, 0.5]
    assert [each.into for each in found.minima] == [None, 0, 1]


def test_minima_that_are_equally_low_are_told_apart() -> None:
    points = grid(33)
    found = topology(points, wells(points, {0.0: 0.0, 0.5: 0.0, 1.0: 0.0}, {0.25: 0.9, 0.75: 0.6}))
    assert found is not None
    assert sorted(each.persistence for each in found.minima) == pytest.approx([0.6, 0.9, math.inf])
    assert all(each.into is None or each.into < place for place, each in enumerate(found.minima))


def test_places_without_a_value_separate() -> None:
    points = grid(9)
    field = np.where(points[:, 0] == 0.5, np.inf, wells(points, {0.0: 0.0, 1.0: 0.1}, {0.5: 0.9}))
    found = topology(points, field)
    assert found is not None
    assert [each.into for each in found.minima] == [None, None]
    assert [each.saddle for each in found.minima] == [math.inf, math.inf]


@pytest.mark.parametrize("points", [[], [(0, 0)], [(0, 0), (1, 1)], [(0, 0), (1, 1), (2, 2), (3, 3)]])
def test_points_that_span_no_plane_have_no_topology(points: list[tuple[float, float]]) -> None:
    assert topology(np.array(points, float).reshape(-1, 2), np.zeros(len(points))) is None


def examples(field: Floats, n: int, noise: Floats) -> Floats:
    """Values (points, n) whose mean is the field; `noise` (points, n) is centred over the examples."""
    return np.asarray(field[:, None] + noise - noise.mean(axis=1, keepdims=True))


def asked(points: Floats, values: Floats, requests: list[int] | None = None) -> Topology:
    found = topology(points, values.mean(axis=1), values, requests)
    assert found is not None
    return found


def test_examples_that_lift_the_whole_surface_alike_are_no_noise() -> None:
    points, rng = grid(17), np.random.default_rng(0)
    field = wells(points, HEIGHTS, RIDGE)
    shift = np.broadcast_to(rng.normal(0, 5, 40), (len(field), 40))
    found = asked(points, examples(field, 40, shift))
    assert found.noise == pytest.approx(0, abs=1e-9)
    assert len(found.certain) == 3


def test_noise_far_above_the_saddles_plays_no_part() -> None:
    points, rng = grid(17), np.random.default_rng(0)
    field = wells(points, HEIGHTS, RIDGE) + 9 * (np.abs(points[:, 1] - 0.5) > 0.3)
    far = field > 5
    found = asked(points, examples(field, 60, np.where(far[:, None], rng.normal(0, 9, (len(field), 60)), 0.0)))
    assert found.noise == pytest.approx(0, abs=1e-9)
    assert len(found.certain) == 3


def test_deep_basins_are_certain_and_shallow_ones_are_not() -> None:
    points, rng = grid(17), np.random.default_rng(0)
    field = wells(points, HEIGHTS, RIDGE)
    found = asked(points, examples(field, 240, rng.normal(0, 1, (len(field), 240))))
    assert 0.3 < found.noise < 0.8  # about 2 · 3 standard errors of 1/√240, up and down
    assert [each.place[0] for each in found.certain] == [0.0, 1.0]


def test_a_flat_surface_is_said_to_have_a_second_basin_in_no_more_than_one_sample_in_twenty() -> None:
    points, rng = grid(8), np.random.default_rng(0)
    wrong = sum(len(asked(points, rng.normal(0, 1, (64, 40))).certain) > 1 for _ in range(100))
    assert wrong <= 5


def test_examples_that_ask_the_same_count_once() -> None:
    points, rng = grid(9), np.random.default_rng(0)
    values = rng.normal(0, 1, (81, 30))
    alone, twice = asked(points, values), asked(points, np.repeat(values, 4, axis=1), [i // 4 for i in range(120)])
    assert (alone.requests, twice.requests) == (30, 30)
    assert twice.noise == pytest.approx(alone.noise, rel=0.1)
    assert asked(points, np.repeat(values, 4, axis=1)).noise < 0.7 * alone.noise


def test_a_few_examples_know_nothing_of_noise() -> None:
    found = asked(grid(9), np.random.default_rng(0).normal(0, 1, (81, 9)))
    assert math.isnan(found.noise)
    assert found.certain == ()


def test_the_plane_that_ships_is_one_basin_of_the_loss_of_basic() -> None:
    plane = results.shipped(specs.DEMO_PLANE)
    assert plane is not None
    found = topology_of(plane, "basic")
    assert found is not None
    assert len(found.minima) == 1
    assert found.minima[0].place == pytest.approx((0.00625, 0), abs=0.004)  # between assistant and base
    assert topology_of(plane, "nothing of that name") is None


def peaks(x: Floats, y: Floats) -> Floats:
    around = np.exp(-(x**2) - y**2)
    hills = 3 * (1 - x) ** 2 * np.exp(-(x**2) - (y + 1) ** 2) - 10 * (x / 5 - x**3 - y**5) * around
    return np.asarray(hills - np.exp(-((x + 1) ** 2) - y**2) / 3)


def himmelblau(x: Floats, y: Floats) -> Floats:
    a, b = 1.6 * x, 1.6 * y
    return np.asarray((a * a + b - 11) ** 2 + (a + b * b - 7) ** 2)


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        (peaks, {-6.4914: math.inf, -3.0361: 3.0413, -0.0637: 0.4707, 0.0: 0.0331}),
        (himmelblau, {0.0836: math.inf, 0.1929: 67.4169, 0.3508: 103.6653, 0.4657: 12.8677, 0.5954: 0.2098}),
    ],
)
def test_persistences_are_those_of_topopy(surface: Callable[[Floats, Floats], Floats], expected: dict) -> None:
    """The library behind Landscaper 1.3.1 (topopy 1.0.4: MorseSmaleComplex on a Gabriel graph) printed these."""
    points = 6 * grid(41) - 3
    found = topology(points, surface(*points.T))
    assert found is not None
    kept = {round(each.value, 4) + 0.0: each.persistence for each in found.minima if each.persistence > 1e-3}
    assert kept == pytest.approx(expected, abs=2e-4)
