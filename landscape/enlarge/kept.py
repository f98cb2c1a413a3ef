"""What fine-tunes kept of their bases, against how far they went: α of a fine-tune in radii of its base's basin.

A fine-tune inside its base's basin should keep what the base could do. Each training gives one pair of numbers, so a
handful of fine-tunes shows a rank correlation at best, with its exact permutation p-value.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from landscape.basins.boundaries import Radius
from landscape.enlarge.forgetting import CapabilityChange
from landscape.enlarge.radius_ratios import CheckpointRadius
from landscape.intervals import Share, independent, wilson
from landscape.schema.results import NOT_SCORED

FEWEST, MOST = 3, 7  # fine-tunes for a rank correlation: of 7, all 5,040 orders are counted in a moment


@dataclass(frozen=True)
class Kept:
    """One fine-tune of one base: how far it went, and what it kept of one capability."""

    base: str
    tuned: str
    capability: str
    alpha: float  # of the fine-tune
    radius: Radius  # of the base's basin, in the same α
    share: Share  # of the examples that the base gets right: those that the fine-tune still gets right

    @property
    def distance(self) -> float:
        """α of the fine-tune in radii; an upper bound if the radius is a lower one (`at_least`)."""
        return self.alpha / self.radius.median

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of `distance`, from that of the radius; NaN without."""
        low, high = self.radius.low, self.radius.high
        return self.alpha / high, self.alpha / low if low else math.inf


def kept_of(
    radii: Sequence[CheckpointRadius], changes: Sequence[CapabilityChange], alphas: Mapping[str, float]
) -> list[Kept]:
    """Every fine-tune whose base had the capability, and of which score, radius and α are known.

    Args:
        radii: of one capability in each base.
        changes: what became of it in the fine-tunes.
        alphas: the α of each fine-tune from its base, by the base.
    """
    found = []
    for width in radii:
        own = [c for c in changes if (c.base, c.capability) == (width.checkpoint, width.capability)]
        if width.radius is None or not width.radius.median > 0 or width.checkpoint not in alphas:
            continue
        for change in own:
            share = still_right(change) if change.base_had_it and change.measurable else None
            if share is not None:
                found.append(
                    Kept(change.base, change.tuned, change.capability, alphas[change.base], width.radius, share)
                )
    return found


def still_right(change: CapabilityChange) -> Share | None:
    """Of the examples that the base gets right, the share that the fine-tune still gets right; None if it has none.

    With Wilson's interval, in which examples that ask the same request count once.
    """
    if not all(isinstance(end["outcomes"], np.ndarray) for end in (change.before, change.after)):
        return None
    before, after = change.before["outcomes"], change.after["outcomes"]
    had = (before == 1) & (after != NOT_SCORED)
    if not had.any():
        return None
    n, share = int(had.sum()), float((after[had] == 1).mean())
    asked = None if change.requests is None else np.asarray(change.requests)[had]
    return Share(share, *wilson(share, independent(asked, n)), n)


@dataclass(frozen=True)
class RankCorrelation:
    """Kendall's τ-b of n pairs, and the exact two-sided p-value over all orders of one of the two."""

    tau: float
    p_value: float
    n: int


def rank_correlation(found: Sequence[Kept]) -> RankCorrelation | None:
    """The rank correlation of what was kept with `distance`, over the fine-tunes whose base's radius is no bound.

    None for fewer than three of them or more than seven, or if one of the two is equal for all.
    """
    followed = [one for one in found if not one.radius.at_least]
    if not FEWEST <= len(followed) <= MOST:
        return None
    x, y = _signs([one.distance for one in followed]), _signs([one.share.share for one in followed])
    most = math.sqrt(float(np.abs(x).sum() * np.abs(y).sum()))
    if not most:
        return None
    orders = (np.array(order) for order in permutations(range(len(followed))))
    every = np.array([float((x * y[np.ix_(order, order)]).sum()) for order in orders])
    observed = every[0]
    return RankCorrelation(observed / most, float(np.mean(np.abs(every) >= abs(observed) - 0.5)), len(followed))


def _signs(values: Sequence[float]) -> np.ndarray:
    """(n, n) sign of every difference."""
    at = np.asarray(values, float)
    return np.sign(at[:, None] - at[None, :])
