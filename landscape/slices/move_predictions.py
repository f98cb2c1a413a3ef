"""What random noise foretells of a move's score: noise of the move's size in each tensor, or alike in all weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landscape.basins.boundaries import Curve
from landscape.schema.directions import MatchedNoise, label_of
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec


@dataclass(frozen=True)
class Prediction:
    """The scores under several draws of noise. Their mean is what a move of that size is foretold to score."""

    scores: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The predicted score."""
        return float(np.mean(self.scores))

    @property
    def low(self) -> float:
        """The lowest of the draws."""
        return min(self.scores)

    @property
    def high(self) -> float:
        """The highest of the draws."""
        return max(self.scores)


def matched(result: Result[SliceSpec], move: str, capability: str, alpha: float) -> Prediction | None:
    """What the noise matched to a move scores at the move's α; None where no draw is measured there."""
    labels = [label_of(d) for d in result.spec.directions if isinstance(d, MatchedNoise) and d.move == move]
    rows = result.rows[result.rows["direction"].isin(labels) & (result.rows["capability"] == capability)]
    scores = tuple(map(float, rows.loc[rows["alpha"] == alpha, "score"]))
    return Prediction(scores) if scores and alpha > 0 else None


def isotropic(curves: Sequence[Curve], alpha: float) -> Prediction | None:
    """What random directions over all weights score at an α, between the points of a search for boundaries.

    None where there are no such directions, or where one was not followed so far.
    """
    if not curves or any(curve.alphas[-1] < alpha for curve in curves):
        return None
    return Prediction(tuple(float(np.interp(alpha, curve.alphas, curve.scores())) for curve in curves))
