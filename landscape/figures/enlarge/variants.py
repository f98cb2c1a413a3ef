"""The figures that compare checkpoints: the basins of one capability as rings, and its scores or losses as curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from landscape.basins.radii import Basin
from landscape.figures.basins.rings import centre, radial_layout, ring
from landscape.figures.gaps import band, not_finite_marks
from landscape.figures.palette import MARKERS, translucent
from landscape.figures.scale import GRID, Scale, headline, on_one_scale, plain_layout, scale_of
from landscape.outside.text import plotly
from landscape.schema.directions import label_of, seed_of, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

# One colour a checkpoint, the reference grey: none of these is the colour of a capability.
COLORS = ("#808080", "#CC6677", "#AA4499", "#44AA99", "#999933", "#6699CC", "#C17D11", "#7A5FB5")
DASHES = ("dash", "solid", "solid", "dot", "dashdot", "longdash", "longdashdot", "solid")
RINGS, CURVES = 560, 470  # px high


@dataclass(frozen=True, eq=False)
class Variant:
    """One checkpoint's search, its basin of the capability that is shown, and how it is drawn."""

    result: Result[BasinSpec]
    basin: Basin | None
    place: int  # in the order of the checkpoints
    scale: Scale

    @property
    def name(self) -> str:
        """The checkpoint's name for people."""
        return short_name(self.result.spec.checkpoint)

    @property
    def color(self) -> str:
        """The colour of everything of this checkpoint."""
        return COLORS[self.place % len(COLORS)]

    @property
    def marker(self) -> str:
        """The marker of this checkpoint; it repeats what colour says."""
        return MARKERS[self.place % len(MARKERS)]

    @property
    def dash(self) -> str:
        """The dash of this checkpoint's curves; it repeats what colour says."""
        return DASHES[self.place % len(DASHES)]


def variants_of(
    results: Mapping[str, Result[BasinSpec]], basins: Mapping[str, Sequence[Basin]], capability: str, *, relative: bool
) -> list[Variant]:
    """The variants in the order of the checkpoints, as far as they are known."""
    results = on_one_scale(results)
    own = {name: next((b for b in basins[name] if b.capability == capability), None) for name in results}
    return [Variant(r, own[n], i, scale_of(r, relative)) for i, (n, r) in enumerate(results.items())]


def variant_rings(variants: Sequence[Variant], title: str) -> go.Figure:
    """A ring a checkpoint at its median radius, the 95 % interval as a band, a mark where each direction ends.

    The same angle means the same seed, which is the same direction in checkpoints of the same shape.
    """
    figure = go.Figure()
    shown = [v for v in variants if v.basin is not None and v.basin.radius is not None]
    seeds = dict.fromkeys(seed for v in shown for seed in map(seed_of, v.result.spec.directions))
    angles = {seed: 90 + 360 * place / len(seeds) for place, seed in enumerate(seeds)}
    rim = max((_far(v) for v in shown), default=1.0)
    for variant in sorted(shown, key=_far, reverse=True):
        assert variant.basin is not None
        assert variant.basin.radius is not None
        far = rim * variant.scale.unit
        figure.add_traces(ring(variant.basin.radius, variant.name, variant.color, 2.5, variant.scale, far))
        figure.add_trace(_marks(variant, angles))
    for variant in variants:
        figure.add_trace(_key(variant))
    figure.add_trace(centre("θ₀ of each checkpoint"))
    radial_layout(figure, rim, variants[0].scale.title if variants else "α")
    figure.update_layout(plain_layout(headline(title), RINGS, over=18, l=20, r=20, b=84))
    return figure


def _far(variant: Variant) -> float:
    """The largest boundary of a variant, in its own scale."""
    assert variant.basin is not None
    ends = [ray.boundary.alpha or ray.boundary.inside for ray in variant.basin.rays]
    return max(ends, default=0.0) / variant.scale.unit


def _marks(variant: Variant, angles: Mapping[int | None, float]) -> go.Scatterpolar:
    assert variant.basin is not None
    rays = [ray for ray in variant.basin.rays if ray.random and ray.sign > 0]
    at = [(ray.boundary.alpha or ray.boundary.inside) / variant.scale.unit for ray in rays]
    open_ = [ray.boundary.alpha is None for ray in rays]
    return go.Scatterpolar(
        r=at, theta=[angles[ray.seed] for ray in rays], mode="markers", legendgroup=variant.name, showlegend=False,
        marker={"symbol": [f"{variant.marker}-open" if o else variant.marker for o in open_], "size": 6,
                "color": variant.color, "line": {"width": 1.5, "color": variant.color}},
        text=[f"<b>{plotly(variant.name)}</b>, seed {ray.seed}: {'still inside' if o else 'ends'} at "
              f"{variant.scale.symbol} {number(a)}" for ray, a, o in zip(rays, at, open_, strict=True)],
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip


def _key(variant: Variant) -> go.Scatterpolar:
    """The legend entry with the radius, also of a checkpoint without a ring."""
    radius = variant.basin.radius if variant.basin else None
    known = (variant.basin.lacking if variant.basin else "") or "not known yet"
    said = f"{'≥' if radius.at_least else ''}{variant.scale.format(radius.median)}" if radius else known
    return go.Scatterpolar(
        r=[None], theta=[None], name=f"{plotly(variant.name)}: {said}", legendgroup=variant.name, mode="lines+markers",
        line={"color": variant.color, "width": 2.5}, marker={"symbol": variant.marker, "size": 7},
    )  # fmt: skip


def variant_curves(variants: Sequence[Variant], capability: str, view: str, title: str) -> go.Figure:
    """Score or loss against α, a curve a checkpoint: the median over random directions, with their range as a band.

    Points are those of the search, dense near boundaries, joined by lines. A marker shows the basin's median radius.
    """
    figure = go.Figure()
    edges = [v.basin.radius.median / v.scale.unit for v in variants if v.basin and v.basin.radius]
    rim = 2.5 * max(edges, default=0.0) or None
    for variant in variants:
        figure.add_traces(_curve(variant, capability, view, rim))
    figure.update_layout(plain_layout(headline(title), CURVES, l=62, b=110))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.2, "x": 0})
    axis = variants[0].scale.title if variants else "α"
    figure.update_xaxes(title=axis, range=[0, rim] if rim else None, gridcolor=GRID, zeroline=False)
    if view == "score":
        figure.update_yaxes(title="score, share of examples right", range=[-0.03, 1.05], gridcolor=GRID, zeroline=False)
    else:
        figure.update_yaxes(title="loss, nats per answer token", type="log", gridcolor=GRID, zeroline=False)
    return figure


def _curve(variant: Variant, capability: str, view: str, rim: float | None) -> list[go.Scatter]:
    at, values = median_curve(variant.result, capability, view)
    if not at.size:
        return []
    x = at / variant.scale.unit
    shown = x <= (rim or np.inf) * 1.3
    x, (low, middle, high) = x[shown], values[:, shown]
    group = {"legendgroup": variant.name, "mode": "lines"}
    spread = go.Scatter(
        **band(x, low, high), fill="toself", hoverinfo="skip",
        fillcolor=translucent(variant.color, 0.13), line={"width": 0}, showlegend=False, **group,
    )  # fmt: skip
    line = go.Scatter(
        x=x, y=middle, name=plotly(variant.name), line={"color": variant.color, "width": 2.5, "dash": variant.dash},
        hovertemplate=f"<b>{plotly(variant.name)}</b>: %{{y}} at "
        f"{variant.scale.symbol} = %{{x}}<extra></extra>",
        **group,
    )  # fmt: skip
    rows = variant.result.scored
    rows = rows[(rows["capability"] == capability) & (rows["alpha"] >= 0) & rows["score"].isna()]
    broken = np.unique(rows["alpha"]) / variant.scale.unit if view == "score" else x[:0]
    marks = not_finite_marks(broken[broken <= x[-1]], variant.name, variant.color, variant.name)
    radius = variant.basin.radius if variant.basin else None
    if radius is None:
        return [spread, line, *marks]
    edge = radius.median / variant.scale.unit
    mark = go.Scatter(
        x=[edge], y=[float(np.interp(edge, x, middle))], mode="markers", legendgroup=variant.name, showlegend=False,
        marker={"symbol": variant.marker, "size": 11, "color": variant.color, "line": {"width": 1.5, "color": "#fff"}},
        hovertemplate=f"<b>{plotly(variant.name)}</b> ends at {variant.scale.symbol} ≈ %{{x}}<extra></extra>",
    )  # fmt: skip
    return [spread, line, mark, *marks]


def median_curve(result: Result[BasinSpec], capability: str, view: str) -> tuple[np.ndarray, np.ndarray]:
    """α (m,) and the lowest, median and highest value (3, m) over the random directions, linearly interpolated.

    They reach as far as every direction was measured; both are empty if one was not. NaN beside points where logits
    are not finite.
    """
    rows = result.scored
    rows = rows[(rows["capability"] == capability) & (rows["alpha"] >= 0)]
    rows = rows[rows[view].notna() | (rows["not_finite"] > 0)]
    lines = []
    for direction in (d for d in result.spec.directions if seed_of(d) is not None):
        own = rows[(rows["direction"] == label_of(direction)) & (rows["seed"] == seed_of(direction))]
        own = own.sort_values("alpha")
        if len(own) < 2:
            return np.empty(0), np.empty((3, 0))
        lines.append((own["alpha"].to_numpy(float), own[view].to_numpy(float)))
    if not lines:
        return np.empty(0), np.empty((3, 0))
    end = min(float(at[-1]) for at, _ in lines)
    alphas = np.unique(np.concatenate([at for at, _ in lines]))
    alphas = alphas[alphas <= end]
    each = np.stack([np.interp(alphas, at, values) for at, values in lines])
    return alphas, np.stack([each.min(axis=0), np.median(each, axis=0), each.max(axis=0)])
