"""Lengths and angles of random directions: the densities on their axes, and the numbers of the title."""

import numpy as np
import pytest

from landscape.figures.worst.concentration import (
    angle_density,
    concentration_figure,
    concentration_finding,
    length_density,
)


@pytest.mark.parametrize(
    ("d", "said"),
    [
        (2, "In 2 dimensions random directions have all sorts of lengths and angles"),
        (9, "In 9 dimensions random directions have all sorts of lengths and angles"),
        (50, "In 50 dimensions lengths vary by ± 10 %, and two directions stand at 90° ± 8.1°"),
        (1_000, "In 1,000 dimensions lengths vary by ± 2.2 %, and two directions stand at 90° ± 1.8°"),
        (1_000_000, "In 1,000,000 dimensions lengths vary by ± 0.071 %, and two directions stand at 90° ± 0.057°"),
    ],
)
def test_the_title_says_how_far_lengths_and_angles_vary(d: int, said: str) -> None:
    assert concentration_finding(d) == said
    assert concentration_figure(d).layout.title.text == said


@pytest.mark.parametrize("d", [50, 1_000])
def test_what_the_title_says_is_what_random_directions_do(d: int) -> None:
    drawn = np.random.default_rng(0).standard_normal((2, 4_000, d))
    lengths = np.linalg.norm(drawn, axis=2) / np.sqrt(d)
    cosines = (drawn[0] * drawn[1]).sum(axis=1) / (d * lengths[0] * lengths[1])
    assert lengths.std() == pytest.approx(1 / np.sqrt(2 * d), rel=0.05)
    assert np.degrees(np.arccos(cosines)).std() == pytest.approx(np.degrees(1 / np.sqrt(d)), rel=0.05)


@pytest.mark.parametrize("d", [2, 3, 50, 1_000_000])
def test_curves_are_the_densities_over_their_largest_on_axes_that_stand_still(d: int) -> None:
    lengths, angles = concentration_figure(d).data
    assert list(lengths.y) == pytest.approx(list(length_density(np.asarray(lengths.x), d)))
    assert list(angles.y) == pytest.approx(list(angle_density(np.asarray(angles.x), d)))
    assert max(lengths.y) == pytest.approx(1)
    assert max(angles.y) == pytest.approx(1)
    assert np.all(np.diff(lengths.x) > 0)
    layout = concentration_figure(d).layout
    assert (tuple(layout.xaxis.range), tuple(layout.xaxis2.range)) == ((0, 2), (0, 180))
    assert (layout.xaxis.title.text, layout.xaxis2.title.text) == ("length ÷ √d", "angle between two, °")


def test_in_a_plane_all_angles_are_alike_and_in_space_they_follow_the_sine() -> None:
    at = np.array([1.0, 45.0, 90.0, 179.0])
    assert list(angle_density(at, 2)) == [1, 1, 1, 1]
    assert angle_density(at, 3) == pytest.approx(np.sin(np.radians(at)))


def test_a_large_dimension_is_drawn_finely_enough_for_its_peak_to_have_a_shape() -> None:
    lengths, angles = concentration_figure(1_000_000).data
    for trace in (lengths, angles):
        assert sum(y > 0.1 for y in trace.y) > 50
