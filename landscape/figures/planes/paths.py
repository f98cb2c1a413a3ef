"""The map of a plane with the straight ways from θ₀ to its fine-tunes, for a lesson."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from landscape.figures.palette import FINETUNE
from landscape.figures.planes.landmarks import landmarks
from landscape.figures.planes.map import plane_figure
from landscape.outside.text import plotly
from landscape.planes.regions import Region
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec

_DASHES = ("solid", "dash", "dot", "dashdot")
_TURN = np.linspace(0, 2 * np.pi, 181)


def paths_figure(result: Result[PlaneSpec], regions: Mapping[str, Region], capability: str, title: str) -> go.Figure:
    """The map with a line from θ₀ to every fine-tune in the plane, and a circle as far out as the farthest.

    Without regions the map is empty but for the lines.
    """
    figure = plane_figure(result, regions, capability, result.spec.tolerance)
    figure.layout.title.text = plotly(title)
    if not regions:
        figure.layout.annotations = [a for a in figure.layout.annotations if not a.text.startswith("no point")]
    placed = [(name, x, y) for name, (x, y, off) in landmarks(result).items() if not off and (x or y)]
    for index, (name, x, y) in enumerate(placed):
        figure.add_scatter(
            x=[0, x], y=[0, y], mode="lines", name=f"line to {plotly(short_name(name))}", hoverinfo="skip",
            line={"color": FINETUNE, "width": 4, "dash": _DASHES[index % len(_DASHES)]},
        )  # fmt: skip
    if placed:
        name, x, y = max(placed, key=lambda place: float(np.hypot(*place[1:])))
        farthest = float(np.hypot(x, y))
        figure.add_scatter(
            x=farthest * np.cos(_TURN), y=farthest * np.sin(_TURN), mode="lines",
            name=f"as far as {plotly(short_name(name))}",
            line={"color": "#888", "width": 1.5, "dash": "dot"}, hoverinfo="skip",
        )  # fmt: skip
    figure.update_layout(height=680, margin_b=150)
    return figure
