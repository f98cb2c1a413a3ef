"""The slice figure: score or loss against α, one figure for all random directions, one for each other direction."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from landscape.basins.losses import tolerance_text
from landscape.basins.standings import NOTHING, standing_of
from landscape.figures.gaps import band, not_finite_marks
from landscape.figures.palette import FINETUNE, MARKERS, MOVE, NOTHING_TO_LOSE, colors, translucent
from landscape.figures.scale import headline
from landscape.figures.slices.absent import absent, gained, say_absent
from landscape.figures.slices.end_marks import end_mark
from landscape.figures.slices.findings import aim, known_ends, slice_title
from landscape.figures.slices.foretold import foretold_by_noise
from landscape.intervals import independent, wilson
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.directions import (
    MatchedNoise,
    Move,
    end_of,
    label_of,
)
from landscape.schema.frames import TOLERANCE
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec

View = Literal["score", "loss"]
HEIGHT = 430


def panels(result: Result[SliceSpec]) -> list[str]:
    """The direction labels of a result, in the order of its spec: one figure each.

    Noise that is matched to a deployment move is shown in the move's own figure.
    """
    moves = {direction.name for direction in result.spec.directions if isinstance(direction, Move)}
    shown = (d for d in result.spec.directions if not isinstance(d, MatchedNoise) or d.move not in moves)
    return list(dict.fromkeys(map(label_of, shown)))


def slice_figure(
    result: Result[SliceSpec],
    panel: str,
    *,
    view: View = "score",
    relative: bool = False,
    tolerance: float = TOLERANCE,
    read: Result[SliceSpec] | None = None,
) -> go.Figure:
    """Score (or loss) against α for the directions of one panel.

    Several draws are shown by their median, a band from the lowest to the highest, and every draw on hover; a single
    direction by its points, with a 95 % Wilson interval on hover. Axes cover what the spec asks for, so that nothing
    jumps while points arrive. `relative` divides α by the rms of the weights; it needs the result's facts. A point
    without finite logits is a gap, with a cross at the foot.
    Capabilities that the checkpoint does not have, and that no point here has gained, are named below the axis instead.
    The title and a mark on each curve say where a capability is lost: at a drop of the score by the tolerance, or by
    what `read` goes by, the same result read by loss.
    """
    read = result if read is None else read
    known, lost = known_ends(read, panel, tolerance), tolerance_text(tolerance, read.by_loss)
    rows = result.scored
    rows = rows[rows["direction"] == panel]
    unit = result.facts.typical if relative and result.facts else 1.0
    names = [name_of(name) for name in result.spec.capabilities]
    palette, lacking = colors(names), _lacking(read, names, tolerance)
    there = [name for name in lacking if gained(read, panel, name, tolerance)]
    palette |= {name: NOTHING_TO_LOSE for name in lacking if name not in there}
    left_out = absent(read, panel, names, tolerance) if view == "score" and not read.by_loss else []
    figure = go.Figure()
    for index, name in enumerate(names):
        if name in left_out:
            continue
        own = rows[rows["capability"] == name]
        marker = MARKERS[index % len(MARKERS)]
        if len(own):
            n = independent(result.requests_of(name), int(own["n"].iloc[0]))
            curves = _curve(own.assign(x=own["alpha"] / unit), name, view, palette[name], marker, unit, n)
            line = next(trace for trace in curves if trace.mode == "lines+markers")
            line.name += (": gained here" if name in there else f": {NOTHING}") if name in lacking else ""
            end = end_mark(line, name, known.get(name), lost, unit)
            figure.add_traces([*curves, *([end] if end else [])])
        else:
            figure.add_trace(_awaited(name, palette[name], marker))
        if view == "score" and (foretold := foretold_by_noise(result, panel, name, palette[name], unit)):
            figure.add_trace(foretold)
    _mark_origin(figure, result, panel, unit)
    by = "by score, " if view == "loss" and not read.by_loss else ""
    title = slice_title(read, panel, known, tolerance, unit=unit, by=by)
    _dress(figure, result, panel, view, unit, title)
    if left_out:
        say_absent(figure, read, left_out, tolerance)
    return figure


def _lacking(read: Result[SliceSpec], names: list[str], tolerance: float) -> set[str]:
    """The capabilities that have nothing to lose; read by loss, all of them can lose some."""
    found = {} if read.by_loss else {name: standing_of(read, name, tolerance) for name in names}
    return {name for name, standing in found.items() if standing is not None and not standing.held}


def _awaited(name: str, color: str, marker: str) -> go.Scatter:
    """The legend entry of a capability without a point yet, so that nothing jumps when its points come."""
    return go.Scatter(
        x=[None],
        y=[None],
        name=plotly(name),
        legendgroup=name,
        mode="lines+markers",
        line={"color": color, "width": 2.5},
        marker={"symbol": marker, "size": 6},
    )


def _curve(
    rows: pd.DataFrame, name: str, view: View, color: str, marker: str, unit: float, n: float
) -> list[go.Scatter]:
    draw = rows["seed"].astype(object).where(rows["seed"].notna(), 0)
    draws = rows.pivot_table(index="x", columns=draw, values=view, dropna=False)
    x, low, middle, high = (
        np.asarray(v, np.float32) for v in (draws.index, draws.min(axis=1), draws.median(axis=1), draws.max(axis=1))
    )
    broken = np.unique(rows.loc[(rows["not_finite"] > 0) & rows[view].isna(), "x"].to_numpy(np.float32))
    for values in (low, middle, high):  # of the other draws alone, they would be too good
        values[np.isin(x, broken)] = np.nan
    several, symbol = draws.shape[1] > 1, _symbol(unit)
    line = go.Scatter(
        x=x,
        y=middle,
        name=plotly(name),
        legendgroup=name,
        mode="lines+markers",
        line={"color": color, "width": 2.5},
        marker={"symbol": marker, "size": 5 if several else 6},
        customdata=np.stack(_interval(draws, view, several, n), axis=1).astype(np.float32),
        hovertemplate=f"<b>{plotly(name)}</b> at {symbol} = %{{x}}: %{{y:.3f}}<br>"
        + (
            f"{draws.shape[1]} draws: %{{customdata[0]:.3f}} to %{{customdata[1]:.3f}}"
            if several
            else "95 %: %{customdata[0]:.3f} to %{customdata[1]:.3f}"
        )
        + "<extra></extra>",
    )
    marks = not_finite_marks(broken, name, color, name) if view == "score" else []
    if not several:
        return [line, *marks]
    spread = go.Scatter(
        **band(x, low, high),
        mode="lines",
        fill="toself",
        fillcolor=translucent(color, 0.16),
        line={"width": 0},
        legendgroup=name,
        showlegend=False,
        hoverinfo="skip",
    )
    each = [
        go.Scatter(
            x=x,
            y=np.asarray(draws[seed], np.float32),
            mode="lines",
            line={"color": translucent(color, 0.35), "width": 0.8},
            legendgroup=name,
            showlegend=False,
            hovertemplate=f"{plotly(name)}, seed {seed}: %{{y:.3f}} at {symbol} = %{{x}}<extra></extra>",
        )
        for seed in draws
    ]
    return [spread, *each, line, *marks]


def _interval(draws: pd.DataFrame, view: View, several: bool, n: float) -> tuple[np.ndarray, np.ndarray]:
    """The uncertainty in the hover: the range over draws, or Wilson's interval of one score of n distinct examples."""
    if several or view == "loss":
        return draws.min(axis=1).to_numpy(), draws.max(axis=1).to_numpy()
    unknown = np.nan, np.nan
    low, high = zip(*(unknown if np.isnan(score) else wilson(score, n) for score in draws.iloc[:, 0]), strict=True)
    return np.array(low), np.array(high)


def _mark_origin(figure: go.Figure, result: Result[SliceSpec], panel: str, unit: float) -> None:
    """Mark θ₀ and the α of fine-tunes and deployment moves.

    On its own figure each is a line. On others its α is marked for comparison; moves as stars at the foot.
    """
    figure.add_vline(x=0, line={"width": 1, "color": "#888"})
    alpha_of = result.facts.alpha_of if result.facts and not result.spec.relative else {}
    ends = {
        d: alpha_of[end] / unit
        for d in result.spec.directions
        if (end := end_of(d)) in alpha_of and end and not isinstance(d, MatchedNoise)
    }
    aimed = any(label_of(direction) == panel for direction in ends)
    for direction, x in ends.items():
        here, move = label_of(direction) == panel, isinstance(direction, Move)
        if here or not aimed and not move:
            color = MOVE if move else FINETUNE
            figure.add_vline(
                x=x,
                line={"width": 1.5, "color": color, "dash": "dot" if move else "dash"},
                annotation={
                    "text": plotly(aim(direction) if here else f"as far as {aim(direction)}"),
                    "font": {"color": color, "size": 12},
                    "yanchor": "bottom",
                    "y": 1.0,
                },
            )
    if not aimed and any(isinstance(direction, Move) for direction in ends):
        figure.add_trace(_stars({aim(d): x for d, x in ends.items() if isinstance(d, Move)}))


def _stars(moves: Mapping[str, float]) -> go.Scatter:
    """Deployment moves at their α, along the foot of a figure of other directions."""
    return go.Scatter(
        x=np.array(list(moves.values()), np.float32),
        y=np.zeros(len(moves), np.float32),
        text=list(map(plotly, moves)),
        name="as far as each deployment move",
        mode="markers",
        marker={"symbol": "star", "size": 10, "color": MOVE},
        hovertemplate="as far as %{text}: %{x}<extra></extra>",
    )


def _dress(figure: go.Figure, result: Result[SliceSpec], panel: str, view: View, unit: float, title: str) -> None:
    """Title, axes and legend."""
    asked = [*result.spec.alphas, 0.0, *((result.facts.alpha_of.values()) if result.facts else ())]
    low, high = min(asked) / unit, max(asked) / unit
    axis = (
        "α, relative change of each tensor"
        if result.spec.relative
        else f"α / {result.facts.typical_words}, relative change of a weight"
        if unit != 1 and result.facts
        else "α, RMS change per weight"
    )
    figure.update_layout(
        title=headline(title),
        height=HEIGHT,
        margin={"l": 55, "r": 12, "t": 70, "b": 88},
        hovermode="closest",
        showlegend=True,
        legend={"orientation": "h", "y": -0.24, "x": 0},
        **{f"{part}_bgcolor": "rgba(0,0,0,0)" for part in ("plot", "paper")},
    )
    if not (result.rows["direction"] == panel).any():
        figure.add_annotation(
            text="no point yet", x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"color": "#888"}
        )
    margin = 0.02 * (high - low or 1)
    figure.update_xaxes(
        title=axis, range=[low - margin, high + margin], gridcolor="rgba(128,128,128,.18)", zeroline=False
    )
    figure.update_yaxes(gridcolor="rgba(128,128,128,.18)", zeroline=False)
    if view == "score":
        figure.update_yaxes(title="score, share of examples right", range=[-0.03, 1.05])
    else:
        figure.update_yaxes(title="loss, nats per answer token", rangemode="tozero")


def _symbol(unit: float) -> str:
    return "α" if unit == 1 else "α / rms"
