"""Checkpoints in a plane: where they are marked, what is said of them, and where their names stand."""

import math

import plotly.graph_objects as go
import pytest

from landscape.figures.palette import FINETUNE
from landscape.figures.planes.landmarks import IN_PLANE, in_picture, landmarks, mark_landmarks
from landscape.schema.directions import Gaussian, Principal, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import PlaneSpec

PLACES = {
    "demo:base": [0.0, 0.0, 0.0],
    "demo:assistant": [0.5, 0.0, IN_PLANE / 2],
    "demo:benign": [0.2, -0.8, 0.25],
    "demo:far": [3.0, 0.0, 0.0],
}


def made(places: dict[str, list[float]] | None = None, **changes: object) -> Result[PlaneSpec]:
    fields: dict[str, object] = {
        "checkpoint": "demo:base", "directions": (Towards(checkpoint="demo:assistant"), Gaussian(seed=0)),
        "capabilities": ("basic",), "x": (-1.0, 1.0), "y": (-1.0, 1.0), "grid": 3,
    }  # fmt: skip
    spec = PlaneSpec.model_validate(fields | changes)
    return Result(spec, tidy(spec, []), None if places is None else Facts(100, 0.1, places=places))


def marked(result: Result[PlaneSpec]) -> go.Figure:
    figure = go.Figure()
    mark_landmarks(figure, result)
    return figure


def test_the_origin_stands_first_and_what_lies_next_to_the_plane_lies_in_it() -> None:
    assert landmarks(made(PLACES)) == {
        "demo:base": (0.0, 0.0, 0.0),
        "demo:assistant": (0.5, 0.0, 0.0),
        "demo:benign": (0.2, -0.8, 0.25),
        "demo:far": (3.0, 0.0, 0.0),
    }


def test_before_anything_is_placed_the_origin_stands_alone() -> None:
    assert landmarks(made()) == {"demo:base": (0.0, 0.0, 0.0)}
    figure = marked(made())
    assert [(t.name, t.x[0], t.y[0]) for t in figure.data] == [("base", 0.0, 0.0)]
    assert [a.text for a in figure.layout.annotations] == ["base θ₀"]


@pytest.mark.parametrize(
    ("x", "y", "inside"), [(0, 0, True), (1, -1, True), (1.001, 0, False), (0, -1.001, False), (math.inf, 0, False)]
)
def test_the_picture_holds_its_own_edge(x: float, y: float, inside: bool) -> None:
    assert in_picture(made().spec, x, y) is inside


def test_markers_lie_at_the_places_and_those_beyond_the_ranges_are_left_out() -> None:
    figure = marked(made(PLACES))
    assert [(t.name, t.x[0], t.y[0]) for t in figure.data] == [
        ("base", 0.0, 0.0),
        ("assistant", 0.5, 0.0),
        ("benign", 0.2, -0.8),
    ]
    assert [(a.text, a.x, a.y) for a in figure.layout.annotations] == [
        ("base θ₀", 0.0, 0.0),
        ("assistant", 0.5, 0.0),
        ("benign", 0.2, -0.8),
    ]


def test_what_lies_off_the_plane_is_a_ring_and_says_how_far() -> None:
    origin, inside, off = marked(made(PLACES)).data
    assert [t.marker.symbol for t in (origin, inside, off)] == ["circle", "square", "diamond-open"]
    assert [t.marker.color for t in (origin, inside, off)] == ["#fff", FINETUNE, FINETUNE]
    assert "x %{x}, y %{y}, in the plane" in inside.hovertemplate
    assert "0.25 off the plane: this is its shadow" in off.hovertemplate


def test_the_trajectory_joins_snapshots_in_the_order_of_training_also_beyond_the_picture() -> None:
    order = ("demo:far", "demo:benign", "demo:assistant")
    result = made(PLACES, directions=tuple(Principal(component=c, checkpoints=order) for c in (0, 1)))
    way = marked(result).data[0]
    assert (way.name, list(way.x), list(way.y)) == ("snapshots in order", [3.0, 0.2, 0.5], [0.0, -0.8, 0.0])
    assert (way.line.color, way.mode) == (FINETUNE, "lines")
    assert not [t for t in marked(made(PLACES)).data if t.mode == "lines"]
    assert not [t for t in marked(made({}, directions=result.spec.directions)).data if t.mode == "lines"]


def offsets(result: Result[PlaneSpec]) -> dict[str, tuple[float, float]]:
    return {a.text: (a.ax, a.ay) for a in marked(result).layout.annotations}


def test_a_name_stands_above_a_marker_that_is_alone_and_around_a_crowd() -> None:
    assert offsets(made(PLACES)) == dict.fromkeys(("base θ₀", "assistant", "benign"), (0, -24))
    crowd = {"demo:a": [0.1, 0.0, 0.0], "demo:b": [0.15, 0.05, 0.0], "demo:c": [0.9, 0.9, 0.0]}
    near = offsets(made(crowd))
    assert near["c"] == (0, -24)
    assert len({near["base θ₀"], near["a"], near["b"]}) == 3
    assert (0, -24) not in {near["base θ₀"], near["a"], near["b"]}
