"""The rings figure: basins as rings around θ₀. The radius is α; angles only separate the directions."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from landscape.basins.boundaries import Radius
from landscape.basins.radii import Basin, Ray, alpha_of_others
from landscape.figures.basins.findings import checkpoint_sides, coarseness, radii_summary, rim_of
from landscape.figures.basins.root_scale import SAID, crowded, use_root_scale
from landscape.figures.palette import FINETUNE, MARKERS, colors, translucent
from landscape.figures.scale import GRID, Scale, plain_layout, scale_of, titled, with_known_radius
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Towards, label_of, seed_of, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

HEIGHT = 560
_TURN = np.linspace(0, 360, 121)
NEUTRAL = "#888888"
_PLACES = {"bottom left": 225.0, "top left": 135.0, "bottom center": 270.0, "top center": 90.0, "middle left": 180.0}


def rings_figure(
    result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float, *, relative: bool = False
) -> go.Figure:
    """A ring a capability at its median radius with the 95 % interval as a band; a mark where each ray ends.

    A ring is drawn only if the radius may be stated (`with_known_radius`); dashed if the basin is at least this wide. A
    checkpoint in the spec has a path of its own, with marks for how far each capability holds on the way to it. Where
    some of these lie too near to θ₀ to be told apart, the radius is on a square-root scale.
    """
    scale, names = scale_of(result, relative), [name_of(name) for name in result.spec.capabilities]
    palette, markers = colors(names), dict(zip(names, _cycled(len(names)), strict=True))
    stated, rim, angles = with_known_radius(result, basins), rim_of(result, basins), angles_of(result.spec)
    figure = go.Figure()
    outwards = sorted(stated, key=lambda basin: basin.radius.median if basin.radius else 0)
    thick = _line_widths([basin.radius.median for basin in outwards if basin.radius], rim)
    for basin, width in reversed(list(zip(outwards, thick, strict=True))):
        assert basin.radius is not None
        figure.add_traces(ring(basin.radius, basin.capability, palette[basin.capability], width, scale, rim))
    figure.add_traces(_paths(result, scale, rim, angles))
    for basin in basins:
        figure.add_traces(_ends(basin, result, palette[basin.capability], markers[basin.capability], scale, angles))
    figure.add_traces([_key(name, palette[name], markers[name]) for name in names])
    aimed = [angles[_name(d)] for d in result.spec.directions if isinstance(d, Towards)]
    figure.add_trace(centre(f"θ₀: {plotly(short_name(result.spec.checkpoint))}", aimed))
    title = titled(
        radii_summary(result, basins, scale) or checkpoint_sides(result, basins), tolerance, coarseness(basins),
        by_loss=result.by_loss,
    )  # fmt: skip
    figure.update_layout(plain_layout(title, HEIGHT, over=18, l=20, r=20, b=84))
    near = crowded(_places_towards(result, basins), rim)
    radial_layout(figure, rim / scale.unit, scale.title + SAID * near)
    if near:
        use_root_scale(figure, rim / scale.unit)
    return figure


def _places_towards(result: Result[BasinSpec], basins: Sequence[Basin]) -> list[float]:
    """Where checkpoints stand, and where capabilities end on the way to them."""
    ends = [ray.boundary.alpha or ray.boundary.inside for basin in basins for ray in basin.rays if ray.seed is None]
    return [*alpha_of_others(result).values(), *ends]


def radial_layout(figure: go.Figure, rim: float, title: str) -> None:
    """Lay out a figure of rings: a square plot up to `rim`, with the legend below."""
    figure.update_layout(showlegend=True, meta={"aspect": 1.0})
    figure.update_layout(legend={"orientation": "h", "y": -0.09, "x": 0.5, "xanchor": "center", "itemsizing": "trace"})
    radial = {"range": [0, rim * 1.05], "angle": 0, "tickangle": 0, "nticks": 5, "gridcolor": GRID}
    figure.update_polars(
        bgcolor="rgba(0,0,0,0)",
        radialaxis=radial | {"linecolor": GRID, "tickfont": {"size": 10, "color": NEUTRAL}, "ticks": ""},
        angularaxis={"showticklabels": False, "ticks": "", "showgrid": False, "linecolor": GRID, "rotation": 0},
    )
    figure.add_annotation(
        text=f"radius: {title}", x=0.5, y=-0.03, xref="paper", yref="paper", showarrow=False, yanchor="top",
        font={"size": 11, "color": NEUTRAL},
    )  # fmt: skip


def angles_of(spec: BasinSpec) -> dict[tuple[str, int | None], float]:
    """(label, seed) of each direction → its angle in degrees, evenly spread, with checkpoints between random ones.

    With both signs, directions take half a turn, and their opposites the other half.
    """
    total, turn = len(spec.directions), 180.0 if spec.both_signs else 360.0
    pointed = [direction for direction in spec.directions if seed_of(direction) is None]
    slots = [round(i * total / len(pointed)) for i in range(len(pointed))]
    free = [slot for slot in range(total) if slot not in slots]
    ordered = [*pointed, *(direction for direction in spec.directions if seed_of(direction) is not None)]
    first = turn / total / 2 if spec.both_signs else 90.0
    places = zip(ordered, [*slots, *free], strict=True)
    return {_name(direction): (first + slot * turn / total) % 360 for direction, slot in places}


def _name(direction: Direction) -> tuple[str, int | None]:
    return label_of(direction), seed_of(direction)


def _cycled(count: int) -> list[str]:
    return [MARKERS[index % len(MARKERS)] for index in range(count)]


def _line_widths(radii: Sequence[float], rim: float) -> list[float]:
    """Line widths for ascending radii: where rings coincide, the outer is drawn below and wider, so that both show."""
    widths = [2.0 for _ in radii]
    for index in range(1, len(radii)):
        if radii[index] - radii[index - 1] < 0.012 * rim:
            widths[index] = widths[index - 1] + 3.5
    return widths


def ring(found: Radius, name: str, color: str, width: float, scale: Scale, rim: float) -> list[go.Scatterpolar]:
    """The interval of a radius as a band, the median as a circle; dashed where it is at least as wide."""
    radius, shape = found.median / scale.unit, {"mode": "lines", "legendgroup": name, "showlegend": False}
    circle = go.Scatterpolar(
        r=np.full(_TURN.size, radius, np.float32), theta=_TURN, hoverinfo="skip",
        line={"color": color, "width": width, "dash": "dash" if found.at_least else "solid"}, **shape,
    )  # fmt: skip
    if math.isnan(found.low):
        return [circle]
    low, high = found.low / scale.unit, min(found.high, rim * 1.05) / scale.unit
    band = go.Scatterpolar(
        r=np.concatenate([np.full(_TURN.size, low), np.full(_TURN.size, high)]).astype(np.float32),
        theta=np.concatenate([_TURN, _TURN[::-1]]), fill="toself", fillcolor=translucent(color, 0.18),
        line={"width": 0}, hoverinfo="skip", **shape,
    )  # fmt: skip
    return [band, circle]


def _ends(
    basin: Basin, result: Result[BasinSpec], color: str, marker: str, scale: Scale, angles: dict
) -> list[go.Scatterpolar]:
    """A mark where each ray leaves the basin, with a bar for its bracket; hollow if the ray has not left."""
    r, theta, symbols, texts, edges, sizes = [], [], [], [], [], []
    lines: list[tuple[float, float, float]] = []
    for ray in basin.rays:
        end, angle = ray.boundary, (angles[ray.label, ray.seed] + (180 if ray.sign < 0 else 0)) % 360
        at = end.inside if end.alpha is None else end.alpha
        aimed = ray.seed is None
        r.append(at / scale.unit)
        theta.append(angle)
        symbols.append(f"{marker}-open" if end.alpha is None else marker)
        edges.append(FINETUNE if aimed and end.alpha is not None else color)
        sizes.append(8 if aimed else 5.5)
        texts.append(f"<b>{plotly(basin.capability)}</b>, {_direction(ray)}: {_ended(ray, result, scale)}")
        if end.outside is not None:
            lines.append((angle, end.inside / scale.unit, end.outside / scale.unit))
    group = {"legendgroup": basin.capability, "showlegend": False}
    marks = go.Scatterpolar(
        r=r, theta=theta, mode="markers", text=texts, hovertemplate="%{text}<extra></extra>", cliponaxis=False,
        marker={"symbol": symbols, "color": color, "size": sizes, "line": {"color": edges, "width": 1.5}}, **group,
    )  # fmt: skip
    bars = go.Scatterpolar(
        r=[x for _, low, high in lines for x in (low, high, None)],
        theta=[x for angle, _, _ in lines for x in (angle, angle, None)],
        mode="lines", line={"color": translucent(color, 0.55), "width": 1.5}, hoverinfo="skip", **group,
    )  # fmt: skip
    return [bars, marks]


def _direction(ray: Ray) -> str:
    sign = "opposite of " if ray.sign < 0 else ""
    return sign + (plotly(ray.label.replace("demo:", "")) if ray.seed is None else f"random direction, seed {ray.seed}")


def _ended(ray: Ray, result: Result[BasinSpec], scale: Scale) -> str:
    """The hover text about the end of a ray, which claims nothing beyond what was measured."""
    end, symbol = ray.boundary, scale.symbol
    if end.alpha is None or end.outside is None:
        so_far = "" if end.inside >= result.spec.reach * (1 - 1e-9) else " so far"
        return f"still inside at {symbol} = {number(end.inside / scale.unit)}{so_far}"
    between = f"{number(end.inside / scale.unit)} and {number(end.outside / scale.unit)}"
    again = "" if end.reentered is None else f"<br>inside again at {number(end.reentered / scale.unit)}"
    return f"ends at {symbol} ≈ {number(end.alpha / scale.unit)}<br>(between {between}){again}"


def _paths(result: Result[BasinSpec], scale: Scale, rim: float, angles: dict) -> list[go.Scatterpolar]:
    """The path from θ₀ to each checkpoint in the spec, with its name at the rim, where there is room."""
    traces = []
    alphas = alpha_of_others(result)
    for index, direction in enumerate(d for d in result.spec.directions if isinstance(d, Towards)):
        name, angle = direction.checkpoint, angles[_name(direction)]
        at, group = alphas.get(name), {"legendgroup": "paths", "showlegend": False}
        side = "center" if abs(math.cos(math.radians(angle))) < 0.4 else "left" if not 90 < angle < 270 else "right"
        beyond = go.Scatterpolar(
            r=[(at or 0) / scale.unit, rim * 1.03 / scale.unit], theta=[angle, angle], mode="lines+text",
            line={"color": translucent(FINETUNE, 0.6), "width": 1, "dash": "dot"}, hoverinfo="skip",
            text=["", f"<b>{plotly(short_name(name))}</b>"], textfont={"color": FINETUNE, "size": 12}, cliponaxis=False,
            textposition=f"{'top' if math.sin(math.radians(angle)) > -0.4 else 'bottom'} {side}", **group,
        )  # fmt: skip
        traces.append(beyond)
        if at is None:
            continue
        where = f"<b>{plotly(short_name(name))}</b> stands at {scale.symbol} = {number(at / scale.unit)}<extra></extra>"
        path = go.Scatterpolar(
            r=[0, at / scale.unit], theta=[angle, angle], mode="lines+markers", name="fine-tune and the line to it",
            line={"color": FINETUNE, "width": 3}, hovertemplate=where, legendgroup="paths", showlegend=not index,
            marker={"symbol": ["circle", "star-diamond"], "size": [0, 13], "color": FINETUNE},
        )  # fmt: skip
        traces.append(path)
    return traces


def _key(name: str, color: str, marker: str) -> go.Scatterpolar:
    """The legend entry of a capability, also if nothing of it is drawn."""
    return go.Scatterpolar(
        r=[None], theta=[None], name=plotly(name), legendgroup=name, mode="lines+markers",
        line={"color": color, "width": 2.5}, marker={"symbol": marker, "size": 7},
    )  # fmt: skip


def centre(text: str, aimed: Sequence[float] = ()) -> go.Scatterpolar:
    """The mark of θ₀, with a hover text, its label where no path to a checkpoint (angles, degrees) leads."""
    free = max(_PLACES, key=lambda place: min(_apart(_PLACES[place], angle) for angle in (*aimed, 0.0)))
    return go.Scatterpolar(
        r=[0], theta=[0], mode="markers+text", marker={"size": 7, "color": NEUTRAL}, text=["<b>θ₀</b>"],
        textposition=free, showlegend=False, textfont={"size": 13}, hovertemplate=f"{text}<extra></extra>",
    )  # fmt: skip


def _apart(one: float, other: float) -> float:
    """How far two angles are apart, 0 to 180 degrees."""
    return abs((one - other + 180) % 360 - 180)
