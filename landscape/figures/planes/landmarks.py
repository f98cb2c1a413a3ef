"""Mark checkpoints in the figures of a plane, and the trajectory of a training run through them."""

import math
from collections.abc import Mapping

import plotly.graph_objects as go

from landscape.figures.palette import FINETUNE, MARKERS
from landscape.outside.text import plotly
from landscape.schema.directions import Principal, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec

IN_PLANE = 1e-6  # α: nearer than this, a checkpoint lies in the plane itself
_AROUND = ((52, -58), (52, 58), (-52, 58), (-52, -58), (0, -88), (0, 88), (84, 0), (-84, 0))  # px, of labels


def in_picture(spec: PlaneSpec, x: float, y: float) -> bool:
    """Whether a place lies within the ranges of the axes."""
    return spec.x[0] <= x <= spec.x[1] and spec.y[0] <= y <= spec.y[1]


def landmarks(result: Result[PlaneSpec]) -> dict[str, tuple[float, float, float]]:
    """(x, y, distance to the plane) of θ₀ and every other checkpoint; the distance is 0 for one in the plane."""
    places = result.facts.places if result.facts else {}
    others = {
        name: (x, y, distance if distance > IN_PLANE else 0.0)
        for name, (x, y, distance) in places.items()
        if name != result.spec.checkpoint
    }
    return {result.spec.checkpoint: (0.0, 0.0, 0.0)} | others


def mark_landmarks(figure: go.Figure, result: Result[PlaneSpec]) -> None:
    """Draw the trajectory, and a named marker for each checkpoint, hollow if it lies off the plane."""
    placed = landmarks(result)
    trajectory = [placed[name] for name in _snapshots(result.spec) if name in placed]
    if trajectory:
        line = {"color": FINETUNE, "width": 2}
        way = {"x": [p[0] for p in trajectory], "y": [p[1] for p in trajectory], "mode": "lines", "line": line}
        figure.add_trace(go.Scatter(**way, name="snapshots in order", hoverinfo="skip"))
    shown = {name: place for name, place in placed.items() if in_picture(result.spec, *place[:2])}
    labels = _label_places(result.spec, shown)
    for index, (name, (x, y, distance)) in enumerate(shown.items()):
        origin = name == result.spec.checkpoint
        figure.add_trace(_checkpoint(name, x, y, distance, index, origin=origin))
        right, down = labels[name]
        figure.add_annotation(
            x=x,
            y=y,
            ax=right,
            ay=down,
            text=f"{plotly(short_name(name))}{' θ₀' if origin else ''}",
            font={"size": 11, "color": "#222" if origin else "#9c4400"},
            bgcolor="rgba(255,255,255,.82)",
            borderpad=2,
            arrowhead=0,
            arrowwidth=1,
            arrowcolor="#fff",
            standoff=7,
        )


def _label_places(spec: PlaneSpec, shown: Mapping[str, tuple[float, float, float]]) -> dict[str, tuple[int, int]]:
    """Pixels from marker to label: close by if the marker stands alone, else spread around the crowd."""
    near = 0.1 * (spec.x[1] - spec.x[0])
    crowd = [
        n for n, (x, y, _) in shown.items() if sum(math.hypot(x - a, y - b) < near for a, b, _ in shown.values()) > 1
    ]
    around = {name: _AROUND[index % len(_AROUND)] for index, name in enumerate(crowd)}
    return {name: around.get(name, (0, -24)) for name in shown}


def _checkpoint(name: str, x: float, y: float, distance: float, index: int, *, origin: bool) -> go.Scatter:
    where = f"{number(distance, 2)} off the plane: this is its shadow" if distance else "in the plane"
    symbol, color = MARKERS[index % len(MARKERS)], "#fff" if origin else FINETUNE
    ring = {"symbol": f"{symbol}-open", "size": 11 + 3 * index, "color": color, "line": {"width": 2.5}}
    solid = {
        "symbol": symbol,
        "size": 11,
        "color": color,
        "line": {"width": 1.5, "color": "#111" if origin else "#fff"},
    }
    return go.Scatter(
        x=[x],
        y=[y],
        name=plotly(short_name(name)),
        mode="markers",
        showlegend=False,
        marker=ring if distance else solid,
        hovertemplate=f"<b>{plotly(short_name(name))}</b><br>x %{{x}}, y %{{y}}, {where}<extra></extra>",
    )


def _snapshots(spec: PlaneSpec) -> tuple[str, ...]:
    return next((d.checkpoints for d in spec.directions if isinstance(d, Principal)), ())
