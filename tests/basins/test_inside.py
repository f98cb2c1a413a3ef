"""The one comparison of a score with the floor of a basin."""

import numpy as np
import pytest

from landscape.basins.inside import SLACK, has_basin, is_inside


@pytest.mark.parametrize(
    ("score", "floor", "inside"),
    [
        (0.5, 0.4, True),
        (0.4, 0.4, True),
        (0.39, 0.4, False),
        (0.4 - SLACK / 2, 0.4, True),
        (0.4 - 2 * SLACK, 0.4, False),
        (float("nan"), 0.4, False),
        (float("nan"), -1.0, False),
    ],
)
def test_a_score_is_inside_from_the_floor_upwards(score: float, floor: float, inside: bool) -> None:
    assert is_inside(score, floor) is inside


def test_rounding_puts_no_score_on_the_floor_outside() -> None:
    score, floor = 114 / 240, 126 / 240 - 0.05
    assert score < floor  # exactly equal, were it not for floating point
    assert is_inside(score, floor)
    assert is_inside(np.array([score]), floor).all()


def test_arrays_are_decided_score_by_score() -> None:
    scores = np.array([[0.5, 0.4, np.nan], [0.3, 114 / 240, 0.0]])
    assert is_inside(scores, 0.4).tolist() == [[True, True, False], [False, True, False]]
    floors = np.array([0.45, 126 / 240 - 0.05])[:, None]
    assert is_inside(scores, floors).tolist() == [[True, False, False], [False, True, False]]


def test_a_basin_needs_a_floor_above_guessing() -> None:
    assert has_basin(0.5, chance=0.25, tolerance=0.05)
    assert not has_basin(0.3, chance=0.25, tolerance=0.05)  # its floor is what guessing scores
    assert not has_basin(float("nan"), chance=0.0)
