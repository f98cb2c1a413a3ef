"""The radius of each capability against how much of its score may be lost: how suddenly it is lost."""

import math
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from landscape.basins.boundaries import Radius
from landscape.basins.steepness import PARABOLA, TIMES, CliffIndex
from landscape.figures.palette import MARKERS, colors, translucent
from landscape.figures.scale import GRID, Scale, headline, plain_layout
from landscape.outside.text import plotly
from landscape.schema.directions import join_words
from landscape.schema.numbers import number

HEIGHT = 430
NATS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5)
TOLERANCES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def tolerance_figure(
    radii: Mapping[str, Mapping[float, Radius]],
    indices: Mapping[str, CliffIndex],
    tolerance: float,
    scale: Scale,
    *,
    by_loss: bool = False,
) -> go.Figure:
    """Median radius with its 95 % interval against τ, a line a capability; dotted, a parabola through the chosen τ."""
    figure, palette = go.Figure(), colors(list(radii))
    for place, (name, known) in enumerate(radii.items()):
        shown = {tau: found for tau, found in sorted(known.items()) if not found.at_least and found.median > 0}
        color, group = palette[name], {"legendgroup": name}
        if not shown:
            continue
        x, middle = np.array(list(shown)), np.array([found.median for found in shown.values()]) / scale.unit
        sure = {t: r for t, r in shown.items() if not math.isnan(r.low) and r.low > 0 and math.isfinite(r.high)}
        if sure:
            low, high = (np.array([getattr(r, end) for r in sure.values()]) / scale.unit for end in ("low", "high"))
            figure.add_scatter(
                x=np.concatenate([list(sure), list(sure)[::-1]]), y=np.concatenate([high, low[::-1]]), fill="toself",
                mode="lines", line={"width": 0}, fillcolor=translucent(color, 0.16), showlegend=False,
                hoverinfo="skip", **group,
            )  # fmt: skip
        figure.add_scatter(
            x=x, y=middle, mode="lines+markers", name=plotly(name), line={"color": color, "width": 2.5},
            marker={"symbol": MARKERS[place % len(MARKERS)], "size": 6}, text=[_hover(name, t, r, scale, by_loss)
            for t, r in shown.items()], hovertemplate="%{text}<extra></extra>", **group,
        )  # fmt: skip
        if tolerance in shown:
            figure.add_scatter(
                x=x, y=shown[tolerance].median / scale.unit * np.sqrt(x / tolerance), mode="lines", showlegend=False,
                line={"color": color, "width": 1.2, "dash": "dot"}, hoverinfo="skip", **group,
            )  # fmt: skip
    figure.add_vline(x=tolerance, line={"width": 1, "color": "#888"})
    figure.update_layout(
        plain_layout(headline(steepness_finding(indices, tolerance, by_loss=by_loss)), HEIGHT, l=66, b=104)
    )
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.24, "x": 0})
    ticks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, *([1, 2, 5] if by_loss else [0.9])]
    figure.update_xaxes(
        title="τ, how far the loss rises, nats" if by_loss else "τ, how much of the score is lost",
        type="log",
        gridcolor=GRID,
        tickvals=ticks,
        ticktext=list(map(str, ticks)),
    )
    figure.update_yaxes(title=f"radius, {scale.short}", type="log", gridcolor=GRID)
    return figure


def _hover(name: str, tau: float, radius: Radius, scale: Scale, by_loss: bool) -> str:
    lost = f"the loss has risen by {tau:g} nats" if by_loss else f"{tau:g} is lost"
    interval = "" if math.isnan(radius.low) else f" (95 %: {scale.format(radius.low)} to {_open(radius.high, scale)})"
    return f"<b>{plotly(name)}</b>: {lost} at {scale.symbol} ≈ {scale.format(radius.median)}{interval}"


def _open(value: float, scale: Scale) -> str:
    return "beyond" if math.isinf(value) else scale.format(value)


def steepness_finding(indices: Mapping[str, CliffIndex], tolerance: float, *, by_loss: bool = False) -> str:
    """Which capabilities are lost faster than along a parabola, slower, or like one as far as their intervals tell.

    `Losing 0.5 takes this many times the α of losing 0.05: basic 1.8 [1.4, 2.1], faster than a parabola (3.2); …`
    """
    if not indices:
        side = "above" if by_loss else "below"
        return f"How suddenly a capability is lost is not known: none is followed to {TIMES} τ {side} θ₀"
    groups: dict[str, list[str]] = {}
    for name, index in indices.items():
        groups.setdefault(_pace(index), []).append(f"{name} {index.text}")
    texts = [f"{join_words(groups[pace])}{words}" for pace, words in _PACES.items() if pace in groups]
    lost = "a rise of the loss by {:g} nats" if by_loss else "losing {:g}"
    near, far = lost.format(tolerance), lost.format(TIMES * tolerance)
    return f"{far[0].upper()}{far[1:]} takes this many times the α of {near}: {'; '.join(texts)}"


_PACES = {
    "faster": f", faster than a parabola ({number(PARABOLA, 2)})",
    "like": f", not told apart from a parabola ({number(PARABOLA, 2)})",
    "slower": f", slower than a parabola ({number(PARABOLA, 2)})",
    "range": ", a range of a few directions",
}


def _pace(index: CliffIndex) -> str:
    if index.is_range:
        return "range"
    return "faster" if index.high < PARABOLA else "slower" if index.low > PARABOLA else "like"
