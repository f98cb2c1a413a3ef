"""The topology of a plane as figures: the merge tree of its minima, their persistence, and what both say."""

import math

import plotly.graph_objects as go

from landscape.figures.palette import NOTHING_TO_LOSE, colors
from landscape.figures.scale import GRID
from landscape.outside.text import plotly
from landscape.planes.topology import Minimum, Topology
from landscape.schema.numbers import number

DRAWN = 30  # minima at most, the most persistent
FIELDS = {"loss": "loss", "score": "share of wrong answers"}
_ABOVE = 0.08  # how far the lowest minimum's line goes on above the highest saddle, as a share of the whole height


def topology_finding(found: Topology, capability: str, view: str) -> str:
    """What the topology says, in a sentence that holds for other examples too."""
    field, others = FIELDS[view], len(found.minima) - 1
    if not found.minima:
        return f"{capability}: the {field} has no finite value in this window"
    if math.isnan(found.noise):
        said = "1 minimum" if not others else f"{others + 1} minima"
        why = (
            f"{found.requests} examples are too few to tell noise"
            if found.requests
            else "noise is not known, since this result holds no single examples"
        )
        return f"{capability}: {said} of the {field} at the measured points; {why}"
    sure = len(found.certain)
    within = others + 1 - sure
    basins = "one basin" if sure == 1 else f"at least {sure} basins" if within else f"{sure} basins"
    if not within:
        return f"{capability}: {basins} of the {field} in this window, at the measured points"
    more = "1 more minimum lies" if within == 1 else f"{within} more minima lie"
    certain = " is certain" if sure == 1 else ""
    return (
        f"{capability}: {basins} of the {field} in this window{certain}; {more} within the noise of the examples "
        f"({number(found.noise, 2)})"
    )


def merge_tree_figure(found: Topology, capability: str, view: str) -> go.Figure:
    """Each minimum as a line up to the saddle where its basin merges with that of a lower one."""
    color, drawn = colors([capability])[capability], found.minima[:DRAWN]
    at = _columns(drawn)
    heights = [each.value for each in drawn] + [each.saddle for each in drawn if math.isfinite(each.saddle)]
    top = max(heights) + _ABOVE * (max(heights) - min(heights) or 1.0)
    figure = go.Figure()
    for certain in (False, True):
        chosen = [i for i, each in enumerate(drawn) if (each in found.certain) is certain]
        if not chosen:
            continue
        x, y, hover = [], [], []
        for index in chosen:
            each = drawn[index]
            end = each.saddle if math.isfinite(each.saddle) else top
            joined = at[each.into] if each.into is not None else at[index]
            x += [at[index], at[index], joined, None]
            y += [each.value, end, end, None]
            hover += [_said(each)] * 2 + ["", ""]
        name = "minimum" if certain else "within the noise" if not math.isnan(found.noise) else "minimum, noise unknown"
        line = {"color": color if certain else NOTHING_TO_LOSE, "width": 2.5 if certain else 1.2}
        figure.add_scatter(
            x=x, y=y, mode="lines+markers", name=name, line=line, hovertext=hover, hoverinfo="text",
            marker={"size": [7 if k % 4 == 0 else 0 for k in range(len(x))], "symbol": "circle"},
        )  # fmt: skip
    return _laid_out(figure, "Merge tree", "", FIELDS[view]).update_xaxes(
        showticklabels=False, showgrid=False, zeroline=False, range=[-0.6, max(at, default=0) + 0.6]
    )


def persistence_figure(found: Topology, capability: str, view: str) -> go.Figure:
    """Each minimum at its value and its saddle: the farther above the diagonal, the more persistent."""
    color, drawn = colors([capability])[capability], [e for e in found.minima if math.isfinite(e.saddle)]
    ends = [each.value for each in found.minima] + [each.saddle for each in drawn]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = 0.06 * (high - low or 1.0)
    line = [low - room, high + room]
    figure = go.Figure()
    if not math.isnan(found.noise):
        figure.add_scatter(
            x=[*line, *reversed(line)], y=[*line, *(v + found.noise for v in reversed(line))], fill="toself",
            mode="none", fillcolor="rgba(128,128,128,.2)", name="noise of the examples", hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=line, y=line, mode="lines", line={"color": "#888", "width": 1}, hoverinfo="skip", showlegend=False
    )
    for certain in (False, True):
        chosen = [each for each in drawn if (each in found.certain) is certain]
        figure.add_scatter(
            x=[each.value for each in chosen], y=[each.saddle for each in chosen], mode="markers", showlegend=False,
            marker={"size": 9, "color": color if certain else NOTHING_TO_LOSE}, hoverinfo="text",
            hovertext=[_said(each) for each in chosen],
        )  # fmt: skip
    figure = _laid_out(figure, "Persistence", f"{FIELDS[view]} at the minimum", f"{FIELDS[view]} at its saddle")
    return figure.update_xaxes(range=line).update_yaxes(range=[line[0], line[1]])


def _columns(minima: tuple[Minimum, ...]) -> list[int]:
    """Return where each minimum stands, so that no line crosses another: children by their saddles beside the elder."""
    found: list[int] = []

    def visit(index: int) -> None:
        found.append(index)
        children = [i for i, each in enumerate(minima) if each.into == index]
        for child in sorted(children, key=lambda i: minima[i].saddle):
            visit(child)

    for index, each in enumerate(minima):
        if each.into is None:
            visit(index)
    return [found.index(index) for index in range(len(minima))]


def _said(each: Minimum) -> str:
    x, y = each.place
    ends = "never" if math.isinf(each.saddle) else f"at {number(each.saddle)}, persistence {number(each.persistence)}"
    edge = "<br>on the edge of the window" if each.at_edge else ""
    return f"{number(each.value)} at x {number(x)}, y {number(y)}<br>merges {ends}{edge}"


def _laid_out(figure: go.Figure, title: str, x: str, y: str) -> go.Figure:
    return figure.update_layout(
        title={"text": plotly(title), "font": {"size": 15}, "x": 0, "xref": "paper"},
        height=360,
        margin={"l": 60, "r": 10, "t": 45, "b": 60},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"title": {"text": x}, "gridcolor": GRID, "zeroline": False},
        yaxis={"title": {"text": y}, "gridcolor": GRID, "zeroline": False},
        legend={"orientation": "h", "y": -0.25},
    )
