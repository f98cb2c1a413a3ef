"""The growth figure: the radius of a basin against pre-training updates or model size, one line a method."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import plotly.graph_objects as go

from landscape.basins.boundaries import Radius
from landscape.basins.radii import Basin
from landscape.enlarge.ratios import Ratio, ratio_interval
from landscape.figures.basins.findings import radius_text
from landscape.figures.enlarge.variants import COLORS, DASHES
from landscape.figures.palette import MARKERS
from landscape.figures.scale import GRID, Scale, headline, plain_layout

HEIGHT = 400
Line = Mapping[int, tuple[Basin, Scale]]  # updates or parameters → the basin, and its scale of α
Place = tuple[int, Radius, Scale]


def growth_figure(lines: Mapping[str, Line], axis: str) -> go.Figure:
    """Median radius with its 95 % interval against updates or parameters, both axes logarithmic.

    A hollow marker is a basin at least this wide. A line is named after how its checkpoints were trained.
    """
    figure = go.Figure()
    scale = next((scale for line in lines.values() for _, scale in line.values()), None)
    for place, (name, line) in enumerate(lines.items()):
        stated = {x: (basin, s) for x, (basin, s) in sorted(line.items()) if basin.radius is not None}
        radii = [(basin.radius, s.unit) for basin, s in stated.values() if basin.radius]
        color, marker = COLORS[place % len(COLORS)], MARKERS[place % len(MARKERS)]
        up = [r.high / u - r.median / u if math.isfinite(r.high) else 0.0 for r, u in radii]
        down = [(r.median - r.low) / u if math.isfinite(r.low) else 0.0 for r, u in radii]
        trace = go.Scatter(
            x=list(stated), y=[r.median / u for r, u in radii], mode="lines+markers", name=name,
            line={"color": color, "width": 2.2, "dash": DASHES[place % len(DASHES)]},
            marker={"symbol": [f"{marker}-open" if r.at_least else marker for r, _ in radii], "size": 9},
            error_y={"array": up, "arrayminus": down, "symmetric": False, "thickness": 1.6, "width": 4, "color": color},
            text=[f"<b>{name}</b>, {x:,.0f} {axis}: {radius_text(basin, s)}<br>score {basin.score:.3f} at θ₀"
                  for x, (basin, s) in stated.items()],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
        figure.add_trace(trace)
    figure.update_layout(plain_layout(headline(growth_finding(lines, axis)), HEIGHT, l=68, b=100))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.26, "x": 0})
    ticks = sorted({x for line in lines.values() for x in line})
    figure.update_xaxes(title=axis, type="log", tickvals=ticks, ticktext=[f"{x:,.0f}" for x in ticks], gridcolor=GRID)
    figure.update_yaxes(title=f"radius, {scale.short}" if scale else "radius", type="log", gridcolor=GRID)
    return figure


def growth_finding(lines: Mapping[str, Line], axis: str) -> str:
    """For each line, whether its radius grows or shrinks, as far as intervals show it.

    Looked at are every step of every line and every line from end to end: their intervals hold together with 95 %.
    """
    if not lines:
        return f"No basin is known ({axis})"
    looked_at = comparisons(lines)
    told = (f"{name}: {_course(_stated(line), looked_at)}" for name, line in lines.items())
    return f"{'; '.join(told)} ({axis})"


def comparisons(lines: Mapping[str, Line]) -> int:
    """How many pairs of radii `growth_finding` compares."""
    return sum(len(_pairs(_stated(line))) for line in lines.values())


def _stated(line: Line) -> list[Place]:
    known = [(x, basin.radius, scale) for x, (basin, scale) in sorted(line.items()) if basin.radius is not None]
    return [place for place in known if not math.isnan(place[1].median)]


def _pairs(places: Sequence[Place]) -> list[tuple[Place, Place]]:
    """Neighbours; then the ends, if they are no neighbours."""
    steps = list(pairwise(places))
    return steps if len(places) < 3 else [*steps, (places[0], places[-1])]


def _course(places: Sequence[Place], looked_at: int) -> str:
    if len(places) < 2:
        return "too few basins to say"
    (first, one, a), (last, other, b) = places[0], places[-1]
    start = f"{a.symbol} {'≥' if one.at_least else '≈'} {a.format(one.median)} at {first:,.0f}"
    ends = f"from {start} to {'≥ ' if other.at_least else ''}{b.format(other.median)} at {last:,.0f}"
    if all(math.isnan(radius.low) for _, radius, _ in places):
        return f"too few directions for intervals, so no change is claimed, {ends}"
    changes = [shown_change(*pair, looked_at) for pair in _pairs(places)]
    steps, whole = changes[: len(places) - 1], changes[-1]
    if {"grows", "shrinks"} <= set(changes):
        return f"does not grow steadily, {ends}"
    if whole is not None:
        partly = "" if all(steps) else ", though the intervals do not show it at every step"
        return f"{whole} {ends}{partly}"
    shown = [step for step in steps if step is not None]
    some = f"{shown[0]} at {len(shown)} of {len(steps)} steps, but " if shown else ""
    return f"{some}no change that the intervals show {ends}"


def shown_change(before: Place, after: Place, looked_at: int) -> Literal["grows", "shrinks"] | None:
    """What the interval of a ratio shows, as one of several; None where it holds 1 or is not known.

    The bars in the figure, which are the intervals of each radius by itself, must not overlap either.
    """
    (_, one, a), (_, other, b) = before, after
    if not one.median > 0 or not other.median > 0:
        return None
    near, far = ((r.median / u, r.low / u, r.high / u) for r, u in ((one, a.unit), (other, b.unit)))
    ratio = Ratio(far[0] / near[0], *ratio_interval(far, near)).among(looked_at)
    if ratio.low > 1 and far[1] > near[2] and not one.at_least:  # an open radius may be any larger one
        return "grows"
    return "shrinks" if ratio.high < 1 and far[2] < near[1] and not other.at_least else None
