"""Several runs in one figure."""

import numpy as np

from landscape.figures.slices.compared import compared_figure
from tests.figures.slices.known_slice import made


def test_each_run_has_its_colour_and_each_kind_of_direction_its_dash() -> None:
    worse = made({(d, "basic"): [1, 0.5, 0, 0] for d in range(3)})
    figure = compared_figure({"first": made(), "second": worse}, "basic")
    lines = {trace.name: trace for trace in figure.data if trace.showlegend is None}
    assert set(lines) == {f"{run}, {what}" for run in ("first", "second") for what in ("gaussian", "towards assistant")}
    colours = {name.split(",")[0]: trace.line.color for name, trace in lines.items()}
    assert len(set(colours.values())) == 2
    assert lines["first, gaussian"].line.dash != lines["first, towards assistant"].line.dash
    np.testing.assert_allclose(lines["first, gaussian"].y, [1, 1, 0.95, 0])
    np.testing.assert_allclose(lines["second, gaussian"].y, [1, 0.5, 0, 0])


def test_a_run_without_the_capability_is_left_out() -> None:
    assert not compared_figure({"first": made()}, "math").data


def test_the_title_says_where_the_capability_is_lost_first_and_last() -> None:
    worse = made({(d, "basic"): [1, 0.5, 0, 0] for d in range(3)})
    title = compared_figure({"first": made(), "second": worse}, "basic").layout.title.text
    assert (
        title == "basic ends at α = 0.001 in second, gaussian; holds over the whole range in first, towards assistant"
    )
