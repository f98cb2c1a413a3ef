"""Points: where a run measures, what the next step of it is, and how it says how far it is. Plain values, no model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, order=True)
class Point:
    """One θ of a run: θ₀ + alpha·directions[direction], and in a plane + beta·e₂ (direction is then 0)."""

    direction: int
    alpha: float
    beta: float = 0.0

    @property
    def at_origin(self) -> bool:
        """Whether it is θ₀."""
        return self.alpha == 0 == self.beta


Known = Mapping[Point, Mapping[str, float]]  # the scores measured so far, by capability name


class Step(NamedTuple):
    """What a run measures next, in order; nothing: it is complete.

    A step follows from the spec and the scores known so far alone, so that a run that was killed goes on
    exactly where it was.
    """

    points: list[tuple[Point, tuple[str, ...]]]  # a point and the capabilities to score there
    remaining_estimate: int = 0  # about how many points will still come after these


# Called with what is being done, how many parts are done and how many there are. Whatever it raises stops the work.
ProgressReport = Callable[[str, int, int], None]
