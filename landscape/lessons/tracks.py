"""Tracks: one capability along one direction, read off a slice or a boundary search."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from landscape.basins.boundaries import Boundary, find_boundary
from landscape.basins.radii import Basin, basins_of
from landscape.basins.standings import standing_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, label_of, seed_of
from landscape.schema.frames import TOLERANCE, PointSpec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, SliceSpec

LEAST = 4  # points on a direction before it is shown as a curve


@dataclass(frozen=True, eq=False)
class Track:
    """Scores and losses of one capability at ascending α ≥ 0 along one direction; NaN where logits are not finite."""

    direction: Direction
    n: int  # examples
    alphas: np.ndarray
    scores: np.ndarray
    losses: np.ndarray

    def end(self, tolerance: float = TOLERANCE) -> Boundary:
        """Where the score has dropped by more than τ, and between which measured points that is."""
        return find_boundary(self.alphas, self.scores, float(self.scores[0]) - tolerance)

    def edge(self, tolerance: float = TOLERANCE) -> float | None:
        """The α where the score has dropped by more than τ; None: nowhere on the track."""
        return self.end(tolerance).alpha

    def half(self) -> float | None:
        """The first measured α at which half of the score at θ₀ is gone; None: nowhere on the track."""
        gone = self.alphas[~(self.scores > self.scores[0] / 2)]
        return float(gone[0]) if gone.size else None

    def score(self, alpha: float) -> float:
        """The score at an α, interpolated between measured ones; NaN beside one without a score."""
        return float(np.interp(alpha, self.alphas, self.scores))

    def loss(self, alpha: float) -> float:
        """The loss at an α, interpolated between measured ones."""
        return float(np.interp(alpha, self.alphas, self.losses))


def is_line(result: Result[Any]) -> bool:
    """Whether the result holds directions whose α is the RMS change per weight."""
    return isinstance(result.spec, SliceSpec | BasinSpec) and not result.spec.relative


def tracks(result: Result[Any], capability: str) -> list[Track]:
    """The track of every direction that was measured at LEAST points, random directions first."""
    rows = result.scored
    rows = rows[(rows["capability"] == capability) & (rows["alpha"] >= 0)]
    ordered = sorted(result.spec.directions, key=lambda direction: seed_of(direction) is None)
    found = []
    for direction in ordered:
        own = rows[rows["direction"] == label_of(direction)]
        if (seed := seed_of(direction)) is not None:
            own = own[own["seed"] == seed]
        own = own.sort_values("alpha")
        if len(own) >= LEAST and own["alpha"].iloc[0] == 0:
            values = (own[name].to_numpy(float) for name in ("alpha", "score", "loss"))
            found.append(Track(direction, int(own["n"].iloc[0]), *values))
    return found


def random_tracks(result: Result[Any], capability: str) -> list[Track]:
    """The tracks of random directions only."""
    return [track for track in tracks(result, capability) if seed_of(track.direction) is not None]


def bounded(result: Result[Any]) -> list[str]:
    """The capabilities that θ₀ has, and so can lose."""
    found = ((name, standing_of(result, name)) for name in map(name_of, result.spec.capabilities))
    return [name for name, standing in found if standing is not None and standing.held]


def as_basin(result: Result[Any]) -> Result[BasinSpec]:
    """Read a slice as a basin search up to its last α; a search is returned as it is."""
    spec = result.spec
    if isinstance(spec, BasinSpec):
        return result
    shared = {name: getattr(spec, name) for name in PointSpec.model_fields}
    return Result(BasinSpec(**shared, reach=max(spec.alphas)), result.rows, result.facts)


def random_only(result: Result[Any]) -> Result[BasinSpec]:
    """The part of a search that its random directions make."""
    search = as_basin(result)
    kept = tuple(direction for direction in search.spec.directions if seed_of(direction) is not None)
    shared = {
        name: getattr(search.spec, name) for name in (*PointSpec.model_fields, "reach", "tolerance", "both_signs")
    }
    rows = search.rows[search.rows["direction"].isin({label_of(direction) for direction in kept})]
    return Result(BasinSpec(**shared | {"directions": kept}), rows, search.facts)


def basins(result: Result[Any]) -> list[Basin]:
    """The basins of a slice or a search."""
    return basins_of(as_basin(result))
