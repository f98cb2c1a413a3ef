"""What noise foretold of a deployment move, in the figure of the move."""

import plotly.graph_objects as go

from landscape.outside.text import plotly
from landscape.schema.directions import Move, label_of
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec
from landscape.slices.move_predictions import matched


def foretold_by_noise(
    result: Result[SliceSpec], panel: str, capability: str, color: str, unit: float
) -> go.Scatter | None:
    """The mean of the draws of matched noise as an open diamond, with their range; None where there are none."""
    move = next((d.name for d in result.spec.directions if isinstance(d, Move) and label_of(d) == panel), None)
    if move is None or result.facts is None:
        return None
    alpha = result.facts.alpha_of.get(panel, 0.0)
    noise = matched(result, move, capability, alpha)
    if noise is None:
        return None
    ends = {"array": [noise.high - noise.mean], "arrayminus": [noise.mean - noise.low], "symmetric": False}
    return go.Scatter(
        x=[alpha / unit],
        y=[noise.mean],
        error_y={**ends, "color": color, "thickness": 1.5},
        legendgroup=capability,
        showlegend=False,
        mode="markers",
        marker={"symbol": "diamond-open", "size": 11, "color": color},
        hovertemplate=f"<b>{plotly(capability)}</b> under noise of the move's size in each tensor: %{{y:.3f}}<br>"
        f"{len(noise.scores)} draws: {noise.low:.3f} to {noise.high:.3f}<extra></extra>",
    )
