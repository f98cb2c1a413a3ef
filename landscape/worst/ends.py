"""Where a direction ends capabilities, on the examples that a search uses."""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from landscape.basins.inside import has_basin, is_inside
from landscape.capabilities.examples import Capability, search_split
from landscape.engine.direction_tensors import DirectionTensors
from landscape.engine.session import Session
from landscape.schema.frames import LOSS_TOLERANCE, TOLERANCE

PRECISION = 1.03  # the ratio of the α that is found lost to one, below it, that is not
DEEPEST = 2.0**-20  # of the reach: what is lost even there is said to end there
CLEARLY = 3  # times the tolerance: what is lost beyond it is not only what the search climbed on (see worst.search)
SOFT = 0.01  # nats: when several losses are weighed, those below it count about the same as none


@dataclass(frozen=True)
class End:
    """Where a direction has ended all that it is to hurt, and what else is lost there; on the searched half."""

    alpha: float | None  # the α at which all were found lost; None: not up to the reach
    losses: dict[str, float]  # of the hurt there, or at the reach
    spared_lost: tuple[str, ...] = ()  # those of the spared that are lost there too

    @property
    def rank(self) -> tuple[int, float, float]:
        """Directions are compared by it, the worst first: sparing, then nearness, and between equals the loss."""
        nearness = math.inf if self.alpha is None else self.alpha
        return len(self.spared_lost), nearness, -sum(math.log(loss + SOFT) for loss in self.losses.values())


class ScoredHalf:
    """The scores of a session's model on the examples that searches use.

    A capability is lost where its score there has dropped by more than CLEARLY times the tolerance (but no lower than
    what guessing scores); one without a basin on these examples is never lost. A spared one is lost at the tolerance.
    """

    def __init__(
        self, session: Session, hurt: Sequence[Capability], spared: Sequence[Capability], reach: float
    ) -> None:
        """Score θ₀. No direction is followed beyond the reach."""
        self._session, self._reach = session, reach
        self._hurt, self._spared = list(hurt), list(spared)
        self._parts = {c.name: np.flatnonzero(search_split(c)) for c in (*hurt, *spared)}
        origin = {c.name: self._score(c)[0] for c in (*hurt, *spared)}
        drops = {c.name: _drop(c, origin[c.name], CLEARLY) for c in hurt}
        self.drops = {name: drop for name, drop in drops.items() if drop is not None}  # by which the hurt are lost
        drops |= {c.name: _drop(c, origin[c.name], 1) for c in spared}
        self._floors = {n: -math.inf if drop is None else origin[n] - drop for n, drop in drops.items()}

    def end(self, direction: DirectionTensors, start: float) -> End:
        """Search from α = start where all that is to be hurt is lost; then look at what was to be spared."""
        alpha = self._nearest(direction, start, self._hurt)
        with self._at(direction, alpha or self._reach):
            losses = {c.name: self._score(c)[1] for c in self._hurt}
            spared = tuple(c.name for c in self._spared if not is_inside(self._score(c)[0], self._floors[c.name]))
        return End(alpha, losses, spared if alpha is not None else ())

    def ends(self, direction: DirectionTensors, start: float) -> dict[str, float | None]:
        """Return where each that is to be hurt is lost; None: not up to the reach."""
        return {c.name: self._nearest(direction, start, [c]) for c in self._hurt}

    def _nearest(self, direction: DirectionTensors, start: float, hurt: Sequence[Capability]) -> float | None:
        def lost(alpha: float) -> bool:
            with self._at(direction, alpha):
                return all(not is_inside(self._score(c)[0], self._floors[c.name]) for c in hurt)

        return nearest_lost(lost, start, self._reach)

    def _at(self, direction: DirectionTensors, alpha: float) -> AbstractContextManager[float]:
        return self._session.mover.at([(direction, alpha)])

    def _score(self, capability: Capability) -> tuple[float, float]:
        """Return (score, mean loss) at the model's present weights; infinite if no loss is finite there.

        The loss with a minus sign is the score of a capability that has none.
        """
        part = self._parts[capability.name]
        scores = self._session.scorer.score(capability, part)
        losses = scores.losses[part][np.isfinite(scores.losses[part])]
        loss = float(losses.mean()) if len(losses) else math.inf
        return -loss if capability.by_loss_alone else float(scores.outcomes[part].mean()), loss


def _drop(capability: Capability, score: float, times: float) -> float | None:
    """Return by how much a score must drop to be lost: `times` the tolerance, or once; None without a basin."""
    if capability.by_loss_alone:
        return times * LOSS_TOLERANCE
    possible = (t * TOLERANCE for t in (times, 1) if has_basin(score, capability.chance, t * TOLERANCE))
    return next(possible, None)


def nearest_lost(lost: Callable[[float], bool], start: float, reach: float) -> float | None:
    """Return the α, up to a factor of PRECISION, at which `lost` begins to hold; None if it does not up to `reach`.

    It is bracketed by doubling and halving from `start`, then bisected by ratios.
    """
    low = high = min(start, reach)
    if lost(high):
        while lost(low := high / 2):
            high = low
            if high <= DEEPEST * reach:
                return high
    else:
        while not lost(high := min(2 * low, reach)):
            low = high
            if low == reach:
                return None
    while high / low > PRECISION:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if lost(middle) else (middle, high)
    return high
