"""What deployment moves cost, and whether noise of their size predicted it. No model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from landscape.basins.boundaries import Curve, Radius
from landscape.basins.inside import is_inside
from landscape.basins.standings import has_something_to_lose
from landscape.intervals import PairedDrop, dropped_by_more_than
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Move, end_of, join_words, label_of
from landscape.schema.frames import TOLERANCE
from landscape.schema.results import NOT_SCORED, Result, score_text
from landscape.schema.specs import SliceSpec
from landscape.slices.move_predictions import Prediction, isotropic, matched


@dataclass(frozen=True)
class Survival:
    """One capability at one deployment move, beside what noise of the move's size does.

    `noise` is matched to the move: of the same RMS in each tensor. `isotropic` is of the same α, alike in all weights.
    """

    move: str  # name
    alpha: float
    capability: str
    score: float
    drop: PairedDrop  # against θ₀, on the same examples
    tolerance: float
    bounded: bool  # whether there is something to lose: θ₀ has the capability
    radius: Radius | None  # most-case, of this capability at this tolerance; None: not known
    not_finite: int = 0  # examples whose logits are not finite there
    noise: Prediction | None = None  # None: not measured
    isotropic: Prediction | None = None  # None: not known

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
        """Whether `kept` is predicted: by the matched noise where it is measured, else by the radius; None: unknown."""
        if self.noise is None:
            return self.isotropic_kept
        return is_inside(self.noise.mean, self._floor) if self.bounded else None

    @property
    def _floor(self) -> float:
        return self.score + self.drop.drop - self.tolerance

    @property
    def isotropic_kept(self) -> bool | None:
        """Whether the radius predicts `kept`: α lies inside the median boundary; None: the radius does not tell."""
        if self.radius is None or not self.bounded:
            return None
        return True if self.alpha < self.radius.median else None if self.radius.at_least else False

    @property
    def missed(self) -> bool:
        """Whether the score lies outside what the matched noise scores, by more than the interval of the drop."""
        if self.noise is None or not self.bounded:
            return False
        before = self.score + self.drop.drop
        return bool(before - self.drop.high > self.noise.high or before - self.drop.low < self.noise.low)

    @property
    def close(self) -> bool:
        """Whether another sample might say otherwise.

        τ lies within the drop's interval, or the floor within the range of the noise; without noise, α within the
        interval of the radius.
        """
        near = self.drop.low <= self.tolerance < self.drop.high
        if self.noise is not None:
            return near or is_inside(self.noise.low, self._floor) != is_inside(self.noise.high, self._floor)
        if self.radius is None:
            return near
        known = not math.isnan(self.radius.low)  # with few rays there is no interval: their range instead
        low, high = (self.radius.low, self.radius.high) if known else (self.radius.minimum, self.radius.maximum)
        return near or low <= self.alpha <= high


def survivals_of(
    result: Result[SliceSpec],
    radii: Mapping[str, Radius] | None = None,
    tolerance: float = TOLERANCE,
    curves: Mapping[str, Sequence[Curve]] | None = None,
) -> list[Survival]:
    """Every move of a slice that is measured at its own α, with every capability, in the spec's order.

    `radii`: the most-case radius by capability, at the same tolerance. `curves`: by capability, the scores along random
    directions, on the same examples.
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
                    radius = (radii or {}).get(name)
                    sound = not result.not_finite_at_origin(name)
                    score, requests = float(there["score"].iloc[0]), result.requests_of(name)
                    before = float(origin["score"].iloc[0])
                    bounded = sound and has_something_to_lose(result, name, before, tolerance)
                    drop = _drop(origin.iloc[0], there.iloc[0], tolerance, requests)
                    broken = int(there["not_finite"].iloc[0])
                    noise = matched(result, direction.name, name, alpha)
                    alike = isotropic((curves or {}).get(name, ()), alpha) if alpha > 0 else None
                    known = (score, drop, tolerance, bounded, radius, broken, noise, alike)
                    found.append(Survival(direction.name, alpha, name, *known))
    return found


def _drop(before: pd.Series, after: pd.Series, tolerance: float, requests: list[int] | None) -> PairedDrop:
    """The drop, paired by example; without outcomes per example (an exported result) the difference alone."""
    if before["outcomes"] is None or after["outcomes"] is None:
        nan = math.nan
        return PairedDrop(float(before["score"] - after["score"]), nan, nan, nan, int(after["n"]))
    one, two = (np.where(row["outcomes"] == NOT_SCORED, np.nan, row["outcomes"]) for row in (before, after))
    return dropped_by_more_than(one, two, tolerance, requests=requests)


@dataclass(frozen=True)
class Errors:
    """The mean absolute error of predicted scores, over the same scores for both kinds of noise."""

    scores: int
    matched: float
    isotropic: float | None  # None: not known for these


def errors_of(survivals: Sequence[Survival]) -> Errors | None:
    """How far predictions lie from the scores of moves that change weights, where there is something to lose.

    None without matched noise. Where isotropic noise is known for some of the scores only, these alone count.
    """
    foretold = [one for one in survivals if one.noise is not None and one.bounded]
    both = [one for one in foretold if one.isotropic is not None]
    if not foretold:
        return None
    counted = both or foretold
    matched, alike = (
        [abs(noise.mean - one.score) for one in counted if (noise := getattr(one, kind)) is not None]
        for kind in ("noise", "isotropic")
    )
    return Errors(len(counted), float(np.mean(matched)), float(np.mean(alike)) if both else None)


def survival_finding(survivals: Sequence[Survival]) -> str:
    """For which moves what survives was foretold rightly, and which cost more or less, in sentences.

    It speaks of the noise that is matched to each move; where none is measured, of the most-case radius.
    """
    by_move: dict[str, list[Survival]] = {}
    for one in survivals:
        by_move.setdefault(one.move, []).append(one)
    still = [move for move, own in by_move.items() if own[0].alpha == 0]
    spoken = {m: [s for s in own if s.predicted is not None] for m, own in by_move.items() if m not in still}
    right = [move for move, own in spoken.items() if own and all(s.predicted == s.kept for s in own)]
    odd = {m: [s for s in own if s.predicted != s.kept and not s.close] for m, own in spoken.items() if m not in right}
    unlike = [f"{move} ({'; '.join(map(_against, own))})" for move, own in odd.items() if own]
    close = [f"{move} ({_doubted(own)})" for move, own in spoken.items() if own and move not in right and not odd[move]]
    measured = any(one.noise is not None for one in survivals)
    what = "Noise of the same size in each tensor" if measured else "The most-case radius"
    alike = "noise of its size in each tensor" if measured else "a random move of its α"
    said = [
        f"{what} foretold rightly what survives {join_words(right)}." if right else "",
        f"Not like {alike}: {', '.join(unlike)}." if unlike else "",
        f"Too close to call: {join_words(close)}." if close else "",
        _missed_text(survivals),
        f"{join_words(still)} change{'s' * (len(still) == 1)} no weight." if still else "",
        _errors_text(errors_of(survivals)),
    ]
    if spoken and not any(one.isotropic_kept is not None for own in spoken.values() for one in own):
        said.append("No most-case radius is known here to predict with: measure one with landscape basin CHECKPOINT.")
    return " ".join(filter(None, said))


def _missed_text(survivals: Sequence[Survival]) -> str:
    """Where kept or lost was foretold, and the score was not, by more than the interval of its drop."""
    missed = [one for one in survivals if one.missed and one.predicted == one.kept]
    scores = [f"{one.move} ({one.capability} {one.score:.2f}, {_range(one)} foretold)" for one in missed]
    return f"Scores beyond their interval: {', '.join(scores)}." if scores else ""


def _range(one: Survival) -> str:
    assert one.noise is not None
    low, high = f"{one.noise.low:.2f}", f"{one.noise.high:.2f}"
    return low if low == high else f"{low}–{high}"


def _errors_text(errors: Errors | None) -> str:
    if errors is None:
        return ""
    over = f"Mean absolute error over {errors.scores} score{'s' * (errors.scores != 1)}: {errors.matched:.3f} predicted"
    if errors.isotropic is None:
        return f"{over} by matched noise."
    return f"{over} by matched noise, {errors.isotropic:.3f} by isotropic noise of the same α."


def _doubted(own: Sequence[Survival]) -> str:
    return join_words([one.capability for one in own if one.predicted != one.kept])


def _against(one: Survival) -> str:
    """`math lost 0.12 inside its radius`; of matched noise `math lost 0.12, 0.02 foretold`."""
    what = f"{one.capability} held" if one.kept else f"{one.capability} lost {one.drop.drop:.2f}"
    if one.noise is not None:
        return f"{what}, a drop of {one.score + one.drop.drop - one.noise.mean:.2f} foretold"
    return f"{what} {'inside' if one.predicted else 'outside'} its radius"
