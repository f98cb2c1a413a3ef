"""What a basin search found: per capability its radius with an interval, and warnings. No model."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from landscape.basins.boundaries import (
    Boundary,
    Curve,
    Nesting,
    Radius,
    better_neighbours,
    mean_score,
    nesting,
    radius,
    rays,
    strict_basin,
)
from landscape.basins.boundary_search import ladder
from landscape.basins.inside import has_basin
from landscape.intervals import Share, dropped_by_more_than, examples_needed
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Towards, label_of, seed_of
from landscape.schema.results import NOT_SCORED, Result, not_measurable, score_text
from landscape.schema.specs import BasinSpec

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Ray:
    """One side of one direction, and where a capability ends along it (α units, positive on both sides)."""

    label: str  # gaussian, towards demo:assistant
    seed: int | None
    sign: int
    boundary: Boundary
    random: bool  # whether it is one of the independent draws that the radius is taken over (no opposite side is)


@dataclass(frozen=True)
class Basin:
    """One capability's basin around θ₀."""

    capability: str
    score: float  # at θ₀
    n: int
    rays: tuple[Ray, ...] = ()
    radius: Radius | None = None  # over the random rays; None without any
    warnings: tuple[str, ...] = field(default=())
    bounded: bool = True  # whether there is a basin to leave: θ₀ has the capability
    broken: int = 0  # examples whose logits at θ₀ are not finite: nothing is measurable then

    @property
    def score_text(self) -> str:
        """The score at θ₀, in words where logits are not finite."""
        return score_text(self.score, self.broken, self.n)

    @property
    def draws(self) -> list[Boundary]:
        """The boundaries along the random rays, in the same order for every capability."""
        return [ray.boundary for ray in self.rays if ray.random]


def basins_of(result: Result[BasinSpec], tolerance: float | None = None) -> list[Basin]:
    """Every capability's basin at a tolerance (default: the one that was searched for), in the spec's order.

    Capabilities without a measured point are left out. Another tolerance than the searched one reads the same points,
    so that its boundaries lie in wider brackets.
    """
    tau = result.spec.tolerance if tolerance is None else tolerance
    names = [name_of(name) for name in result.spec.capabilities]
    found = ((name, result.rows[result.rows["capability"] == name]) for name in names)
    return [_basin(result, name, rows, tau) for name, rows in found if (rows["alpha"] == 0).any()]


def _basin(result: Result[BasinSpec], name: str, rows: pd.DataFrame, tau: float) -> Basin:
    origin = rows[rows["alpha"] == 0].iloc[0]
    score, n = float(origin["score"]), int(origin["n"])
    chance = result.facts.chance.get(name, 0.0) if result.facts else 0.0
    if broken := result.not_finite_at_origin(name):
        return Basin(
            name, score, n, warnings=(not_measurable("it", result.dtype, broken, n),), bounded=False, broken=broken
        )
    if not has_basin(score, chance, tau):
        why = f"no basin: it scores {score:.3f} at θ₀, and no better than guessing ({chance:.2f}) at τ = {tau:g} below"
        return Basin(name, score, n, warnings=(why,), bounded=False)
    curves = [
        (direction, sign, curve)
        for direction in result.spec.directions
        for sign, curve in curves_of(rows, direction)
        if len(curve.alphas) > 1
    ]
    found = tuple(Ray(label_of(d), seed_of(d), sign, c.boundary(tau), _drawn(d, sign)) for d, sign, c in curves)
    draws = [curve for direction, sign, curve in curves if _drawn(direction, sign)]
    measured = radius(draws, tau) if draws else None
    return Basin(name, score, n, found, measured, tuple(_warnings(score, n, tau, found, measured)))


def random_curves(result: Result[BasinSpec], capability: str) -> list[Curve]:
    """What was measured of a capability along each random direction, in the spec's order."""
    rows = result.rows[result.rows["capability"] == capability]
    return [c for d in result.spec.directions for sign, c in curves_of(rows, d) if _drawn(d, sign)]


def _drawn(direction: Direction, sign: int) -> bool:
    return seed_of(direction) is not None and sign > 0


def curves_of(rows: pd.DataFrame, direction: Direction) -> list[tuple[int, Curve]]:
    """(sign, curve) of each ray of a direction. Without outcomes per example, a curve holds one column of scores."""
    own = rows[rows["direction"] == label_of(direction)]
    if (seed := seed_of(direction)) is not None:
        own = own[own["seed"] == seed]
    own = own.sort_values("alpha")
    if own.empty or not (own["alpha"] == 0).any():
        return []
    if own["outcomes"].isna().any():
        values = own[["score"]].to_numpy(float)
    else:
        values = np.stack(own["outcomes"].to_list()).astype(float)
        values[values == NOT_SCORED] = np.nan
    alphas = own["alpha"].to_numpy()
    signs = [sign for sign in (1, -1) if (sign * alphas > 0).any()]
    return [(sign, Curve(*side)) for sign, side in zip(signs, rays(alphas, values), strict=True)]


def _warnings(score: float, n: int, tau: float, found: Sequence[Ray], measured: Radius | None) -> list[str]:
    warnings = []
    needed = examples_needed(score, tau)
    if n < needed:
        warnings.append(f"too few examples: {n} cannot resolve a drop of {tau:g}, {needed} are needed")
    again = [ray for ray in found if ray.boundary.reentered is not None]
    if again:
        first = min(float(ray.boundary.reentered or 0) for ray in again)
        warnings.append(f"left and re-entered along {len(again)} of {len(found)} rays, first at α = {first:.3g}")
    if measured is not None and measured.left < measured.rays:
        kept = measured.rays - measured.left
        warnings.append(f"never left along {kept} of {measured.rays} rays within α = {measured.reach:.3g}")
    return warnings


def nestings(basins: Sequence[Basin]) -> dict[tuple[str, str], Nesting]:
    """(inner, outer) → in how many of the random rays the inner basin ends before the outer one."""
    with_rays = [basin for basin in basins if basin.draws]
    return {
        (one.capability, other.capability): nesting(one.draws, other.draws)
        for one in with_rays
        for other in with_rays
        if one is not other and len(one.draws) == len(other.draws)
    }


def alpha_of_others(result: Result[BasinSpec]) -> dict[str, float]:
    """α of every checkpoint that a direction points at."""
    known = result.facts.alpha_of if result.facts else {}
    return {d.checkpoint: known[d.checkpoint] for d in result.spec.directions if isinstance(d, Towards)}


@dataclass(frozen=True)
class Level:
    """One capability at one α, over the random directions together."""

    alpha: float
    capability: str
    inside: Share  # of directions whose score has not dropped by more than τ (the paper's strict basin)
    proven: int  # directions whose drop by more than τ is beyond chance: paired test on the same examples, 5 %
    better: Share  # of directions at least as good as θ₀: density of better neighbours at margin 0
    mean: float  # score, averaged over 0 ≤ α′ ≤ α and the directions (like VISAGE)


def levels_of(result: Result[BasinSpec], tolerance: float | None = None) -> list[Level]:
    """One level for each capability and rung of the search's ladder that all directions reached, by ascending α."""
    tau = result.spec.tolerance if tolerance is None else tolerance
    found = []
    for name in map(name_of, result.spec.capabilities):
        curves = random_curves(result, name)
        common = set.intersection(*(set(curve.alphas) for curve in curves), ladder(result.spec)) if curves else set()
        found += [_level(name, curves, float(alpha), tau) for alpha in sorted(common)]
    return sorted(found, key=lambda level: level.alpha)


def _level(name: str, curves: Sequence[Curve], alpha: float, tau: float) -> Level:
    at = [int(np.flatnonzero(curve.alphas == alpha)[0]) for curve in curves]
    scores = np.array([curve.scores()[i] for curve, i in zip(curves, at, strict=True)])
    origin = float(curves[0].scores()[0])
    single = curves[0].outcomes.shape[1] > 1  # example by example, not only the score of all
    drops = [dropped_by_more_than(c.outcomes[0], c.outcomes[i], tau) for c, i in zip(curves, at, strict=True) if single]
    return Level(
        alpha=alpha,
        capability=name,
        inside=strict_basin(scores, origin - tau),
        proven=sum(drop.p_value < SIGNIFICANT for drop in drops),
        better=better_neighbours(scores, origin),
        mean=float(np.mean([mean_score(curve.alphas, curve.scores(), alpha) for curve in curves])),
    )
