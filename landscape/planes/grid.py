"""The grid of a plane θ₀ + x·e₁ + y·e₂, and which of its points come next. Measures nothing itself."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from landscape.basins.inside import has_basin, is_inside
from landscape.basins.losses import guessed, steering_tolerance
from landscape.planes.refinement import COARSE, expected, wanted
from landscape.schema.capability_names import name_of
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts
from landscape.schema.specs import PlaneSpec

INSIDE, OUTSIDE, UNKNOWN = 1, 0, -1
EDGES = 4.5  # points that a boundary of middling length takes, in units of the grid's lines, for one capability


def next_step(spec: PlaneSpec, facts: Facts, known: Known) -> Step:
    """The next points: θ₀ and the checkpoints in the plane; then a coarse grid; then where a boundary passes.

    An empty list means that the plane is complete. A capability that θ₀ does not have is measured on the coarse grid
    only: it has no boundary.
    """
    names = tuple(map(name_of, spec.capabilities))
    first = _unmeasured([(point, names) for point in (Point(0, 0.0), *_met(facts))], known)
    if first:
        return Step(first, remaining_estimate=COARSE**2)
    xs, ys = axis(spec.x, spec.grid), axis(spec.y, spec.grid)
    if spec.full:
        coarse_first = [(x, y) for part in _nested(spec.grid) for x, y in part]
        return Step(_unmeasured([(Point(0, xs[i], ys[j]), names) for i, j in coarse_first], known))
    origin, tau = known[Point(0, 0.0)], steering_tolerance(spec)
    asked: dict[Point, tuple[str, ...]] = {}
    later = 0
    for name in names:
        measured = {p: scores[name] for p, scores in known.items() if name in scores}
        scores = grid_of(spec, (p.alpha for p in measured), (p.beta for p in measured), measured.values())
        floor = origin[name] - tau
        bounded = has_basin(origin[name], guessed(spec, facts, name), tau)
        state = inside_of(scores, floor) if bounded else np.where(np.isnan(scores), UNKNOWN, INSIDE)
        for j, i in wanted(state):
            point = Point(0, xs[i], ys[j])
            asked[point] = (*asked.get(point, ()), name)
        later += expected(state)
    return Step(list(asked.items()), later)


def expected_points(spec: PlaneSpec) -> int:
    """About how many different θ: the coarse grid, and along the boundary of each capability."""
    if spec.full:
        return spec.grid**2
    return min(spec.grid**2, COARSE**2 + round(EDGES * len(spec.capabilities) * spec.grid))


def expected_scorings(spec: PlaneSpec) -> int:
    """At about how many of them one capability is scored."""
    count = expected_points(spec)
    return count if spec.full else COARSE**2 + (count - COARSE**2) // len(spec.capabilities)


def axis(ends: tuple[float, float], grid: int) -> list[float]:
    """The grid's lines along one axis, ascending; 0 is among them exactly, wherever a line comes close to it."""
    return [round(float(value), 12) + 0.0 for value in np.linspace(*ends, grid)]


def grid_of(spec: PlaneSpec, xs: Iterable[float], ys: Iterable[float], values: Iterable[float]) -> np.ndarray:
    """(grid, grid) of values by coordinates: rows along y, columns along x; NaN where there is none."""
    columns = {x: i for i, x in enumerate(axis(spec.x, spec.grid))}
    rows = {y: j for j, y in enumerate(axis(spec.y, spec.grid))}
    grid = np.full((spec.grid, spec.grid), np.nan)
    for x, y, value in zip(xs, ys, values, strict=True):
        if x in columns and y in rows:
            grid[rows[y], columns[x]] = value
    return grid


def inside_of(scores: np.ndarray, floor: float) -> np.ndarray:
    """int8 of a score grid: INSIDE the basin, OUTSIDE, or UNKNOWN."""
    return np.where(np.isnan(scores), UNKNOWN, np.where(is_inside(scores, floor), INSIDE, OUTSIDE)).astype(np.int8)


def _met(facts: Facts) -> Iterator[Point]:
    """The points of checkpoints that lie in the plane itself."""
    yield from (Point(0, x, y) for x, y, distance in facts.places.values() if distance == 0 and (x or y))


def _unmeasured(
    wanted: list[tuple[Point, tuple[str, ...]]], known: Mapping[Point, Mapping[str, float]]
) -> list[tuple[Point, tuple[str, ...]]]:
    rest = ((point, tuple(n for n in names if n not in known.get(point, {}))) for point, names in wanted)
    return [(point, names) for point, names in rest if names]


def _nested(grid: int) -> Iterator[list[tuple[int, int]]]:
    """All (column, row) indices of the grid, coarse to fine, in batches: each halves the spacing of the lines."""
    seen: set[tuple[int, int]] = set()
    stride = 1 << max(0, (grid - 1).bit_length() - 3)
    while stride:
        part = [(i, j) for j in range(0, grid, stride) for i in range(0, grid, stride) if (i, j) not in seen]
        seen.update(part)
        yield part
        stride //= 2
