"""Fine-tunes as straight ways on the map: where each goes, and the circle of the farthest."""

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape.figures.palette import FINETUNE
from landscape.figures.planes.paths import paths_figure
from landscape.planes.regions import regions_of
from landscape.schema.directions import Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import PlaneSpec

TWO = {"demo:benign": [0.03, 0.0, 0.0], "demo:adversarial": [0.006, 0.008, 0.0]}


def made(places: dict[str, list[float]]) -> Result[PlaneSpec]:
    spec = PlaneSpec(
        checkpoint="demo:assistant", capabilities=("safety",), x=(-0.04, 0.04), y=(-0.04, 0.04), grid=3,
        directions=(Towards(checkpoint="demo:benign"), Towards(checkpoint="demo:adversarial")),
    )  # fmt: skip
    rows = [
        {"x": x, "y": y, "realised_alpha": 0.0, "capability": "safety", "score": float(x == 0), "loss": 1.0, "n": 4,
         "seconds": 0.1}
        for x in (-0.04, 0.0, 0.04)
        for y in (-0.04, 0.0, 0.04)
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, places=places, chance={"safety": 0.0}))


def drawn(places: dict[str, list[float]], *, empty: bool = False) -> go.Figure:
    result = made(places)
    return paths_figure(result, {} if empty else regions_of(result), "safety", "Two ways")


def ways(figure: go.Figure) -> dict[str, tuple[list[float], list[float]]]:
    return {t.name: (list(t.x), list(t.y)) for t in figure.data if t.name and t.name.startswith("line to")}


def circle(figure: go.Figure) -> go.Scatter:
    (found,) = [t for t in figure.data if t.name and t.name.startswith("as far as")]
    return found


def test_a_way_goes_from_the_origin_to_each_fine_tune() -> None:
    figure = drawn(TWO)
    assert ways(figure) == {
        "line to benign": ([0, 0.03], [0, 0.0]),
        "line to adversarial": ([0, 0.006], [0, 0.008]),
    }
    lines = [t for t in figure.data if t.name and t.name.startswith("line to")]
    assert [t.line.color for t in lines] == [FINETUNE, FINETUNE]
    assert [t.line.dash for t in lines] == ["solid", "dash"]


def test_the_circle_is_as_far_as_the_longer_way_all_around() -> None:
    ring = circle(drawn(TWO))
    assert ring.name == "as far as benign"
    assert np.hypot(ring.x, ring.y) == pytest.approx(np.full(181, 0.03))
    near = circle(drawn({"demo:adversarial": TWO["demo:adversarial"]}))
    assert np.hypot(near.x, near.y) == pytest.approx(np.full(181, 0.01))


def test_a_fine_tune_off_the_plane_or_at_the_origin_has_no_way_in_it() -> None:
    places = TWO | {"demo:benign": [0.03, 0.0, 0.01], "demo:same": [0.0, 0.0, 0.0]}
    assert list(ways(drawn(places))) == ["line to adversarial"]
    assert np.hypot(circle(drawn(places)).x, circle(drawn(places)).y) == pytest.approx(np.full(181, 0.01))


def test_without_a_fine_tune_there_is_no_circle() -> None:
    figure = drawn({})
    assert ways(figure) == {}
    assert not [t for t in figure.data if t.name and t.name.startswith("as far as")]


def test_the_map_lies_under_the_ways_and_the_title_is_the_caller_s() -> None:
    figure = drawn(TWO)
    kinds = [type(trace) for trace in figure.data]
    assert max(i for i, kind in enumerate(kinds) if kind is go.Heatmap) < kinds.index(go.Scatter)
    measured = next(t for t in figure.data if t.name == "measured")
    assert np.asarray(measured.z) == pytest.approx(np.tile([0.0, 1.0, 0.0], (3, 1)))
    assert figure.layout.title.text == "Two ways"
    assert figure.layout.xaxis.title.text == "x, α towards benign"
    assert figure.layout.yaxis.title.text == "y, α towards adversarial"


def test_an_empty_map_says_nothing_of_points_that_are_not_asked_for() -> None:
    figure = drawn(TWO, empty=True)
    assert not [t for t in figure.data if isinstance(t, go.Heatmap | go.Contour)]
    assert {note.text for note in figure.layout.annotations} == {"assistant θ₀", "benign", "adversarial"}
