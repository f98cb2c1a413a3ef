"""What a basin search found: per capability its radius with an interval, and warnings. No model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from landscape.basins.boundaries import (
    RAYS_NEEDED,
    Boundary,
    Curve,
    Radius,
    RayEnds,
    radius_of,
    ray_ends,
    rays,
)
from landscape.basins.inside import can_lose
from landscape.basins.levels import better_neighbours, mean_score, strict_basin
from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.nesting import Nesting, ends_first, nesting
from landscape.basins.search.boundary_search import ladder
from landscape.basins.standings import NOTHING, Standing, counted_of, limits_of
from landscape.intervals import Share, dropped_by_more_than, examples_needed, rejected
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Towards, label_of, seed_of
from landscape.schema.numbers import number
from landscape.schema.results import NOT_SCORED, Result, not_measurable, score_text
from landscape.schema.specs import BasinSpec

NO_SCORE = "it has a loss and no score: read it by loss"
SIGNIFICANT = 0.05  # chance that any of the directions at one α is said to have lost more than τ, where none has
# Up to so many examples, the least share of simulated runs in which a 95 % interval held the radius (the guide
# data/guides/statistics.md has them all).
LEAST_COVERED = {20: "little more than half", 60: "83 %", 100: "92 %"}
SHARING = 40  # examples that share the rise of a loss: with fewer, the interval of a radius holds it less often
LEAST_BY_LOSS = "84 %"  # in the same simulations


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
    ends: RayEnds | None = field(default=None, repr=False)  # of the random rays, with their examples drawn again
    by_loss: bool = False  # then `score` is the loss with a minus sign

    @property
    def score_text(self) -> str:
        """The score (by loss: the loss) at θ₀, in words where logits are not finite."""
        if self.by_loss and not self.broken:
            return "none" if math.isnan(self.score) else f"{-self.score:.3f}"
        return score_text(self.score, self.broken, self.n)

    @property
    def lacking(self) -> str:
        """Why there is nothing to leave, if there is not."""
        unscored = "no loss" if self.by_loss else "no score" if math.isnan(self.score) else NOTHING
        return "not measurable" if self.broken else "" if self.bounded else unscored

    @property
    def why(self) -> str:
        """`lacking` with its reason, where that is known: `nothing to lose here: 0.27 of 300, chance is 0.25`."""
        return self.warnings[0] if self.warnings and self.lacking == NOTHING else self.lacking

    @property
    def draws(self) -> list[Boundary]:
        """The boundaries along the random rays, in the same order for every capability."""
        return [ray.boundary for ray in self.rays if ray.random]

    @property
    def fine_tunes(self) -> dict[str, Boundary]:
        """The boundaries along the ways to other checkpoints, by the label of the way."""
        return {ray.label: ray.boundary for ray in self.rays if ray.label.startswith("towards ") and ray.sign > 0}


def basins_of(
    result: Result[BasinSpec], tolerance: float | None = None, *, share_of_score: bool = False
) -> list[Basin]:
    """Every capability's basin at a tolerance (default: the one that was searched for), in the spec's order.

    By score or by loss, as the result is read; without a tolerance, as it was searched. By loss τ is in nats.
    With `share_of_score` the tolerance is a share of S(θ₀): where a checkpoint scores half, half as much may be lost.

    Capabilities without a measured point are left out. Another tolerance than the searched one reads the same points,
    so that its boundaries lie in wider brackets.
    """
    result = as_searched(result) if tolerance is None else result
    tau = default_tolerance(result) if tolerance is None else tolerance
    names = [name_of(name) for name in result.spec.capabilities]
    found = ((name, result.rows[result.rows["capability"] == name]) for name in names)
    scored = [(name, rows.loc[rows["alpha"] == 0, "score"]) for name, rows in found]
    return [
        _basin(result, name, tau * float(at_origin.iloc[0]) if share_of_score else tau)
        for name, at_origin in scored
        if len(at_origin)
    ]


@lru_cache(maxsize=128)  # a page reads the same result at each of its reruns
def _basin(result: Result[BasinSpec], name: str, tau: float) -> Basin:
    origin = result.row_at_origin(name)
    score, n = float(origin["score"]), int(origin["n"])
    chance, by_loss = result.chance_of(name), result.by_loss
    if broken := result.not_finite_at_origin(name):
        return Basin(
            name, score, n, warnings=(not_measurable("it", result.dtype, broken, n),), bounded=False, broken=broken,
            by_loss=by_loss,
        )  # fmt: skip
    if math.isnan(score):
        why = "it has no loss: its examples have no reference answers" if by_loss else NO_SCORE
        return Basin(name, score, n, warnings=(why,), bounded=False, by_loss=by_loss)
    counted = counted_of(result, name)
    if not can_lose(score, counted, chance, tau):
        return Basin(name, score, n, warnings=(Standing(score, n, counted, chance, tau).nothing,), bounded=False)
    curves = [
        (direction, sign, curve)
        for direction in result.spec.directions
        for sign, curve in curves_of(result, name, direction)
        if len(curve.alphas) > 1
    ]
    found = tuple(Ray(label_of(d), seed_of(d), sign, c.boundary(tau), _drawn(d, sign)) for d, sign, c in curves)
    draws = [curve for direction, sign, curve in curves if _drawn(direction, sign)]
    rng = np.random.default_rng(0)
    resamples = 1000 if len(draws) >= RAYS_NEEDED else 100  # few rays have no interval; their examples still have
    ends = ray_ends(draws, tau, rng, requests=result.requests_of(name), resamples=resamples) if draws else None
    measured = radius_of(ends, rng) if ends else None
    few = _few_share(ends, measured) if by_loss else _too_few(score, counted, tau)
    warnings = tuple(filter(None, [*limits_of(result, name), few, *_warnings(found, measured)]))
    return Basin(name, score, n, found, measured, warnings, ends=ends, by_loss=by_loss)


def random_curves(result: Result[BasinSpec], capability: str) -> list[Curve]:
    """What was measured of a capability along each random direction, in the spec's order."""
    return [c for d in result.spec.directions for sign, c in curves_of(result, capability, d) if _drawn(d, sign)]


def _drawn(direction: Direction, sign: int) -> bool:
    return seed_of(direction) is not None and sign > 0


@lru_cache(maxsize=512)
def curves_of(result: Result[Any], capability: str, direction: Direction) -> list[tuple[int, Curve]]:
    """(sign, curve) of each ray of a direction. Without outcomes per example, a curve holds one column of scores.

    Where no example had finite logits, none counts as scored, but at θ₀. Where θ₀ has no score, there is no curve.
    """
    own = result.rows[(result.rows["capability"] == capability) & (result.rows["direction"] == label_of(direction))]
    if (seed := seed_of(direction)) is not None:
        own = own[own["seed"] == seed]
    if (
        (own := own.sort_values("alpha"))["score"][own["alpha"] == 0].isna().all()
    ):  # θ₀ is not measured yet, or has no loss
        return []
    if own["outcomes"].isna().any():
        values = own[["score"]].to_numpy(float, copy=True)
    else:
        values = np.stack(own["outcomes"].to_list()).astype(float)  # NOT_SCORED is no loss: those are below 0
        values[values == NOT_SCORED] = np.nan
    alphas = own["alpha"].to_numpy()
    values[(own["not_finite"] >= own["n"]).to_numpy() & (alphas != 0)] = np.nan
    signs = [sign for sign in (1, -1) if (sign * alphas > 0).any()]
    return [(sign, Curve(*side)) for sign, side in zip(signs, rays(alphas, values), strict=True)]


def _too_few(score: float, n: float, tau: float) -> str:
    needed = examples_needed(score, tau)
    return f"too few examples: {n:.0f} cannot resolve a drop of {tau:g}, {needed} are needed" if n < needed else ""


def _few_share(ends: RayEnds | None, measured: Radius | None) -> str:
    """What the interval of a radius by loss leaves out, where few examples make most of the rise."""
    if ends is None or measured is None or math.isnan(measured.low) or not 0 < ends.losable < SHARING:
        return ""
    said = f"about {ends.losable:.0f} of {ends.examples} examples make most of the loss's rise"
    return f"{said}: the 95 % interval of the radius may hold it in no more than {LEAST_BY_LOSS} of cases"


def _warnings(found: Sequence[Ray], measured: Radius | None) -> list[str]:
    warnings = [doubt] if measured is not None and (doubt := interval_doubt(measured)) else []
    if again := [ray for ray in found if ray.boundary.reentered is not None]:
        first = number(min(float(ray.boundary.reentered or 0) for ray in again))
        warnings.append(f"left and re-entered along {len(again)} of {len(found)} rays, first at α = {first}")
    if measured is not None and measured.left < measured.rays:
        kept = measured.rays - measured.left
        warnings.append(f"never left along {kept} of {measured.rays} rays within α = {number(measured.reach)}")
    return warnings


def interval_doubt(radius: Radius) -> str:
    """What a radius's interval leaves out, where it covers less than 95 %; "" where it does not, or there is none."""
    if math.isnan(radius.low):
        return ""
    if not radius.examples:
        return "the interval of the radius leaves out which examples were asked: only one score a point is known here"
    least = next((share for fewer, share in LEAST_COVERED.items() if radius.examples < fewer), "")
    said = f"with {radius.examples} examples, the 95 % interval of a radius may hold it in no more than"
    return f"{said} {least} of cases" if least else ""


def nestings(basins: Sequence[Basin]) -> dict[tuple[str, str], Nesting]:
    """(inner, outer) → which of the two ends first, along the random rays and along the ways to other checkpoints."""
    with_rays = [basin for basin in basins if basin.draws]
    found = {}
    for one, other in combinations(with_rays, 2):
        if len(one.draws) == len(other.draws):
            both = [label for label in one.fine_tunes if label in other.fine_tunes]
            ways = [one.fine_tunes[label] for label in both], [other.fine_tunes[label] for label in both]
            ends = (one.ends, other.ends) if one.ends and other.ends else None
            pair = nesting(one.draws, other.draws, ends, ways)
            found[one.capability, other.capability] = pair
            found[other.capability, one.capability] = pair.reversed
    return found


def times_first(basin: Basin, others: Sequence[Basin]) -> tuple[tuple[int, int], tuple[int, int]]:
    """In how many directions a basin ends before all others: (first, all) of the random ones, and of the ways."""
    along = zip(basin.draws, *(other.draws for other in others), strict=True)
    ways = [label for label in basin.fine_tunes if all(label in other.fine_tunes for other in others)]
    aimed = [[each.fine_tunes[label] for each in (basin, *others)] for label in ways]
    counts = [[ends_first(one, rest) for one, *rest in rays] for rays in (along, aimed)]
    return (sum(counts[0]), len(counts[0])), (sum(counts[1]), len(counts[1]))


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
    proven: int  # directions whose drop by more than τ is beyond chance: paired tests, 5 % for all of them (Holm)
    better: Share  # of directions at least as good as θ₀: density of better neighbours at margin 0
    mean: float  # score, averaged over 0 ≤ α′ ≤ α and the directions (like VISAGE)


def levels_of(result: Result[BasinSpec], tolerance: float | None = None) -> list[Level]:
    """One level for each capability and rung of the search's ladder that all directions reached, by ascending α.

    Of scores alone: of a result that is read by loss there are none.
    """
    tau = result.spec.tolerance if tolerance is None else tolerance
    found: list[Level] = []
    if result.by_loss:
        return found
    for name in map(name_of, result.spec.capabilities):
        curves = random_curves(result, name)
        common = set.intersection(*(set(curve.alphas) for curve in curves), ladder(result.spec)) if curves else set()
        found += [_level(name, curves, float(alpha), tau, result.requests_of(name)) for alpha in sorted(common)]
    return sorted(found, key=lambda level: level.alpha)


def _level(name: str, curves: Sequence[Curve], alpha: float, tau: float, requests: Sequence[int] | None) -> Level:
    at = [int(np.flatnonzero(curve.alphas == alpha)[0]) for curve in curves]
    scores = np.array([curve.scores()[i] for curve, i in zip(curves, at, strict=True)])
    origin = float(curves[0].scores()[0])
    single = curves[0].outcomes.shape[1] > 1  # example by example, not only the score of all
    pairs = [
        (c.outcomes[0], np.nan_to_num(c.outcomes[i]) if np.isnan(score) else c.outcomes[i])
        for c, i, score in zip(curves, at, scores, strict=True)
        if single
    ]  # a model that answers nothing has dropped as far as it can
    p_values = [dropped_by_more_than(*pair, tau, requests=requests).p_value for pair in pairs]
    return Level(
        alpha=alpha,
        capability=name,
        inside=strict_basin(scores, origin - tau),
        proven=rejected(p_values, SIGNIFICANT),
        better=better_neighbours(scores, origin),
        mean=float(np.mean([mean_score(curve.alphas, curve.scores(), alpha) for curve in curves])),
    )
