"""The forest plot of basins: a row a capability with median radius, 95 % interval and every ray, and checkpoints."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from landscape.basins.radii import Basin, alpha_of_others
from landscape.figures.basins.findings import checkpoint_sides, coarseness, extent_ratio, radii_summary, rim_of
from landscape.figures.palette import FINETUNE, MARKERS, colors, translucent
from landscape.figures.scale import GRID, Scale, plain_layout, scale_of, titled, with_known_radius
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Towards, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

ROW, AROUND = 64, 110  # px: a row, and what stands above and below the rows


def forest_figure(
    result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float, *, relative: bool = False
) -> go.Figure:
    """A row a capability, then a row for each checkpoint in the spec: where each capability ends on the way to it.

    A row shows only its rays while its radius may not be stated, and says so if there is no basin.
    """
    scale, names = scale_of(result, relative), [name_of(name) for name in result.spec.capabilities]
    others = list(dict.fromkeys(d.checkpoint for d in result.spec.directions if isinstance(d, Towards)))
    palette, stated, figure = colors(names), with_known_radius(result, basins), go.Figure()
    for row, name in enumerate(names):
        found = next((basin for basin in basins if basin.capability == name), None)
        if found is None or not found.rays:
            figure.add_annotation(_remark(found, row))
            continue
        figure.add_trace(_rays(found, row, palette[name], scale))
        if found in stated:
            marker = MARKERS[row % len(MARKERS)]
            figure.add_traces(_radius(found, row, palette[name], marker, scale, rim_of(result, basins)))
    for row, name in enumerate(others, len(names)):
        figure.add_traces(_way(result, basins, name, row, palette, scale))
    _checkpoints(figure, result, scale, len(names))
    text = (
        extent_ratio(result, basins)
        or radii_summary(result, basins, scale)
        or checkpoint_sides(result, basins)
        or "Nothing is known yet"
    )
    levels = 14 * len(alpha_of_others(result))
    title = titled(text, tolerance, coarseness(basins), by_loss=result.by_loss)
    rows = [*(f"<b>{plotly(name)}</b>" for name in names), *(f"to<br>{plotly(short_name(name))}" for name in others)]
    figure.update_layout(plain_layout(title, AROUND + ROW * len(rows) + levels, over=levels + 4, l=78, b=60))
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=rows, range=[len(rows) - 0.5, -0.5], showgrid=False, zeroline=False,
        fixedrange=True,
    )  # fmt: skip
    limit = rim_of(result, basins) / scale.unit
    figure.update_xaxes(title=scale.title, range=[-0.02 * limit, 1.06 * limit], gridcolor=GRID, zerolinecolor="#888")
    figure.update_layout(showlegend=False)
    return figure


def _remark(basin: Basin | None, row: int) -> dict[str, Any]:
    """The annotation that says why a row is empty."""
    why = "no point yet" if basin is None or basin.bounded else basin.why
    text = f"<i>{why}{' at θ₀' if basin is not None and why in ('no loss', 'not measurable') else ''}</i>"
    return {
        "x": 1,
        "xref": "paper",
        "y": row,
        "text": text,
        "showarrow": False,
        "xanchor": "right",
        "font": {"color": "#888"},
    }


def _way(
    result: Result[BasinSpec], basins: Sequence[Basin], name: str, row: int, palette: dict[str, str], scale: Scale
) -> list[go.Scatter]:
    """The straight way to a checkpoint: the checkpoint as a star, and a mark where each capability ends."""
    order = [name_of(capability) for capability in result.spec.capabilities]
    found = [
        (basin.capability, ray.boundary)
        for basin in basins
        for ray in basin.rays
        if ray.label == f"towards {name}" and ray.sign > 0
    ]
    at = [(end.inside if end.alpha is None else end.alpha) / scale.unit for _, end in found]
    symbols = [MARKERS[order.index(capability) % len(MARKERS)] for capability, _ in found]
    ends = go.Scatter(
        x=at, y=[row + 0.14 * (order.index(c) - (len(order) - 1) / 2) for c, _ in found], mode="markers",
        marker={
            "symbol": [f"{s}-open" if end.alpha is None else s for s, (_, end) in zip(symbols, found, strict=True)],
            "size": 8, "color": [palette[capability] for capability, _ in found], "opacity": 0.9,
            "line": {"width": 1.5, "color": [palette[capability] for capability, _ in found]},
        },
        text=[f"{'still inside' if end.alpha is None else 'ends'}" for _, end in found],
        customdata=[plotly(capability) for capability, _ in found],
        hovertemplate=f"to {plotly(short_name(name))}: <b>%{{customdata}}</b> %{{text}}<br>"
        f"at {scale.symbol} = %{{x}}<extra></extra>",
    )  # fmt: skip
    alpha = alpha_of_others(result).get(name)
    if alpha is None:
        return [ends]
    star = go.Scatter(
        x=[0, alpha / scale.unit], y=[row, row], mode="lines+markers", line={"color": FINETUNE, "width": 3},
        marker={"symbol": ["circle", "star-diamond"], "size": [0, 15], "color": FINETUNE, "opacity": 1},
        hovertemplate=f"<b>{plotly(short_name(name))}</b> stands at "
        f"{scale.symbol} = {number(alpha / scale.unit)}<extra></extra>",
    )  # fmt: skip
    return [star, ends]


def _rays(basin: Basin, row: int, color: str, scale: Scale) -> go.Scatter:
    """Every random ray as a tick under the row's middle; one that has not left points on to the right."""
    rays = [ray for ray in basin.rays if ray.random]
    ends = [ray.boundary for ray in rays]
    texts = [
        f"<b>{plotly(basin.capability)}</b>, seed {ray.seed}: "
        + ("still inside at" if end.alpha is None else "ends at")
        + f" {scale.symbol} = {number((end.inside if end.alpha is None else end.alpha) / scale.unit)}"
        for ray, end in zip(rays, ends, strict=True)
    ]
    return go.Scatter(
        x=[(end.inside if end.alpha is None else end.alpha) / scale.unit for end in ends],
        y=[row + 0.27] * len(ends),
        mode="markers",
        marker={
            "symbol": ["triangle-right-open" if end.alpha is None else "line-ns-open" for end in ends],
            "size": 9, "color": color, "line": {"width": 1.8, "color": color},
        },
        text=texts,
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip


def _radius(basin: Basin, row: int, color: str, marker: str, scale: Scale, end: float) -> list[go.Scatter]:
    """The interval as a bar (to the edge where it is open), the median as a marker; hollow: at least."""
    found = basin.radius
    assert found is not None
    sign = "≥" if found.at_least else "="
    said = f"<b>{plotly(basin.capability)}</b>: median {scale.symbol} {sign} {number(found.median / scale.unit)}"
    dot = go.Scatter(
        x=[found.median / scale.unit], y=[row], mode="markers",
        marker={"symbol": f"{marker}-open" if found.at_least else marker, "size": 13, "color": color,
                "line": {"width": 2, "color": color}},
    )  # fmt: skip
    if found.spread is None:
        return [dot.update(hovertemplate=f"{said}<br>one direction: no range, no interval<extra></extra>")]
    name, low, high = found.spread
    far = "beyond what was searched" if math.isinf(high) else number(high / scale.unit)
    dot.hovertemplate = f"{said}<br>{name}: {number(low / scale.unit)} to {far}, {found.rays} rays<extra></extra>"
    if math.isnan(found.low):
        return [dot]
    bar = go.Scatter(
        x=[low / scale.unit, min(high, 1.06 * end) / scale.unit], y=[row, row], mode="lines",
        line={"color": translucent(color, 0.5), "width": 9}, hoverinfo="skip",
    )  # fmt: skip
    return [bar, dot]


def _checkpoints(figure: go.Figure, result: Result[BasinSpec], scale: Scale, rows: int) -> None:
    """α of each checkpoint across the capabilities' rows; names one above the other, as their lines may stand close."""
    ordered = sorted(alpha_of_others(result).items(), key=lambda item: -item[1])
    for level, (name, alpha) in enumerate(ordered):
        x = alpha / scale.unit
        line = {"width": 1.5, "color": FINETUNE, "dash": "dash"}
        figure.add_shape(type="line", x0=x, x1=x, y0=-0.5, y1=rows - 0.5, line=line)
        figure.add_annotation(
            x=x, y=1, yref="paper", yanchor="bottom", yshift=14 * level, xanchor="left", xshift=-4, showarrow=False,
            text=f"as far as {plotly(short_name(name))}", font={"color": FINETUNE, "size": 12},
        )  # fmt: skip
