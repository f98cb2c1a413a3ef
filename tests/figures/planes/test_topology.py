"""What the figures of a topology say and draw."""

import math
from dataclasses import replace

import numpy as np
import pytest

from landscape.figures.planes.topology import merge_tree_figure, persistence_figure, topology_finding
from landscape.planes.topology import Topology, topology

X, Y = (axis.ravel() for axis in np.meshgrid(np.linspace(0, 1, 33), np.linspace(-1, 1, 9)))
FLOOR = np.interp(X, [0, 0.125, 0.25, 0.375, 0.5, 0.75, 1], [0.0, 0.9, 0.3, 0.6, 0.2, 0.5, 0.1]) + Y**2


def wells(noise: float) -> Topology:
    found = topology(np.stack([X, Y], axis=1), FLOOR)
    assert found is not None
    return replace(found, noise=noise, requests=60)


@pytest.mark.parametrize(
    ("noise", "said"),
    [
        (0.0, "own: 4 basins of the loss in this window, at the measured points"),
        (0.32, "own: at least 2 basins of the loss in this window; 2 more minima lie within the noise of the examples (0.32)"),
        (0.9, "own: one basin of the loss in this window is certain; 3 more minima lie within the noise of the examples (0.9)"),
        (math.nan, "own: 4 minima of the loss at the measured points; 60 examples are too few to tell noise"),
    ],
)  # fmt: skip
def test_the_finding_claims_no_more_than_other_examples_would_show(noise: float, said: str) -> None:
    assert topology_finding(wells(noise), "own", "loss") == said


def test_one_minimum_is_one_basin() -> None:
    found = topology(np.stack([X, Y], axis=1), X + Y**2)
    assert found is not None
    assert topology_finding(replace(found, noise=0.1), "own", "score").startswith(
        "own: one basin of the share of wrong"
    )
    assert "1 minimum of the loss" in topology_finding(found, "own", "loss")
    assert len(merge_tree_figure(found, "own", "loss").data) == 1
    assert persistence_figure(found, "own", "loss").layout.xaxis.range[0] < 0


def test_every_minimum_is_drawn_from_its_value_to_its_saddle_and_no_line_crosses_another() -> None:
    found = wells(0.32)
    grey, sure = merge_tree_figure(found, "own", "loss").data
    up, across = [], []
    for trace in (grey, sure):
        xs, ys = list(trace.x), list(trace.y)
        for k in range(0, len(xs), 4):
            up.append((xs[k], ys[k], ys[k + 1]))
            across.append((min(xs[k + 1 : k + 3]), max(xs[k + 1 : k + 3]), ys[k + 1]))
    expected = sorted((m.value, m.saddle) for m in found.minima if math.isfinite(m.saddle))
    assert np.allclose(sorted((low, high) for _, low, high in up)[1:], expected)
    for left, right, height in across:
        assert not any(left < x < right and low < height < high for x, low, high in up)
    assert grey.line.color != sure.line.color
    assert len(sure.x) == 4 * len(found.certain)


def test_the_band_of_the_diagram_is_as_high_as_the_noise() -> None:
    band = persistence_figure(wells(0.32), "own", "loss").data[0]
    assert band.name == "noise of the examples"
    assert band.y[3] - band.x[3] == pytest.approx(0.32)
