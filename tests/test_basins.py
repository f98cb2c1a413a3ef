"""Boundaries against a step and a line; intervals against the textbook."""

import math

import numpy as np
import pytest

from landscape.basins import boundary, wilson


def test_boundary_of_a_line_is_where_it_crosses_the_tolerance() -> None:
    alphas = np.linspace(0, 1, 11)
    assert boundary(alphas, 1 - alphas, tolerance=0.05) == pytest.approx(0.05)
    assert boundary(alphas, 1 - alphas, tolerance=0.55) == pytest.approx(0.55)


def test_boundary_lies_between_the_last_point_inside_and_the_first_outside() -> None:
    found = boundary([0, 1, 2, 3, 4], [1, 1, 0, 1, 1])
    assert found is not None
    assert 1 < found < 2


def test_a_score_that_never_leaves_has_no_boundary() -> None:
    assert boundary([0, 1, 2], [0.9, 0.85, 1.0]) is None
    assert boundary([-1, 0, 1], [0.0, 0.9, 0.9]) is None


def test_boundary_needs_the_centre() -> None:
    with pytest.raises(ValueError, match="expected α = 0"):
        boundary([0.1, 0.2], [1, 1])


def test_wilson_is_the_textbook_formula() -> None:
    n, p, z = 200, 0.9, 1.959963984540054
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert wilson(p, n) == pytest.approx(((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)))
    assert wilson(0, 0) == (0, 1)
