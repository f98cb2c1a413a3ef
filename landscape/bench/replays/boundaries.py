"""How many points a search for basins takes, beside halving alone: replayed on the searches that ship.

Between the points that were measured, scores are interpolated, so that any α has one.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from landscape.basins.search.boundary_search import DEEPEST, PRECISION, ladder, next_step
from landscape.basins.search.bracketing import bracket, is_narrow
from landscape.bundled.results import shipped
from landscape.bundled.specs import shipped_specs
from landscape.schema.capability_names import name_of
from landscape.schema.directions import label_of, seed_of
from landscape.schema.points import Known, Point
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

Score = Callable[[float], float]  # of an α


@dataclass(frozen=True)
class Replay:
    """One ray and capability of a search: the points it takes, and how far its boundary moves."""

    points: int
    by_halving: int
    moved: float  # as a share of α; inf where only one of the two leaves the basin


def replays() -> list[Replay]:
    """Return every ray and capability of the basin searches that ship, ways to other checkpoints included."""
    results = (shipped(spec) for spec in shipped_specs().values() if type(spec) is BasinSpec)
    return [replay for result in results if result is not None for replay in replayed(result)]


def replayed(result: Result[BasinSpec]) -> Iterator[Replay]:
    """Search again, at the τ of the spec, along every ray of a result by score."""
    spec, facts = result.spec.model_copy(update={"cliff": False}), result.facts
    assert facts is not None
    truth = {(index, name_of(name)): _score(result, index, name_of(name)) for index, name in _pairs(spec)}
    known: dict[Point, dict[str, float]] = {}
    while (step := next_step(spec, facts, known)).points:
        for point, names in step.points:
            known.setdefault(point, {}).update({n: truth[point.direction, n](point.alpha) for n in names})
    for (index, name), score in truth.items():
        scores = _along(known, index, name)
        if len(scores) > 1:
            halved = _by_halving(spec, score)
            ends = [_end(found, spec.tolerance) for found in (scores, halved)]
            moved = 0.0 if ends[0] == ends[1] else abs(ends[0] / ends[1] - 1) if math.isfinite(max(ends)) else math.inf
            yield Replay(len(scores) - 1, len(halved) - 1, moved)


def _pairs(spec: BasinSpec) -> Iterator[tuple[int, str]]:
    yield from ((index, name) for index in range(len(spec.directions)) for name in spec.capabilities)


def _score(result: Result[BasinSpec], index: int, name: str) -> Score:
    direction = result.spec.directions[index]
    rows = result.rows[(result.rows["direction"] == label_of(direction)) & (result.rows["capability"] == name)]
    if (seed := seed_of(direction)) is not None:
        rows = rows[rows["seed"] == seed]
    rows = rows.sort_values("alpha")
    alphas, scores = rows["alpha"].to_numpy(), rows["score"].to_numpy()
    return lambda alpha: float(np.interp(alpha, alphas, scores))


def _along(known: Known, index: int, name: str) -> dict[float, float]:
    points = sorted(point for point in known if point.direction == index and name in known[point])
    return {point.alpha: known[point][name] for point in points}


def _by_halving(spec: BasinSpec, score: Score) -> dict[float, float]:
    """The whole ladder, then the middle of the bracket until it is narrow."""
    found = {alpha: score(alpha) for alpha in (0.0, *sorted(ladder(spec)))}
    while True:
        found = dict(sorted(found.items()))
        low, high = bracket(found, found[0.0] - spec.tolerance)
        if math.isinf(high) or is_narrow(low, high, PRECISION) or high < DEEPEST * spec.reach:
            return found
        found[(low + high) / 2] = score((low + high) / 2)


def _end(scores: dict[float, float], tau: float) -> float:
    """Where a ray is left, interpolated; inf if it is not."""
    floor = scores[0.0] - tau
    _, high = bracket(scores, floor)
    if math.isinf(high):
        return math.inf
    low = next(a for a, b in pairwise(scores) if b == high)
    return low + (high - low) * (scores[low] - floor) / (scores[low] - scores[high])
