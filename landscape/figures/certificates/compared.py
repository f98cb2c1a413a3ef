"""Certified radii of several runs, in one figure."""

from collections.abc import Mapping

import plotly.graph_objects as go

from landscape.certificates.guarantees import guarantees_of
from landscape.certificates.rounding import length_down
from landscape.figures.palette import OKABE_ITO, translucent
from landscape.figures.scale import GRID, headline, plain_layout
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.results import Result
from landscape.schema.specs import CertificateSpec

ROW, AROUND = 60, 170  # px: a capability, and what stands above and below


def certified_in(results: Mapping[str, Result[CertificateSpec]], threshold: float) -> dict[str, dict[str, float]]:
    """By run and capability: the certified radius (L2) at one q for all; 0 where nothing is proven.

    What a run did not ask is left out. Each run's claims hold at its own failure probability, whatever the others say.
    """
    found: dict[str, dict[str, float]] = {}
    for label, result in results.items():
        best = {guarantee.capability: guarantee.best(threshold) for guarantee in guarantees_of(result)}
        radii = {name: one.radius(threshold) if one is not None else None for name, one in best.items()}
        found[label] = {name: radius or 0.0 for name, radius in radii.items()}
    return found


def compared_figure(results: Mapping[str, Result[CertificateSpec]], threshold: float) -> go.Figure:
    """A row a capability, a bar a run: how far from θ₀ the noised model is proven to score at least `threshold`."""
    found = certified_in(results, threshold)
    names = list(dict.fromkeys(name_of(c) for result in results.values() for c in result.spec.capabilities))
    figure = go.Figure()
    for index, (label, radii) in enumerate(found.items()):
        color = OKABE_ITO[index % len(OKABE_ITO)]
        asked = [name for name in names if name in radii]
        said = [length_down(radii[name], 3) if radii[name] else "nothing proven" for name in asked]
        figure.add_bar(
            x=[radii[name] for name in asked], y=[names.index(name) for name in asked], orientation="h",
            name=plotly(label), marker={"color": translucent(color, 0.75), "line": {"color": color, "width": 1}},
            text=said, textposition="auto",
            hovertext=[f"<b>{plotly(n)}</b>, {plotly(label)}: {text}" for n, text in zip(asked, said, strict=True)],
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    title = headline(f"{compared_finding(results, threshold)} (q\u00a0=\u00a0{threshold:g})")
    height = AROUND + ROW * len(names) * max(1, len(results) // 2)
    figure.update_layout(plain_layout(title, height, l=90, b=110))
    figure.update_layout(showlegend=True, barmode="group", legend={"orientation": "h", "y": -0.3, "x": 0})
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=[f"<b>{plotly(name)}</b>\u00a0" for name in names],
        range=[len(names) - 0.5, -0.5], showgrid=False, zeroline=False, fixedrange=True,
    )  # fmt: skip
    figure.update_xaxes(title="certified radius, L2 distance from θ₀", gridcolor=GRID, rangemode="tozero")
    return figure


def compared_finding(results: Mapping[str, Result[CertificateSpec]], threshold: float) -> str:
    """The largest certified radius of the capability for which the runs differ most; or that nothing is proven."""
    found = certified_in(results, threshold)
    names = dict.fromkeys(name for radii in found.values() for name in radii)
    proven = [name for name in names if any(radii.get(name) for radii in found.values())]
    if not proven:
        return "Nothing is proven in any of these runs" if len(results) > 1 else "Nothing is proven"
    shared = [name for name in proven if sum(name in radii for radii in found.values()) > 1]
    name = max(shared or proven, key=lambda one: _spread([radii[one] for radii in found.values() if one in radii]))
    each = sorted(((radii[name], label) for label, radii in found.items() if name in radii), reverse=True)
    told = [each[0], *each[1:][-1:]]
    texts = [f"to {length_down(radius, 3)} in {label}" if radius else f"nothing in {label}" for radius, label in told]
    return f"Proven of {name}: {', '.join(texts)}"


def _spread(radii: list[float]) -> float:
    return max(radii) - min(radii)
