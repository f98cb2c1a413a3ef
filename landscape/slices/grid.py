"""The points of a slice, and the order in which they are measured. Measures nothing itself."""

from collections.abc import Iterable, Sequence

from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, end_of
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts
from landscape.schema.specs import SliceSpec


def next_step(spec: SliceSpec, facts: Facts, known: Known) -> Step:
    """The points that are not measured yet, coarse to fine. An empty list means that the slice is complete."""
    names = tuple(map(name_of, spec.capabilities))
    points = in_measuring_order(_grid(spec, facts, direction) for direction in spec.directions)
    unmeasured = ((point, tuple(name for name in names if name not in known.get(point, {}))) for point in points)
    return Step([(point, names) for point, names in unmeasured if names])


def expected_points(spec: SliceSpec) -> int:
    """How many different θ: θ₀ once, every other α of each direction, and what directions end at."""
    moved = sum(alpha != 0 for alpha in spec.alphas)
    return 1 + len(spec.directions) * moved + sum(end_of(direction) is not None for direction in spec.directions)


def _grid(spec: SliceSpec, facts: Facts, direction: Direction) -> list[float]:
    """The alphas of a direction; only θ₀ for a move that changes no weight."""
    end = end_of(direction)
    return grid(spec.alphas, facts.alpha_of[end] if end else None) if facts.leads_away(direction) else [0.0]


def grid(alphas: Iterable[float], alpha_of_target: float | None = None) -> list[float]:
    """The alphas of one direction, ascending: those asked for, 0, and the target's own."""
    return sorted({*alphas, 0.0} | ({alpha_of_target} if alpha_of_target is not None else set()))


def in_measuring_order(grids: Iterable[Sequence[float]]) -> list[Point]:
    """All points, coarse to fine over all directions at once: θ₀, the ends, then ever finer halves.

    A run watched (or cancelled) early shows the whole range already.
    """
    ranked = [
        (rank if alpha != 0 else -1, index, alpha)
        for index, alphas in enumerate(grids)
        for rank, alpha in enumerate(_halving(alphas))
    ]
    return [Point(index, alpha) for _, index, alpha in sorted(ranked)]


def _halving(alphas: Sequence[float]) -> list[float]:
    """Both ends, then the middle of every gap, breadth first."""
    order, gaps = [0, len(alphas) - 1], [(0, len(alphas) - 1)]
    while gaps:
        low, high = gaps.pop(0)
        if high - low > 1:
            middle = (low + high) // 2
            order.append(middle)
            gaps += [(low, middle), (middle, high)]
    return [alphas[i] for i in dict.fromkeys(order)]
