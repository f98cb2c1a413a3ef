"""The mark on a curve where the capability is lost."""

import numpy as np
import plotly.graph_objects as go

from landscape.basins.boundaries import RayEnds
from landscape.figures.slices.findings import end_text
from landscape.outside.text import plotly


def end_mark(line: go.Scatter, capability: str, ends: RayEnds | None, lost: str, unit: float) -> go.Scatter | None:
    """A stroke through a capability's line at its median boundary; None where half of the directions never lose it.

    `lost` is the τ in words; the line may show score or loss, whichever the boundaries are read by.
    """
    if ends is None or not np.isfinite(middle := float(np.median(ends.found))):
        return None
    at = middle / unit
    return go.Scatter(
        x=[at],
        y=[np.interp(at, np.asarray(line.x, float), np.asarray(line.y, float))],
        legendgroup=line.legendgroup,
        showlegend=False,
        mode="markers",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": line.line.color}},
        hovertemplate=f"<b>{plotly(capability)}</b> {plotly(end_text(ends, unit))} ({lost})<extra></extra>",
    )
