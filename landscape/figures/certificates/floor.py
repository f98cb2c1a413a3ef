"""The floor figure: the least score of the noised model against distance, for one σ and one p_A."""

import math
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from landscape.certificates.bounds import certified_radius, strong_floor, weak_floor
from landscape.certificates.rounding import score_down
from landscape.figures.numbers import format_length, proven_length
from landscape.figures.palette import FINETUNE, translucent
from landscape.figures.scale import GRID, headline, plain_layout, with_subscript
from landscape.outside.text import plotly
from landscape.schema.directions import short_name

HEIGHT = 400
NEUTRAL = "#0072B2"


def floor_figure(
    p: float,
    sigma: float,
    r: float,
    threshold: float,
    distances: Mapping[str, float],
    *,
    parameters: int | None = None,
    color: str = NEUTRAL,
) -> go.Figure:
    """Strong and weak floor over r, the threshold q, the chosen distance, and where fine-tunes lie.

    The axis is logarithmic and ends at whole decades, so that it does not move while a reader tries numbers.
    """
    ends = _ends(sigma, [r, *distances.values()])
    line = np.geomspace(10.0 ** ends[0], 10.0 ** ends[1], 300)
    strong = [strong_floor(p, float(x), sigma) for x in line]
    weak = [weak_floor(p, float(x), sigma) for x in line]
    figure = go.Figure()
    said = "r = %{x}: at least %{y:.3f}<extra>%{fullData.name}</extra>"
    figure.add_scatter(
        x=line, y=strong, mode="lines", name="floor", line={"color": color, "width": 2.6}, fill="tozeroy",
        fillcolor=translucent(color, 0.1), hovertemplate=said,
    )  # fmt: skip
    figure.add_scatter(
        x=line, y=weak, mode="lines", name="weak floor", line={"color": color, "width": 1.5, "dash": "dot"},
        hovertemplate=said,
    )  # fmt: skip
    grey = {"color": "#888", "width": 1.5, "dash": "dash"}
    figure.add_scatter(x=line[[0, -1]], y=[threshold] * 2, mode="lines", name="q", line=grey, hoverinfo="skip")
    _radius(figure, certified_radius(p, threshold, sigma), threshold, 10.0 ** ends[0])
    levels = finetune_lines(figure, distances, ends, (0, 1))
    at = max(r, 10.0 ** ends[0])
    floor = strong_floor(p, r, sigma)
    figure.add_scatter(
        x=[at], y=[floor], mode="markers", name="r", cliponaxis=False,
        marker={"size": 15, "color": color, "symbol": "circle", "line": {"width": 2.5, "color": "#fff"}},
        hovertemplate=f"r = {format_length(r)}: at least {score_down(floor, 3)}<extra></extra>",
    )  # fmt: skip
    text = f"{floor_finding(p, sigma, r, threshold)} (σ\u00a0=\u00a0{format_length(sigma)}, p_A\u00a0≥\u00a0{p:g})"
    title = with_subscript(headline(text))
    figure.update_layout(plain_layout(title, HEIGHT + 14 * levels, over=14 * levels + 6, l=64, b=92))
    scale = "" if parameters is None else f"; α = r / √d = r / {format_length(math.sqrt(parameters))}"
    figure.update_xaxes(title=f"r, L2 distance from θ₀{scale}", type="log", range=list(ends), gridcolor=GRID, dtick=1)
    figure.update_xaxes(title_font={"size": 12})
    figure.update_yaxes(title="least score of the noised θ′", range=[-0.03, 1.04], gridcolor=GRID, zerolinecolor="#888")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.2, "x": 0})
    return figure


def floor_finding(p: float, sigma: float, r: float, threshold: float) -> str:
    """What is promised at r (vacuous if that is less than q), and how far q is promised."""
    floor, radius = strong_floor(p, r, sigma), certified_radius(p, threshold, sigma)
    if floor >= threshold:
        return f"At r = {format_length(r)} the noised model still scores at least {score_down(floor)}"
    reach = (
        f"q = {threshold:g} is above p_A, so no radius is certified"
        if radius is None
        else f"q = {threshold:g} is promised to r = {proven_length(radius)}"
    )
    return f"Vacuous at r = {format_length(r)}: the floor is {score_down(floor)}, below q; {reach}"


def _ends(sigma: float, distances: list[float]) -> tuple[int, int]:
    """Whole decades around σ and every distance."""
    farthest = max([10 * sigma, *distances])
    nearest = min([sigma / 20, *(r for r in distances if r > 0)])
    return math.floor(math.log10(nearest) + 1e-9), math.ceil(math.log10(farthest) - 1e-9)


def _radius(figure: go.Figure, radius: float | None, threshold: float, left: float) -> None:
    """Mark where the floor meets q: a ring with its number, and a line down to the axis."""
    if radius is None or not left < radius < math.inf:
        return
    said = proven_length(radius)
    figure.add_scatter(
        x=[radius, radius], y=[threshold, 0], mode="lines", showlegend=False, hoverinfo="skip",
        line={"color": "#888", "width": 1.5},
    )  # fmt: skip
    figure.add_scatter(
        x=[radius], y=[threshold], mode="markers+text", name="certified radius", text=[f" {said}"],
        textposition="top right", marker={"symbol": "circle-open", "size": 11, "color": "#888", "line": {"width": 2}},
        hovertemplate=f"certified radius {said}<extra></extra>",
    )  # fmt: skip


def finetune_lines(
    figure: go.Figure,
    distances: Mapping[str, float],
    ends: tuple[float, float],
    across: tuple[float, float],
    yref: str = "paper",
) -> int:
    """Draw a line at each fine-tune on a logarithmic axis, with stacked names; return how many lines of names.

    Args:
        figure: to draw in.
        distances: r by checkpoint.
        ends: of the axis, as powers of ten.
        across: from where to where a line goes, in units of `yref`.
        yref: the axis of `across`.
    """
    ordered = sorted(((name, r) for name, r in distances.items() if r > 0), key=lambda item: -item[1])
    for level, (name, r) in enumerate(ordered):
        line = {"width": 1.5, "color": FINETUNE, "dash": "dash"}
        figure.add_shape(type="line", x0=r, x1=r, y0=across[0], y1=across[1], yref=yref, line=line, layer="below")
        right = math.log10(r) > sum(ends) / 2  # the name goes where there is room for it
        figure.add_annotation(
            x=math.log10(r), y=1, yref="paper", yanchor="bottom", yshift=14 * level, showarrow=False,
            xanchor="right" if right else "left", xshift=5 if right else -5,
            text=f"{plotly(short_name(name))}, r = {format_length(r)}", font={"color": FINETUNE, "size": 12},
        )  # fmt: skip
    return len(ordered)
