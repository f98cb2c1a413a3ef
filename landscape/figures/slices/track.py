"""The figures of the first lessons: score and loss along one direction, and the score along several draws."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from landscape.figures.gaps import not_finite_marks
from landscape.figures.palette import FINETUNE, colors, translucent
from landscape.figures.scale import GRID, headline, plain_layout
from landscape.outside.text import plotly

HEIGHT, SHOWN = 520, 40  # px; examples drawn one by one
SPLIT = 0.46  # where the lower panel ends, as a share of the plot


class Line(NamedTuple):
    """Scores and losses at ascending α along one direction; a score is NaN where logits are not finite."""

    alphas: np.ndarray
    scores: np.ndarray
    losses: np.ndarray


class Threshold(NamedTuple):
    """A threshold on the losses of single examples, and the share below it: another score."""

    value: float  # nats per token
    losses: np.ndarray  # (alphas, examples)
    passing: np.ndarray  # (alphas,)


def track_figure(
    name: str,
    line: Line,
    edge: float | None,
    title: str,
    *,
    at: float | None = None,
    threshold: Threshold | None = None,
    parts: Sequence[str] = ("score", "loss"),
) -> go.Figure:
    """Score above and loss below on one α axis, the edge of the basin as a dotted line, the reader's place as a ring.

    With a threshold, also the losses of single examples and the score that the threshold makes of them. Parts that are
    left out of `parts` keep their empty axes, for what is still to be revealed.
    """  # fmt: skip
    color, figure = colors([name])[name], go.Figure()
    if threshold is not None and "loss" in parts:
        figure.add_traces(_thresholded(line.alphas, threshold))
    for part, values, axis in (("score", line.scores, "y"), ("loss", line.losses, "y2")):
        if part not in parts:
            _hidden(figure, part, axis)
            continue
        figure.add_scatter(
            x=line.alphas, y=values, yaxis=axis, name=f"{part} of {plotly(name)}",
            mode="lines+markers" if len(line.alphas) < 30 else "lines",
            line={"color": color, "width": 3, "dash": "solid" if part == "score" else "dash"}, marker={"size": 5},
            hovertemplate=f"{part} %{{y}} at α = %{{x}}<extra></extra>",
        )  # fmt: skip
        if part == "score":
            figure.add_traces(not_finite_marks(line.alphas[np.isnan(values)], name, color))
        if at is not None:
            figure.add_trace(_place(at, float(np.interp(at, line.alphas, values)), axis))
    if edge is not None and len(line.alphas) > 1:
        _edge(figure, edge)
    figure.update_layout(plain_layout(headline(title), HEIGHT, over=22, l=62, b=96 if threshold is None else 140))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.17, "x": 0})
    last = float(line.alphas[-1]) or 1.0
    axis_style: dict[str, Any] = {"gridcolor": GRID, "zeroline": False}
    figure.update_xaxes(title="α, RMS change per weight", range=[-0.02 * last, 1.02 * last], anchor="y2", **axis_style)
    figure.update_layout(
        yaxis={"title": "score", "range": [-0.04, 1.06], "domain": [SPLIT + 0.08, 1], **axis_style},
        yaxis2={"title": "loss, nats", "domain": [0, SPLIT], **axis_style} | _loss_axis(line, threshold),
    )
    return figure


def _loss_axis(line: Line, threshold: Threshold | None) -> dict[str, Any]:
    """The loss axis: logarithmic for single examples, which differ by orders of magnitude; linear for their mean."""
    if threshold is not None:
        return {"type": "log", "range": [-3.2, 1.2], "dtick": 1, "tickformat": ".4~g"}
    known = line.losses[np.isfinite(line.losses)]
    return {"range": [0, 1.08 * float(known.max()) if known.size and known.max() > 0 else 1.0]}


def _thresholded(alphas: np.ndarray, threshold: Threshold) -> list[go.Scatter]:
    few = threshold.losses[:, :SHOWN].astype(float)
    gap = np.full((1, few.shape[1]), np.nan)
    each = go.Scatter(
        x=np.tile(np.append(alphas, np.nan), few.shape[1]), y=np.vstack([np.maximum(few, 1e-3), gap]).T.ravel(),
        yaxis="y2", mode="lines", name=f"loss of {few.shape[1]} single answers", hoverinfo="skip",
        line={"color": "rgba(128,128,128,.35)", "width": 0.8},
    )  # fmt: skip
    across = go.Scatter(
        x=[alphas[0], alphas[-1]], y=[threshold.value] * 2, yaxis="y2", mode="lines", name="your threshold",
        line={"color": FINETUNE, "width": 2.5, "dash": "dot"}, hovertemplate="threshold %{y:g} nats<extra></extra>",
    )  # fmt: skip
    made = go.Scatter(
        x=alphas, y=threshold.passing, mode="lines", name="share below your threshold",
        line={"color": FINETUNE, "width": 2.5, "dash": "dot"},
        hovertemplate="%{y:.3f} below the threshold at α = %{x}<extra></extra>",
    )  # fmt: skip
    return [each, across, made]


def _place(at: float, value: float, axis: str) -> go.Scatter:
    return go.Scatter(
        x=[at], y=[value], yaxis=axis, mode="markers", name="you", showlegend=axis == "y", cliponaxis=False,
        marker={"symbol": "circle-open", "size": 17, "color": FINETUNE, "line": {"width": 3.5}},
        hovertemplate="you stand here<extra></extra>",
    )  # fmt: skip


def _edge(figure: go.Figure, edge: float) -> None:
    figure.add_shape(
        type="line", x0=edge, x1=edge, y0=0, y1=1, yref="paper", line={"color": "#888", "width": 1.5, "dash": "dot"}
    )
    figure.add_annotation(
        x=edge, y=1, yref="paper", yanchor="bottom", text="the basin ends", showarrow=False, font={"color": "#888"}
    )


def _hidden(figure: go.Figure, part: str, axis: str) -> None:
    low, high = (SPLIT + 0.08, 1.0) if axis == "y" else (0.0, SPLIT)
    figure.add_scatter(x=[None], y=[None], yaxis=axis, showlegend=False)
    figure.update_layout({"yaxis2" if axis == "y2" else "yaxis": {"showticklabels": False}})
    figure.add_annotation(
        x=0.5, xref="paper", y=(low + high) / 2, yref="paper", text=f"{part}: predict first", showarrow=False,
        font={"color": "#888", "size": 15},
    )  # fmt: skip


def draws_figure(
    name: str, lines: Sequence[tuple[str, Line, float | None]], title: str, *, all_of: int | None = None
) -> go.Figure:
    """The score along several directions: a thin line each, with a mark where the basin ends, and their median.

    `all_of`: how many lines are shown. Axes fit all lines, so that nothing jumps when the rest is revealed.
    """
    color, figure = colors([name])[name], go.Figure()
    shown, thin = lines[:all_of], {"color": translucent(color, 0.55), "width": 1.4}
    for label, line, _ in shown:
        figure.add_scatter(
            x=line.alphas, y=line.scores, mode="lines", showlegend=False, name=plotly(label),
            line=thin if len(shown) > 1 else {"color": color, "width": 3},
            hovertemplate=f"{plotly(label)}: %{{y:.3f}} at α = %{{x}}<extra></extra>",
        )  # fmt: skip
    missing = [line.alphas[np.isnan(line.scores)] for _, line, _ in shown]
    figure.add_traces(not_finite_marks(np.unique(np.concatenate(missing)), name, color))
    if len(shown) > 1:
        grid = np.unique(np.concatenate([line.alphas for _, line, _ in shown]))
        table = np.stack([np.interp(grid, line.alphas, line.scores, right=np.nan) for _, line, _ in shown])
        whole = ~np.isnan(table).any(axis=0)
        figure.add_scatter(
            x=grid[whole], y=np.median(table[:, whole], axis=0), mode="lines",
            name=f"median of {len(shown)} directions",
            line={"color": color, "width": 4}, hovertemplate="median %{y:.3f} at α = %{x}<extra></extra>",
        )  # fmt: skip
    ends = [
        (label, edge, float(np.interp(edge, line.alphas, np.nan_to_num(line.scores))))
        for label, line, edge in shown
        if edge
    ]  # beside a point without a score too, as the edge is: such a model answers nothing
    figure.add_scatter(
        x=[edge for _, edge, _ in ends], y=[score for *_, score in ends], mode="markers",
        text=[plotly(label) for label, *_ in ends], name="the basin ends",
        marker={"size": 11, "color": FINETUNE, "symbol": "diamond"},
        hovertemplate="%{text} ends at α = %{x}<extra></extra>",
    )  # fmt: skip
    last = max(float(line.alphas[-1]) for _, line, _ in lines)
    figure.update_layout(plain_layout(headline(title), 430, l=62, b=96))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.24, "x": 0})
    axis_style: dict[str, Any] = {"gridcolor": GRID, "zeroline": False}
    figure.update_xaxes(title="α, RMS change per weight", range=[-0.02 * last, 1.02 * last], **axis_style)
    figure.update_yaxes(title="score, share right", range=[-0.04, 1.06], **axis_style)
    return figure
