"""Whether a score is inside a basin, and whether there is a basin at all: the two comparisons with its floor."""

from typing import overload

import numpy as np
from numpy.typing import NDArray

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
