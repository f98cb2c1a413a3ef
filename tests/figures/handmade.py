"""Basins and results whose every number is written down, for figures to be held against."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from landscape.basins.boundaries import Boundary, Radius, RayEnds
from landscape.basins.radii import Basin, Ray
from landscape.schema.directions import Direction, Gaussian, Towards, label_of, seed_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, SliceSpec

REACH = 0.08
RMS = 0.1  # of θ₀'s weights


def ends_at(alpha: float, bracket: float = 0.01) -> Boundary:
    """A boundary in the middle of a bracket that is so wide, as a share of it."""
    return Boundary(alpha, alpha * (1 - bracket / 2), alpha * (1 + bracket / 2), None)


def holds_to(alpha: float) -> Boundary:
    """A ray that has not left."""
    return Boundary(None, alpha, None, None)


def radius_of(ends: Sequence[Boundary], interval: tuple[float, float] = (math.nan, math.nan)) -> Radius:
    """The median of the ends, with an interval that is simply said."""
    at = sorted(end.inside if end.alpha is None else end.alpha for end in ends)
    left = sum(end.alpha is not None for end in ends)
    return Radius(
        float(np.median(at)), *interval, at[0], at[-1] if left == len(at) else math.inf, len(at), left, REACH,
        at_least=2 * left <= len(at),
    )  # fmt: skip


def sure_ends(ends: Sequence[Boundary]) -> RayEnds | None:
    """Rays that end there whichever examples are asked."""
    found = np.array([math.inf if end.alpha is None else end.alpha for end in ends])
    return RayEnds(found, np.full(len(ends), REACH), np.tile(found, (40, 1)), 100, 5.0) if ends else None


def basin_of(
    capability: str,
    ends: Sequence[Boundary] = (),
    interval: tuple[float, float] = (math.nan, math.nan),
    *,
    ways: Mapping[str, Boundary] | None = None,
    score: float = 1.0,
    bounded: bool = True,
) -> Basin:
    """A basin with one random ray an end (seeds 0, 1, …) and one ray to each checkpoint of `ways`."""
    drawn = [Ray("gaussian", seed, 1, end, random=True) for seed, end in enumerate(ends)]
    aimed = [Ray(f"towards {name}", None, 1, end, random=False) for name, end in (ways or {}).items()]
    radius = radius_of(ends, interval) if ends else None
    return Basin(capability, score, 100, (*drawn, *aimed), radius, bounded=bounded, ends=sure_ends(ends))


def search_of(
    capabilities: Sequence[str] = ("basic", "math"),
    draws: int = 2,
    *,
    checkpoint: str = "demo:base",
    others: Mapping[str, float] | None = None,
    rms: float = RMS,
    scores: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    n: int = 100,
) -> Result[BasinSpec]:
    """A search; `others` are checkpoints aimed at with their α, `scores` the (α, score) of each capability's draws."""
    others = others or {}
    directions: tuple[Direction, ...] = (
        *(Gaussian(seed=seed) for seed in range(draws)),
        *(Towards(checkpoint=name) for name in others),
    )
    spec = BasinSpec(checkpoint=checkpoint, directions=directions, capabilities=tuple(capabilities), reach=REACH)
    rows = [
        {"direction": label_of(direction), "seed": seed_of(direction), "alpha": alpha, "realised_alpha": alpha,
         "capability": name, "score": score, "loss": 2 - score, "n": n, "seconds": 0.1,
         "outcomes": (np.arange(n) < round(score * n)).astype(np.uint8)}
        for direction in directions
        for name, points in (scores or {}).items()
        for alpha, score in points
    ]  # fmt: skip
    facts = Facts(100, rms, dict(others), chance=dict.fromkeys(capabilities, 0.0))
    return Result(spec, tidy(spec, rows), facts)


def standing(checkpoint: str, scores: Mapping[str, tuple[float, float]], n: int = 100) -> Result[SliceSpec]:
    """A checkpoint where it stands: capability → score and loss."""
    spec = SliceSpec(checkpoint=checkpoint, directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=tuple(scores))
    rows = [
        {"direction": "gaussian", "seed": 0, "alpha": 0.0, "realised_alpha": 0.0, "capability": name, "score": score,
         "loss": loss, "n": n, "seconds": 0.1, "outcomes": (np.arange(n) < round(score * n)).astype(np.uint8)}
        for name, (score, loss) in scores.items()
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, RMS, chance=dict.fromkeys(scores, 0.0)))
