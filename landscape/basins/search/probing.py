"""How far a measurement goes whose spec gives no range: α is widened until all that is asked is lost. Measures nothing.

The first α is a thousandth of a typical weight. It is multiplied by four until every capability that θ₀ has is half
lost (by loss: ten times τ), or divided by four while that is so; one point halfway tells whether half as far is enough.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from landscape.basins.inside import has_basin
from landscape.basins.losses import steering_tolerance
from landscape.schema.capability_names import name_of
from landscape.schema.directions import end_of, seed_of
from landscape.schema.frames import TOLERANCE
from landscape.schema.points import Known, Point
from landscape.schema.results import Facts
from landscape.schema.specs import BasinSpec, PlaneSpec, SliceSpec

Probed = BasinSpec | PlaneSpec | SliceSpec
FIRST = 1e-3  # of a typical weight
WIDER = 4.0
WIDENED = 6  # times: 4.1 times a typical weight, where noise is all there is
NARROWED = 8  # times: a sixty-five thousandth of the first
USUAL = 6  # points that a probe takes
HALF = 0.5  # of what a capability scores above guessing
TIMES = 10  # τ of loss


@dataclass(frozen=True)
class Probe:
    """Where a probe stands: the point that it needs next, or how far everything asked reaches."""

    point: Point | None = None
    reach: float = 0.0
    ends: bool = True  # whether all that is asked is lost there


def probe(spec: Probed, facts: Facts, known: Known) -> Probe:
    """The next point of a probe, or what it found; a function of the points on its ray alone."""
    names = tuple(map(name_of, spec.capabilities))
    origin = known.get(Point(0, 0.0), {})
    if not set(names) <= origin.keys():
        return Probe(Point(0, 0.0))
    ends = [facts.alpha_of[end] for d in spec.directions if (end := end_of(d)) and facts.alpha_of.get(end)]
    if ends and all(end_of(direction) for direction in spec.directions):
        return Probe(reach=2 * max(ends))  # nothing but ways: as far again beyond the farthest end
    chance = {name: -math.inf if by_loss(spec) else facts.chance[name] for name in names}
    held = [name for name in names if has_basin(origin[name], chance[name], _tau(spec))]
    first = _rounded(FIRST * (1.0 if spec.relative else facts.typical))
    if not held:
        return Probe(reach=first * WIDER**4, ends=False)

    lost: dict[float, bool] = {}
    for alpha in _alphas(first, lost):
        scores = known.get(_at(spec, alpha), {})
        if not set(names) <= scores.keys():
            return Probe(_at(spec, alpha))
        lost[alpha] = all(not scores[name] > _half(spec, origin[name], chance[name]) for name in held)
    far = [alpha for alpha, is_lost in lost.items() if is_lost]
    return Probe(reach=min(far)) if far else Probe(reach=max(lost), ends=False)


def _alphas(first: float, lost: Mapping[float, bool]) -> Iterator[float]:
    """Each α that a probe measures; `lost` has said of the ones before whether everything is lost there."""
    alpha = first
    yield alpha
    if lost[alpha]:
        for _ in range(NARROWED):
            yield alpha / WIDER
            if not lost[alpha / WIDER]:
                break
            alpha /= WIDER
    else:
        for _ in range(WIDENED):
            alpha *= WIDER
            yield alpha
            if lost[alpha]:
                break
    if lost[alpha]:
        yield alpha / 2


def _at(spec: Probed, alpha: float) -> Point:
    """A point of the ray that is probed: along the first random direction, or the first one at all."""
    index = next((i for i, one in enumerate(spec.directions) if seed_of(one) is not None), 0)
    if isinstance(spec, PlaneSpec):
        return Point(0, 0.0, alpha) if index else Point(0, alpha, 0.0)
    return Point(index, alpha)


def by_loss(spec: Probed) -> bool:
    """Whether a probe goes by the loss."""
    return not isinstance(spec, SliceSpec) and spec.loss_tolerance is not None


def _tau(spec: Probed) -> float:
    return TOLERANCE if isinstance(spec, SliceSpec) else steering_tolerance(spec)


def _half(spec: Probed, origin: float, chance: float) -> float:
    """The score at which a capability counts as lost here; by loss, the loss with a minus sign."""
    return origin - (TIMES * _tau(spec) if by_loss(spec) else max(_tau(spec), HALF * (origin - chance)))


def _rounded(alpha: float) -> float:
    """An α with one significant digit, so that ranges are round."""
    return float(f"{alpha:.0e}")
