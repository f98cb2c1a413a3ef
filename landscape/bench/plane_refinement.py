"""How many points refining a plane saves: replayed on a plane that was measured in full, so the truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landscape.planes.grid import axis, next_step
from landscape.planes.regions import regions_of
from landscape.schema.capability_names import name_of
from landscape.schema.points import Point
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import PlaneSpec

Truth = dict[Point, dict[str, float]]


@dataclass(frozen=True)
class Saving:
    """One grid, refined for some capabilities: the points it took, and how well it found their regions."""

    lines: int
    capabilities: tuple[str, ...]
    points: int
    overlap: float  # intersection over union with the full grid, the worst of the capabilities

    @property
    def share(self) -> float:
        """The share of the grid's points that were measured."""
        return self.points / self.lines**2


def savings(full: Result[PlaneSpec]) -> list[Saving]:
    """Return what each capability alone, and all together, save on the full grid and on every second and fourth line.

    Raises:
        ValueError: the plane was not measured in full, or its lines do not halve twice.
    """
    spec = full.spec
    if not spec.full or (spec.grid - 1) % 4:
        raise ValueError(f"expected a full plane of 4k + 1 lines, got {spec.grid} lines, full: {spec.full}")
    truth: Truth = {}
    for row in full.rows.itertuples():
        truth.setdefault(Point(0, row.x, row.y), {})[row.capability] = row.score
    bounded = [name for name, region in regions_of(full).items() if region.inside is not None]
    subsets = [*((name,) for name in bounded), tuple(bounded)]
    return [_saving(full, truth, (spec.grid - 1) // stride + 1, names) for stride in (4, 2, 1) for names in subsets]


def exponent(found: Sequence[Saving]) -> float:
    """p of points ∝ (lines − 1)^p: near 1 when the cost grows with the boundary's length, 2 with the area."""
    lines, points = np.log([s.lines - 1 for s in found]), np.log([s.points for s in found])
    return float(np.polyfit(lines, points, 1)[0])


def _saving(full: Result[PlaneSpec], truth: Truth, lines: int, names: tuple[str, ...]) -> Saving:
    chosen = tuple(c for c in full.spec.capabilities if name_of(c) in names)
    spec = full.spec.model_copy(update={"grid": lines, "full": False, "capabilities": chosen})
    facts = Facts(0, 1.0, chance=full.facts.chance if full.facts else dict.fromkeys(names, 0.0))
    known: Truth = {}
    while (step := next_step(spec, facts, known)).points:
        for point, asked in step.points:
            known.setdefault(point, {}).update({name: truth[point][name] for name in asked})
    grid = [Point(0, x, y) for x in axis(spec.x, lines) for y in axis(spec.y, lines)]
    found, whole = (regions_of(_result(spec, facts, scores)) for scores in (known, {p: truth[p] for p in grid}))
    overlaps = []
    for name in names:
        one, other = found[name].inside, whole[name].inside
        assert one is not None
        assert other is not None
        overlaps.append(float((one & other).sum() / (one | other).sum()))
    return Saving(lines, names, len(known), min(overlaps))


def _result(spec: PlaneSpec, facts: Facts, scores: Truth) -> Result[PlaneSpec]:
    rest = {"realised_alpha": 0.0, "loss": None, "n": 1, "seconds": 0.0}
    rows = [
        {"x": point.alpha, "y": point.beta, "capability": name, "score": score, **rest}
        for point, each in scores.items()
        for name, score in each.items()
    ]
    return Result(spec, tidy(spec, rows), facts)
