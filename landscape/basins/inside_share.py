"""The share of random directions in which a capability still holds, at each α, with both of its errors. No model."""

from dataclasses import dataclass

import numpy as np

from landscape.basins.boundaries import Floats, RayEnds
from landscape.intervals import clopper_pearson

_CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class InsideShare:
    """P[inside] at each α (m,), over random directions: never left before, and not there. `low` to `high` is its
    95 % interval, at each α by itself.
    """

    alphas: Floats
    share: Floats
    low: Floats
    high: Floats
    rays: int


def inside_share(ends: RayEnds, alphas: Floats) -> InsideShare:
    """P[inside] at every α that all rays were followed to; α beyond are left out.

    Half of the error goes to the choice of examples, which moves all rays alike (bootstrap percentiles of the count),
    half to the choice of directions (Clopper–Pearson of the counts at both percentiles). A ray is inside up to its
    boundary, whatever comes after it.
    """
    rays, half = len(ends.found), (1 - _CONFIDENCE) / 2
    known = np.where(np.isinf(ends.found), ends.followed, np.inf).min(initial=np.inf)
    at = np.asarray(alphas, float)
    at = at[at <= known]
    counts = (ends.found[:, None] >= at).sum(axis=0)
    again = (ends.again[:, :, None] >= at).sum(axis=1)
    fewest, most = np.quantile(again, (half / 2, 1 - half / 2), axis=0, method="inverted_cdf")
    low = [clopper_pearson(int(min(k, c)), rays, 1 - half)[0] for k, c in zip(fewest, counts, strict=True)]
    high = [clopper_pearson(int(max(k, c)), rays, 1 - half)[1] for k, c in zip(most, counts, strict=True)]
    return InsideShare(at, counts / rays, np.array(low), np.array(high), rays)
