"""The figure of what fine-tunes kept, against how far each went in radii of its base's basin."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from landscape.enlarge.kept import Kept, rank_correlation
from landscape.figures.enlarge.variants import COLORS
from landscape.figures.palette import MARKERS
from landscape.figures.scale import GRID, headline, plain_layout
from landscape.outside.text import plotly
from landscape.schema.directions import short_name
from landscape.schema.numbers import number

HEIGHT = 420


def kept_figure(found: Sequence[Kept], places: Mapping[str, int]) -> go.Figure:
    """A mark a fine-tune with the 95 % intervals of both, in the colour that its base has on the whole page.

    Hollow: the base's basin reaches at least so far, so that the fine-tune lies further to the left.
    """
    figure = go.Figure()
    for one in found:
        place, name = places[one.base], plotly(short_name(one.base))
        color, marker = COLORS[place % len(COLORS)], MARKERS[place % len(MARKERS)]
        (low, high), share = one.interval, one.share
        bar = {"symmetric": False, "thickness": 1.4, "width": 4, "color": color}
        trace = go.Scatter(
            x=[one.distance], y=[share.share], mode="markers", name=name,
            marker={"symbol": f"{marker}-open" if one.radius.at_least else marker, "size": 10, "color": color},
            error_x=bar | {"array": [_length(high - one.distance)], "arrayminus": [_length(one.distance - low)]},
            error_y=bar | {"array": [share.high - share.share], "arrayminus": [share.share - share.low]},
            text=[_hover(one)], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
        figure.add_trace(trace)
    figure.add_vline(x=1, line={"dash": "dot", "width": 1, "color": "#888"})
    figure.update_layout(plain_layout(headline(kept_finding(found)), HEIGHT, l=62, b=110))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.26, "x": 0})
    figure.update_xaxes(
        title="α of the fine-tune / radius of its base (dotted: 1)", rangemode="tozero", gridcolor=GRID, zeroline=False
    )
    figure.update_yaxes(title="kept, of what the base gets right", range=[-0.03, 1.05], gridcolor=GRID, zeroline=False)
    return figure


def _length(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _hover(one: Kept) -> str:
    low, high = one.interval
    spread = "" if math.isnan(low) else f" (95 %: {number(low, 2)} to {number(high, 2)})"
    kept = f"{one.share.share:.2f} (95 %: {one.share.low:.2f} to {one.share.high:.2f})"
    far = f"{'at most ' if one.radius.at_least else ''}{number(one.distance, 2)}{spread}"
    return f"<b>{plotly(short_name(one.tuned))}</b>: at {far} radii of its base, it keeps {kept} of {one.capability}"


def kept_finding(found: Sequence[Kept]) -> str:
    """How many fine-tunes there are, each trained once, and the rank correlation with its exact p-value, if any."""
    if not found:
        return "Of no fine-tune is known how far it went, and what it kept"
    said = f"What fine-tunes kept of {found[0].capability}, against α in radii of their bases"
    n = f"n = {len(found)}, one training each" if len(found) > 1 else "n = 1, one training"
    ranks = rank_correlation(found)
    if ranks is None:
        return f"{said} ({n}): no trend is claimed"
    of = f" of the {ranks.n} whose base was followed to its boundary" if ranks.n < len(found) else ""
    tau = f"{ranks.tau:+.2f}".replace("-", "−")
    return f"{said} ({n}): rank correlation{of} {tau} (Kendall’s τ; exact permutation p = {number(ranks.p_value, 2)})"
