"""A surface that another program measured: its values in colour with contours, or as a curve, and the best of them."""

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

from landscape.figures.number_style import tick
from landscape.figures.palette import OKABE_ITO
from landscape.figures.planes.map import map_layout
from landscape.outside.text import plotly
from landscape.schema.numbers import number
from landscape.surfaces.surface import NATS, SHARE, Array, Surface

MOST_DRAWN = 300  # points along an axis: more cannot be told apart
_LOG_FROM = 50  # times: from this ratio of the highest to the lowest value on, colours follow the logarithm
_CONTOURS = 10
_KNOWN = 0.5  # of the points: between fewer, lines of equal value would be specks
Span = tuple[float, float]


def imported_figure(surface: Surface, span: Span | None = None) -> go.Figure:
    """The map of a surface, or the curve of one along a line; the best value is marked.

    `span`: the range of the colours, where it is shared with another map; otherwise that of the values.
    """
    figure = go.Figure()
    if surface.y is None:
        _curve(figure, surface)
    else:
        _map(figure, surface, surface.y, span)
    figure.add_trace(_mark(surface))
    figure.update_layout(**map_layout(imported_finding(surface)), height=540)
    return figure


def imported_finding(surface: Surface) -> str:
    """One line: which values from which file, and how far they reach."""
    low, high = number(surface.lowest[2], 3), number(surface.highest[2], 3)
    place = surface.place_text(surface.marked)
    if low == high:
        return f"{surface.quantity} of {surface.name} is {low} everywhere"
    if surface.better_high:
        return f"{surface.quantity} of {surface.name}: highest {place}; lowest {low}"
    return f"{surface.quantity} of {surface.name}: lowest {place}; highest {high}"


def imported_caption(surface: Surface) -> str:
    """What a reader needs beside the picture, as plain text."""
    parts = [f"From {surface.name} ({surface.format}), {surface.shape_text}", f"Axes: {surface.axis_unit}"]
    if surface.unit:
        parts.append(f"Values: {surface.unit}")
    if said := _drawn_text(surface):
        parts.append(said)
    return ". ".join([*parts, "No interval, no examples and no τ: nothing here says where a capability ends."])


def is_logarithmic(surface: Surface) -> bool:
    """Whether the values are drawn by their logarithm: all above 0, and the highest many times the lowest."""
    low, high = surface.lowest[2], surface.highest[2]
    return low > 0 and high / low >= _LOG_FROM


def _drawn_text(surface: Surface) -> str:
    steps = [_step(len(axis)) for axis in (surface.x, surface.y) if axis is not None]
    if max(steps) == 1:
        return ""
    return f"Drawn: one point of {max(steps)} along the longest axis; the marked value is that of all points"


def _step(count: int) -> int:
    return math.ceil(count / MOST_DRAWN)


def _map(figure: go.Figure, surface: Surface, y: Array, span: Span | None) -> None:
    rows, columns = slice(None, None, _step(len(y))), slice(None, None, _step(len(surface.x)))
    xs, ys, values = surface.x[columns], y[rows], surface.values[rows, columns]
    logarithmic = span is None and is_logarithmic(surface)
    field = np.log10(values) if logarithmic else values
    low, high = span or (surface.lowest[2], surface.highest[2])
    if logarithmic:
        low, high = math.log10(low), math.log10(high)
    name = plotly(surface.quantity)
    figure.add_trace(
        go.Heatmap(
            x=xs, y=ys, z=field, customdata=values, name=name, colorscale="Viridis", hoverongaps=False,
            zmin=low if high > low else None, zmax=high if high > low else None,
            hovertemplate=f"x %{{x}}, y %{{y}}<br>{name} %{{customdata:.4~g}}<extra></extra>",
            colorbar=_bar(surface, logarithmic, low, high),
        )
    )  # fmt: skip
    if high > low and np.isfinite(field).mean() >= _KNOWN:
        figure.add_traces(_contours(xs, ys, field, low, high))
    across, up = float(np.ptp(surface.x)), float(np.ptp(y))
    figure.update_layout(meta={"aspect": min(1.0, max(0.4, up / across))})
    _axes(figure, surface)
    if 0.5 <= up / across <= 2:
        figure.update_yaxes(scaleanchor="x")


def _bar(surface: Surface, logarithmic: bool, low: float, high: float) -> dict[str, Any]:
    text = {NATS: "loss", SHARE: "score"}.get(surface.unit, surface.unit)
    bar: dict[str, Any] = {"thickness": 12, "x": 1.01}
    if logarithmic:
        values = [by * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for by in (1, 2, 5)]
        shown = [value for value in values if low <= math.log10(value) <= high]
        decades = [value for value in shown if math.log10(value) == round(math.log10(value))]
        shown = decades if len(decades) >= 3 else shown
        bar |= {"tickvals": [math.log10(value) for value in shown], "ticktext": [tick(value) for value in shown]}
        text = f"{text}, log scale" if text else "log scale"  # a longer one would make the map smaller
    return bar | {"title": {"text": plotly(text), "side": "top", "font": {"size": 11}}}


def _contours(xs: Array, ys: Array, field: Array, low: float, high: float) -> list[go.Contour]:
    """Lines of equal value, pale on dark, so that they are seen on every colour."""
    step = (high - low) / _CONTOURS
    levels = {"coloring": "none", "start": low + step, "end": high - step, "size": step}
    same: dict[str, Any] = {"x": xs, "y": ys, "z": field, "contours": levels, "hoverinfo": "skip", "showscale": False}
    dark, pale = {"color": "rgba(0,0,0,.35)", "width": 2}, {"color": "rgba(255,255,255,.85)", "width": 0.9}
    return [
        go.Contour(**same, line=dark, showlegend=False),
        go.Contour(**same, line=pale, name="lines of equal value", showlegend=False),
    ]


def _curve(figure: go.Figure, surface: Surface) -> None:
    name = plotly(surface.quantity)
    columns = slice(None, None, _step(len(surface.x)))
    figure.add_trace(
        go.Scatter(
            x=surface.x[columns], y=surface.values[columns], name=name, mode="lines+markers", showlegend=False,
            line={"color": OKABE_ITO[0], "width": 2}, marker={"size": 4},
            hovertemplate=f"x %{{x}}<br>{name} %{{y:.4~g}}<extra></extra>",
        )
    )  # fmt: skip
    _axes(figure, surface)
    figure.update_yaxes(
        title=plotly(surface.value_text), type="log" if is_logarithmic(surface) else "linear", showgrid=True,
        gridcolor="rgba(128,128,128,.2)",
    )  # fmt: skip


def _axes(figure: go.Figure, surface: Surface) -> None:
    style: dict[str, Any] = {"showgrid": False, "zeroline": False, "constrain": "domain", "nticks": 6, "tickangle": 0}
    figure.update_xaxes(title=plotly(surface.titles[0]), **style)
    figure.update_yaxes(title=plotly(surface.titles[1]), **style)


def _mark(surface: Surface) -> go.Scatter:
    x, y, value = surface.marked
    said = f"{'highest' if surface.better_high else 'lowest'}: {number(value, 4)}"
    return go.Scatter(
        x=[x], y=[value if y is None else y], name=said, mode="markers", showlegend=True,
        hovertemplate=f"{said}<br>x %{{x}}" + ("" if y is None else ", y %{y}") + "<extra></extra>",
        marker={"symbol": "star", "size": 13, "color": "#fff", "line": {"width": 1.5, "color": "#111"}},
    )  # fmt: skip
