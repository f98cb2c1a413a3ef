"""The growth figure: the radius of a basin against pre-training updates or model size, one line a method."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import plotly.graph_objects as go

from landscape.basins.radii import Basin
from landscape.figures.basins.findings import radius_text
from landscape.figures.enlarge.variants import COLORS, DASHES
from landscape.figures.palette import MARKERS
from landscape.figures.scale import GRID, Scale, headline, plain_layout

HEIGHT = 400
Line = Mapping[int, tuple[Basin, Scale]]  # updates or parameters → the basin, and its scale of α


def growth_figure(lines: Mapping[str, Line], axis: str) -> go.Figure:
    """Median radius with its 95 % interval against updates or parameters, both axes logarithmic.

    A hollow marker is a basin at least this wide. A line is named after how its checkpoints were trained.
    """
    figure = go.Figure()
    scale = next(scale for line in lines.values() for _, scale in line.values())
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
    figure.update_yaxes(title=f"radius, {scale.short}", type="log", gridcolor=GRID)
    return figure


def growth_finding(lines: Mapping[str, Line], axis: str) -> str:
    """For each line, whether radii grow from each point to the next, as far as their intervals tell."""
    return "; ".join(f"{name}: {_course(sorted(line.items()))}" for name, line in lines.items()) + f" ({axis})"


def _course(points: Sequence[tuple[int, tuple[Basin, Scale]]]) -> str:
    stated = [(x, basin, scale) for x, (basin, scale) in points if basin.radius is not None]
    if len(stated) < 2:
        return "too few basins to say"
    steps = [_step(one, other) for (_, *one), (_, *other) in pairwise(stated)]  # type: ignore[arg-type]
    (first, one, a), (last, other, b) = stated[0], stated[-1]
    assert one.radius is not None
    assert other.radius is not None
    begin, end = a.format(one.radius.median), b.format(other.radius.median)
    ends = f"from {a.symbol} ≈ {begin} at {first:,.0f} to {end} at {last:,.0f}"
    if all(step == "grows" for step in steps):
        return f"grows {ends}"
    if "grows" in steps and "shrinks" not in steps:
        return f"grows, not at every step, {ends}"
    return f"{'shrinks' if set(steps) == {'shrinks'} else 'does not grow steadily'}, {ends}"


def _step(one: tuple[Basin, Scale], other: tuple[Basin, Scale]) -> str:
    """`grows` or `shrinks` if the intervals do not overlap, else `level`."""
    (a, first), (b, second) = one, other
    assert a.radius is not None
    assert b.radius is not None
    if b.radius.low / second.unit > a.radius.high / first.unit:
        return "grows"
    return "shrinks" if b.radius.high / second.unit < a.radius.low / first.unit else "level"
