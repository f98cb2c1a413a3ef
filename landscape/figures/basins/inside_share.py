"""The share of random directions in which each capability still holds, against α."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from landscape.basins.inside_share import inside_share
from landscape.basins.radii import Basin
from landscape.figures.basins.findings import rim_of
from landscape.figures.palette import DASHES, colors, translucent
from landscape.figures.scale import GRID, Scale, plain_layout, titled, with_known_radius
from landscape.outside.text import plotly
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

HEIGHT = 430
FINE = 400  # α between θ₀ and the rim


def inside_share_figure(
    result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float, scale: Scale
) -> go.Figure:
    """P[inside] against α, a step a direction, with a 95 % band for the choice of directions and examples.

    Only capabilities whose every random direction is bracketed are drawn.
    """
    shown = [basin for basin in with_known_radius(result, basins) if basin.ends is not None]
    figure, palette = go.Figure(), colors([basin.capability for basin in basins])
    alphas = np.linspace(0, rim_of(result, basins), FINE)
    for place, basin in enumerate(shown):
        assert basin.ends is not None
        found, color, group = inside_share(basin.ends, alphas), palette[basin.capability], basin.capability
        x = (found.alphas / scale.unit).astype(np.float32)
        figure.add_scatter(
            x=np.concatenate([x, x[::-1]]), y=np.concatenate([found.high, found.low[::-1]]), mode="lines",
            fill="toself", fillcolor=translucent(color, 0.12), line={"width": 0}, showlegend=False, hoverinfo="skip",
            legendgroup=group,
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=found.share, mode="lines", name=plotly(group), legendgroup=group,
            line={"color": color, "width": 2.5, "dash": DASHES[place % len(DASHES)], "shape": "hv"},
            customdata=np.stack([found.low, found.high], axis=1).astype(np.float32),
            hovertemplate=f"<b>{plotly(group)}</b> holds in %{{y:.0%}} of directions at {scale.symbol} = %{{x}}"
            "<br>95 %: %{customdata[0]:.2f} to %{customdata[1]:.2f}<extra></extra>",
        )  # fmt: skip
    title = titled(inside_share_finding(shown, scale), tolerance, by_loss=result.by_loss)
    figure.update_layout(plain_layout(title, HEIGHT, l=66, b=104))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.24, "x": 0})
    figure.update_xaxes(title=scale.title, gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title="share of directions still inside", range=[-0.03, 1.05], gridcolor=GRID, zeroline=False)
    return figure


def inside_share_finding(basins: Sequence[Basin], scale: Scale) -> str:
    """Between which α the random directions leave each capability: `8 random directions leave basic at α = 0.011 to …`.

    Directions that never left are counted.
    """
    rays = max((len(basin.draws) for basin in basins), default=0)
    texts = [text for basin in basins if (text := _left(basin, scale))]
    if not texts:
        return "No random direction leaves anything within the reach"
    return f"{rays} random direction{'s leave' if rays != 1 else ' leaves'} {', '.join(texts)}"


def _left(basin: Basin, scale: Scale) -> str:
    found = np.sort([math.inf if end.alpha is None else end.alpha for end in basin.draws])
    left = found[np.isfinite(found)]
    if not left.size:
        return ""
    low, high = scale.format(float(left[0])), scale.format(float(left[-1]))
    where = f"{basin.capability} at {scale.symbol} = {low}{f' to {high}' if high != low else ''}"
    return where if len(left) == len(found) else f"{where} ({len(found) - len(left)} of {len(found)} never)"
