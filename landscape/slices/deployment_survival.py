"""What deployment moves cost, and whether the most-case radius predicted it. No model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from landscape.basins.boundaries import Radius
from landscape.basins.inside import has_basin, is_inside
from landscape.intervals import PairedDrop, dropped_by_more_than
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Move, end_of, join_words, label_of
from landscape.schema.frames import TOLERANCE
from landscape.schema.results import NOT_SCORED, Result, score_text
from landscape.schema.specs import SliceSpec


@dataclass(frozen=True)
class Survival:
    """One capability at one deployment move, beside what random moves of its α do."""

    move: str  # name
    alpha: float
    capability: str
    score: float
    drop: PairedDrop  # against θ₀, on the same examples
    tolerance: float
    bounded: bool  # whether there is something to lose: θ₀ has the capability
    radius: Radius | None  # most-case, of this capability at this tolerance; None: not known
    not_finite: int = 0  # examples whose logits are not finite there

    @property
    def score_text(self) -> str:
        """The score, in words where logits are not finite."""
        return score_text(self.score, self.not_finite, self.drop.n)

    @property
    def kept(self) -> bool | None:
        """Whether the measured score has not dropped by more than τ; None: there was nothing to lose."""
        return is_inside(-self.drop.drop, -self.tolerance) if self.bounded else None

    @property
    def predicted(self) -> bool | None:
        """Whether the radius predicts `kept`: α lies inside the median boundary; None: the radius does not tell."""
        if self.radius is None or not self.bounded:
            return None
        return True if self.alpha < self.radius.median else None if self.radius.at_least else False

    @property
    def close(self) -> bool:
        """Whether τ lies within the drop's interval, or α within the radius's: another sample might say otherwise."""
        near = self.drop.low <= self.tolerance < self.drop.high
        if self.radius is None:
            return near
        known = not math.isnan(self.radius.low)  # with few rays there is no interval: their range instead
        low, high = (self.radius.low, self.radius.high) if known else (self.radius.minimum, self.radius.maximum)
        return near or low <= self.alpha <= high


def survivals_of(
    result: Result[SliceSpec], radii: Mapping[str, Radius] | None = None, tolerance: float = TOLERANCE
) -> list[Survival]:
    """Every move of a slice that is measured at its own α, with every capability, in the spec's order.

    `radii`: the most-case radius by capability, at the same tolerance.
    """
    if result.facts is None:
        return []
    names, found = list(map(name_of, result.spec.capabilities)), []
    for direction in result.spec.directions:
        if isinstance(direction, Move):
            alpha = result.facts.alpha_of[end_of(direction) or ""]
            rows = result.rows[result.rows["direction"] == label_of(direction)]
            for name, own in ((name, rows[rows["capability"] == name]) for name in names):
                origin, there = (own[own["alpha"] == at] for at in (0.0, alpha))
                if len(origin) and len(there):
                    chance, radius = result.facts.chance.get(name, 0.0), (radii or {}).get(name)
                    sound = not result.not_finite_at_origin(name)
                    bounded = sound and has_basin(float(origin["score"].iloc[0]), chance, tolerance)
                    score, requests = float(there["score"].iloc[0]), result.requests_of(name)
                    drop = _drop(origin.iloc[0], there.iloc[0], tolerance, requests)
                    broken = int(there["not_finite"].iloc[0])
                    found.append(Survival(direction.name, alpha, name, score, drop, tolerance, bounded, radius, broken))
    return found


def _drop(before: pd.Series, after: pd.Series, tolerance: float, requests: list[int] | None) -> PairedDrop:
    """The drop, paired by example; without outcomes per example (an exported result) the difference alone."""
    if before["outcomes"] is None or after["outcomes"] is None:
        nan = math.nan
        return PairedDrop(float(before["score"] - after["score"]), nan, nan, nan, int(after["n"]))
    one, two = (np.where(row["outcomes"] == NOT_SCORED, np.nan, row["outcomes"]) for row in (before, after))
    return dropped_by_more_than(one, two, tolerance, requests=requests)


def survival_finding(survivals: Sequence[Survival]) -> str:
    """For which moves the radius predicted rightly what survives, and which cost more or less, in sentences."""
    by_move: dict[str, list[Survival]] = {}
    for one in survivals:
        by_move.setdefault(one.move, []).append(one)
    still = [move for move, own in by_move.items() if own[0].alpha == 0]
    spoken = {m: [s for s in own if s.predicted is not None] for m, own in by_move.items() if m not in still}
    right = [move for move, own in spoken.items() if own and all(s.predicted == s.kept for s in own)]
    odd = {m: [s for s in own if s.predicted != s.kept and not s.close] for m, own in spoken.items() if m not in right}
    unlike = [f"{move} ({'; '.join(map(_against, own))})" for move, own in odd.items() if own]
    close = [f"{move} ({_doubted(own)})" for move, own in spoken.items() if own and move not in right and not odd[move]]
    said = [
        f"The most-case radius foretold rightly what survives {join_words(right)}." if right else "",
        f"Not like a random move of its α: {', '.join(unlike)}." if unlike else "",
        f"Too close to call: {join_words(close)}." if close else "",
        f"{join_words(still)} change{'s' * (len(still) == 1)} no weight." if still else "",
    ]
    if spoken and not any(spoken.values()):
        said.append("No most-case radius is known here to predict with: measure one with landscape basin CHECKPOINT.")
    return " ".join(filter(None, said))


def _doubted(own: Sequence[Survival]) -> str:
    return join_words([one.capability for one in own if one.predicted != one.kept])


def _against(one: Survival) -> str:
    """`math lost 0.12 inside its radius`."""
    where = f"{'inside' if one.predicted else 'outside'} its radius"
    return f"{one.capability} lost {one.drop.drop:.2f} {where}" if not one.kept else f"{one.capability} held {where}"
