"""The ascent figure: how a search for a worst direction raised the loss, step by step, a line a restart."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from landscape.figures.palette import colors, translucent
from landscape.figures.scale import GRID, plain_layout
from landscape.outside.text import plotly
from landscape.schema.directions import join_words

HEIGHT = 400
LEAST = 1e-4  # nats: lower losses are drawn here


def ascent_figure(found: Mapping[str, Any], name: str) -> go.Figure:
    """The losses that a search recorded (`Facts.found`): its kept restart thick, the loss at θ₀ as a dotted line.

    Losses are those of the search's own examples at its own α, on a logarithmic axis: spared ones lie orders of
    magnitude below those that were hurt. The last value belongs to the direction that the restart ended with.
    """
    figure, origin, kept = go.Figure(), found["origin"], found["kept"]
    spared, palette = _spared(found), colors(list(origin))
    for index, ascent in enumerate(found["ascents"]):
        for capability, losses in ascent["losses"].items():
            main = index == kept
            figure.add_trace(
                go.Scatter(
                    x=list(range(len(losses))), y=[max(loss, LEAST) for loss in losses], mode="lines",
                    name=f"{plotly(capability)}{', spared' if capability in spared else ''}", legendgroup=capability,
                    showlegend=main,
                    line={
                        "color": palette[capability] if main else translucent(palette[capability], 0.6),
                        "width": 3 if main else 1.2,
                        "dash": "dash" if capability in spared else "solid",
                    },
                    hovertemplate=f"{plotly(capability)}, restart from {plotly(ascent['start'])}"
                    f"{' (kept)' if main else ''}<br>step %{{x}}: %{{y:.3g}}<extra></extra>",
                )
            )  # fmt: skip
    for capability, loss in origin.items():
        line = {"color": palette[capability], "width": 1.2, "dash": "dot"}
        figure.add_hline(y=max(loss, LEAST), line=line)
    steps = max((len(losses) - 1 for ascent in found["ascents"] for losses in ascent["losses"].values()), default=1)
    title = {
        "text": plotly(ascent_finding(found, name)),
        "font": {"size": 14},
        "x": 0,
        "xanchor": "left",
        "xref": "paper",
    }
    title |= {"y": 1, "yanchor": "top", "yref": "container", "pad": {"t": 8}}
    figure.update_layout(plain_layout(title, HEIGHT, l=66, b=92))
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0}
    )
    figure.update_xaxes(title="step of the ascent", range=[-0.02 * steps, 1.02 * steps], gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title="loss, nats per answer token", type="log", gridcolor=GRID, dtick=1, tickformat=".4~g")
    return figure


def ascent_finding(found: Mapping[str, Any], name: str) -> str:
    """What loss the kept restart reached, and whether the others came as far."""
    spared, ascents = _spared(found), found["ascents"]
    final = {capability: losses[-1] for capability, losses in ascents[found["kept"]]["losses"].items()}
    hurt = [c for c in final if c not in spared]
    rises = join_words([f"{c} from {found['origin'][c]:.2g} to {final[c]:.2g}" for c in hurt])
    text = f"{name[0].upper()}{name[1:]}: the search raises the loss of {rises} nats at α = {found['alpha']:.2g}"
    if spared:
        worst = max(spared, key=lambda c: final[c] / max(found["origin"][c], LEAST))
        text += f"; of the spared, {worst} fares worst: {found['origin'][worst]:.2g} to {final[worst]:.2g}"
    if len(ascents) > 1 and len(hurt) == 1:
        ends = [ascent["losses"][hurt[0]][-1] for ascent in ascents]
        low, high = f"{min(ends):.3g}", f"{max(ends):.3g}"
        text += f"; {len(ends)} restarts end at {low}{f' to {high}' if low != high else ''}"
    return text


def _spared(found: Mapping[str, Any]) -> list[str]:
    """The capabilities that the search was to spare."""
    hurt = found["recipe"]["capabilities"]
    stems = {name.rsplit("/", 1)[-1].removesuffix(".jsonl") for name in hurt}
    return [name for name in found["origin"] if name not in hurt and name not in stems]
