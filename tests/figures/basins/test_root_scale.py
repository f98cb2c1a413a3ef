"""Marks near θ₀ are told apart on a square-root scale, whose ticks say α itself."""

import numpy as np
import pytest

from landscape.basins.radii import basins_of
from landscape.bundled import results, specs
from landscape.figures.basins.rings import rings_figure
from landscape.figures.basins.root_scale import crowded, use_root_scale
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from tests.figures.basins.known_basins import made


def drawn(result: Result[BasinSpec]):
    return rings_figure(result, basins_of(result), 0.05)


def test_a_checkpoint_far_from_the_origin_leaves_the_scale_plain() -> None:
    figure = drawn(made(towards={"assistant": 0.02}))
    assert figure.layout.polar.radialaxis.tickvals is None
    assert "square-root" not in figure.layout.annotations[-1].text


def test_a_near_checkpoint_makes_it_a_square_root_and_ticks_say_alpha() -> None:
    result = made(towards={"assistant": 0.001})
    figure, radii = drawn(result), {basin.capability: basin.radius for basin in basins_of(result)}
    assert "on a square-root scale" in figure.layout.annotations[-1].text
    for name, radius in radii.items():
        (ring,) = [t for t in figure.data if t.legendgroup == name and t.mode == "lines" and len(t.r) == 121]
        assert radius is not None
        np.testing.assert_allclose(np.square(np.array(ring.r, float)), radius.median, rtol=1e-6)
    (path,) = [t for t in figure.data if t.name == "fine-tune and the line to it"]
    assert path.r[-1] ** 2 == pytest.approx(0.001)
    axis = figure.layout.polar.radialaxis
    np.testing.assert_allclose(np.square(axis.tickvals), list(map(float, axis.ticktext)))
    assert max(t.r[-1] for t in figure.data if t.r and t.r[-1] is not None) <= axis.range[1] * 1.01


def test_ticks_never_touch_whatever_the_rim() -> None:
    for rim in np.geomspace(1e-6, 10, 60):
        figure = drawn(made(towards={"assistant": 0.02}))
        use_root_scale(figure, float(rim))
        places = np.array(figure.layout.polar.radialaxis.tickvals) / np.sqrt(rim)
        assert 2 <= len(places) <= 4
        assert np.diff([0, *places, 1.2]).min() >= 0.199


def test_crowded_is_a_place_within_a_twelfth_of_the_rim_that_is_not_the_origin() -> None:
    assert crowded([0.02, 0.0], 0.03) is False
    assert crowded([0.002], 0.03)


def test_marks_of_the_demo_are_apart_along_each_path() -> None:
    result = results.shipped(specs.DEMO_BASIN)
    figure = drawn(result)
    rim = figure.layout.polar.radialaxis.range[1]
    stars = [t.r[-1] / rim for t in figure.data if t.marker.symbol and "star-diamond" in str(t.marker.symbol)]
    assert len(stars) == 3
    assert min(stars) > 0.1, "no star lies on θ₀"
    (label,) = [t for t in figure.data if t.text and t.text[0] == "<b>θ₀</b>"]
    assert label.textposition == "bottom center", "between the paths to benign and adversarial"
