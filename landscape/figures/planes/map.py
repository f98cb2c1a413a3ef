"""The map of a plane: one capability's score or loss in colour, every capability's boundary, and checkpoints."""

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from landscape.basins.losses import steering_tolerance, tolerance_text
from landscape.basins.standings import NOTHING, standing_of
from landscape.figures.palette import DASHES, colors
from landscape.figures.planes.landmarks import mark_landmarks
from landscape.outside.text import plotly
from landscape.planes.grid import axis, inside_of
from landscape.planes.refinement import wanted
from landscape.planes.regions import Region
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Move, Principal, Towards, describe_direction, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec

View = Literal["score", "loss"]
PALE = 0.62  # opacity of interpolated cells
_ROUNDING = 1e-6  # of interpolated scores, drawn in single precision: one that equals the floor is inside
_LADDER = [m * 10.0**e for e in range(-2, 4) for m in (1, 2, 5)]


def plane_figure(
    result: Result[PlaneSpec],
    regions: Mapping[str, Region],
    capability: str,
    tolerance: float,
    *,
    view: View = "score",
    dots: bool = False,
    picked: tuple[float, float] | None = None,
) -> go.Figure:
    """The map of one capability with the boundary lines of all of them, by score or by loss as the regions are.

    Measured cells have full colour, interpolated ones are paler; nothing is drawn where nothing is known. Axes and
    colours do not change while points arrive. `regions` are those of `regions_of` at the tolerance.
    """
    spec, figure = result.spec, go.Figure()
    xs, ys = axis(spec.x, spec.grid), axis(spec.y, spec.grid)
    if capability in regions:
        figure.add_traces(_fields(regions[capability], capability, view, xs, ys))
    names = list(map(name_of, spec.capabilities))
    for index, name in enumerate(names):
        if name in regions and regions[name].inside is not None:
            dash = DASHES[index % len(DASHES)]
            figure.add_traces(_boundary(regions[name], tolerance, name, colors(names)[name], dash, xs, ys))
    if view == "score" and capability in regions:
        figure.add_traces(_not_finite(regions[capability], capability, xs, ys))
    if dots and capability in regions:
        figure.add_trace(_dots(regions[capability], xs, ys))
    mark_landmarks(figure, result)
    if picked is not None:
        figure.add_trace(_pick(*picked))
    found = plane_finding(result, regions, capability, tolerance)
    by = " (by\u00a0score)" if view == "loss" else ""
    if capability in regions and regions[capability].by_loss:
        by = f" ({tolerance_text(tolerance, True)})".replace(" ", "\u00a0").replace("\u00a0(", " (", 1)
    _dress(figure, result, f"{found}{by}", capability)
    return figure


def span(region: Region, view: str) -> tuple[float, float]:
    """The range of the colours: 0 to 1 for scores; for losses 0 to a round number above all of them."""
    losses = region.losses[np.isfinite(region.losses)]
    if view == "score" or not len(losses):
        return 0.0, 1.0
    return 0.0, next((step for step in _LADDER if step >= losses.max()), float(losses.max()))


def _fields(region: Region, name: str, view: str, xs: list[float], ys: list[float]) -> list[go.Heatmap]:
    """The layers of the field: interpolated cells, measured cells over them, and unknown ones."""
    field = region.field(view).astype(np.float32)
    low, high = span(region, view)
    made = []
    for measured in (False, True):
        word = "measured" if measured else "interpolated"
        made.append(
            go.Heatmap(
                x=xs,
                y=ys,
                z=np.where(region.measured == measured, field, np.float32(np.nan)),
                name=word,
                zmin=low,
                zmax=high,
                colorscale="Viridis",
                opacity=1.0 if measured else PALE,
                showscale=measured,
                hoverongaps=False,
                hovertemplate=f"x %{{x}}, y %{{y}}<br>{plotly(name)} {view} %{{z:.3f}}, {word}<extra></extra>",
                colorbar={"title": {"text": view, "side": "top", "font": {"size": 11}}, "thickness": 12, "x": 1.01},
            )
        )
    return [*made, _unknown(np.isnan(field) & ~region.measured, xs, ys)]


def _unknown(where: np.ndarray, xs: list[float], ys: list[float]) -> go.Heatmap:
    """An invisible layer where nothing is known yet, so that one can point at it and click."""
    return go.Heatmap(
        x=xs,
        y=ys,
        z=np.where(where, np.float32(0), np.float32(np.nan)),
        name="unknown",
        opacity=0,
        showscale=False,
        hoverongaps=False,
        hovertemplate="x %{x}, y %{y}<br>not measured yet<extra></extra>",
    )


def _boundary(
    region: Region, tolerance: float, name: str, color: str, dash: str, xs: list[float], ys: list[float]
) -> list[go.Contour]:
    """The line where the interpolated score passes the floor, in the capability's colour on white."""
    floor = region.floor(tolerance, by_loss=region.by_loss) - _ROUNDING
    field = region.support().astype(np.float32)
    same = {
        "x": xs,
        "y": ys,
        "z": field,
        "legendgroup": name,
        "name": plotly(name),
        "hoverinfo": "skip",
        "showscale": False,
    }
    rule = {"type": "constraint", "operation": "=", "value": floor}
    casing = {"color": "rgba(255,255,255,.85)", "width": 5.5, "smoothing": 0}
    line = {"color": color, "width": 2.8, "dash": dash, "smoothing": 0}
    return [
        go.Contour(**same, contours=rule, line=casing, showlegend=False),
        go.Contour(**same, contours=rule, line=line, showlegend=True),
    ]


def _dots(region: Region, xs: list[float], ys: list[float]) -> go.Scatter:
    rows, columns = np.nonzero(region.measured)
    return go.Scatter(
        x=np.asarray(xs)[columns],
        y=np.asarray(ys)[rows],
        name="measured",
        mode="markers",
        hoverinfo="skip",
        marker={"size": 3.5, "color": "#111", "line": {"width": 0.7, "color": "#fff"}},
    )


def _not_finite(region: Region, name: str, xs: list[float], ys: list[float]) -> list[go.Scatter]:
    """Crosses in the cells that have no score."""
    if region.not_finite is None:
        return []
    rows, columns = np.nonzero(region.not_finite)
    said = f"{plotly(name)}: logits not finite, no score"
    marks = go.Scatter(
        x=np.asarray(xs)[columns],
        y=np.asarray(ys)[rows],
        name=said,
        mode="markers",
        marker={"symbol": "x-thin", "size": 6, "line": {"width": 1.2, "color": "#111"}},
        hovertemplate=f"x %{{x}}, y %{{y}}<br>{said}<extra></extra>",
    )
    return [marks]


def _pick(x: float, y: float) -> go.Scatter:
    return go.Scatter(
        x=[x],
        y=[y],
        name="picked",
        mode="markers",
        showlegend=False,
        hoverinfo="skip",
        marker={"symbol": "cross", "size": 13, "color": "#fff", "line": {"width": 2, "color": "#111"}},
    )


def map_layout(title: str) -> dict[str, Any]:
    """The frame of a map: its title below the tools, its legend below the plot."""
    return {
        "title": {
            "text": plotly(title),
            "font": {"size": 15},
            "x": 0,
            "xanchor": "left",
            "xref": "paper",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 32},  # below the tools
        },
        "margin": {"l": 66, "r": 52, "t": 62, "b": 112},
        "hovermode": "closest",
        "showlegend": True,
        "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        "plot_bgcolor": "rgba(128,128,128,.10)",
        "paper_bgcolor": "rgba(0,0,0,0)",
    }


def _dress(figure: go.Figure, result: Result[PlaneSpec], title: str, capability: str) -> None:
    """Set title, legend, and square axes over exactly the requested range."""
    spec = result.spec
    if not figure.data or not any(isinstance(trace, go.Heatmap) for trace in figure.data):
        middle = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
        figure.add_annotation(**middle, text=f"no point of {plotly(capability)} yet", font={"color": "#888"})
    figure.update_layout(
        **map_layout(title),
        meta={"aspect": (spec.y[1] - spec.y[0]) / (spec.x[1] - spec.x[0])},  # the chart is as high as its width asks
        height=820,
    )
    half = [(high - low) / (spec.grid - 1) / 2 for low, high in (spec.x, spec.y)]
    axis_style: dict[str, Any] = {
        "showgrid": False,
        "zeroline": False,
        "constrain": "domain",
        "nticks": 6,
        "tickangle": 0,
    }
    figure.update_xaxes(
        title=plotly(axis_title(result, 0)), range=[spec.x[0] - half[0], spec.x[1] + half[0]], **axis_style
    )
    figure.update_yaxes(
        title=plotly(axis_title(result, 1)), range=[spec.y[0] - half[1], spec.y[1] + half[1]], **axis_style
    )
    figure.update_yaxes(scaleanchor="x")


def axis_title(result: Result[PlaneSpec], index: int) -> str:
    """The title of an axis: `x, α towards base`."""
    spec, variance = result.spec, result.facts.variance if result.facts else []
    direction = spec.directions[index]
    share = ""
    if isinstance(direction, Principal) and direction.component < len(variance):
        share = f" ({variance[direction.component]:.0%})"
    return f"{'xy'[index]}, {'relative change' if spec.relative else 'α'} {_along(direction)}{share}"


def _along(direction: Direction) -> str:
    if isinstance(direction, Towards):
        return f"towards {short_name(direction.checkpoint)}"
    if isinstance(direction, Move):
        return f"towards {describe_direction(direction)}"
    return f"along {describe_direction(direction)}"


def plane_finding(result: Result[PlaneSpec], regions: Mapping[str, Region], capability: str, tolerance: float) -> str:
    """One line on what the map shows: how near to θ₀ the capability's boundary comes."""
    origin, region = short_name(result.spec.checkpoint), regions.get(capability)
    if region is None:
        return f"{capability} around {origin}: being measured"
    if region.inside is None:
        if region.by_loss and not math.isnan(region.origin):
            return f"{capability} around {origin} has no loss: its examples have no reference answers"
        if result.has_loss_alone(capability):
            return f"{capability} around {origin} has a loss and no score: read it by loss"
        if math.isnan(region.origin):
            return f"{capability} is not measurable around {origin}: its logits are not finite"
        standing = standing_of(result, capability, tolerance)
        return f"{capability} around {origin}: {standing.nothing if standing is not None else NOTHING}"
    near = nearest(result.spec, region, tolerance)
    if near is None:
        return f"{capability} around {origin}: the first coarse points"
    sofar = "" if _refined(result.spec, region) else " so far"
    if math.isinf(near):
        return f"{capability} holds at every point of this picture around {origin}{sofar}"
    return f"{capability} is lost nearest to {origin} at α ≈ {number(near, 2)}, in this plane{sofar}"


def _refined(spec: PlaneSpec, region: Region) -> bool:
    """Whether nothing is left to measure."""
    if spec.full:
        return bool(region.measured.all())
    by_loss = spec.loss_tolerance is not None
    floor = region.floor(steering_tolerance(spec), by_loss=by_loss)
    return len(wanted(inside_of(region.falling(by_loss=by_loss), floor))) == 0


def nearest(spec: PlaneSpec, region: Region, tolerance: float) -> float | None:
    """The α of the grid point outside that is nearest to θ₀ (inf: none); None while coarse points are missing."""
    field = region.support()
    if np.isnan(field).any():
        return None
    away = np.hypot(*np.meshgrid(axis(spec.x, spec.grid), axis(spec.y, spec.grid)))
    floor = region.floor(tolerance, by_loss=region.by_loss) - _ROUNDING
    return float(np.min(away, where=field < floor, initial=np.inf))
