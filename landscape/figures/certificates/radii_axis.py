"""Distances on one axis: what is certified of the model with noise, and where searches ended the model without it.

The two speak of different models, so neither bounds the other: a noised score averages over many models, some of which
are better than the clean one at the same distance and some worse.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from landscape.basins.radii import Basin, basins_of
from landscape.figures.certificates.floor import finetune_lines
from landscape.figures.numbers import format_length, proven_length
from landscape.figures.palette import FINETUNE, colors, translucent
from landscape.figures.scale import GRID, headline, plain_layout
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, WorstSpec
from landscape.worst.boundaries import worst_boundaries, worst_of

ROW, AROUND = 66, 150  # px: a row, and what stands above and below the rows


class Found(NamedTuple):
    """A radius (L2) that a search found, and its interval; a lower bound if no boundary was met."""

    radius: float
    at_least: bool = False
    low: float = math.nan
    high: float = math.nan

    @property
    def text(self) -> str:
        """`0.2`, or `≥ 0.2`."""
        return f"{'≥ ' if self.at_least else ''}{format_length(self.radius)}"


def found_in(result: Result[BasinSpec], capability: str, threshold: float) -> tuple[Found | None, Found | None]:
    """(worst, most-case) radius at which a score falls below the threshold: over computed and over random directions.

    Both are read off the points of a search, whatever its τ was; the worst on the examples that its search never saw.
    None if there is no such direction, or if θ₀ itself is below the threshold.
    """
    rows = result.rows[result.rows["capability"] == capability]
    origin = rows[rows["alpha"] == 0]
    if result.facts is None or result.spec.relative or origin.empty or float(origin["score"].iloc[0]) <= threshold:
        return None, None
    tolerance = float(origin["score"].iloc[0]) - threshold
    names = tuple(name for name in result.spec.capabilities if name_of(name) == capability)
    spec = result.spec.model_copy(update={"capabilities": names})
    alone: Result[Any] = Result(spec, rows, result.facts)
    basins = basins_of(alone, tolerance)
    if not basins or not basins[0].rays:
        return None, None
    unit, most = math.sqrt(result.facts.parameters), basins[0].radius
    worst = _worst(alone, capability, tolerance, basins, unit) if isinstance(spec, WorstSpec) else None
    if most is None:
        return worst, None
    return worst, Found(most.median * unit, most.at_least, most.low * unit, most.high * unit)


def _worst(
    result: Result[WorstSpec], capability: str, tolerance: float, basins: Sequence[Basin], unit: float
) -> Found | None:
    """The radius in the computed direction in which the capability ends nearest."""
    ending = worst_of(worst_boundaries(result, tolerance, basins), capability)
    if ending is None or ending.boundary is None:
        return None
    return Found(ending.boundary.inside * unit, at_least=True) if ending.alpha is None else Found(ending.alpha * unit)


def radii_figure(
    certified: Mapping[str, float | None],
    worst: Mapping[str, Found | None],
    most: Mapping[str, Found | None],
    distances: Mapping[str, float],
    threshold: float,
    *,
    parameters: int | None = None,
) -> go.Figure:
    """A row a capability on a logarithmic axis of L2 distance, and a row for the fine-tunes.

    A bar shows the certified radius of the noised model. Marks show where the model without noise falls below the
    threshold: a triangle in the worst direction found, a diamond in random ones. No σ certifies a row without a bar.
    """
    names, palette, figure = list(certified), colors(list(certified)), go.Figure()
    left, right = _ends(certified, worst, most, distances)
    for row, name in enumerate(names):
        _row(figure, row, palette[name], certified[name], worst.get(name), most.get(name), left, right)
    _stars(figure, distances, len(names))
    levels = 14 * finetune_lines(figure, distances, (math.log10(left), math.log10(right)), (len(names), -0.6), "y")
    _legend(figure, certified, worst, most, distances)
    rows = [f"<b>{plotly(name)}</b>\u00a0" for name in names] + (["fine-tunes\u00a0"] if distances else [])
    title = headline(f"{distances_finding(certified, worst, most)} (q\u00a0=\u00a0{threshold:g})")
    figure.update_layout(plain_layout(title, AROUND + ROW * len(rows) + levels, over=levels + 4, l=78, b=104))
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=rows, range=[len(rows) - 0.5, -0.6], showgrid=False, zeroline=False,
        fixedrange=True,
    )  # fmt: skip
    scale = "" if parameters is None else f"; α = r / {format_length(math.sqrt(parameters))}"
    figure.update_xaxes(
        title=f"r, L2 distance from θ₀{scale}", type="log", range=[math.log10(left), math.log10(right)],
        gridcolor=GRID,
    )  # fmt: skip
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.24, "x": 0, "itemclick": False})
    return figure


def distances_finding(
    certified: Mapping[str, float | None],
    worst: Mapping[str, Found | None],
    most: Mapping[str, Found | None],
) -> str:
    """What is known of the capability with most numbers, with noise and without.

    `basic: certified with noise to 0.012; without noise it ends at 0.21 in the worst direction found, 9.8 in random
    ones`.
    """
    name = max(certified, key=lambda n: (bool(certified[n]), _known(n, worst, most), certified[n] or 0.0), default=None)
    if name is None or not (certified[name] or _known(name, worst, most)):
        return "No radius is certified"
    radius, clean = certified[name], _clean_ends(worst.get(name), most.get(name))
    proven = f"{name}: certified with noise to {proven_length(radius)}" if radius else "No radius is certified"
    if not clean:
        return proven
    return f"{proven}; without noise {'it' if radius else name} {clean}"


def _known(name: str, worst: Mapping[str, Found | None], most: Mapping[str, Found | None]) -> int:
    return (worst.get(name) is not None) + (most.get(name) is not None)


def _clean_ends(bad: Found | None, usual: Found | None) -> str:
    """`ends at 0.21 in the worst direction found, 9.8 in random ones (the median)`; "" where nothing is known."""
    places = ((bad, "in the worst direction found"), (usual, "in random ones (the median)"))
    ended = [f"{each.text} {where}" for each, where in places if each is not None and not each.at_least]
    held = [f"{each.text[2:]} {where}" for each, where in places if each is not None and each.at_least]
    texts = [f"ends at {', '.join(ended)}"] if ended else []
    texts += [f"holds to at least {', '.join(held)}"] if held else []
    return " and ".join(texts)


def _ends(
    certified: Mapping[str, float | None],
    worst: Mapping[str, Found | None],
    most: Mapping[str, Found | None],
    distances: Mapping[str, float],
) -> tuple[float, float]:
    found = [each for group in (worst, most) for each in group.values() if each is not None]
    lengths = [*certified.values(), *distances.values(), *(each.radius for each in found)]
    lengths += [each.high for each in found if math.isfinite(each.high)]
    known = [length for length in lengths if length] or [0.01, 1.0]
    return min(known) / 5, max(known) * 3


def _row(
    figure: go.Figure,
    row: int,
    color: str,
    proven: float | None,
    bad: Found | None,
    usual: Found | None,
    left: float,
    right: float,
) -> None:
    if proven:
        figure.add_scatter(
            x=[left, proven], y=[row, row], mode="lines", line={"color": color, "width": 16}, showlegend=False,
            hovertemplate=f"certified with noise to r = {proven_length(proven)}<extra></extra>",
        )  # fmt: skip
        _write(figure, proven, row, proven_length(proven), "right")
    else:
        _write(figure, left, row, "none certified", "left")
    if usual is not None and not math.isnan(usual.low):
        figure.add_scatter(
            x=[usual.low, min(usual.high, right)], y=[row, row], mode="lines", showlegend=False, hoverinfo="skip",
            line={"color": translucent(color, 0.45), "width": 9},
        )  # fmt: skip
    for each, symbol, what in (
        (bad, "triangle-left", "worst direction found"),
        (usual, "diamond", "random directions, the median"),
    ):
        if each is not None:
            figure.add_scatter(
                x=[each.radius], y=[row], mode="markers", showlegend=False,
                marker={"symbol": f"{symbol}-open" if each.at_least else symbol, "size": 13, "color": color,
                        "line": {"width": 2, "color": color}},
                hovertemplate=f"without noise, {what}: r {'' if each.at_least else '= '}{each.text}<extra></extra>",
            )  # fmt: skip
            _write(figure, each.radius, row, each.text, "center")


def _write(figure: go.Figure, x: float, row: int, text: str, anchor: str) -> None:
    """Write a number below its mark."""
    figure.add_annotation(
        x=math.log10(x), y=row, yshift=-17, text=text, showarrow=False, xanchor=anchor, font={"size": 11}
    )


def _stars(figure: go.Figure, distances: Mapping[str, float], row: int) -> None:
    """Draw a star for each fine-tune."""
    for name, r in distances.items():
        figure.add_scatter(
            x=[r], y=[row], mode="markers", showlegend=False,
            marker={"symbol": "star", "size": 15, "color": FINETUNE},
            hovertemplate=f"<b>{plotly(short_name(name))}</b> stands at r = {format_length(r)}<extra></extra>",
        )  # fmt: skip


def _legend(figure: go.Figure, certified: Mapping[str, float | None], *found: Mapping[str, object]) -> None:
    """Explain the marks in grey, since colour stands for the capability."""
    worst, most, distances = found
    grey = "#888"
    shown = {
        "certified, with noise": any(certified.values()) and {"mode": "lines", "line": {"color": grey, "width": 12}},
        "ends, worst direction found": any(worst.values()) and _mark("triangle-left", grey),
        "ends, random directions": any(most.values()) and _mark("diamond", grey),
        "fine-tune": bool(distances) and _mark("star", FINETUNE),
    }
    for name, style in shown.items():
        if isinstance(style, dict):
            figure.add_scatter(x=[None], y=[None], name=name, hoverinfo="skip", **style)


def _mark(symbol: str, color: str) -> dict[str, object]:
    return {"mode": "markers", "marker": {"symbol": symbol, "size": 11, "color": color}}
