"""A run that will take hours: said before it is started, with the smaller run that answers the same question."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from landscape.basins.boundaries import RAYS_NEEDED
from landscape.capabilities.examples import load
from landscape.checkpoints import files
from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import BRITTLE_DRAWS, parts_of
from landscape.runs import estimates
from landscape.schema.directions import seed_of
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.parsing import format_budget, format_duration
from landscape.schema.specs import BasinSpec, InspectionSpec, PlaneSpec, SliceSpec
from landscape.store.store import Store

HOURS = 3600.0  # s: what takes longer is said before it begins
EXAMPLES = (400, 200, 100)  # with fewer, intervals of radii cover less than they say
DRAWS = 3  # random directions of a slice: with fewer, no spread is seen
BUDGET = 600.0  # s, of an inspection
MODULES = 7  # types of module that a usual layer has


@dataclass(frozen=True)
class Smaller:
    """A run that takes less and answers the same question, less certainly."""

    spec: Spec
    options: tuple[str, ...]  # of the command line, to be added at its end
    seconds: float
    less: str  # what is known less certainly, with numbers


def long_run(spec: Spec, store: Store) -> tuple[float, Smaller | None]:
    """(estimated seconds, the smaller run to offer); None where it takes no hours, or nothing smaller would do."""
    seconds = seconds_of(spec, store)
    if seconds < HOURS:
        return seconds, None
    if isinstance(spec, InspectionSpec):
        less = f"as much of it as {format_duration(BUDGET)} allow, what decides first, and says what it left out"
        budget = ("--budget", format_budget(BUDGET))
        return seconds, Smaller(spec.model_copy(update={"budget": BUDGET}), budget, BUDGET, less)
    return seconds, _smaller(spec, store, seconds) if isinstance(spec, SliceSpec | BasinSpec | PlaneSpec) else None


def seconds_of(spec: Spec, store: Store) -> float:
    """Estimated seconds of a run: of an inspection, of all its parts or of its budget."""
    if isinstance(spec, PointSpec):
        return estimates.seconds_of(spec, store)[0]
    if not isinstance(spec, InspectionSpec):
        return 0.0
    if spec.budget:
        return spec.budget
    parts = parts_of(spec, Evidence(delta={"alpha": 1.0, "tensors": []}))
    points = [part for part in parts.values() if isinstance(part, PointSpec)]
    headroom = parts["headroom"]
    assert isinstance(headroom, BasinSpec)
    alone = headroom.model_copy(update={"directions": headroom.directions[:BRITTLE_DRAWS]})
    places = (files.describe(spec.other).layers or 0) + MODULES
    return sum(estimates.seconds_of(part, store)[0] for part in points) + places * estimates.seconds_of(alone, store)[0]


def text_of(seconds: float, smaller: Smaller | None, how: str) -> str:
    """The sentence before a long run. `how`: what to type or press for the smaller one."""
    said = f"This will take about {format_duration(seconds)}."
    if smaller is None:
        return said
    return f"{said} {how} answers the same question in about {format_duration(smaller.seconds)}: {smaller.less}."


def _smaller(spec: SliceSpec | BasinSpec | PlaneSpec, store: Store, seconds: float) -> Smaller | None:
    """The best of all ways to take fewer examples and directions: the one that changes least and takes no hours.

    Where all take hours, the shortest.
    """
    found = [each for each in _ways(spec, store) if each.seconds < 0.7 * seconds]
    short = [each for each in found if each.seconds < HOURS]
    return short[0] if short else min(found, key=lambda each: each.seconds, default=None)


def _ways(spec: SliceSpec | BasinSpec | PlaneSpec, store: Store) -> Iterator[Smaller]:
    """Ways to take less, those that change least first."""
    examples = max(len(load(name, spec.limit).examples) for name in spec.capabilities)
    limits = [None, *(limit for limit in EXAMPLES if limit < examples)]
    fewest = RAYS_NEEDED if isinstance(spec, BasinSpec) else DRAWS
    drawn = [direction for direction in spec.directions if seed_of(direction) is not None]
    draws = [None, *([fewest] if len(drawn) > fewest and not isinstance(spec, PlaneSpec) else [])]
    for count in draws:
        for limit in limits:
            if count is None and limit is None:
                continue
            kept = set(drawn[:count]) | (set(spec.directions) - set(drawn))
            fields = {"directions": tuple(one for one in spec.directions if one in kept)}
            small = spec.model_copy(update=fields | ({"limit": limit} if limit else {}))
            options = (*(("--directions", str(count)) if count else ()), *(("--limit", str(limit)) if limit else ()))
            less = [f"{count} random directions instead of {len(drawn)}"] if count else []
            less += [f"scores to ±{_width(limit):.2f} instead of ±{_width(examples):.2f}"] if limit else []
            yield Smaller(small, options, estimates.seconds_of(small, store)[0], ", ".join(less))


def _width(examples: int) -> float:
    """Half of a 95 % interval of a score of one half."""
    return 1.96 * math.sqrt(0.25 / examples)
