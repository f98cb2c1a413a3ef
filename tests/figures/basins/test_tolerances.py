"""The radius against τ: what it draws, and what its title may say of each capability."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape.basins.boundaries import Radius
from landscape.basins.steepness import PARABOLA, CliffIndex
from landscape.figures.basins.tolerances import steepness_finding, tolerance_figure
from landscape.figures.scale import Scale

SCALE = Scale(1.0, "α", "α", "α")


def radius(median: float, *, at_least: bool = False) -> Radius:
    return Radius(median, 0.9 * median, 1.1 * median, 0.8 * median, 1.2 * median, 8, 8, 0.1, at_least)


def test_a_line_a_capability_with_its_band_and_a_parabola_through_the_chosen_tolerance() -> None:
    radii = {"basic": {0.05: radius(0.01), 0.2: radius(0.015), 0.5: radius(0.05, at_least=True)}}
    figure = tolerance_figure(radii, {}, 0.05, SCALE)
    band, line, parabola = figure.data
    np.testing.assert_allclose(line.x, [0.05, 0.2])
    np.testing.assert_allclose(line.y, [0.01, 0.015])
    np.testing.assert_allclose(band.y, [0.011, 0.0165, 0.0135, 0.009])
    np.testing.assert_allclose(parabola.y, [0.01, 0.02])
    assert "95 %: 0.0090 to 0.011" in line.text[0]
    assert tolerance_figure({"basic": {}}, {}, 0.05, SCALE).data == ()


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (CliffIndex(1.6, 1.2, 2.0, 8, False, False), "basic 1.6 [1.2, 2], faster than a parabola (3.2)"),
        (CliffIndex(3.5, 2.7, 5.0, 8, False, False), "basic 3.5 [2.7, 5], not told apart from a parabola (3.2)"),
        (CliffIndex(6.0, 5.0, math.inf, 8, False, True), "basic ≥ 6 [5, open], slower than a parabola (3.2)"),
        (CliffIndex(1.6, 1.2, 2.0, 3, True, False), "basic 1.6 (1.2 to 2), a range of a few directions"),
    ],
)
def test_a_pace_is_said_only_where_the_interval_shows_it(index: CliffIndex, said: str) -> None:
    text = steepness_finding({"basic": index}, 0.05)
    assert text == f"Losing 0.5 takes this many times the α of losing 0.05: {said}"


def test_without_an_index_nothing_is_said_of_a_pace() -> None:
    assert "is not known" in steepness_finding({}, 0.05)


@given(st.dictionaries(st.sampled_from(["basic", "math", "code"]), st.tuples(
    st.floats(1, 9), st.floats(1, 2), st.floats(1, 2), st.booleans(), st.booleans()), max_size=3))  # fmt: skip
def test_every_title_is_true_of_its_indices(drawn: dict[str, tuple[float, float, float, bool, bool]]) -> None:
    indices = {
        name: CliffIndex(middle, middle / down, math.inf if open_ else middle * up, 8, few, open_)
        for name, (middle, down, up, few, open_) in drawn.items()
    }
    parts = steepness_finding(indices, 0.05).partition(": ")[2].split("; ")
    for name, index in indices.items():
        (own,) = [part for part in parts if f"{name} " in part]
        assert index.text in own
        assert ("faster" in own) == (not index.is_range and index.high < PARABOLA)
        assert ("slower" in own) == (not index.is_range and index.low > PARABOLA)
