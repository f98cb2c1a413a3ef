"""Whether a score is inside a basin, and whether there is a basin at all: the two comparisons with its floor."""

from typing import overload

import numpy as np
from numpy.typing import NDArray

from landscape.intervals import wilson
from landscape.schema.frames import TOLERANCE

# Scores are shares of examples. 114/240 lies exactly on the floor 126/240 − 0.05, but in floating point below it.
SLACK = 1e-9


@overload
def is_inside(score: float, floor: float) -> bool: ...


@overload
def is_inside(score: NDArray[np.float64], floor: float | NDArray[np.float64]) -> NDArray[np.bool_]: ...


def is_inside(score: float | NDArray[np.float64], floor: float | NDArray[np.float64]) -> bool | NDArray[np.bool_]:
    """Whether a score is at least the floor of a basin; of an array, one answer per score.

    A score that rounding alone puts below the floor (by up to SLACK) is inside. NaN is outside.
    """
    return score >= floor - SLACK


def has_basin(score: float, chance: float, tolerance: float = TOLERANCE) -> bool:
    """Whether there is a basin to leave: its floor, score − tolerance, lies above what guessing scores."""
    return score - tolerance > chance + SLACK


def can_lose(score: float, counted: float, chance: float, tolerance: float = TOLERANCE) -> bool:
    """Whether a score is shown to have a basin: there is one, and the score's 95 % interval lies above chance.

    `counted`: as how many independent examples those behind the score count. What is said of a result goes by this.
    What is measured goes by `has_basin` alone, since more examples may yet show what the first ones do not.
    """
    return has_basin(score, chance, tolerance) and not (chance > 0 and wilson(score, counted)[0] <= chance + SLACK)
