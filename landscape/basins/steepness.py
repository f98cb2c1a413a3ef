"""How suddenly a capability is lost: its radius at each τ, and how much farther ten times τ is lost. No model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landscape.basins.boundaries import RAYS_NEEDED, Boundary, Radius, RayEnds, radius_of, ray_ends
from landscape.basins.medians import median_low
from landscape.basins.nesting import EXAMPLES_NEEDED
from landscape.basins.radii import Basin, basins_of, random_curves
from landscape.basins.search.boundary_search import TIMES
from landscape.basins.standings import has_something_to_lose
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

PARABOLA = math.sqrt(TIMES)  # the cliff index of a drop that grows with α²; an even fall has TIMES, a cliff 1
MOST_NATS = 10  # beyond, ten times τ is more than a guess among 22,000 tokens costs: no capability is left to be lost
RESAMPLES = 200  # of the examples, for the interval at each of many τ


@dataclass(frozen=True)
class CliffIndex:
    """α where ten times τ is lost, over α where τ is: the median over random directions.

    `low` to `high` is its 95 % interval, or with too few directions or examples the range of the directions
    (`is_range`). Both include the brackets between measured points, and high is inf where a direction was not followed
    to its end. `at_least`: so is the median, the lower of the two middle ones.
    """

    median: float
    low: float
    high: float
    rays: int
    is_range: bool
    at_least: bool

    @property
    def text(self) -> str:
        """`1.6 [1.4, 2.1]`; `1.6 (1.4 to 2.1)` for a range; `≥ 1.6` where the end was not met."""
        high = "open" if math.isinf(self.high) else number(self.high, 2)
        ends = f"({number(self.low, 2)} to {high})" if self.is_range else f"[{number(self.low, 2)}, {high}]"
        return f"{'≥ ' if self.at_least else ''}{number(self.median, 2)} {ends}"


def cliff_indices(result: Result[BasinSpec], near: Sequence[Basin], tolerance: float) -> dict[str, CliffIndex]:
    """The cliff index of each basin of `near`, which was read at this tolerance.

    Left out: a capability that at θ₀ does not lie ten times τ above guessing, or without a random direction.
    """
    if TIMES * tolerance >= (MOST_NATS if result.by_loss else 1):
        return {}
    far = {basin.capability: basin for basin in basins_of(result, TIMES * tolerance)}
    found = {basin.capability: cliff_index(basin, far[basin.capability]) for basin in near if basin.capability in far}
    return {name: index for name, index in found.items() if index is not None}


def cliff_index(near: Basin, far: Basin) -> CliffIndex | None:
    """The cliff index of a capability, from its basins at τ and at ten times τ; None if one of them has no ray."""
    if near.ends is None or far.ends is None or len(near.draws) != len(far.draws):
        return None
    shrink, grow = np.array(list(map(_brackets, near.draws, far.draws))).T
    least, most = _ratios(near.ends, far.ends)
    few = len(shrink) < RAYS_NEEDED or min(near.ends.examples, far.ends.examples) < EXAMPLES_NEEDED
    low, high = float((shrink * least[0]).min()), float((grow * most[0]).max())
    if not few:
        rng = np.random.default_rng(0)
        with np.errstate(divide="ignore"):  # of all that is lost before the first point, the ratio may be 0
            logs = [
                (sign * np.log(factor * ratios[0]), sign * np.log(factor * ratios[1]))
                for sign, factor, ratios in ((1, shrink, least), (-1, grow, most))
            ]
        low, high = (math.exp(sign * median_low(*log, rng)) for sign, log in zip((1, -1), logs, strict=True))
    open_ended = bool(np.isinf(np.median(most[0])))
    middle = float(np.sort(least[0])[(len(shrink) - 1) // 2] if open_ended else np.median(least[0]))
    return CliffIndex(middle, max(low, 1.0), max(high, 1.0), len(shrink), few, at_least=open_ended)


Ratios = tuple[np.ndarray, np.ndarray]  # as measured (R,), and with the examples drawn again (B, R)


def _ratios(near: RayEnds, far: RayEnds) -> tuple[Ratios, Ratios]:
    """What the ratio of each ray is at least and at most: 1 and inf where a ray was not left, inf where it goes on."""
    pairs = (near.found, far.found), (near.again, far.again)
    with np.errstate(invalid="ignore", divide="ignore"):
        least = [np.where(np.isinf(a), 1.0, np.maximum(np.minimum(b, far.followed) / a, 1.0)) for a, b in pairs]
        most = [np.where(np.isinf(a) | np.isinf(b) | (a == 0), np.inf, np.maximum(b / a, 1.0)) for a, b in pairs]
    return (least[0], least[1]), (most[0], most[1])


def _brackets(near: Boundary, far: Boundary) -> tuple[float, float]:
    """By which factors a ratio may be smaller, and larger, because both boundaries are known as brackets only."""
    if near.alpha is None or near.outside is None:
        return 1.0, 1.0
    shrink, grow = near.alpha / near.outside, near.alpha / near.inside if near.inside else math.inf
    if far.alpha is None or far.outside is None:
        return shrink, grow
    return shrink * far.inside / far.alpha, grow * far.outside / far.alpha


def radii_at(result: Result[BasinSpec], capability: str, tolerances: Sequence[float]) -> dict[float, Radius]:
    """The radius of a capability at each τ at which it has a basin, by τ; empty without random directions."""
    curves = random_curves(result, capability)
    if not curves or result.not_finite_at_origin(capability):
        return {}
    score = float(curves[0].scores()[0])
    found = {}
    for tau in tolerances:
        if has_something_to_lose(result, capability, score, tau) and all(len(curve.alphas) > 1 for curve in curves):
            rng = np.random.default_rng(0)
            ends = ray_ends(curves, tau, rng, requests=result.requests_of(capability), resamples=RESAMPLES)
            found[tau] = radius_of(ends, rng)
    return found
