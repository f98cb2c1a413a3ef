"""The search for a basin's boundary along each direction: bracket by doubling, then narrow. Measures nothing itself.

Random directions are alike. The first ones of a run are measured at every rung of the ladder, the others at every
second one (at all, where one of the first is left and entered again), and their brackets are first divided where those
suggest that the boundary lies. So a basin that is left and entered again is noticed if it lasts from one rung to
another: twice α along the first directions, four times α along the others.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from landscape.basins.inside import has_basin, is_inside
from landscape.basins.losses import guessed, steering_tolerance
from landscape.basins.search.bracketing import bracket, halvings, interpolated, inwards, is_narrow, next_alpha
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Eigenvector, label_of, seed_of
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts
from landscape.schema.specs import BasinSpec

# Usually: a bracket at most this wide, as a share of its α, is not halved further.
PRECISION: float = BasinSpec.model_fields["precision"].default
TIMES = 10  # how many times τ is lost at the farther end of a cliff index
FAR_PRECISION = 0.1  # of that end: less is not seen in the index, whose directions differ by more
RUNGS = 5  # of the ladder reach/16, reach/8, … reach: it finds brackets, and notices a basin that is re-entered
FIRST = 2  # so many random directions of each kind are measured at every rung, and say where the others may end
USUAL = 4  # points that narrow a bracket from the ladder, usually
DEEPEST = 2.0**-14  # of the reach: the search stops here, and the basin is reported as narrower than this


@dataclass(frozen=True)
class Ray:
    """One side of a direction, and at which rungs of the ladder it is measured."""

    direction: int  # its index
    sign: int
    rungs: tuple[float, ...]


def next_step(spec: BasinSpec, facts: Facts, known: Known) -> Step:
    """The next points to measure: θ₀, then the ladder of every ray, then one α within every bracket.

    In a search by loss, `known` holds losses with a minus sign.

    An empty list means that the search is complete. A capability that θ₀ does not have is not searched. Capabilities
    share the points of the ladder. Once the ladders of all rays are measured, no ray waits for another: what comes next
    along one follows from its own points and the ladders, in whatever order points come.
    """
    names = tuple(map(name_of, spec.capabilities))
    first = [(Point(index, 0.0), names) for index in range(len(spec.directions))]
    rays = _rays(spec, facts)
    if unmeasured := [(point, names) for point, names in first if not set(names) <= known.get(point, {}).keys()]:
        return Step(unmeasured, remaining_estimate=sum(len(ray.rungs) + _usual(spec) for ray in rays))
    origin, tau = known[first[0][0]], steering_tolerance(spec)
    held = tuple(name for name in names if has_basin(origin[name], guessed(spec, facts, name), tau))
    for rungs in (rays, _all_if_entered_again(spec, rays, held, known)):
        if ladder := list(_ladder(rungs, held, known)):
            return Step(ladder, remaining_estimate=_usual(spec) * len(rays) if held else 0)
    return _narrowing(spec, facts, rays, held, known)


def expected_points(spec: BasinSpec) -> int:
    """About how many different θ: no two capabilities share the points that narrow their brackets."""
    return 1 + sum(len(ray.rungs) + _usual(spec) * len(spec.capabilities) for ray in _rays(spec))


def expected_scorings(spec: BasinSpec) -> int:
    """At about how many of them one capability is scored."""
    return 1 + sum(len(ray.rungs) + _usual(spec) for ray in _rays(spec))


def _usual(spec: BasinSpec) -> int:
    """About how many points narrow a bracket from the ladder, whose ends are a factor of two apart."""
    return min(USUAL, halvings(1.0, 2.0, spec.precision))


def ladder(spec: BasinSpec) -> set[float]:
    """The alphas that the first rays are measured at, and every second of which all rays are."""
    return set(_rungs(spec))


def _rungs(spec: BasinSpec) -> tuple[float, ...]:
    return tuple(spec.reach / 2**rung for rung in range(RUNGS))


def _rays(spec: BasinSpec, facts: Facts | None = None) -> list[Ray]:
    """Each ray; directions that lead nowhere are left out. An eigenvector has no sign: both."""
    every = _rungs(spec)
    seen: Counter[str] = Counter()
    rays, opposite = [], []
    for index, direction in enumerate(spec.directions):
        if facts is not None and not facts.leads_away(direction):
            continue
        seen[label_of(direction)] += 1
        is_first = seed_of(direction) is None or seen[label_of(direction)] <= FIRST
        rays.append(Ray(index, 1, every if is_first else every[::2]))
        if spec.both_signs or isinstance(direction, Eigenvector):
            opposite.append(Ray(index, -1, every if seed_of(direction) is None else every[::2]))
    return [*rays, *opposite]


def _all_if_entered_again(spec: BasinSpec, rays: Sequence[Ray], names: Sequence[str], known: Known) -> list[Ray]:
    """The rays, each with every rung if the ladder of one shows a basin that is left and entered again."""
    tau = steering_tolerance(spec)
    ladders = (_on_rungs(_scores(_along(known, ray), name), ray.rungs) for ray in rays for name in names)
    again = any(_is_entered_again(scores, scores[0.0] - tau) for scores in ladders if scores)
    return [replace(ray, rungs=_rungs(spec)) for ray in rays] if again else list(rays)


def _is_entered_again(scores: Mapping[float, float], floor: float) -> bool:
    _, outside = bracket(scores, floor)
    return any(alpha > outside and is_inside(score, floor) for alpha, score in scores.items())


def _on_rungs(scores: Mapping[float, float], rungs: Sequence[float]) -> dict[float, float]:
    return {alpha: score for alpha, score in scores.items() if alpha == 0 or alpha in rungs}


def _ladder(rays: Sequence[Ray], names: tuple[str, ...], known: Known) -> Iterator[tuple[Point, tuple[str, ...]]]:
    for alpha in sorted({alpha for ray in rays for alpha in ray.rungs}):
        for ray in rays:
            point = Point(ray.direction, ray.sign * alpha)
            lacking = tuple(name for name in names if name not in known.get(point, {}))
            if alpha in ray.rungs and lacking:
                yield point, lacking


def _narrowing(spec: BasinSpec, facts: Facts, rays: Sequence[Ray], names: tuple[str, ...], known: Known) -> Step:
    wanted: dict[Point, tuple[str, ...]] = {}
    later = 0
    along = {(ray.direction, ray.sign): _along(known, ray) for ray in rays}
    for ray in rays:
        for name in names:
            scores = _scores(along[ray.direction, ray.sign], name)
            for tau, precision in _sought(spec, facts, name, scores[0.0]):
                low, high = bracket(scores, scores[0.0] - tau)
                if math.isinf(high) or is_narrow(low, high, precision) or high < DEEPEST * spec.reach:
                    continue
                start = _start(spec, facts, rays, along, ray, name, tau)
                alpha = next_alpha(scores, tau, precision, _rungs(spec), start)
                point = Point(ray.direction, ray.sign * alpha)
                wanted[point] = tuple(dict.fromkeys((*wanted.get(point, ()), name)))
                later += min(USUAL, halvings(low, high, precision)) - 1
    return Step(list(wanted.items()), later)


Along = Mapping[float, Mapping[str, float]]  # by α of a ray, what is known there


def _along(known: Known, ray: Ray) -> Along:
    return {p.alpha * ray.sign: s for p, s in known.items() if p.direction == ray.direction and p.alpha * ray.sign >= 0}


def _scores(along: Along, name: str) -> dict[float, float]:
    return {alpha: along[alpha][name] for alpha in sorted(along) if name in along[alpha]}


def _start(
    spec: BasinSpec, facts: Facts, rays: Sequence[Ray], along: Mapping[tuple[int, int], Along], ray: Ray, name: str,
    tau: float,
) -> float | None:  # fmt: skip
    """Where a ray may end: a worst direction where its search saw it end, a random one as the first of its kind do.

    Of those only the ladders are read, so that it does not matter how far they have come. None where nothing is known.
    """
    direction = spec.directions[ray.direction]
    if seed_of(direction) is None:
        return _found_end(facts, direction, name) if ray.sign > 0 and tau == steering_tolerance(spec) else None
    first = [
        other
        for other in rays
        if other.sign > 0
        and len(other.rungs) == RUNGS
        and label_of(spec.directions[other.direction]) == label_of(direction)
    ]
    if ray in first:
        return None
    ends = [_read_off(_scores(along[other.direction, 1], name), other.rungs, tau) for other in first]
    middle = median(ends) if ends else math.inf
    return None if math.isinf(middle) else middle


def _found_end(facts: Facts, direction: Direction, name: str) -> float | None:
    """Where the search for a worst direction saw it end a capability, on its own half of the examples."""
    end = facts.found.get(label_of(direction), {}).get("ends", {}).get(name)
    return None if end is None or not math.isfinite(end) or end <= 0 else float(end)


def _read_off(scores: Mapping[float, float], rungs: Sequence[float], tau: float) -> float:
    """About where a ray loses τ, by its ladder alone; inf if it does not."""
    seen = _on_rungs(scores, rungs)
    low, high = bracket(seen, seen[0.0] - tau)
    if math.isinf(high):
        return math.inf
    return interpolated(seen, low, high, tau) if low else inwards(seen, high, tau)


def _sought(spec: BasinSpec, facts: Facts, name: str, origin: float) -> Iterator[tuple[float, float]]:
    """The losses whose places are searched, and how narrow their brackets shall be."""
    tau = steering_tolerance(spec)
    yield tau, spec.precision
    if spec.cliff and has_basin(origin, guessed(spec, facts, name), TIMES * tau):
        yield TIMES * tau, FAR_PRECISION
