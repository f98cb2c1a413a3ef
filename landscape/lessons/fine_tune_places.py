"""Where fine-tunes stand in a plane, and what is measured there, for the lesson on their walks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from landscape.basins.inside import is_inside
from landscape.figures.planes.landmarks import landmarks
from landscape.lessons.narration import format_alpha, percent
from landscape.schema.directions import short_name
from landscape.schema.results import Result


@dataclass(frozen=True)
class FineTunePlace:
    """A fine-tune in the plane: its place, its score, and whether that is inside the basin."""

    checkpoint: str
    x: float
    y: float
    score: float  # NaN where its logits are not finite
    origin: float  # the score at θ₀
    inside: bool

    @property
    def alpha(self) -> float:
        """Its distance from θ₀ in α."""
        return float(np.hypot(self.x, self.y))

    def standing(self, capability: str) -> str:
        """What it scores, and on which side of the boundary that is: `benign, α = 0.0023, has 97 % of code right …`."""
        known = not np.isnan(self.score)
        right = f"of {capability} right" if known else f"in {capability}"
        side = "inside" if self.inside else "outside"
        name = short_name(self.checkpoint)
        return f"{name}, α = {format_alpha(self.alpha)}, has {percent(self.score)} {right} and is {side}"


def fine_tunes_in_plane(result: Result[Any], capability: str) -> list[FineTunePlace]:
    """The other checkpoints that lie in the plane itself and are scored there, the nearest first."""
    rows = scored_in_plane(result, capability)
    origin = _score(rows, 0.0, 0.0)
    found = []
    for name, (x, y, distance) in landmarks(result).items():
        score = _score(rows, x, y)
        if distance or not (x or y) or score is None or origin is None:
            continue
        inside = is_inside(score, origin - result.spec.tolerance)
        found.append(FineTunePlace(name, x, y, score, origin, inside))
    return sorted(found, key=lambda one: one.alpha)


def scored_in_plane(result: Result[Any], capability: str) -> pd.DataFrame:
    """The scored points of one capability."""
    rows = result.scored
    return rows[rows["capability"] == capability]


def _score(rows: pd.DataFrame, x: float, y: float) -> float | None:
    here = rows[np.isclose(rows["x"], x, rtol=1e-6, atol=1e-12) & np.isclose(rows["y"], y, rtol=1e-6, atol=1e-12)]
    return float(here["score"].iloc[0]) if len(here) else None
