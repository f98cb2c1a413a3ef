"""The equal-norm figure: at one fine-tune's α, its scores beside those of random directions and the worst found."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from landscape.figures.palette import FINETUNE, WORST, colors, translucent
from landscape.figures.scale import GRID, Scale, plain_layout, titled
from landscape.figures.worst.findings import likeness_finding
from landscape.outside.text import plotly
from landscape.schema.directions import short_name
from landscape.worst.equal_norm import EqualNormScores

ROW, AROUND, LINE = 44, 102, 19  # px: a row, what stands around them, a line of the legend
_OPEN = ("diamond-open", "square-open", "triangle-up-open", "pentagon-open")  # other fine-tunes


def equal_norm_figure(standings: Sequence[EqualNormScores], scale: Scale) -> go.Figure:
    """A row a capability: its scores at the α of one fine-tune, on the same examples: random, its own, worst found.

    `standings` must all be of the same fine-tune.
    """
    names = [one.capability for one in standings]
    palette, figure = colors(names), go.Figure()
    for row, one in enumerate(standings):
        spread = [score for score in one.random if not math.isnan(score)]
        if spread:
            figure.add_trace(
                go.Scatter(
                    x=[min(spread), max(spread)], y=[row, row], mode="lines", hoverinfo="skip",
                    line={"color": translucent(palette[one.capability], 0.45), "width": 9}, showlegend=False,
                )
            )  # fmt: skip
    drawn = [(row, one) for row, one in enumerate(standings) if one.middle is not None]
    middles, inks = [(row, one.middle, one) for row, one in drawn], [palette[one.capability] for _, one in drawn]
    figure.add_trace(_marks("random, median and range", middles, "circle", 13, inks, "random, %{customdata[2]}"))
    found = [(row, one.worst, one) for row, one in enumerate(standings) if one.worst is not None]
    figure.add_trace(_marks("worst direction found", found, "x", 11, WORST, "in %{customdata[3]}"))
    others = [(r, score, one, name) for r, one in enumerate(standings) for name, score in one.others.items()]
    for index, name in enumerate(dict.fromkeys(name for *_, name in others)):
        there = [(row + 0.3, score, one) for row, score, one, of in others if of == name]
        shown = f"towards {plotly(short_name(name))}, as far"
        figure.add_trace(_marks(shown, there, _OPEN[index % len(_OPEN)], 7, FINETUNE, shown))
    own = [(row, one.own, one) for row, one in enumerate(standings)]
    name = plotly(short_name(standings[0].checkpoint))
    figure.add_trace(_marks(f"{name} itself", own, "star", 14, FINETUNE, f"<b>{name}</b>"))
    title = titled(likeness_finding(standings, scale), standings[0].tolerance)
    legend = LINE * sum(t.showlegend is not False for t in figure.data)
    figure.update_layout(plain_layout(title, AROUND + ROW * len(names) + legend, l=66, b=62 + legend))
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0}
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=[f"<b>{plotly(name)}</b>" for name in names],
        range=[len(names) - 0.5, -0.5], showgrid=False, zeroline=False, fixedrange=True,
    )  # fmt: skip
    figure.update_xaxes(title="score at this α, share of examples right", range=[-0.04, 1.04], gridcolor=GRID)
    figure.update_xaxes(zeroline=False)
    return figure


def _marks(
    name: str,
    places: Sequence[tuple[float, float | None, EqualNormScores]],
    symbol: str,
    size: int,
    color: str | list[str],
    what: str,
) -> go.Scatter:
    rows = [[plotly(one.capability), one.n, _draws(one.random), plotly(one.direction or "")] for _, _, one in places]
    return go.Scatter(
        x=[score for _, score, _ in places], y=[row for row, _, _ in places], mode="markers", name=name,
        marker={"symbol": symbol, "size": size, "color": color, "line": {"width": 1.5, "color": color}},
        customdata=rows, cliponaxis=False,
        hovertemplate=f"%{{customdata[0]}}, {what}: %{{x:.3f}}<br>%{{customdata[1]}} examples<extra></extra>",
    )  # fmt: skip


def _draws(scores: Sequence[float]) -> str:
    known = [score for score in scores if not math.isnan(score)]
    return f"median of {len(scores)}, {min(known):.2f} to {max(known):.2f}" if known else ""
