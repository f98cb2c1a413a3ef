"""What a measured plane found: where each capability holds, and its score at any place. No model."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from landscape.basins.inside import is_inside
from landscape.basins.losses import steering_tolerance
from landscape.basins.standings import has_something_to_lose
from landscape.planes.grid import axis, grid_of, inside_of
from landscape.planes.refinement import filled, interpolated
from landscape.schema.capability_names import name_of
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec


@dataclass(frozen=True)
class Region:
    """One capability over a plane's grid: rows along y, columns along x."""

    origin: float  # its score at θ₀; NaN where logits are not finite there
    scores: np.ndarray  # (grid, grid), NaN where not measured, 0 where logits are not finite: it answers nothing
    losses: np.ndarray
    inside: np.ndarray | None  # (grid, grid) bool, inferred between measured points; None: θ₀ has no basin to leave
    not_finite: np.ndarray | None = None  # (grid, grid) bool: measured, without a score; None: nowhere
    origin_loss: float = math.nan  # NaN also where no example has a reference answer
    by_loss: bool = False  # whether `inside` goes by a rise of the loss

    @property
    def measured(self) -> np.ndarray:
        """(grid, grid) bool: where this capability was scored."""
        return ~np.isnan(self.scores)

    def field(self, view: str = "score") -> np.ndarray:
        """Scores (or losses) over the whole grid, interpolated between measured points; NaN where nothing is known.

        What is measured and not finite stays NaN: nothing is made up for it.
        """
        values = self.losses if view == "loss" else self.scores
        if view == "score" and self.not_finite is not None:
            values = np.where(self.not_finite, np.nan, values)
        return np.where(self.measured & np.isnan(values), np.nan, interpolated(values))

    def falling(self, *, by_loss: bool) -> np.ndarray:
        """(grid, grid): what falls outwards: the scores, or the losses with a minus sign, −inf where there is none."""
        return np.where(self.measured & np.isnan(self.losses), -np.inf, -self.losses) if by_loss else self.scores

    def floor(self, tolerance: float, *, by_loss: bool) -> float:
        """What is at least this (of `falling`) is inside."""
        return (-self.origin_loss if by_loss else self.origin) - tolerance

    def support(self) -> np.ndarray:
        """The field from which boundaries are read: where logits are not finite, 0, or twice the highest loss."""
        values = self.falling(by_loss=self.by_loss)
        known = values[np.isfinite(values)]
        return interpolated(np.where(np.isneginf(values), 2 * min(known.min(initial=0.0), -1.0), values))


def regions_of(
    result: Result[PlaneSpec], tolerance: float | None = None, *, by_loss: bool = False
) -> dict[str, Region]:
    """Every capability over the plane, at a tolerance (default: the one whose boundary was refined, of score or loss).

    With `by_loss` the tolerance is a rise of the loss in nats. Both are read off the same points.
    """
    spec = result.spec
    tau = steering_tolerance(spec) if tolerance is None else tolerance
    by_loss = by_loss if tolerance is not None else spec.loss_tolerance is not None
    regions, read = {}, replace(result, by_loss=by_loss)
    for name in map(name_of, spec.capabilities):
        rows = result.rows[result.rows["capability"] == name]
        at_origin = rows[(rows["x"] == 0) & (rows["y"] == 0)]
        if at_origin.empty:
            continue
        origin = math.nan if result.not_finite_at_origin(name) else float(at_origin["score"].iloc[0])
        known = rows["score"] if result.has_loss_alone(name) else rows["score"].fillna(0.0)
        scores = grid_of(spec, rows["x"], rows["y"], known)
        broken = grid_of(spec, rows["x"], rows["y"], (rows["not_finite"] >= rows["n"]).astype(float)) == 1
        losses, loss = grid_of(spec, rows["x"], rows["y"], rows["loss"]), float(at_origin["loss"].iloc[0])
        region = Region(origin, scores, losses, None, broken if broken.any() else None, loss, by_loss)
        floor = region.floor(tau, by_loss=by_loss)
        if has_something_to_lose(read, name, floor + tau, tau):
            region = replace(region, inside=filled(inside_of(region.falling(by_loss=by_loss), floor)))
        regions[name] = region
    return regions


@dataclass(frozen=True)
class PlaceScore:
    """The score (the loss, where regions are by loss) of one capability at one place of a plane."""

    capability: str
    score: float  # NaN where nothing is known yet, or logits are not finite
    measured: bool  # at this very place; otherwise interpolated
    origin: float  # its score at θ₀
    inside: bool | None  # None: θ₀ has no basin to leave, or nothing is known yet


def scores_at_place(
    result: Result[PlaneSpec], regions: Mapping[str, Region], at: tuple[float, float], tolerance: float
) -> list[PlaceScore]:
    """Every capability's score at a place: measured there, or else interpolated at the nearest grid point."""
    spec = result.spec
    lines = (axis(ends, spec.grid) for ends in (spec.x, spec.y))
    i, j = (int(np.abs(np.array(line) - a).argmin()) for line, a in zip(lines, at, strict=True))
    there = result.scored
    there = there[np.isclose(there["x"], at[0]) & np.isclose(there["y"], at[1])]
    found = []
    for name, region in regions.items():
        view, sign = ("loss", -1) if region.by_loss else ("score", 1)
        scores = dict(zip(there["capability"], there[view], strict=True))
        score = float(scores.get(name, region.field(view)[j, i]))
        known = region.inside is not None and (name in scores or not math.isnan(score))
        inside = is_inside(sign * score, region.floor(tolerance, by_loss=region.by_loss)) if known else None
        origin = region.origin_loss if region.by_loss else region.origin
        found.append(PlaceScore(name, score, name in scores, origin, inside))
    return found
