"""Refinement against the full grid: what it finds, what that costs, and that nothing else steers it."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape.planes.refinement import expected, filled, interpolated, wanted

Field = Callable[[np.ndarray, np.ndarray], np.ndarray]  # x, y in [−1, 1] → bool, True inside


def ellipse(x0: float, y0: float, long: float, short: float, turn: float = 0.0) -> Field:
    c, s = math.cos(turn), math.sin(turn)
    return lambda x, y: ((c * (x - x0) + s * (y - y0)) / long) ** 2 + ((c * (y - y0) - s * (x - x0)) / short) ** 2 <= 1


def blob(x0: float, y0: float, radius: float, swing: float, phase: float) -> Field:
    """A three-lobed basin."""
    return lambda x, y: (
        np.hypot(x - x0, y - y0) <= radius * (1 + swing * np.cos(3 * np.arctan2(y - y0, x - x0) + phase))
    )


def rough(height: float, seed: int) -> Field:
    """A disc of radius 0.6 in a field with correlated bumps: 60 waves, the shortest about as long as a coarse cell."""
    rng = np.random.default_rng(seed)
    waves, phases = rng.normal(scale=14, size=(60, 2)), rng.uniform(0, 2 * np.pi, 60)

    def inside(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        bumps = sum(np.cos(wx * x + wy * y + p) for (wx, wy), p in zip(waves, phases, strict=True))
        return x**2 + y**2 + height * bumps / math.sqrt(30) <= 0.36

    return inside


SMOOTH: dict[str, Field] = {
    "disc": ellipse(0, 0, 0.6, 0.6),
    "off-centre disc": ellipse(0.13, -0.21, 0.56, 0.56),
    "ellipse": ellipse(0, 0, 0.75, 0.4, 0.64),
    "cut by the frame": ellipse(0.7, 0.2, 0.7, 0.7),
    "two basins": lambda x, y: ellipse(-0.5, -0.4, 0.35, 0.3)(x, y) | ellipse(0.5, 0.4, 0.4, 0.3, 1.0)(x, y),
}
FOUR: dict[str, Field] = {
    "widest": blob(0, 0, 0.75, 0.08, 0),
    "wide": blob(0.08, -0.05, 0.55, 0.1, 1),
    "narrow": blob(-0.05, 0.06, 0.38, 0.12, 2),
    "narrowest": blob(0.02, 0.02, 0.22, 0.1, 3),
}
HARD: dict[str, Field] = {
    "needle": ellipse(0, 0, 0.85, 0.085, 0.45),
    "rough": rough(0.06, 0),
    "rougher": rough(0.12, 1),
}
ALL = SMOOTH | FOUR | HARD


def on_grid(field: Field, n: int) -> np.ndarray:
    axis = np.linspace(-1, 1, n)
    return field(*np.meshgrid(axis, axis, indexing="ij"))


def nothing(n: int) -> np.ndarray:
    return np.full((n, n), -1, dtype=np.int8)


def measure(truths: Sequence[np.ndarray], known: np.ndarray | None = None) -> list[np.ndarray]:
    """The grids at the end, when each point that one capability wants is measured for all of them."""
    grids = [nothing(len(truth)) if known is None else known.copy() for truth in truths]
    while len(points := np.concatenate([wanted(inside) for inside in grids])):
        rows, columns = points.T
        for inside, truth in zip(grids, truths, strict=True):
            inside[rows, columns] = truth[rows, columns]
    return grids


def cost(inside: np.ndarray) -> int:
    return int((inside >= 0).sum())


def overlap(inside: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    region = filled(inside)
    return float((region & truth).sum() / (region | truth).sum())


def exponent(costs: dict[int, int]) -> float:
    """Of the number of points in the number of intervals along one axis."""
    return float(np.polyfit(np.log([n - 1 for n in costs]), np.log(list(costs.values())), 1)[0])


@pytest.mark.parametrize("name", SMOOTH | FOUR)
@pytest.mark.parametrize("n", [33, 50, 65, 100, 129])
def test_a_smooth_boundary_is_found_exactly(name: str, n: int) -> None:
    truth = on_grid(ALL[name], n)
    (inside,) = measure([truth])
    np.testing.assert_array_equal(filled(inside), truth)


@pytest.mark.parametrize("name", ALL)
def test_one_capability_costs_at_most_8_percent_of_a_129_grid(name: str) -> None:
    truth = on_grid(ALL[name], 129)
    (inside,) = measure([truth])
    assert cost(inside) <= 0.08 * truth.size
    assert overlap(inside, truth) >= 0.98


def test_four_capabilities_cost_at_most_20_percent_of_a_129_grid() -> None:
    truths = [on_grid(field, 129) for field in FOUR.values()]
    grids = measure(truths)
    assert cost(grids[0]) <= 0.2 * truths[0].size
    assert all(overlap(inside, truth) >= 0.98 for inside, truth in zip(grids, truths, strict=True))


@pytest.mark.parametrize("name", ["disc", "ellipse", "widest", "needle", "rough", "rougher"])
def test_cost_grows_with_the_length_of_the_boundary_not_with_the_area(name: str) -> None:
    costs = {n: cost(*measure([on_grid(ALL[name], n)])) for n in (33, 65, 129)}
    assert 0.5 <= exponent(costs) <= 1.25
    assert exponent({n: spent - 81 for n, spent in costs.items()}) <= 1.25  # nor without the coarse lines' fixed share


@pytest.mark.parametrize("name", SMOOTH | FOUR)
def test_an_edge_that_a_smooth_boundary_crosses_costs_about_two_points(name: str) -> None:
    """About: 1.9 to 2.1, where a plain quadtree pays 3.5 to 3.8."""
    truth = on_grid(ALL[name], 129)
    crossings = sum(int(np.diff(truth, axis=axis).sum()) for axis in (0, 1))
    assert cost(*measure([truth])) - 81 <= 2.1 * crossings


def test_the_cost_of_four_capabilities_grows_with_the_length_of_their_boundaries() -> None:
    costs = {n: cost(measure([on_grid(field, n) for field in FOUR.values()])[0]) for n in (33, 65, 129)}
    assert exponent(costs) <= 1.25


@pytest.mark.parametrize("value", [True, False])
def test_a_plane_without_a_boundary_costs_its_coarse_lines(value: bool) -> None:
    truth = np.full((129, 129), value)
    (inside,) = measure([truth])
    assert cost(inside) == 81
    np.testing.assert_array_equal(filled(inside), truth)


def test_an_island_between_the_coarse_lines_is_seen_only_from_a_point_in_it() -> None:
    """The known limitation, and that any capability's or earlier run's point in the island cures it."""
    truth = on_grid(SMOOTH["disc"], 129)
    truth[1:8, 1:8] = True
    (inside,) = measure([truth])
    assert not filled(inside)[:16, :16].any()
    known = nothing(129)
    known[4, 4] = 1
    (inside,) = measure([truth], known)
    np.testing.assert_array_equal(filled(inside), truth)


@st.composite
def planes(draw: st.DrawFn) -> tuple[np.ndarray, np.random.Generator]:
    """Any grid of 3 to 40 points a side, from blobs to pure noise; and a generator for what else is random."""
    n, waves = draw(st.integers(3, 40)), draw(st.floats(0.5, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x, y = np.meshgrid(*[np.linspace(-1, 1, n)] * 2)
    field = sum(np.cos(waves * (a * x + b * y) + c) for a, b, c in rng.normal(size=(12, 3)))
    return field > draw(st.floats(-3, 3)), rng


def some_of(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(truth.shape) < rng.random() ** 3, truth, -1).astype(np.int8)


@settings(deadline=None)
@given(planes())
def test_no_inferred_point_lies_beside_a_different_one(plane: tuple[np.ndarray, np.random.Generator]) -> None:
    truth, rng = plane
    (inside,) = measure([truth], some_of(truth, rng))
    region = filled(inside)
    for axis in (0, 1):
        crossed = np.diff(region, axis=axis)
        ends = [np.delete(inside, end, axis)[crossed] for end in (0, -1)]
        assert all((end >= 0).all() for end in ends)
    np.testing.assert_array_equal(region[inside >= 0], truth[inside >= 0])


@settings(deadline=None)
@given(planes())
def test_a_killed_run_resumes_to_the_same_points_in_any_order(plane: tuple[np.ndarray, np.random.Generator]) -> None:
    truth, rng = plane
    (whole,) = measure([truth])
    resumed = np.where(rng.random(truth.shape) < rng.random(), whole, -1).astype(np.int8)  # not even a prefix
    while len(points := wanted(resumed)):
        some = tuple(points[rng.random(len(points)) < rng.random()].T)  # killed within a batch
        resumed[some] = truth[some]
    np.testing.assert_array_equal(resumed, whole)


def test_four_capabilities_that_share_points_end_with_the_same_points_in_any_order() -> None:
    truths = [on_grid(field, 65) for field in FOUR.values()]
    at_once = measure(truths)
    rng = np.random.default_rng(0)
    grids = [nothing(65) for _ in truths]
    while any(len(wanted(inside)) for inside in grids):
        points = wanted(grids[rng.integers(4)])  # of one capability at a time, and not all of them
        some = tuple(points[rng.random(len(points)) < 0.7].T)
        for inside, truth in zip(grids, truths, strict=True):
            inside[some] = truth[some]
    np.testing.assert_array_equal(grids, at_once)


@settings(deadline=None)
@given(planes())
def test_what_is_known_beforehand_decides_not_the_order(plane: tuple[np.ndarray, np.random.Generator]) -> None:
    truth, rng = plane
    known = some_of(truth, rng)
    (at_once,) = measure([truth], known)
    while len(points := wanted(known)):
        some = tuple(points[rng.random(len(points)) < rng.random()].T)
        known[some] = truth[some]
    np.testing.assert_array_equal(known, at_once)


@settings(deadline=None)
@given(planes())
def test_further_known_points_only_correct_the_region(plane: tuple[np.ndarray, np.random.Generator]) -> None:
    truth, rng = plane
    (alone,) = measure([truth])
    (with_more,) = measure([truth], some_of(truth, rng))
    assert not ((filled(with_more) != truth) & (filled(alone) == truth)).any()
    assert (with_more >= 0)[alone >= 0].all()


@settings(deadline=None)
@given(planes())
def test_only_unmeasured_points_are_wanted_and_each_once(plane: tuple[np.ndarray, np.random.Generator]) -> None:
    truth, rng = plane
    inside = some_of(truth, rng)
    points = wanted(inside)
    assert points.shape == (len(points), 2)
    assert (inside[tuple(points.T)] == -1).all()
    assert len(np.unique(points, axis=0)) == len(points)
    np.testing.assert_array_equal(filled(inside)[inside >= 0], truth[inside >= 0])


def test_points_known_beforehand_are_not_paid_again() -> None:
    wide, narrow = (on_grid(FOUR[name], 129) for name in ("wide", "narrow"))
    (first,) = measure([wide])
    (second,) = measure([narrow], np.where(first >= 0, narrow, -1).astype(np.int8))
    (alone,) = measure([narrow])
    assert cost(second) - cost(first) <= cost(alone) - 81
    assert not len(wanted(narrow.astype(np.int8)))


def test_the_sketch_of_an_unfinished_run_sharpens() -> None:
    truth = on_grid(SMOOTH["disc"], 129)
    inside, overlaps = nothing(129), []
    while len(points := wanted(inside)):
        inside[tuple(points.T)] = truth[tuple(points.T)]
        overlaps.append(overlap(inside, truth))
    assert overlaps[0] >= 0.65  # from the coarse lines
    assert overlaps[len(overlaps) // 2] >= 0.9
    assert overlaps[-1] == 1


@pytest.mark.parametrize("name", ["disc", "widest", "rough", "needle"])
def test_the_expected_cost_is_right_within_a_half_once_the_coarse_lines_are_known(name: str) -> None:
    truth = on_grid(ALL[name], 129)
    total = cost(*measure([truth]))
    inside = nothing(129)
    while len(points := wanted(inside)):
        ahead = cost(inside) + len(points) + expected(inside)
        assert total / 2 <= ahead <= total * 1.5
        inside[tuple(points.T)] = truth[tuple(points.T)]
    assert expected(inside) == 0


@pytest.mark.parametrize(
    ("inside", "coarse", "message"),
    [
        (np.zeros((3, 4)), 9, "square grid of at least 3 × 3"),
        (np.zeros((2, 2)), 9, "square grid of at least 3 × 3"),
        (np.full((5, 5), 2), 9, "expected 1 .* got"),
        (np.zeros((5, 5)), 1, "at least 2 coarse lines, got 1"),
    ],
)
def test_what_is_no_grid_is_refused(inside: np.ndarray, coarse: int, message: str) -> None:
    for function in (wanted, filled, expected):
        with pytest.raises(ValueError, match=message):
            function(inside, coarse)


def known_of(values: np.ndarray, *points: tuple[int, int]) -> np.ndarray:
    grid = np.full_like(values, np.nan)
    for point in points:
        grid[point] = values[point]
    return grid


def test_between_coarse_lines_a_plane_is_interpolated_exactly_and_measured_values_win() -> None:
    rows, columns = np.mgrid[0:33, 0:33].astype(float)
    flat = 2 * rows - 3 * columns + 1
    coarse = [(j, i) for j in range(0, 33, 4) for i in range(0, 33, 4)]
    known = known_of(flat, *coarse)
    np.testing.assert_allclose(interpolated(known), flat)
    known[5, 7] = 99.0
    assert interpolated(known)[5, 7] == 99.0
    np.testing.assert_allclose(np.delete(interpolated(known).ravel(), 5 * 33 + 7), np.delete(flat.ravel(), 5 * 33 + 7))


def test_a_measured_point_is_spread_at_its_own_level_only() -> None:
    """Of a 5 × 5 grid from 3 coarse lines, a midpoint shifts the points made from it, and no others."""
    known = np.full((5, 5), np.nan)
    known[::2, ::2] = 0.0
    known[1, 2] = 8.0
    expected_field = np.zeros((5, 5))
    expected_field[1] = [0, 4, 8, 4, 0]
    np.testing.assert_allclose(interpolated(known, 3), expected_field)


def test_nothing_is_known_where_the_coarse_lines_have_gaps() -> None:
    known = np.full((9, 9), np.nan)
    known[0, 0], known[0, 4], known[4, 0], known[4, 4], known[8, 8] = 1, 1, 1, 1, 1
    field = interpolated(known, 3)
    assert np.isfinite(field[:5, :5]).all()
    assert np.isnan(field[5:, :8]).all()
    assert field[8, 8] == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 40), st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_interpolated_values_lie_between_the_measured_ones(n: int, coarse: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    known = np.where(rng.random((n, n)) < 0.3, rng.random((n, n)), np.nan)
    lines = np.unique(np.linspace(0, n - 1, min(coarse, n)).round().astype(int))
    known[np.ix_(lines, lines)] = rng.random((len(lines), len(lines)))
    field = interpolated(known, coarse)
    assert np.nanmin(known) <= field.min() <= field.max() <= np.nanmax(known)
    np.testing.assert_array_equal(field[~np.isnan(known)], known[~np.isnan(known)])
