"""What a measured plane found: where each capability holds, and its score at any place. No model."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from landscape.basins.inside import has_basin, is_inside
from landscape.basins.losses import as_searched, default_tolerance
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

    def support(self) -> np.ndarray:
        """The scores over the whole grid from which boundaries are read: 0 where logits are not finite."""
        return interpolated(self.scores)


def regions_of(result: Result[PlaneSpec], tolerance: float | None = None) -> dict[str, Region]:
    """Every capability over the plane, at a tolerance (default: the one whose boundary was refined, of score or loss).

    Of a result that is read by loss, scores are losses with a minus sign, and the tolerance is in nats.
    """
    result = as_searched(result) if tolerance is None else result
    spec, tau = result.spec, default_tolerance(result) if tolerance is None else tolerance
    regions = {}
    for name in map(name_of, spec.capabilities):
        rows = result.rows[result.rows["capability"] == name]
        at_origin = rows[(rows["x"] == 0) & (rows["y"] == 0)]
        if at_origin.empty:
            continue
        origin = math.nan if result.not_finite_at_origin(name) else float(at_origin["score"].iloc[0])
        scores = grid_of(spec, rows["x"], rows["y"], rows["score"].fillna(0.0))
        broken = grid_of(spec, rows["x"], rows["y"], (rows["not_finite"] >= rows["n"]).astype(float)) == 1
        losses = grid_of(spec, rows["x"], rows["y"], rows["loss"])
        bounded = has_basin(origin, result.chance_of(name), tau)
        inside = filled(inside_of(scores, origin - tau)) if bounded else None
        regions[name] = Region(origin, scores, losses, inside, broken if broken.any() else None)
    return regions


@dataclass(frozen=True)
class PlaceScore:
    """The score of one capability at one place of a plane."""

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
    scores = dict(zip(there["capability"], there["score"], strict=True))
    found = []
    for name, region in regions.items():
        score = float(scores.get(name, region.field()[j, i]))
        known = region.inside is not None and (name in scores or not math.isnan(score))
        inside = is_inside(score, region.origin - tolerance) if known else None
        found.append(PlaceScore(name, score, name in scores, region.origin, inside))
    return found
