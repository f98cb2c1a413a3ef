"""Basin radii over a list of checkpoints: how they emerge in training, or change with the size of the model."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.radii import Basin, basins_of
from landscape.basins.standings import NOTHING
from landscape.figures.basins.findings import radius_text
from landscape.figures.basins.forming import UNEQUAL
from landscape.figures.palette import MARKERS, colors
from landscape.figures.scale import (
    GRID,
    Scale,
    headline,
    on_one_scale,
    plain_layout,
    scale_of,
    titled,
    with_known_radius,
)
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.directions import join_words
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

HEIGHT = 470
_FLOOR = 0.055  # of the figure's height: how far below zero the crosses of missing basins lie
_APART = 0.09  # of the space between two checkpoints: the offset between capabilities, so that intervals do not overlap


def radii_figure(
    results: Mapping[str, Result[BasinSpec]],
    *,
    tolerance: float | None = None,
    relative: bool = False,
    basins: Mapping[str, Sequence[Basin]] | None = None,
    share_of_score: bool = False,
) -> go.Figure:
    """Median radius with its 95 % interval, a line a capability, over the results in their order.

    A capability that a checkpoint does not have is a cross below zero; a hollow marker is a basin at least this wide; a
    radius that may not be stated yet is left out. τ defaults to each result's own.

    Args:
        results: by the name to show; all must have the same scale of α.
        tolerance: one τ for all.
        relative: show α / rms, each with its own rms: the scale that compares models of different sizes.
        basins: those of the results at the tolerance, if they are read already (a bootstrap each).
        share_of_score: whether the tolerance is a share of each score at θ₀.

    Raises:
        ValueError: results with different scales of α, or none.
    """
    if len({result.spec.relative for result in results.values()}) != 1:
        raise ValueError("expected results that count α in one scale, got layer or filter draws among Gaussian ones")
    relative = relative and all(result.facts for result in results.values())
    results = {name: as_searched(result) if tolerance is None else result for name, result in results.items()}
    read = basins or {
        name: basins_of(result, tolerance, share_of_score=share_of_score) for name, result in results.items()
    }
    results = on_one_scale(results) if relative else results
    scales = {name: scale_of(result, relative) for name, result in results.items()}
    names = list(dict.fromkeys(name_of(c) for result in results.values() for c in result.spec.capabilities))
    stated = {name: _stated(name, results, read, scales) for name in names}
    top = 1.06 * max((high for each in stated.values() for high in _highs(each)), default=1.0)
    palette, figure = colors(names), go.Figure()
    for index, name in enumerate(names):
        shift, marker = _APART * (index - (len(names) - 1) / 2), MARKERS[index % len(MARKERS)]
        absent = {
            place + shift: basin.lacking
            for place, label in enumerate(results)
            for basin in read[label]
            if basin.capability == name and basin.lacking
        }
        figure.add_trace(_line(name, stated[name], palette[name], marker, shift, top))
        figure.add_trace(_crosses(name, absent, palette[name], -_FLOOR * top))
    taus = {default_tolerance(result) if tolerance is None else tolerance for result in results.values()}
    by_loss = {result.by_loss for result in results.values()}
    taus = taus if len(by_loss) == 1 else set()
    found, tau = radii_finding(results, read, relative=relative), taus.pop() if len(taus) == 1 else None
    share = (
        headline(f"{found} (τ\u00a0=\u00a0{number(tau, 2)}\u00a0× each score at\u00a0θ₀)")
        if share_of_score and tau
        else None
    )
    figure.update_layout(plain_layout(share or titled(found, tau, by_loss=True in by_loss), HEIGHT, l=68, b=110))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.24, "x": 0})
    if lacking := {b.lacking for label in results for b in read[label] if b.capability in names and b.lacking}:
        figure.add_annotation(
            text=f"<i>{'<br>'.join(sorted(lacking))}</i>", x=0, xref="paper", xanchor="right", xshift=-4,
            y=-_FLOOR * top, showarrow=False, font={"size": 11},
        )  # fmt: skip
    _axes(figure, list(results), next(iter(scales.values())), top)
    return figure


def _axes(figure: go.Figure, labels: Sequence[str], scale: Scale, top: float) -> None:
    ticks = [
        plotly(label).replace(" ", "<br>", 1).replace("-", "-<br>", 1) if len(labels) > 3 else label for label in labels
    ]
    ends = [-0.5, len(labels) - 0.5]
    figure.update_xaxes(tickvals=list(range(len(labels))), ticktext=ticks, range=ends, showgrid=False, zeroline=False)
    figure.update_xaxes(tickangle=0)
    # No ticks below zero: there lies the lane of those without a basin.
    figure.update_yaxes(
        title=f"radius, {scale.short}", range=[-2 * _FLOOR * top, top], gridcolor=GRID, zerolinecolor="#888", nticks=6,
        minallowed=-2 * _FLOOR * top,
    )  # fmt: skip


Stated = list[tuple[int, str, Basin | None, Scale]]  # place on the axis, checkpoint, basin if its radius may be stated


def _stated(
    name: str,
    results: Mapping[str, Result[BasinSpec]],
    read: Mapping[str, Sequence[Basin]],
    scales: Mapping[str, Scale],
) -> Stated:
    found = []
    for place, (label, result) in enumerate(results.items()):
        own = next((basin for basin in with_known_radius(result, read[label]) if basin.capability == name), None)
        found.append((place, label, own, scales[label]))
    return found


def _highs(stated: Stated) -> list[float]:
    """The upper ends of the intervals, or the medians where those are open."""
    radii = [(basin.radius, scale.unit) for _, _, basin, scale in stated if basin and basin.radius]
    return [(found.high if math.isfinite(found.high) else found.median) / unit for found, unit in radii]


def _line(name: str, stated: Stated, color: str, marker: str, shift: float, top: float) -> go.Scatter:
    """One capability's radii with intervals, up to the top where these are open; a gap where a radius is missing."""
    y: list[float | None] = []
    up: list[float] = []
    down: list[float] = []
    symbols, texts = [], []
    for _, label, basin, scale in stated:
        radius = basin.radius if basin else None
        middle = radius.median / scale.unit if radius else 0.0
        sure = radius is not None and not math.isnan(radius.low)
        y.append(middle if radius else None)
        up.append(min(radius.high / scale.unit, top) - middle if sure and radius else 0.0)
        down.append(middle - radius.low / scale.unit if sure and radius else 0.0)
        symbols.append(f"{marker}-open" if radius and radius.at_least else marker)
        texts.append(f"<b>{plotly(name)}</b>, {plotly(label)}: {radius_text(basin, scale)}" if basin else "")
    return go.Scatter(
        x=[place + shift for place, *_ in stated], y=y, mode="lines+markers", name=plotly(name), legendgroup=name,
        line={"color": color, "width": 2.2}, text=texts, hovertemplate="%{text}<extra></extra>", connectgaps=False,
        marker={"symbol": symbols, "size": 9, "color": color},
        error_y={"array": up, "arrayminus": down, "symmetric": False, "thickness": 1.6, "width": 4, "color": color},
    )  # fmt: skip


def _crosses(name: str, places: Mapping[float, str], color: str, y: float) -> go.Scatter:
    """Crosses for the checkpoints that do not have the capability, or where it is not measurable."""
    return go.Scatter(
        x=list(places), y=[y] * len(places), mode="markers", legendgroup=name, showlegend=False,
        marker={"symbol": "x-thin-open", "size": 8, "color": color, "line": {"width": 2, "color": color}},
        text=list(places.values()), hovertemplate=f"<b>{plotly(name)}</b>: %{{text}} here<extra></extra>",
    )  # fmt: skip


def radii_finding(
    results: Mapping[str, Result[BasinSpec]], read: Mapping[str, Sequence[Basin]], *, relative: bool = False
) -> str:
    """Which radius changes most between two checkpoints, which capabilities appear, and which are never there.

    Radii differ if their intervals do not overlap; otherwise none is said to grow.
    """
    results = on_one_scale(results) if relative else results
    scales = {name: scale_of(result, relative) for name, result in results.items()}
    stated: dict[str, dict[str, Basin]] = {}
    for label, result in results.items():
        for basin in with_known_radius(result, read[label]):
            stated.setdefault(basin.capability, {})[label] = basin
    texts = [_change(stated, scales)] if stated else ["No radius is known yet"]
    appears: dict[str, list[str]] = {}
    for name, where in stated.items():
        before = list(results)[: list(results).index(next(iter(where)))]
        if before and all(_absent(read[label], name) for label in before):
            appears.setdefault(next(iter(where)), []).append(name)
    texts += [f"{join_words(names)} appear{'s' * (len(names) == 1)} with {label}" for label, names in appears.items()]
    asked = dict.fromkeys(name_of(c) for result in results.values() for c in result.spec.capabilities)
    never = [name for name in asked if all(_absent(read[label], name) for label in results)]
    return "; ".join([*texts, *([f"{NOTHING} in {join_words(never)}"] if never else [])])


def _change(stated: Mapping[str, Mapping[str, Basin]], scales: Mapping[str, Scale]) -> str:
    """`basic grows from α ≈ 0.008 (base-00400) to 0.03 (base)`."""
    pairs = []
    for name, where in stated.items():
        ordered = sorted(where, key=lambda label: _size(where[label], scales[label]))
        low, high = ordered[0], ordered[-1]
        ratio = _size(where[high], scales[high]) / max(_size(where[low], scales[low]), 1e-12)
        pairs.append((ratio, name, low, high))
    _, name, low, high = max(pairs)
    where, labels = stated[name], list(scales)
    if low == high:
        return f"{name} holds to {radius_text(where[low], scales[low])} in {low}"
    first, last = sorted((low, high), key=labels.index)
    one, other = where[low].radius, where[high].radius
    assert one is not None
    assert other is not None
    apart = other.low / scales[high].unit > one.high / scales[low].unit  # False for NaN: too few rays to tell
    if not apart:
        return "No radius differs clearly between two checkpoints"
    verb = "grows" if first == low else "shrinks"
    start, end = (scales[label].format(where[label].radius.median) for label in (first, last))  # type: ignore[union-attr]
    scored = ["", ""]  # of one that scores less, τ is a larger share
    if not where[first].by_loss and abs(where[first].score - where[last].score) > UNEQUAL:
        scored = [f", scoring {where[label].score:.2f}" for label in (first, last)]
    return f"{name} {verb} from {scales[first].symbol} ≈ {start} ({first}{scored[0]}) to {end} ({last}{scored[1]})"


def _absent(basins: Sequence[Basin], name: str) -> bool:
    return any(basin.capability == name and not basin.bounded and not basin.broken for basin in basins)


def _size(basin: Basin, scale: Scale) -> float:
    assert basin.radius is not None
    return basin.radius.median / scale.unit
