"""Which of two basins ends first along random directions, and what may be said of all of them. Pure functions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from landscape.basins.boundaries import RAYS_NEEDED, Boundary, RayEnds
from landscape.basins.medians import median_low

EXAMPLES_NEEDED = 10  # distinct ones, of each capability: with fewer, resamples hardly differ and any claim would hold


@dataclass(frozen=True)
class Nesting:
    """Along how many rays one basin ends before another, and how many times as far the other reaches.

    `first` of the random `rays` leave the one basin while the other still holds, `last` the reverse; along the others
    the brackets overlap. `low` to `high` is the 95 % interval of the median over all random directions of outer / inner
    boundary (`ratio`; NaN where too many rays never left). NaN with fewer than RAYS_NEEDED rays or
    EXAMPLES_NEEDED examples, or without the outcome of each. The counts along the ways to fine-tunes (`towards`) stand
    beside: no sample of anything.
    """

    first: int
    last: int
    rays: int
    ratio: float
    low: float
    high: float
    first_towards: int = 0
    last_towards: int = 0
    towards: int = 0

    @property
    def claim(self) -> Literal["first", "last", "undecided"]:
        """Which basin ends first in most random directions: it needs an interval on one side of 1."""
        return "first" if self.low > 1 else "last" if self.high < 1 else "undecided"

    @property
    def reversed(self) -> "Nesting":
        """The same with the two basins exchanged."""
        return replace(
            self, first=self.last, last=self.first, ratio=1 / self.ratio, low=_inverse(self.high),
            high=_inverse(self.low), first_towards=self.last_towards, last_towards=self.first_towards,
        )  # fmt: skip


def nesting(
    inner: Sequence[Boundary],
    outer: Sequence[Boundary],
    ends: tuple[RayEnds, RayEnds] | None = None,
    towards: tuple[Sequence[Boundary], Sequence[Boundary]] = ((), ()),
) -> Nesting:
    """Compare two basins along the same rays; item i of both belongs to the same one.

    A ray is decided if the brackets [inside, outside] do not overlap: one basin is left while the other still holds.
    The interval is of the median over rays of log(outer / inner), with the examples of both drawn again (`ends`).

    Raises:
        ValueError: there is no ray, or not the same number of both.
    """
    if len(inner) != len(outer) or not inner:
        raise ValueError(f"expected boundaries of the same rays, got {len(inner)} and {len(outer)}")
    known = ends is not None and min(each.examples for each in ends) >= EXAMPLES_NEEDED and len(inner) >= RAYS_NEEDED
    low, high = (_least(*ends), _inverse(_least(*ends[::-1]))) if ends and known else (math.nan, math.nan)
    return Nesting(*_counts(inner, outer), _ratio(*ends) if ends else math.nan, low, high, *_counts(*towards))


def ends_first(one: Boundary, others: Sequence[Boundary]) -> bool:
    """Whether a basin is left while all others still hold: no bracket [inside, outside] overlaps with its own."""
    return one.outside is not None and all(one.outside <= other.inside for other in others)


def _counts(inner: Sequence[Boundary], outer: Sequence[Boundary]) -> tuple[int, int, int]:
    """(rays on which the inner basin ends first, the outer one does, all)."""
    pairs = list(zip(inner, outer, strict=True))
    return sum(ends_first(a, [b]) for a, b in pairs), sum(ends_first(b, [a]) for a, b in pairs), len(pairs)


def _least(inner: RayEnds, outer: RayEnds) -> float:
    """The lower end of the interval of the median outer / inner; 0 where too many inner rays never left.

    An outer ray that never left counts with how far it was followed: it reaches at least as far. The resamples of the
    two are paired one apart, for their examples are independent, and resamples of as many examples with one seed are
    the same. The fewer examples decide a boundary, the more do resamples understate its noise: by about √2 where it is
    one (measured in data/guides/statistics.md).
    """
    values = _log_ratios(inner.found, np.minimum(outer.found, outer.followed))
    again = _log_ratios(inner.again, np.roll(np.minimum(outer.again, outer.followed), 1, axis=0))
    understated = math.sqrt(1 + 1 / min(inner.losable, outer.losable))
    return math.exp(median_low(values, again, np.random.default_rng(0), understated=understated))


def _log_ratios(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """log(outer / inner), −inf where the inner ray never left; a boundary at 0 counts as the smallest number."""
    tiny = np.finfo(float).tiny
    return np.log(np.maximum(outer, tiny)) - np.log(np.maximum(inner, tiny))


def _ratio(inner: RayEnds, outer: RayEnds) -> float:
    """The median outer / inner boundary; NaN where rays that never left decide it."""
    least = _log_ratios(inner.found, np.minimum(outer.found, outer.followed))
    most = -_log_ratios(outer.found, np.minimum(inner.found, inner.followed))
    middle = float(np.median(least))
    return math.exp(middle) if middle == np.median(most) else math.nan


def _inverse(value: float) -> float:
    return math.inf if value == 0 else 1 / value
