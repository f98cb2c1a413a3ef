"""The relief of a plane: one capability's score or loss as a surface in 3-D."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from landscape.figures.planes.map import View, span
from landscape.outside.text import plotly
from landscape.planes.grid import axis
from landscape.planes.regions import Region
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec


def relief_figure(
    result: Result[PlaneSpec], regions: Mapping[str, Region], capability: str, *, view: View = "score"
) -> go.Figure:
    """The field of the map as a surface that can be turned."""
    spec = result.spec
    region = regions[capability]
    field = region.field(view)
    low, high = span(region, view)
    form = {"z": field.astype(np.float32), "x": axis(spec.x, spec.grid), "y": axis(spec.y, spec.grid)}
    hover = f"x %{{x}}, y %{{y}}<br>{plotly(capability)} {view} %{{z:.3f}}<extra></extra>"
    bar = {"title": {"text": view, "side": "right"}, "thickness": 12, "len": 0.7}
    figure = go.Figure(go.Surface(**form, colorscale="Viridis", cmin=low, cmax=high, hovertemplate=hover, colorbar=bar))
    figure.update_layout(
        title={"text": f"{plotly(capability)}: {view} over the plane", "font": {"size": 15}, "x": 0, "xref": "paper"},
        height=460,
        margin={"l": 5, "r": 5, "t": 45, "b": 5},
        paper_bgcolor="rgba(0,0,0,0)",
        scene={
            "xaxis": {"title": {"text": "x, α"}},
            "yaxis": {"title": {"text": "y, α"}},
            "zaxis": {"title": {"text": view}, "range": [low, high]},
            "aspectratio": {"x": 1, "y": 1, "z": 0.6},
        },
    )
    return figure
