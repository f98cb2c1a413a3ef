"""What random directions do at one α: the share still inside, the density of better neighbours, the mean score."""

import numpy as np
from numpy.typing import ArrayLike

from landscape.basins.boundaries import rays
from landscape.basins.inside import SLACK, is_inside
from landscape.intervals import Share, share_of
from landscape.schema.numbers import number


def strict_basin(scores_over_directions: ArrayLike, floor: float, confidence: float = 0.95) -> Share:
    """The share of directions (n,) whose score at a given α has not dropped below `floor`: E_δ 1{T∘S(θ₀ + αδ) = 0}.

    Clopper–Pearson interval over directions. NaN counts as dropped. ValueError without a direction.
    """
    return share_of(is_inside(np.asarray(scores_over_directions, float), floor), confidence)


def better_neighbours(
    scores: ArrayLike, score_at_origin: float, margin: float = 0.0, confidence: float = 0.95
) -> Share:
    """The density of better neighbours δ(m) = P[S(θ₀ + ε) ≥ S(θ₀) + m] over draws (n,) of ε, with Clopper–Pearson.

    With a margin smaller than the noise of the scores, lucky draws count. NaN is no better. ValueError without a draw.
    """
    return share_of(is_inside(np.asarray(scores, float), score_at_origin + margin), confidence)


def mean_score(alphas: ArrayLike, scores: ArrayLike, reach: float) -> float:
    """The mean score over |α| ≤ reach, averaged over the sides that were measured (like VISAGE, Peng et al. 2024).

    Trapezoids between the measured points, interpolated at ±reach; NaN counts as 0. `alphas` (m,) in any order;
    `scores` (m,), or (directions, m), which are averaged.

    Raises:
        ValueError: α = 0 is missing, lengths differ, or a side ends before `reach`.
    """
    sides = rays(alphas, np.nan_to_num(np.asarray(scores, float), nan=0.0).T)
    ends = [float(at[-1]) for at, _ in sides]
    if not sides or not 0 < reach <= min(ends) + SLACK:
        raise ValueError(f"expected a reach > 0 within the measured |α| ≤ {number(min(ends, default=0))}, got {reach}")
    kept = [np.append(at[at < reach], reach) for at, _ in sides]
    areas = [
        np.trapezoid(np.interp(points, at, column), points)
        for points, (at, values) in zip(kept, sides, strict=True)
        for column in values.reshape(len(at), -1).T
    ]
    return float(np.mean(areas)) / reach
