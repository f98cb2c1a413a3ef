"""From numbers to basins: boundaries, the radius of a basin with its interval, nesting, shares. Pure functions.

A *ray* is one side of a direction, α ≥ 0; the negative alphas of a direction are another ray (`rays`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.specs import TOLERANCE

RAYS_NEEDED = 6  # with fewer, not even lowest to highest holds a median with 95 %: 2 · 0.5⁵ > 5 %
_CONFIDENCE = 0.95
_SLACK = 1e-9  # 222/240 lies on the floor 234/240 − 0.05, but in floating point below it

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
    """What was measured along one ray.

    alphas (m,) ascend from 0; outcomes (m, n) are 0/1 (or a score) per point and example, NaN where an example was
    not scored. Raises ValueError otherwise.
    """

    alphas: Floats
    outcomes: Floats

    def __post_init__(self) -> None:
        """Refuse what is not a curve."""
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
        """The score at each α (m,): S(θ₀) less the mean drop over the examples scored there too.

        With every example scored this is the plain mean. Where scoring stopped early the examples are compared with
        themselves, so an easy or hard first half moves nothing. NaN where none was scored.
        """
        return _scores(self, np.ones((1, self.outcomes.shape[1])))[0]

    def boundary(self, tolerance: float = TOLERANCE) -> Boundary:
        """Where this ray leaves the basin of S(θ₀) − tolerance."""
        scores = self.scores()
        return find_boundary(self.alphas, scores, float(scores[0]) - tolerance)


@dataclass(frozen=True)
class Radius:
    """A basin's radius: the median boundary over rays, and how sure it is.

    Of `rays`, `left` left the basin within their range; the others were followed to `reach` at least. When that
    leaves the median open, `at_least` is true and `median` is the least it can be. `low` and `minimum` are bounds from
    below in the same sense; `high` and `maximum` are inf when they lie beyond what was measured. `low` and `high` are
    NaN with fewer than RAYS_NEEDED rays.
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


@dataclass(frozen=True)
class Nesting:
    """In how many of the decided rays an inner basin ends before an outer one; Clopper–Pearson interval of the share."""

    inside: int
    decided: int
    rays: int
    share: float  # NaN when no ray is decided
    low: float
    high: float

    @property
    def claim(self) -> Literal["inside", "not inside", "undecided"]:
        """What may be said: the interval must lie wholly on one side of one half, which takes 6 decided rays or more."""
        return "inside" if self.low > 0.5 else "not inside" if self.high < 0.5 else "undecided"


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

    A score within 1e-9 of the floor is inside. A NaN score is outside, and interpolated as 0: such a model answers
    nothing.

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
    inside = values >= floor - _SLACK
    if not inside[0]:
        raise ValueError(f"expected a score of at least the floor {floor:.3g} at α = 0, got {values[0]:.3g}")
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
    sides = []
    for sign in (1, -1):
        order = np.argsort(sign * at, kind="stable")
        order = order[sign * at[order] >= 0]
        if len(order) > 1:
            sides.append((np.abs(at[order]), rows[order]))
    return sides


def has_basin(score: float, chance: float, tolerance: float = TOLERANCE) -> bool:
    """Whether there is a basin to leave: its floor, score − tolerance, lies above what guessing scores."""
    return score - tolerance > chance + _SLACK


def radius(curves: Sequence[Curve], tolerance: float = TOLERANCE, *, seed: int = 0, resamples: int = 1000) -> Radius:
    """The median boundary over rays that are independent draws, with a 95 % interval for the median of all rays."""
    if not curves:
        raise ValueError("expected at least one curve, got none")
    if len({curve.outcomes.shape[1] for curve in curves}) > 1:
        raise ValueError(
            f"expected curves over the same examples, got {sorted({c.outcomes.shape[1] for c in curves})} of them"
        )
    ends = np.array([curve.alphas[-1] for curve in curves])
    n = curves[0].outcomes.shape[1]
    found = _boundaries(curves, np.ones((1, n)), tolerance)
    least = np.minimum(found, ends)  # what a ray that never left has shown so far
    median, most = float(np.median(least)), float(np.median(found))
    never = np.isinf(found[0])
    low = high = math.nan
    if len(curves) >= RAYS_NEEDED:
        rng = np.random.default_rng(seed)
        again = _boundaries(curves, rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(float), tolerance)
        shuffled = rng.permuted(again, axis=0)
        shared = _shared(-np.minimum(again, ends), -np.minimum(shuffled, ends))
        low = max(0.0, median - math.hypot(median - _order(least[0])[0], shared))
        high = most + math.hypot(_order(found[0])[1] - most, _shared(again, shuffled)) if most < math.inf else math.inf
    return Radius(
        median=median,
        low=low,
        high=high,
        minimum=float(least.min()),
        maximum=float(found.max()),
        rays=len(curves),
        left=int((~never).sum()),
        reach=float(ends[never].min() if never.any() else ends.max()),
        at_least=most > median,
    )


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
    weight = weights @ scored.T.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((weights @ origin) / weight[:, 0])[:, None] - (weights @ drops.T) / weight


def _crossings(alphas: Floats, scores: Floats, floors: Floats) -> Floats:
    """Where each row of scores (B, m) first falls below its floor (B,), linearly interpolated: (B,), inf if never."""
    outside = ~(scores >= floors[:, None] - _SLACK)  # so that NaN is outside
    first = np.maximum(outside.argmax(axis=1), 1)
    rows = np.arange(len(scores))
    above = scores[rows, first - 1]
    below = np.minimum(np.nan_to_num(scores[rows, first], nan=0.0), floors - 2 * _SLACK)  # never above the floor
    share = np.maximum(above - floors, 0.0) / (above - below)
    crossing = alphas[first - 1] + (alphas[first] - alphas[first - 1]) * share
    return np.where(outside.any(axis=1), crossing, np.inf)


def _order(values: Floats) -> tuple[float, float]:
    """A distribution-free 95 % interval for the median that (R,) values were drawn around, R ≥ RAYS_NEEDED.

    Order statistics, interpolated between the two pairs whose coverages enclose 95 % (Hettmansperger & Sheather 1986).
    """
    values, n = np.sort(values), len(values)
    coverage = [1 - 2 * sum(math.comb(n, j) for j in range(k)) / 2**n for k in range(n // 2 + 1)]
    k = max(i for i, c in enumerate(coverage) if c >= _CONFIDENCE)
    nearer = (coverage[k] - _CONFIDENCE) / (coverage[k] - coverage[k + 1])
    weight = (n - k) * nearer / (k + (n - 2 * k) * nearer)
    low = (1 - weight) * values[k - 1] + weight * values[k]
    high = values[n - k] if math.isinf(values[n - k]) else (1 - weight) * values[n - k] + weight * values[n - k - 1]
    return float(low), float(high)


def _shared(again: Floats, shuffled: Floats) -> float:
    """The upper half-width at 95 % of what the choice of examples does to all rays (B, rays) at once."""

    def half(rows: Floats) -> float:
        medians = np.sort(np.median(rows, axis=1))
        top = medians[round((len(medians) - 1) * (0.5 + _CONFIDENCE / 2))]
        return float(top - medians[len(medians) // 2]) if top < math.inf else math.inf

    both, own = half(again), half(shuffled)
    return math.inf if both == math.inf else math.sqrt(max(both**2 - own**2, 0.0))
