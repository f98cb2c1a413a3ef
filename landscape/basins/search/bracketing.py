"""Where a score falls below a floor along one ray: the bracket that is known, and the next α that narrows it.

The next α is that of the ITP method (Oliveira and Takahashi 2020): interpolated, moved a little so that the bracket
closes, and kept near enough to the middle that at most EXCESS points more than halving are ever taken. Interpolated are
the logarithms of α and of what is lost, since scores fall about as a power of α. Pure functions of what is known.
"""

import math
from collections.abc import Collection, Mapping

from landscape.basins.inside import is_inside

EXCESS = 3  # how many points more than halving a bracket may take, where interpolation errs each time
MOVED = 0.45  # of the precision: how far beyond an interpolated α the next one lies, towards the farther end
CLOSING = 0.97  # of the precision: how far from a near end the next α lies, so that the bracket closes between them
TOLD_APART = 20  # losses of more than so many τ, or of less than τ by as much, count alike: scores are saturated there
LEAST_SHARE, MOST_SHARE = 1 / 32, 0.8  # of an α outside: where the first one inside is sought


def bracket(scores: Mapping[float, float], floor: float) -> tuple[float, float]:
    """(the last α measured inside, the first measured outside) of ascending α ≥ 0; outside is inf if none is."""
    inside = 0.0
    for alpha, score in scores.items():
        if not is_inside(score, floor):
            return inside, alpha
        inside = alpha
    return inside, math.inf


def is_narrow(low: float, high: float, precision: float) -> bool:
    """Whether a bracket is at most `precision` wide, as a share of its α."""
    return high - low <= precision * (low + high) / 2


def halvings(low: float, high: float, precision: float) -> int:
    """How many halvings make a bracket narrow."""
    return max(0, math.ceil(math.log2((high - low) / (precision * (low + high) / 2))))


def next_alpha(
    scores: Mapping[float, float], tau: float, precision: float, rungs: Collection[float], start: float | None
) -> float:
    """The next α, for ascending scores of a ray whose bracket is known and not narrow yet.

    `rungs` are the α that every ray is measured at: only points between them count as tried. `start` is where the score
    is expected to be τ below that of α = 0, from other rays; it is tried first.
    """
    low, high = bracket(scores, scores[0.0] - tau)
    first, last = between(low, high, rungs)
    tried = sum(first < alpha < last for alpha in scores)
    if start is not None and not tried and low < start < high:
        return start
    if low == 0:
        return inwards(scores, high, tau)
    widest = math.log(last / first) if first else math.log(high / low)
    most = precision * 2.0 ** (math.ceil(math.log2(widest / precision)) + EXCESS - tried - 1)  # of what may remain
    return _projected(low, high, interpolated(scores, low, high, tau), precision, most)


def between(low: float, high: float, rungs: Collection[float]) -> tuple[float, float]:
    """The rungs that enclose a bracket; 0 and inf where there is none."""
    return max((r for r in rungs if r <= low), default=0.0), min((r for r in rungs if r >= high), default=math.inf)


def inwards(scores: Mapping[float, float], high: float, tau: float) -> float:
    """An α that is probably inside, where none is known: what is lost grows about as α²."""
    return high * min(max(math.exp(-_log_loss(scores, high, tau) / 2), LEAST_SHARE), MOST_SHARE)


def interpolated(scores: Mapping[float, float], low: float, high: float, tau: float) -> float:
    """Where τ is lost, between an α > 0 inside and one outside, if what is lost is a power of α between them."""
    inside, outside = _log_loss(scores, low, tau), _log_loss(scores, high, tau)
    share = -inside / (outside - inside) if outside > inside else 0.5
    return low * (high / low) ** min(max(share, 0.0), 1.0)


def _log_loss(scores: Mapping[float, float], alpha: float, tau: float) -> float:
    """log(what is lost at α / τ), which is 0 at the boundary."""
    lost = (scores[0.0] - scores[alpha]) / tau
    return math.log(min(max(lost, 1 / TOLD_APART), TOLD_APART)) if not math.isnan(lost) else math.log(TOLD_APART)


def _projected(low: float, high: float, guess: float, precision: float, most: float) -> float:
    """The α to measure where a guess lies in a bracket, of which at most `most` (of log α) may remain."""
    a, b, x = math.log(low), math.log(high), math.log(guess)
    middle, closing = (a + b) / 2, CLOSING * precision
    if b - a <= 2 * closing:
        return math.exp(middle)
    if b - x < precision:
        x = b - closing
    elif x - a < precision:
        x = a + closing
    else:
        x += math.copysign(min(MOVED * precision, abs(middle - x)), middle - x)
    return math.exp(min(max(x, min(b - most, middle)), max(a + most, middle)))
