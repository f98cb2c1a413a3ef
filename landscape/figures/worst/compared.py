"""Where capabilities end in several searches for worst directions, in one figure."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.radii import Basin, basins_of
from landscape.figures.basins.findings import radius_text
from landscape.figures.palette import MARKERS, OKABE_ITO
from landscape.figures.scale import GRID, Scale, plain_layout, scale_of, titled, with_known_radius
from landscape.figures.worst.findings import boundary_phrase, boundary_text
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import WorstBoundary, worst_boundaries, worst_of

ROW, AROUND = 56, 170  # px: a capability, and what stands above and below


class Read(NamedTuple):
    """What is read off one run."""

    ends: Mapping[str, WorstBoundary]  # by capability: the nearest one found
    random: Mapping[str, Basin]  # by capability, where the radius may be stated
    scale: Scale
    tolerance: float


def read(result: Result[WorstSpec]) -> Read:
    """The nearest ends and the radii of a run, each at its own τ."""
    searched = as_searched(result)
    basins = basins_of(searched, default_tolerance(searched))
    endings = worst_boundaries(searched, default_tolerance(searched), basins)
    nearest = {name: worst_of(endings, name) for name in map(name_of, result.spec.capabilities)}
    known = {basin.capability: basin for basin in with_known_radius(searched, basins)}
    ends = {name: end for name, end in nearest.items() if end is not None}
    return Read(ends, known, scale_of(searched), default_tolerance(searched))


def compared_figure(results: Mapping[str, Result[WorstSpec]]) -> go.Figure:
    """A row a capability, a colour a run: filled where the worst direction found ends it, hollow in random ones.

    All results must have the same scale of α. A boundary that is only known to lie nearer than the first point is drawn
    at that point; one that was not met is left out.
    """
    reads = {name: read(result) for name, result in results.items()}
    names = list(dict.fromkeys(name_of(c) for result in results.values() for c in result.spec.capabilities))
    figure, scale = go.Figure(), next(iter(reads.values())).scale
    for index, (label, one) in enumerate(reads.items()):
        shift = 0.5 * ((index + 0.5) / len(reads) - 0.5)
        figure.add_traces(_marks(label, one, names, shift, OKABE_ITO[index % len(OKABE_ITO)], MARKERS[index % 8]))
    taus = {one.tolerance for one in reads.values()}
    by_loss = any(end.by_loss for one in reads.values() for end in one.ends.values())
    title = titled(compared_finding(results), taus.pop() if len(taus) == 1 else None, by_loss=by_loss)
    figure.update_layout(plain_layout(title, AROUND + ROW * len(names), l=90, b=110))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.3, "x": 0})
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=[f"<b>{plotly(name)}</b>\u00a0" for name in names],
        range=[len(names) - 0.5, -0.5], showgrid=False, zeroline=False, fixedrange=True,
    )  # fmt: skip
    figure.update_xaxes(title=scale.title, type="log", gridcolor=GRID, exponentformat="power")
    return figure


def _marks(
    label: str, one: Read, names: Sequence[str], shift: float, color: str, marker: str
) -> tuple[go.Scatter, go.Scatter]:
    """The filled and the hollow marks of one run."""
    met = [(name, one.ends[name]) for name in names if name in one.ends and one.ends[name].alpha]
    radii = [(name, one.random[name]) for name in names if name in one.random]
    shown = plotly(label)
    worst = go.Scatter(
        x=[end.alpha for _, end in met], y=[names.index(name) + shift for name, _ in met], mode="markers",
        name=f"{shown}: worst found", marker={"symbol": marker, "size": 11, "color": color},
        text=[
            f"<b>{plotly(name)}</b>, {shown}: {boundary_text(end, one.scale)} along {plotly(end.direction)}"
            for name, end in met
        ],
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    known = [basin.radius for _, basin in radii if basin.radius is not None]
    sure = [not math.isnan(radius.low) for radius in known]
    middles = [radius.median for radius in known]
    random = go.Scatter(
        x=middles, y=[names.index(name) + shift for name, _ in radii], mode="markers", name=f"{shown}: random",
        marker={"symbol": f"{marker}-open", "size": 11, "color": color, "line": {"width": 2}},
        error_x={
            "array": [min(r.high, r.reach) - r.median if s else 0.0 for r, s in zip(known, sure, strict=True)],
            "arrayminus": [r.median - r.low if s else 0.0 for r, s in zip(known, sure, strict=True)],
            "symmetric": False, "thickness": 1.6, "width": 4, "color": color,
        },
        text=[f"<b>{plotly(n)}</b>, {shown}: {plotly(radius_text(basin, one.scale))}" for n, basin in radii],
        hovertemplate="%{text}, random directions<extra></extra>",
    )  # fmt: skip
    return worst, random


def compared_finding(results: Mapping[str, Result[WorstSpec]]) -> str:
    """Where the worst directions found end the capability whose ends differ most between the runs."""
    reads = {name: read(result) for name, result in results.items()}
    met: dict[str, dict[str, WorstBoundary]] = {}
    for label, one in reads.items():
        for name, end in one.ends.items():
            if end.alpha:
                met.setdefault(name, {})[label] = end
    if not met:
        return "No capability ends in a worst direction found"
    shared = {name: each for name, each in met.items() if len(each) > 1}
    name = max(shared or met, key=lambda one: _ratio(met[one]))
    told = sorted(met[name].items(), key=lambda item: item[1].alpha or 0.0)
    told = [told[0], *told[1:][-1:]]
    places = "; ".join(f"{boundary_phrase(end, reads[label].scale)} in {label}" for label, end in told)
    return f"In the worst directions found, {name} ends {places}"


def _ratio(ends: Mapping[str, WorstBoundary]) -> float:
    alphas = [end.alpha for end in ends.values() if end.alpha]
    return max(alphas) / min(alphas)
