"""Rays as a model would give them, but with a known truth that radii and nesting can be held against."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from landscape.basins.boundaries import Curve, radius_of, ray_ends
from landscape.basins.nesting import nesting
from landscape.basins.search.boundary_search import PRECISION
from landscape.intervals import clopper_pearson
from landscape.schema.frames import TOLERANCE

KNOWN = 0.95  # chance that θ₀ knows an example
RISE = 0.1  # of the loss, in nats: the tolerance of a basin by loss
RESAMPLES = 300  # of the examples, for each interval


@dataclass(frozen=True)
class Rays:
    """How random rays differ, in standard deviations of log α.

    A ray ends near exp(`spread` · z), an example on it at that times exp(`shared` · u + `own` · v): how hard it is on
    all rays alike, and on this one. Of the variance of z, the share `common` is the direction's: every capability ends
    early there.
    """

    spread: float
    shared: float
    own: float
    common: float = 0.5

    @property
    def radius(self) -> float:
        """The α at which the median ray has lost TOLERANCE."""
        return math.exp(math.hypot(self.shared, self.own) * NormalDist().inv_cdf(TOLERANCE / KNOWN))

    def drawn(self, rng: np.random.Generator, directions: np.ndarray, examples: int, size: float = 1.0) -> list[Curve]:
        """Curves of one capability of this `size` along directions (R,), standard normal numbers that it shares."""
        mixed = math.sqrt(self.common) * directions + math.sqrt(1 - self.common) * rng.standard_normal(len(directions))
        known, hard = rng.random(examples) < KNOWN, self.shared * rng.standard_normal(examples)
        known[0] = True
        curves = []
        for scale in size * np.exp(self.spread * mixed):
            lost = scale * np.exp(hard + self.own * rng.standard_normal(examples))
            alphas = searched_alphas(np.sort(lost[known]), 0.3 * self.radius, TOLERANCE * examples)
            curves.append(Curve(alphas, known & (lost >= alphas[:, None])))
        return curves

    @property
    def radius_by_loss(self) -> float:
        """The α at which the loss of the median ray has risen by RISE."""
        return math.sqrt(RISE * math.exp(-2 * math.hypot(self.shared, self.own) ** 2))

    def drawn_by_loss(self, rng: np.random.Generator, directions: np.ndarray, examples: int) -> list[Curve]:
        """Losses with a minus sign, as results are read by loss: an example's rises by (α / where it ends)²."""
        mixed = math.sqrt(self.common) * directions + math.sqrt(1 - self.common) * rng.standard_normal(len(directions))
        at_origin, hard = rng.exponential(0.2, examples) + 0.01, self.shared * rng.standard_normal(examples)
        curves = []
        for scale in np.exp(self.spread * mixed):
            curved = (scale * np.exp(hard + self.own * rng.standard_normal(examples))) ** -2.0
            left = math.sqrt(RISE / curved.mean())
            alphas = searched_alphas(np.array([left]), 0.3 * self.radius_by_loss, 0)
            curves.append(Curve(alphas, -(at_origin + alphas[:, None] ** 2 * curved)))
        return curves


def searched_alphas(lost: np.ndarray, start: float, allowed: float) -> np.ndarray:
    """The alphas that a search measures where examples are `lost` beyond these α (k,), ascending: doubling, halving."""
    inside, outside, alphas = 0.0, start, [0.0]
    while np.searchsorted(lost, outside) <= allowed and np.searchsorted(lost, outside) < len(lost):
        alphas.append(outside)
        inside, outside = outside, 2 * outside
    alphas += [outside, 2 * outside]
    while outside - inside > PRECISION * (inside + outside) / 2:
        alphas.append((inside + outside) / 2)
        if np.searchsorted(lost, alphas[-1]) <= allowed:
            inside = alphas[-1]
        else:
            outside = alphas[-1]
    return np.unique(alphas)


def covered(rays: Rays, count: int, examples: int, runs: int, seed: int = 0, *, by_loss: bool = False) -> float:
    """In which share of runs the interval of a radius, by score or by loss, holds the true one."""
    drawn, tau, radius = (
        (rays.drawn_by_loss, RISE, rays.radius_by_loss) if by_loss else (rays.drawn, TOLERANCE, rays.radius)
    )
    held = 0
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        curves = drawn(rng, rng.standard_normal(count), examples)
        found = radius_of(ray_ends(curves, tau, rng, resamples=RESAMPLES), rng)
        held += found.low <= radius <= found.high
    return held / runs


def claimed(rays: Rays, count: int, examples: int, runs: int, ratio: float = 1.0, seed: int = 0) -> tuple[float, float]:
    """In which share of runs the first of two basins is said to end first; the second is `ratio` times as wide.

    The second number is the same for counts of rays alone, as up to version 0.6: a Clopper–Pearson interval of the
    share of decided rays, which knows nothing of the examples. With a ratio of 1, claims of either order count.
    """
    claims = counted = 0
    wanted = ("first",) if ratio > 1 else ("first", "last")
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        directions = rng.standard_normal(count)
        both = [rays.drawn(rng, directions, examples, size) for size in (1.0, ratio)]
        ends = [ray_ends(curves, TOLERANCE, np.random.default_rng(run), resamples=RESAMPLES) for curves in both]
        bounds = [[curve.boundary() for curve in curves] for curves in both]
        found = nesting(bounds[0], bounds[1], (ends[0], ends[1]))
        claims += found.claim in wanted
        low, high = clopper_pearson(found.first, found.first + found.last)
        counted += (low > 0.5) or (ratio <= 1 and high < 0.5)
    return claims / runs, counted / runs
