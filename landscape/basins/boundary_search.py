"""The search for a basin's boundary along each direction: bracket by doubling, then bisect. Measures nothing itself."""

import math
from collections.abc import Iterator, Mapping

from landscape.basins.inside import has_basin, is_inside
from landscape.basins.losses import guessed, steering_tolerance
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Eigenvector
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts
from landscape.schema.specs import BasinSpec

# Usually: a bracket at most this wide, as a share of its α, is not halved further.
PRECISION: float = BasinSpec.model_fields["precision"].default
TIMES = 10  # how many times τ is lost at the farther end of a cliff index
FAR_PRECISION = 0.1  # of that end: less is not seen in the index, whose directions differ by more
RUNGS = 5  # of the ladder reach/16, reach/8, … reach: it finds brackets, and notices a basin that is re-entered
DEEPEST = 2.0**-14  # of the reach: the search stops here, and the basin is reported as narrower than this


def next_step(spec: BasinSpec, facts: Facts, known: Known) -> Step:
    """The next points to measure: θ₀, then the ladder of every ray, then the middle of every bracket.

    In a search by loss, `known` holds losses with a minus sign.

    An empty list means that the search is complete. A capability that θ₀ does not have is not searched. Capabilities
    share the points of the ladder, and those of the bisection as long as their brackets are the same.
    """
    names = tuple(map(name_of, spec.capabilities))
    first = [(Point(index, 0.0), names) for index in range(len(spec.directions))]
    if unmeasured := [(point, names) for point, names in first if not set(names) <= known.get(point, {}).keys()]:
        return Step(unmeasured, remaining_estimate=len(_rays(spec, facts)) * (RUNGS + halvings(spec)))
    origin, tau = known[first[0][0]], steering_tolerance(spec)
    held = tuple(name for name in names if has_basin(origin[name], guessed(spec, facts, name), tau))
    if ladder := list(_ladder(spec, facts, held, known)):
        return Step(ladder, remaining_estimate=halvings(spec) * len(_rays(spec, facts)) if held else 0)
    return _bisection(spec, facts, held, known)


def expected_points(spec: BasinSpec) -> int:
    """About how many different θ: no two capabilities share a bisection."""
    return 1 + _ray_count(spec) * (RUNGS + halvings(spec) * len(spec.capabilities))


def expected_scorings(spec: BasinSpec) -> int:
    """At about how many of them one capability is scored."""
    return 1 + _ray_count(spec) * (RUNGS + halvings(spec))


def halvings(spec: BasinSpec) -> int:
    """About how often a bracket of the ladder is halved: its width is two thirds of its middle."""
    return max(0, math.ceil(math.log2(2 / 3 / spec.precision)))


def _rays(spec: BasinSpec, facts: Facts) -> list[tuple[int, int]]:
    """(direction, sign) of each ray; directions that lead nowhere are left out. An eigenvector has no sign: both."""
    leading = [(index, direction) for index, direction in enumerate(spec.directions) if facts.leads_away(direction)]
    both = [index for index, one in leading if spec.both_signs or isinstance(one, Eigenvector)]
    return [*((index, 1) for index, _ in leading), *((index, -1) for index in both)]


def _ray_count(spec: BasinSpec) -> int:
    return sum(1 + (spec.both_signs or isinstance(direction, Eigenvector)) for direction in spec.directions)


def ladder(spec: BasinSpec) -> set[float]:
    """The alphas that every ray is measured at."""
    return {spec.reach / 2**rung for rung in range(RUNGS)}


def _ladder(
    spec: BasinSpec, facts: Facts, names: tuple[str, ...], known: Known
) -> Iterator[tuple[Point, tuple[str, ...]]]:
    for alpha in sorted(ladder(spec)):
        for index, sign in _rays(spec, facts):
            point = Point(index, sign * alpha)
            if unmeasured := tuple(name for name in names if name not in known.get(point, {})):
                yield point, unmeasured


def _bisection(spec: BasinSpec, facts: Facts, names: tuple[str, ...], known: Known) -> Step:
    wanted: dict[Point, tuple[str, ...]] = {}
    later = 0
    for index, sign in _rays(spec, facts):
        along = {p.alpha * sign: s for p, s in known.items() if p.direction == index and p.alpha * sign >= 0}
        for name in names:
            scores = {alpha: score[name] for alpha, score in sorted(along.items()) if name in score}
            for tau, precision in _sought(spec, facts, name, scores[0.0]):
                low, high = bracket(scores, scores[0.0] - tau)
                alpha = _middle(low, high, spec.reach, precision)
                if alpha is not None:
                    point = Point(index, sign * alpha)
                    wanted[point] = tuple(dict.fromkeys((*wanted.get(point, ()), name)))
                    later += _halvings(low, high, precision)
    return Step(list(wanted.items()), later)


def _sought(spec: BasinSpec, facts: Facts, name: str, origin: float) -> Iterator[tuple[float, float]]:
    """The losses whose places are searched, and how narrow their brackets shall be."""
    tau = steering_tolerance(spec)
    yield tau, spec.precision
    if spec.cliff and has_basin(origin, guessed(spec, facts, name), TIMES * tau):
        yield TIMES * tau, FAR_PRECISION


def bracket(scores: Mapping[float, float], floor: float) -> tuple[float, float]:
    """(the last α measured inside, the first measured outside) of ascending α ≥ 0; outside is inf if none is."""
    inside = 0.0
    for alpha, score in scores.items():
        if not is_inside(score, floor):
            return inside, alpha
        inside = alpha
    return inside, math.inf


def _middle(low: float, high: float, reach: float, precision: float) -> float | None:
    """The α that halves a bracket; None when it is narrow enough."""
    if math.isinf(high) or high - low <= precision * (low + high) / 2 or high < DEEPEST * reach:
        return None
    return (low + high) / 2


def _halvings(low: float, high: float, precision: float) -> int:
    """About how many halvings are left after the next one."""
    return max(0, math.ceil(math.log2((high - low) / (precision * (low + high) / 2))) - 1)
