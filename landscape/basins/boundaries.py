"""From numbers to basins: boundaries, the radius of a basin with its interval. Pure functions.

A *ray* is one side of a direction, α ≥ 0; the negative alphas of a direction are another ray (`rays`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.basins.inside import SLACK, is_inside
from landscape.basins.medians import median_low
from landscape.schema.frames import TOLERANCE
from landscape.schema.numbers import number

RAYS_NEEDED = 6  # with fewer, not even lowest to highest holds a median with 95 %: 2 · 0.5⁵ > 5 %

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Boundary:
    """Where a ray leaves a basin.

    `alpha` is interpolated between `inside`, the last measured α inside, and `outside`, the first measured α outside;
    both are None when the ray never left within its range. `reentered` is the first measured α beyond `outside` where
    the score is inside again.
    """

    alpha: float | None
    inside: float
    outside: float | None
    reentered: float | None


@dataclass(frozen=True, eq=False)
class Curve:
    """What was measured along one ray: alphas (m,) ascending from 0, outcomes (m, n) per point and example.

    An outcome is NaN where an example was not scored.

    Raises:
        ValueError: shapes do not match, the alphas do not ascend from 0, or nothing is scored at α = 0.
    """

    alphas: Floats
    outcomes: Floats

    def __post_init__(self) -> None:
        """Validate shapes and order, and convert both to float arrays."""
        alphas, outcomes = np.asarray(self.alphas, float), np.asarray(self.outcomes, float)
        if outcomes.ndim != 2 or alphas.shape != outcomes.shape[:1]:
            raise ValueError(f"expected outcomes (m, n) of alphas (m,), got {outcomes.shape} of {alphas.shape}")
        if not alphas.size or alphas[0] != 0 or (np.diff(alphas) <= 0).any():
            raise ValueError(f"expected alphas that ascend from 0, got {alphas[:3].tolist()}")
        if np.isnan(outcomes[0]).all():
            raise ValueError("expected at least one example scored at α = 0, got none")
        object.__setattr__(self, "alphas", alphas)
        object.__setattr__(self, "outcomes", outcomes)

    def scores(self) -> Floats:
        """The score at each α (m,): S(θ₀) minus the mean drop over the examples that were scored at that α.

        If all were scored, this is the plain mean. Where scoring stopped early, each example is compared with itself at
        θ₀, so that unusually easy or hard first examples bias nothing. NaN where none was scored.
        """
        return _scores(self, np.ones((1, self.outcomes.shape[1])))[0]

    def boundary(self, tolerance: float = TOLERANCE) -> Boundary:
        """Where this ray leaves the basin of S(θ₀) − tolerance."""
        scores = self.scores()
        return find_boundary(self.alphas, scores, float(scores[0]) - tolerance)


@dataclass(frozen=True, eq=False)
class RayEnds:
    """Where independent rays leave one basin, as measured and with the examples drawn again.

    `found` (R,) is inf where a ray was `followed` (R,) without leaving. `again` (B, R): the same for B resamples of the
    examples, each the same for all rays. `examples` are the distinct requests that were drawn from; 0 where there
    is only one score a point, so that every row of `again` is `found`. `losable` of them may be lost within the basin;
    of losses, as many as share the rise at the boundary: (Σ rise)² / Σ rise², which of scores is their number too.
    """

    found: Floats
    followed: Floats
    again: Floats
    examples: int
    losable: float


@dataclass(frozen=True)
class Radius:
    """A basin's radius: the median boundary over rays, with its 95 % interval `low` to `high`.

    `left` of the `rays` left the basin within their range; the others were followed to `reach` at least. If too few
    left for the median to be known, `at_least` is true, and `median` (the lower of the two middle ones, like `low` and
    `minimum`) is a lower bound.
    `high` and `maximum` are inf when they lie beyond what was measured. `low` and `high` are NaN with fewer than
    RAYS_NEEDED rays: then `minimum` to `maximum`, the range of these rays, is all that is known. `examples` as in
    `RayEnds`.
    """

    median: float
    low: float
    high: float
    minimum: float
    maximum: float
    rays: int
    left: int
    reach: float
    at_least: bool
    examples: int = 0

    @property
    def spread(self) -> tuple[str, float, float] | None:
        """What is known beside the median, in words, and from where to where; None of a single ray."""
        if not math.isnan(self.low):
            return "95 %", self.low, self.high
        return (f"range of {self.rays} directions", self.minimum, self.maximum) if self.rays > 1 else None


def boundary(alphas: Sequence[float], scores: Sequence[float], tolerance: float = TOLERANCE) -> float | None:
    """The largest α such that every measured 0 ≤ α′ ≤ α keeps S ≥ S(θ₀) − tolerance.

    Interpolated linearly between the last point inside and the first outside; None when the score never
    leaves within the range. Negative alphas are another direction and are ignored.

    Raises:
        ValueError: α = 0 is not among the alphas.
    """
    origin = [s for a, s in zip(alphas, scores, strict=True) if a == 0]
    return find_boundary(alphas, scores, origin[0] - tolerance if origin else 0.0).alpha


def find_boundary(alphas: ArrayLike, scores: ArrayLike, floor: float) -> Boundary:
    """Where the score along α ≥ 0 first falls below `floor`; negative alphas are another ray and are ignored.

    A score on the floor is inside (`is_inside`). A NaN score is outside, and interpolated as 0: such a model answers
    nothing. Where floors lie below 0 the scores are losses with a minus sign, and NaN is an infinite loss.

    Raises:
        ValueError: α = 0 is not among the alphas, or lies below the floor itself.
    """
    at, values = np.asarray(alphas, float), np.asarray(scores, float)
    if at.shape != values.shape or at.ndim != 1:
        raise ValueError(f"expected as many scores as alphas, got {values.shape} and {at.shape}")
    order = np.argsort(at, kind="stable")
    order = order[at[order] >= 0]
    at, values = at[order], values[order]
    if not at.size or at[0] != 0:
        raise ValueError(f"expected α = 0 among the alphas, got {at[:3].tolist()}")
    inside = is_inside(values, floor)
    if not inside[0]:
        raise ValueError(f"expected a score of at least the floor {number(floor)} at α = 0, got {number(values[0])}")
    if inside.all():
        return Boundary(None, float(at[-1]), None, None)
    first = int(np.argmin(inside))
    again = at[first:][inside[first:]]
    alpha = float(_crossings(at, values[None], np.array([floor]))[0])
    return Boundary(alpha, float(at[first - 1]), float(at[first]), float(again[0]) if again.size else None)


def rays(alphas: ArrayLike, values: ArrayLike) -> list[tuple[Floats, Floats]]:
    """Both sides of a direction, each as (|α| ascending from 0, values in that order): first α ≥ 0, then α ≤ 0.

    `values` are scores (m,) or outcomes (m, n). A side where nothing was measured but α = 0 is left out.

    Raises:
        ValueError: lengths differ, or α = 0 is not among the alphas.
    """
    at, rows = np.asarray(alphas, float), np.asarray(values, float)
    if at.ndim != 1 or len(rows) != len(at):
        raise ValueError(f"expected one row of values per α, got {rows.shape} and {at.shape}")
    if not (at == 0).any():
        raise ValueError(f"expected α = 0 among the alphas, got {at[:3].tolist()}")
    orders = [order[sign * at[order] >= 0] for sign in (1, -1) for order in [np.argsort(sign * at, kind="stable")]]
    return [(np.abs(at[order]), rows[order]) for order in orders if len(order) > 1]


def radius(curves: Sequence[Curve], tolerance: float = TOLERANCE, *, seed: int = 0, resamples: int = 1000) -> Radius:
    """The median boundary over rays, with a 95 % interval for that of all possible rays and examples.

    Rays must be independent draws (if the basin is symmetric, pass one side of each direction); all share the
    examples. Raises ValueError as `ray_ends`.
    """
    rng = np.random.default_rng(seed)
    return radius_of(ray_ends(curves, tolerance, rng, resamples=resamples), rng)


def ray_ends(
    curves: Sequence[Curve],
    tolerance: float,
    rng: np.random.Generator,
    *,
    requests: Sequence[int] | None = None,
    resamples: int = 1000,
) -> RayEnds:
    """Where rays over the same examples leave the basin, and where they would if other examples had been asked.

    `requests` (n,) says which request each example asks: examples of one request are drawn together, as one.

    Raises:
        ValueError: no curve, curves that differ in their number of examples, or a negative tolerance.
    """
    counts = sorted({curve.outcomes.shape[1] for curve in curves})
    if len(counts) != 1:
        raise ValueError(f"expected curves over the same examples, got {len(curves)} curves of {counts} examples")
    if not tolerance >= 0:
        raise ValueError(f"expected a tolerance ≥ 0, got {tolerance}")
    alone = requests is None or len(requests) != counts[0]  # or else only the score of all is known
    groups = np.unique(np.arange(counts[0]) if alone else np.asarray(requests), return_inverse=True)[1]
    distinct = int(groups.max()) + 1
    drawn = rng.multinomial(distinct, np.full(distinct, 1 / distinct), size=resamples)
    known = distinct if counts[0] > 1 else 0
    return RayEnds(
        found=_boundaries(curves, np.ones((1, counts[0])), tolerance)[0],
        followed=np.array([curve.alphas[-1] for curve in curves]),
        again=_boundaries(curves, drawn[:, groups].astype(float), tolerance),
        examples=known,
        losable=_sharing(curves, groups, tolerance) if (curves[0].outcomes[0] < 0).any() else tolerance * known,
    )


def _sharing(curves: Sequence[Curve], groups: NDArray[np.int64], tolerance: float) -> float:
    """About how many requests share the rise of the loss at a boundary: the median over the rays that are left."""
    found = []
    for curve in curves:
        outside = ~is_inside(curve.scores(), float(curve.scores()[0]) - tolerance)
        if outside.any():
            rise = np.bincount(groups, np.nan_to_num(curve.outcomes[0] - curve.outcomes[int(outside.argmax())]))
            found.append(float(rise.sum() ** 2 / max((rise**2).sum(), np.finfo(float).tiny)))
    return max(float(np.median(found)) if found else 0.0, 1.0)


def radius_of(ends: RayEnds, rng: np.random.Generator) -> Radius:
    """The median boundary over rays, with a 95 % interval for that of all possible rays and examples.

    Two errors add in quadrature (`median_low`): the choice of rays, by interpolated order statistics, and the choice of
    examples, which moves all rays alike, by bootstrap. How often the interval covers the true radius is measured in
    data/guides/statistics.md: 94 to 96 % with 240 examples, less with fewer than 100, where boundaries are also found 2
    to 5 % too far out, since τ = 5 % is then only a few examples. Percentiles of a bootstrap of rays and examples count
    the rays' own noise twice (Owen 2007) and cover 93 to 100 %.
    """
    never = np.isinf(ends.found)
    least = np.minimum(ends.found, ends.followed)  # what a ray that never left has shown so far
    low = high = math.nan
    if len(least) >= RAYS_NEEDED:
        low = max(0.0, median_low(least, np.minimum(ends.again, ends.followed), rng))
        high = -median_low(-ends.found, -ends.again, rng)
    open_ended = bool(np.isinf(np.median(ends.found)))
    median = float(np.sort(least)[(len(least) - 1) // 2]) if open_ended else float(np.median(least))
    reach = float(ends.followed[never].min() if never.any() else ends.followed.max())
    extremes = float(least.min()), float(ends.found.max())
    left = int((~never).sum())
    return Radius(median, low, high, *extremes, len(least), left, reach, open_ended, ends.examples)


def _boundaries(curves: Sequence[Curve], weights: Floats, tolerance: float) -> Floats:
    """The boundary of every curve for every weighting (B, n) of the examples: (B, rays), inf where never left."""
    columns = []
    for curve in curves:
        scores = _scores(curve, weights)
        columns.append(_crossings(curve.alphas, scores, scores[:, 0] - tolerance))
    return np.stack(columns, axis=1)


def _scores(curve: Curve, weights: Floats) -> Floats:
    """Scores (B, m) under weights (B, n) of the examples; see `Curve.scores`."""
    outcomes = curve.outcomes
    scored = ~np.isnan(outcomes) & ~np.isnan(outcomes[0])
    drops = np.where(scored, outcomes[0] - outcomes, 0.0)
    origin = np.where(scored[0], outcomes[0], 0.0)
    weight = weights.sum(axis=1, keepdims=True) if scored.all() else weights @ scored.T.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((weights @ origin) / weight[:, 0])[:, None] - (weights @ drops.T) / weight


def _crossings(alphas: Floats, scores: Floats, floors: Floats) -> Floats:
    """Where each row of scores (B, m) first falls below its floor (B,), linearly interpolated: (B,), inf if never."""
    outside = ~is_inside(scores, floors[:, None])
    first = np.maximum(outside.argmax(axis=1), 1)
    rows = np.arange(len(scores))
    above = scores[rows, first - 1]
    least, broken = scores[rows, first], np.where(floors < 0, -np.inf, 0.0)
    below = np.minimum(np.where(np.isnan(least), broken, least), floors - 2 * SLACK)  # never above the floor
    share = np.maximum(above - floors, 0.0) / (above - below)
    crossing = alphas[first - 1] + (alphas[first] - alphas[first - 1]) * share
    return np.where(outside.any(axis=1), crossing, np.inf)
