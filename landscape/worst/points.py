"""The points of a worst-case run: the boundary along every ray, then all rays at the fine-tunes' own α."""

from landscape.basins.search import boundary_search
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Computed, Eigenvector, Towards, label_of
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts
from landscape.schema.specs import WorstSpec


def next_step(spec: WorstSpec, facts: Facts, known: Known) -> Step:
    """The next points: those of the boundary search, then those that compare directions at equal norm.

    An empty list means that the run is complete.
    """
    names = tuple(map(name_of, spec.capabilities))
    wanted = [(p, tuple(n for n in names if n not in known.get(p, {}))) for p in at_equal_norm(spec, facts)]
    unmeasured = [(point, missing) for point, missing in wanted if missing]
    step = boundary_search.next_step(spec, facts, known)
    return Step(step.points, step.remaining_estimate + len(unmeasured)) if step.points else Step(unmeasured)


def at_equal_norm(spec: WorstSpec, facts: Facts) -> list[Point]:
    """Every direction at each fine-tune's α, and each computed direction at the projection of the fine-tune's Δθ."""
    points = []
    for target in spec.directions:
        if isinstance(target, Towards) and (alpha := facts.alpha_of[target.checkpoint]) <= spec.reach:
            leading = [(index, one) for index, one in enumerate(spec.directions) if facts.leads_away(one)]
            points += [Point(index, alpha) for index, _ in leading]
            points += [Point(index, -alpha) for index, one in leading if isinstance(one, Eigenvector)]
            points += [
                Point(index, projection_alpha(facts, label_of(target), label_of(direction), alpha))
                for index, direction in enumerate(spec.directions)
                if isinstance(direction, Computed)
            ]
    return [point for point in dict.fromkeys(points) if point.alpha != 0]


def projection_alpha(facts: Facts, target: str, direction: str, alpha: float) -> float:
    """α of a fine-tune's orthogonal projection on a direction, by the labels of both; it may be negative."""
    return alpha * facts.cosines[target][direction]
