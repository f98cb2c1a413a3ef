"""The floor against distance: the curves, and what the title may promise."""

import numpy as np
import pytest

from landscape.certificates.bounds import certified_radius, strong_floor
from landscape.figures.certificates.floor import floor_figure, floor_finding

FAR = {"demo:benign": 1.2, "demo:adversarial": 0.9}


def test_curves_are_the_formulas_and_the_marker_stands_at_r() -> None:
    figure = floor_figure(0.98, 0.006, 0.005, 0.5, FAR)
    strong, weak = figure.data[:2]
    assert strong.y[0] == pytest.approx(0.98, abs=0.02)
    assert all(w <= s + 1e-12 for s, w in zip(strong.y, weak.y, strict=True))
    marker = figure.data[-1]
    assert (marker.x[0], marker.y[0]) == (0.005, strong_floor(0.98, 0.005, 0.006))
    ring = next(t for t in figure.data if t.hovertemplate and "certified radius" in t.hovertemplate)
    assert ring.x[0] == certified_radius(0.98, 0.5, 0.006)
    assert len(figure.layout.shapes) == 2


def test_the_axis_holds_every_distance_in_whole_decades() -> None:
    figure = floor_figure(0.98, 0.006, 0.005, 0.5, FAR)
    low, high = figure.layout.xaxis.range
    assert low == int(low)
    assert high == int(high)
    assert 10**low < 0.006 / 10
    assert 10**high > 1.2
    moved = floor_figure(0.9, 0.0061, 0.0052, 0.5, FAR)
    assert moved.layout.xaxis.range == (low, high)


def test_alpha_is_said_beside_r() -> None:
    assert (
        "α = r / √d = r / 1,000" in floor_figure(0.98, 0.006, 0.005, 0.5, {}, parameters=10**6).layout.xaxis.title.text
    )


@pytest.mark.parametrize(
    ("p", "r", "said"),
    [
        (0.98, 0.002, "At r = 0.0020 the noised model still scores at least 0.95"),
        (0.98, 0.015, "Vacuous at r = 0.015: the floor is 0.32, below q; q = 0.5 is promised to r = 0.012"),
        (0.98, 1.2, "Vacuous at r = 1.2: the floor is 0.00, below q"),
        (0.30, 0.002, "q = 0.5 is above p_A, so no radius is certified"),
        (1.00, 1.2, "still scores at least 1.00"),
        (0.00, 0.0, "Vacuous at r = 0"),
    ],
)
def test_the_title_says_what_is_promised(p: float, r: float, said: str) -> None:
    assert said in floor_finding(p, 0.006, r, 0.5)
    figure = floor_figure(p, 0.006, r, 0.5, FAR)
    assert np.isfinite(figure.data[0].y).all()
    assert "nan" not in figure.layout.title.text
