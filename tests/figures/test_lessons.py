"""The pictures of the lessons: what is hidden, what is told apart, and closed forms."""

import math
from itertools import combinations
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape.bundled import results, specs
from landscape.figures.planes.paths import paths_figure
from landscape.figures.slices.track import Line, Threshold, draws_figure, track_figure
from landscape.figures.worst.concentration import (
    angle_density,
    concentration_figure,
    concentration_finding,
    length_density,
)
from landscape.planes.regions import regions_of

LINE = Line(np.array([0.0, 0.01, 0.02, 0.03]), np.array([1.0, 1.0, 0.5, 0.0]), np.array([0.1, 0.2, 0.9, 3.0]))


def in_legend(figure: go.Figure) -> list[Any]:
    named = (trace for trace in figure.data if trace.showlegend is not False and trace.name)
    return [trace for trace in named if not isinstance(trace, go.Heatmap)]


def look(trace: Any) -> tuple[Any, ...]:
    """How a trace looks to somebody who sees no colour."""
    if isinstance(trace, go.Contour):
        return ("contour", trace.line.dash)
    return (trace.mode, trace.line.dash or "solid", trace.line.width, trace.marker.symbol, trace.yaxis)


def all_figures() -> dict[str, go.Figure]:
    losses = np.tile(LINE.losses, (5, 1)).T * np.arange(1, 6)
    threshold = Threshold(0.5, losses, (losses <= 0.5).mean(axis=1))
    plane = results.shipped(specs.DEMO_PATHS)
    assert plane is not None
    regions = {"safety": regions_of(plane)["safety"]}
    return {
        "track": track_figure("math", LINE, 0.011, "t", at=0.01),
        "threshold": track_figure("math", LINE, 0.011, "t", threshold=threshold),
        "draws": draws_figure("math", [("a", LINE, 0.011), ("b", LINE, 0.012)], "t"),
        "paths": paths_figure(plane, regions, "safety", "t"),
        "concentration": concentration_figure(1_000),
    }


@pytest.mark.parametrize("name", all_figures())
def test_what_the_legend_names_is_told_apart_without_colour(name: str) -> None:
    for one, other in combinations(in_legend(all_figures()[name]), 2):
        assert look(one) != look(other), (one.name, other.name)


@pytest.mark.parametrize("name", ["track", "threshold", "draws", "paths"])
def test_the_axes_are_named_with_their_unit(name: str) -> None:
    layout = all_figures()[name].layout
    assert "α" in layout.xaxis.title.text
    assert layout.yaxis.title.text


def test_a_part_that_is_to_be_predicted_is_not_in_the_figure_at_all() -> None:
    figure = track_figure("math", LINE, 0.011, "t", parts=("score",))
    drawn = [trace for trace in figure.data if trace.y is not None and trace.y[0] is not None]
    assert all((trace.yaxis or "y") == "y" for trace in drawn)
    assert any("predict first" in note.text for note in figure.layout.annotations)
    alone = draws_figure("math", [("a", LINE, 0.011), ("b", LINE, 0.012)], "t", all_of=1)
    assert "b" not in {trace.name for trace in alone.data}
    whole = draws_figure("math", [("a", LINE, 0.011), ("b", LINE, 0.012)], "t")
    assert alone.layout.xaxis.range == whole.layout.xaxis.range, "nothing jumps when the rest is revealed"


def test_an_empty_map_shows_the_ways_and_no_field() -> None:
    plane = results.shipped(specs.DEMO_PATHS)
    assert plane is not None
    figure = paths_figure(plane, {}, "safety", "t")
    assert not [trace for trace in figure.data if isinstance(trace, go.Heatmap | go.Contour)]
    assert {"line to adversarial", "line to benign"} <= {trace.name for trace in figure.data}
    assert not [note for note in figure.layout.annotations if "no point" in note.text]


def test_the_reader_stands_on_the_curve() -> None:
    figure = track_figure("math", LINE, 0.011, "t", at=0.015)
    places = [(trace.x[0], trace.y[0]) for trace in figure.data if trace.name == "you"]
    assert places == [(0.015, 0.75), (0.015, pytest.approx(0.55))]


@pytest.mark.parametrize("d", [2, 3, 10, 1_000, 1_000_000_000])
def test_the_densities_of_length_and_angle_are_their_closed_forms(d: int) -> None:
    spread = 1 / math.sqrt(2 * d)
    x = np.linspace(max(1e-9, 1 - 8 * spread), 1 + 8 * spread, 20_001)
    density = length_density(x, d)
    assert density.max() == 1
    mean = float((x * density).sum() / density.sum())
    exact = math.sqrt(2 / d) * math.exp(math.lgamma((d + 1) / 2) - math.lgamma(d / 2)) if d < 1e6 else 1.0
    assert mean == pytest.approx(exact, abs=5e-3 if d < 10 else 1e-4)
    angles = np.linspace(0.001, 179.999, 2_001)
    assert angle_density(angles, d)[1_000] == pytest.approx(1)
    if d == 3:  # of directions on a sphere: sin
        assert angle_density(angles, d) == pytest.approx(np.sin(np.radians(angles)))
    assert f"{d:,} dimensions" in concentration_finding(d) or f"{d} dimensions" in concentration_finding(d)
    assert len(concentration_figure(d).data) == 2
