"""The needle figure: one capability along random, fine-tune and worst directions on one α axis."""

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go

from landscape.basins.losses import read_by_loss
from landscape.basins.radii import Basin, alpha_of_others
from landscape.figures.gaps import band, not_finite_marks
from landscape.figures.number_style import tick as tick_text
from landscape.figures.numbers import compact
from landscape.figures.palette import FINETUNE, WORST, colors, translucent
from landscape.figures.scale import GRID, Scale, plain_layout, scale_of, titled
from landscape.figures.worst.findings import needle_finding, times_nearer_text
from landscape.outside.text import plotly
from landscape.schema.directions import Direction, Towards, label_of, seed_of, short_name
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import Part, WorstBoundary, computed_of, losses_of, scores_of, worst_of

View = Literal["score", "loss"]
HEIGHT, LINE = 520, 19  # px: the figure, a line of its legend
_DASHES = ("dash", "dot", "dashdot", "longdash")
_SIDES = ("top right", "bottom left", "top left", "bottom right")
_LEAST = 1e-4  # nats: lower losses are drawn here, on an axis of powers of ten


class CurveOptions(NamedTuple):
    """What a reader can choose about the figure."""

    view: View = "score"
    log: bool = True  # whether the α axis is logarithmic
    relative: bool = False
    others: bool = False  # whether the other computed directions are drawn too


def needle_figure(
    result: Result[WorstSpec],
    capability: str,
    endings: Sequence[WorstBoundary],
    basins: Sequence[Basin],
    tolerance: float,
    options: CurveOptions | None = None,
) -> go.Figure:
    """Score (or loss) against α: random draws as median and band, fine-tunes dashed, the worst direction found.

    The worst one is drawn on the examples that its search never saw, and dotted on those that it used; losses so only
    where `basins` are read by loss, else over all examples. On a logarithmic axis θ₀ lies infinitely far to the left.
    """
    by_loss = any(basin.by_loss for basin in basins)
    options = options or CurveOptions()
    scale, worst = scale_of(result, options.relative), worst_of(endings, capability)
    color = colors([capability])[capability]
    start = first_alpha(result, capability) / scale.unit
    losses = read_by_loss(result) if by_loss and options.view == "loss" else None
    draw = _Drawing(result, capability, scale, options, start, losses)
    figure = go.Figure([*_random(draw, color)])
    for index, direction in enumerate(d for d in result.spec.directions if isinstance(d, Towards)):
        figure.add_traces(_finetune(draw, direction, index))
    figure.add_traces(_worst(draw, worst))
    figure.add_traces(_not_finite(draw, color))
    if by_loss == (options.view == "loss"):
        _gap(figure, draw, worst, tolerance)
    more = LINE * math.ceil((len(computed_of(result)) - 1) / 2) if options.others else 0
    title = titled(needle_finding(result, capability, endings, basins, scale), tolerance, by_loss=by_loss)
    if options.view == "loss" and not by_loss:
        title["text"] = title["text"].replace(" (τ", " (by\u00a0score, τ")
    figure.update_layout(plain_layout(title, HEIGHT + more, l=58, b=62 + 5 * LINE + more))
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0, "tracegroupgap": 0},
    )
    _axes(figure, draw)
    return figure


class _Drawing(NamedTuple):
    """The context that every curve is drawn with."""

    result: Result[WorstSpec]
    capability: str
    scale: Scale
    options: CurveOptions
    start: float  # the left edge of a logarithmic axis, in its unit
    losses: Result[WorstSpec] | None = None  # the result read by loss, where boundaries are and losses are drawn

    def line(self, direction: Direction, part: Part = "all") -> tuple[Any, Any] | None:
        """(x, y) of a direction; on a logarithmic axis it begins at the left edge, since θ₀ cannot be shown."""
        if self.losses is not None:
            read = scores_of(self.losses, direction, self.capability, part)
            found = None if read is None else (read[0], -read[1])
        elif self.options.view == "loss":
            found = losses_of(self.result, direction, self.capability) if part != "searched" else None
        else:
            found = scores_of(self.result, direction, self.capability, part)
        if found is None or not len(found[0]):
            return None
        x, y = found[0] / self.scale.unit, np.asarray(found[1], float)
        if self.options.view == "loss":
            y = np.maximum(y, _LEAST)
        return self.from_edge(x, y) if self.options.log else (x, y)

    def number(self, direction: Direction) -> int:
        """The place of a direction in the spec, by which a click on its line is told from others."""
        return self.result.spec.directions.index(direction)

    def from_edge(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Replace α = 0 by the left edge, with an interpolated value."""
        at_edge = np.interp(self.start, x, y)  # NaN beside a point without a score
        beyond = x > self.start
        return np.concatenate([[self.start], x[beyond]]), np.concatenate([[at_edge], y[beyond]])


def first_alpha(result: Result[WorstSpec], capability: str) -> float:
    """The left edge of a logarithmic axis: below the smallest measured α, with some room."""
    rows = result.rows[(result.rows["capability"] == capability) & (result.rows["alpha"] > 0)]
    smallest = float(rows["alpha"].min()) if len(rows) else result.spec.reach / 1000
    return max(smallest, result.spec.reach * 2e-5) / 1.6


def _random(draw: _Drawing, color: str) -> list[go.Scatter]:
    """Median and band over the draws, interpolated at all measured α; every draw on hover."""
    drawn = [d for d in draw.result.spec.directions if seed_of(d) is not None]
    lines = {seed_of(d): line for d in drawn if (line := draw.line(d)) is not None and len(line[0]) > 1}
    if not lines:
        return []
    x = np.unique(np.concatenate([line[0] for line in lines.values()]))
    table = np.stack([np.interp(x, *line, right=np.nan) for line in lines.values()])
    reached = x <= min(line[0][-1] for line in lines.values())
    x, table = x[reached], table[:, reached]
    low, middle, high = table.min(axis=0), np.median(table, axis=0), table.max(axis=0)
    several = len(lines) > 1
    name = f"{len(lines)} random, median and range" if several else "one random direction"
    spread = go.Scatter(
        **band(x, low, high), mode="lines", fill="toself", fillcolor=translucent(color, 0.22), line={"width": 0},
        hoverinfo="skip", showlegend=False, legendgroup="random",
    )  # fmt: skip
    each = [
        go.Scatter(
            x=line[0], y=line[1], mode="lines", line={"color": translucent(color, 0.4), "width": 0.8},
            showlegend=False, legendgroup="random", hovertemplate=_hover(draw, f"random, seed {seed}"),
            meta=next(draw.number(d) for d in drawn if seed_of(d) == seed),
        )
        for seed, line in lines.items()
    ]  # fmt: skip
    median = go.Scatter(
        x=x, y=middle, mode="lines", name=name, legendgroup="random", line={"color": color, "width": 3},
        hovertemplate=_hover(draw, "random, median"), meta=draw.number(drawn[0]),
    )  # fmt: skip
    return [spread, *each, median] if several else [median]


def _finetune(draw: _Drawing, direction: Towards, index: int) -> list[go.Scatter]:
    """The straight way to a checkpoint, dashed, with a star where it stands."""
    name, line = plotly(short_name(direction.checkpoint)), draw.line(direction)
    if line is None:
        return []
    way = go.Scatter(
        x=line[0], y=line[1], mode="lines", name=f"towards {name}", legendgroup=name,
        line={"color": FINETUNE, "width": 2, "dash": _DASHES[index % len(_DASHES)]},
        hovertemplate=_hover(draw, f"towards {name}"), meta=draw.number(direction),
    )  # fmt: skip
    alpha = alpha_of_others(draw.result).get(direction.checkpoint)
    if alpha is None:
        return [way]
    at = alpha / draw.scale.unit
    star = go.Scatter(
        x=[at], y=[np.interp(at, *line)], mode="markers+text", text=[name], textposition=_SIDES[index % len(_SIDES)],
        textfont={"color": FINETUNE, "size": 12}, legendgroup=name, showlegend=False, cliponaxis=False,
        marker={"symbol": "star", "size": 13, "color": FINETUNE, "line": {"width": 1, "color": "#fff"}},
        hovertemplate=_hover(draw, f"<b>{name}</b> stands here"), meta=draw.number(direction),
    )  # fmt: skip
    return [way, star]


def _worst(draw: _Drawing, worst: WorstBoundary | None) -> list[go.Scatter]:
    """The worst direction found, thick on unseen examples and dotted on the search's own; on request the others."""
    traces = []
    for index, direction in enumerate(computed_of(draw.result)):
        main = worst is not None and label_of(direction) == worst.direction
        if not main and not draw.options.others:
            continue
        unseen = draw.line(direction, "held_out")
        whole = draw.line(direction)
        line = unseen or whole
        if line is None:
            continue
        if main:
            part = "unseen examples" if unseen and (draw.losses or draw.options.view == "score") else "all examples"
            traces.append(_curve(draw, line, f"worst found, {part}", {"color": WORST, "width": 3.5}))
            if (searched := draw.line(direction, "searched")) is not None:
                thin = {"color": WORST, "width": 1.5, "dash": "dot"}
                traces.append(_curve(draw, searched, "worst found, searched examples", thin))
        else:
            thin = {"color": translucent(WORST, 0.75), "width": 1.3, "dash": _DASHES[index % len(_DASHES)]}
            traces.append(_curve(draw, line, label_of(direction), thin))
        for trace in traces:
            trace.meta = draw.number(direction) if trace.meta is None else trace.meta
    return traces


def _not_finite(draw: _Drawing, color: str) -> list[go.Scatter]:
    """Marks where a direction that is drawn has no score."""
    lines = [scores_of(draw.result, direction, draw.capability) for direction in draw.result.spec.directions]
    missing = [x[np.isnan(y)] / draw.scale.unit for x, y in filter(None, lines)] if draw.options.view == "score" else []
    return not_finite_marks(np.unique(np.concatenate(missing)), draw.capability, color) if missing else []


def _curve(draw: _Drawing, line: tuple[Any, Any], name: str, style: dict[str, Any]) -> go.Scatter:
    return go.Scatter(
        x=line[0], y=line[1], mode="lines", name=plotly(name), line=style, hovertemplate=_hover(draw, plotly(name))
    )


def _hover(draw: _Drawing, name: str) -> str:
    return f"{name}<br>{draw.scale.symbol} = %{{x}}: {draw.options.view} %{{y:.3f}}<extra></extra>"


def _gap(figure: go.Figure, draw: _Drawing, worst: WorstBoundary | None, tolerance: float) -> None:
    """Draw the floor (of losses the ceiling), and how much nearer the worst boundary lies than the random ones."""
    origin = _origin(draw)
    if origin is None:
        return
    by_loss = draw.losses is not None
    level = origin + tolerance if by_loss else origin - tolerance
    beyond = 2 * level if by_loss else level / 2
    figure.add_hline(y=level, line={"width": 1, "color": "rgba(128,128,128,.8)", "dash": "dot"})
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", showarrow=False, font={"size": 11, "color": "#888"},
        y=math.log10(level) if by_loss else level, yanchor="bottom" if by_loss else "top",
        text=f"ceiling: θ₀ + τ = {level:.2f}" if by_loss else f"floor: θ₀ − τ = {level:.2f}",
    )  # fmt: skip
    if (
        worst is None
        or not worst.alpha
        or worst.times_nearer is None
        or worst.times_nearer <= 1
        or worst.random is None
    ):
        return
    near, far = worst.alpha / draw.scale.unit, worst.random.median / draw.scale.unit
    middle = math.sqrt(near * far) if draw.options.log else (near + far) / 2
    for x in (near, far):
        figure.add_shape(
            type="line", x0=x, x1=x, y0=level, y1=beyond, line={"color": WORST, "width": 1.2, "dash": "dot"}
        )
    figure.add_trace(
        go.Scatter(
            x=[near, middle, far], y=[beyond] * 3, mode="lines+markers+text", showlegend=False,
            line={"color": WORST, "width": 1.5},
            marker={"symbol": ["arrow-left", "circle", "arrow-right"], "size": [10, 0, 10], "color": WORST},
            text=["", f"<b>{times_nearer_text(worst)}</b>", ""],
            textposition="top center", textfont={"size": 13, "color": WORST},
            hovertemplate=f"ends at {draw.scale.symbol} = {compact(near)} against {compact(far)}<extra></extra>",
        )
    )  # fmt: skip


def _origin(draw: _Drawing) -> float | None:
    """The score at θ₀, or the loss; None where it is not known."""
    rows = (draw.losses or draw.result).rows
    own = rows[(rows["capability"] == draw.capability) & (rows["alpha"] == 0)]["score"].dropna()
    return None if own.empty else float(own.iloc[0]) * (-1 if draw.losses is not None else 1)


def _axes(figure: go.Figure, draw: _Drawing) -> None:
    last = 1.08 * draw.result.spec.reach / draw.scale.unit
    axis_style: dict[str, Any] = {"gridcolor": GRID, "zeroline": False}
    if draw.options.log:
        decades = range(math.floor(math.log10(draw.start)), math.ceil(math.log10(last)) + 1)
        ticks = [10.0**power for power in decades]
        figure.update_xaxes(
            type="log", range=[math.log10(draw.start), math.log10(last)], tickvals=ticks,
            ticktext=list(map(tick_text, ticks)),
            minor={"dtick": "D1", "showgrid": True, "gridcolor": "rgba(128,128,128,.08)"},
        )  # fmt: skip
    else:
        figure.update_xaxes(range=[-0.02 * last, last])
        figure.add_vline(x=0, line={"width": 1, "color": "#888"})
    figure.update_xaxes(title=draw.scale.title + (", powers of ten" if draw.options.log else ""), **axis_style)
    if draw.options.view == "score":
        figure.update_yaxes(title="score, share of examples right", range=[-0.03, 1.06], **axis_style)
    else:
        figure.update_yaxes(title="loss, nats per answer token", type="log", dtick=1, tickformat=".4~g", **axis_style)
