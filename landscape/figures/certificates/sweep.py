"""The sweep figure of a certificate: against σ, p_A with its interval, and the radius that each σ certifies."""

from collections.abc import Sequence

import plotly.graph_objects as go

from landscape.certificates.bounds import Certificate, certified_radius
from landscape.certificates.guarantees import Guarantee
from landscape.certificates.rounding import score_down
from landscape.figures.certificates.findings import sweep_finding
from landscape.figures.numbers import format_length, proven_length
from landscape.figures.palette import MARKERS, colors, translucent
from landscape.figures.scale import GRID, headline, plain_layout, with_subscript
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.results import Result
from landscape.schema.specs import CertificateSpec

HEIGHT = 560
_LANE = 0.07  # of the radius panel: how far below zero the crosses of abstaining σ lie
_WIDE = 30  # σ that span more than this lie on a logarithmic axis


def sweep_figure(result: Result[CertificateSpec], guarantees: Sequence[Guarantee], threshold: float) -> go.Figure:
    """Above: p_A against σ, its 95 % interval and the lower bound that the proof uses. Below: the certified radius.

    The σ with the largest radius is a star, one that abstains a cross below zero. A σ without all its trials
    (unfinished or given up) proves nothing: it is hollow, with the radius that the low end of its interval would give.
    """
    spec, figure = result.spec, go.Figure()
    names = [name_of(name) for name in spec.capabilities]
    palette = colors(names)
    radii = [_seen(c, threshold) or 0.0 for g in guarantees for c in g.certificates]
    top = 1.15 * max(radii, default=0.0) or spec.sigmas[-1]
    for guarantee in guarantees:
        name = guarantee.capability
        row = names.index(name)
        color, marker = palette[name], MARKERS[row % len(MARKERS)]
        if guarantee.certificates:
            figure.add_traces(_shares(guarantee, color, marker))
            lane = -_LANE * top * (1 + row) / (1 + len(names)) * 2
            figure.add_traces(_radii(guarantee, threshold, color, marker, lane))
    figure.add_hline(y=threshold, line={"color": "#888", "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        text=f"q = {threshold:g}", x=1, xref="paper", xanchor="right", y=threshold, yanchor="bottom", showarrow=False,
        font={"color": "#888"},
    )  # fmt: skip
    title = with_subscript(headline(f"{sweep_finding(guarantees, threshold)} (q\u00a0=\u00a0{threshold:g})"))
    figure.update_layout(plain_layout(title, HEIGHT, over=6, l=70, b=96))
    _axes(figure, spec, top)
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.17, "x": 0})
    return figure


def _axes(figure: go.Figure, spec: CertificateSpec, top: float) -> None:
    """Two panels over one another that share σ."""
    low, high = spec.sigmas[0], spec.sigmas[-1]
    wide = high > _WIDE * low
    pad = 0.06 * (high - low) or 0.5 * low
    ends = [low - pad, high + pad]
    across = {"type": "log", "autorange": True, "dtick": 1} if wide else {"range": ends}
    figure.update_xaxes(title="σ of the noise on every weight", gridcolor=GRID, anchor="y2", **across)
    figure.update_layout(
        yaxis={"title": "p<sub>A</sub>, score under noise", "range": [-0.03, 1.04], "domain": [0.56, 1]},
        yaxis2={"title": "certified radius r (L2)", "range": [-2.4 * _LANE * top, top], "domain": [0, 0.47]},
    )
    figure.update_yaxes(gridcolor=GRID, zerolinecolor="#888", nticks=6)
    figure.update_layout(yaxis2={"minallowed": -2.4 * _LANE * top, "anchor": "x"})


def _shares(guarantee: Guarantee, color: str, marker: str) -> list[go.Scatter]:
    """p_A as a line in its 95 % interval, and the lower bound dotted."""
    name, each = guarantee.capability, guarantee.certificates
    sigmas = [c.sigma for c in each]
    group = {"legendgroup": name, "showlegend": False, "hoverinfo": "skip"}
    band = go.Scatter(
        x=[*sigmas, *reversed(sigmas)],
        y=[*(c.interval[1] for c in each), *(c.interval[0] for c in reversed(each))],
        fill="toself", fillcolor=translucent(color, 0.18), line={"width": 0}, mode="lines", **group,
    )  # fmt: skip
    used = go.Scatter(
        x=[c.sigma for c in guarantee.complete], y=[c.low for c in guarantee.complete], mode="lines+markers",
        line={"color": color, "width": 1.3, "dash": "dot"}, marker={"symbol": "line-ew-open", "size": 9}, **group,
    )  # fmt: skip
    line = go.Scatter(
        x=sigmas, y=[c.share for c in each], mode="lines+markers", name=plotly(name), legendgroup=name,
        line={"color": color, "width": 2}, text=[_hover(guarantee, c) for c in each],
        hovertemplate="%{text}<extra></extra>",
        marker={"symbol": [marker if c.complete else f"{marker}-open" for c in each], "size": 8, "color": color},
    )  # fmt: skip
    return [band, used, line]


def _hover(guarantee: Guarantee, one: Certificate) -> str:
    text = f"<b>{plotly(guarantee.capability)}</b>, σ = {format_length(one.sigma)}: p<sub>A</sub> ≈ {one.share:.3f}"
    text += f"<br>95 %: {one.interval[0]:.3f} to {one.interval[1]:.3f}, {one.trials:,} trials"
    if one.complete:
        return f"{text}<br>the proof uses p<sub>A</sub> ≥ {score_down(one.low, 3)}"
    return f"{text}<br>{guarantee.state(one)}: proves nothing"


def _radii(guarantee: Guarantee, threshold: float, color: str, marker: str, lane: float) -> list[go.Scatter]:
    """The certified radii as a line, the largest as a star, crosses where σ abstain, and thin what proves nothing."""
    name, each, top = guarantee.capability, guarantee.complete, guarantee.best(threshold)
    panel = {"yaxis": "y2", "legendgroup": name, "showlegend": False}
    seen = go.Scatter(
        x=[c.sigma for c in guarantee.certificates], y=[_seen(c, threshold) for c in guarantee.certificates],
        mode="lines+markers", line={"color": translucent(color, 0.55), "width": 1, "dash": "dash"}, connectgaps=False,
        marker={"symbol": f"{marker}-open", "size": [0 if c.complete else 6 for c in guarantee.certificates]},
        text=["" if c.complete else f"{guarantee.state(c)}: proves nothing" for c in guarantee.certificates],
        hovertemplate="%{text}<extra></extra>", **panel,
    )  # fmt: skip
    stars, radii = [c is top for c in each], [c.radius(threshold) for c in each]
    line = go.Scatter(
        x=[c.sigma for c in each], y=radii, mode="lines+markers", line={"color": color, "width": 2}, **panel,
        marker={
            "symbol": ["star" if star else marker for star in stars], "size": [17 if star else 7 for star in stars],
            "color": color, "opacity": 1,
        },
        text=[_reach(name, c, radius, c is top) for c, radius in zip(each, radii, strict=True)],
        hovertemplate="%{text}<extra></extra>", connectgaps=False,
    )  # fmt: skip
    none = [c.sigma for c, radius in zip(each, radii, strict=True) if radius is None]
    crosses = go.Scatter(
        x=none, y=[lane] * len(none), mode="markers", **panel,
        marker={"symbol": "x-thin-open", "size": 7, "color": color, "line": {"width": 2, "color": color}},
        hovertemplate=f"<b>{plotly(name)}</b>, σ = %{{x}}: abstains<extra></extra>",
    )  # fmt: skip
    partial = [seen] if len(each) < len(guarantee.certificates) else []
    return [*partial, line, *([crosses] if none else [])]


def _seen(one: Certificate, threshold: float) -> float | None:
    """The certified radius; without all trials, the one that the low end of the interval would certify."""
    if one.complete:
        return one.radius(threshold)
    return certified_radius(one.interval[0], threshold, one.sigma)


def _reach(name: str, one: Certificate, radius: float | None, top: bool) -> str:
    if radius is None:
        return ""
    text = f"<b>{plotly(name)}</b>, σ = {format_length(one.sigma)}: certified to r = {proven_length(radius)}"
    return text + ("<br>the largest of all σ" if top else "")
