"""Scores at a fine-tune's own α: along random directions, towards the fine-tune, and in the worst direction found."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from landscape.basins.radii import alpha_of_others
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Gaussian, Towards, label_of
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import WorstBoundary, computed_of, curve_of, examples_of, scores_of, worst_of

Likeness = Literal["unknown", "not finite", "alike", "random", "between", "worst", "beyond"]


@dataclass(frozen=True)
class EqualNormScores:
    """One capability at a fine-tune's α: along random directions, the fine-tune's own, and the worst one found.

    All are on the same examples: the unseen ones, if a search has used the others. NaN where logits are not finite.
    """

    checkpoint: str
    alpha: float
    capability: str
    n: int
    held_out: bool
    tolerance: float
    origin: float  # score at θ₀
    own: float  # score of the fine-tune itself
    random: tuple[float, ...]
    others: dict[str, float]  # by checkpoint: score at the same α towards another fine-tune
    direction: str | None = None  # label of the computed direction in which this capability ends nearest
    worst: float | None = None

    @property
    def middle(self) -> float | None:
        """The median over random directions."""
        return float(np.median(self.random)) if self.random else None

    @property
    def likeness(self) -> Likeness:
        """Which score the fine-tune's lies within τ of: that of `random` directions, or that of the `worst` one found.

        `alike`: those two are within τ of each other; `between`: within τ of neither; `beyond`: below the worst found.
        """
        if self.middle is None or self.worst is None:
            return "unknown"
        if any(map(math.isnan, (self.origin, self.own, self.middle, self.worst))):
            return "not finite"
        if abs(self.middle - self.worst) <= self.tolerance:
            return "alike"
        if self.own >= self.middle - self.tolerance:
            return "random"
        if self.own < self.worst - self.tolerance:
            return "beyond"
        return "worst" if self.own <= self.worst + self.tolerance else "between"


def equal_norm_scores(
    result: Result[WorstSpec], endings: Sequence[WorstBoundary], tolerance: float | None = None
) -> list[EqualNormScores]:
    """Every capability at every fine-tune's α, as far as measured; fine-tunes in the spec's order."""
    tau = result.spec.tolerance if tolerance is None else tolerance
    names = [name_of(name) for name in result.spec.capabilities]
    found = (
        _scores_at(result, checkpoint, alpha, name, worst_of(endings, name), tau)
        for checkpoint, alpha in alpha_of_others(result).items()
        for name in names
    )
    return [scores for scores in found if scores is not None]


def _scores_at(
    result: Result[WorstSpec], checkpoint: str, alpha: float, name: str, worst: WorstBoundary | None, tau: float
) -> EqualNormScores | None:
    towards = {d.checkpoint: d for d in result.spec.directions if isinstance(d, Towards)}
    unseen = worst is not None and worst.held_out

    def at(direction: Direction, place: float = alpha) -> float | None:
        line = scores_of(result, direction, name, "held_out" if unseen else "all")
        if line is None:
            return None
        near = np.flatnonzero(np.isclose(line[0], place, rtol=1e-9, atol=0))
        return float(line[1][near[0]]) if len(near) else None

    own, origin = at(towards[checkpoint]), at(towards[checkpoint], 0.0)
    if own is None or origin is None:
        return None
    drawn = (at(direction) for direction in result.spec.directions if isinstance(direction, Gaussian))
    others = {other: at(direction) for other, direction in towards.items() if other != checkpoint}
    label = worst.direction if worst is not None else None
    along = next((direction for direction in computed_of(result) if label_of(direction) == label), None)
    curve = curve_of(result, towards[checkpoint], name)
    assert curve is not None
    return EqualNormScores(
        checkpoint=checkpoint,
        alpha=alpha,
        capability=name,
        n=worst.n if worst is not None and unseen else examples_of(result, name, curve),
        held_out=unseen,
        tolerance=tau,
        origin=math.nan if result.not_finite_at_origin(name) else origin,
        own=own,
        random=tuple(score for score in drawn if score is not None),
        others={other: score for other, score in others.items() if score is not None},
        direction=label,
        worst=None if along is None else at(along),
    )
