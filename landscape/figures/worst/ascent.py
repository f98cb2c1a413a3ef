"""The ascent figure: how a search for a worst direction raised the loss, step by step, a line a restart."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from landscape.figures.palette import colors, translucent
from landscape.figures.scale import GRID, headline, plain_layout
from landscape.outside.text import plotly
from landscape.schema.directions import join_words
from landscape.schema.numbers import number
from landscape.worst.overlap import Round, kept_round, rounds_of

HEIGHT = 400
LEAST = 1e-4  # nats: lower losses are drawn here


def ascent_figure(found: Mapping[str, Any], name: str) -> go.Figure:
    """The losses that a search recorded (`Facts.found`): its kept restart thick, the loss at θ₀ as a dotted line.

    Losses are those of the search's own examples, on a logarithmic axis: spared ones lie orders of magnitude below
    those that were hurt. Each round has an α of its own, so its line is drawn by itself: the last value of a round and
    the first of the next one belong to the same direction. The α of the kept restart stand above its rounds.
    """
    figure, origin, kept = go.Figure(), found["origin"], found["kept"]
    spared, palette = _spared(found), colors(list(origin))
    for index, ascent in enumerate(found["ascents"]):
        rounds, main = rounds_of(found, index), index == kept
        for capability in origin:
            x, y, said = _line(rounds, capability)
            figure.add_trace(
                go.Scatter(
                    x=x, y=y, mode="lines", customdata=said, connectgaps=False,
                    name=f"{plotly(capability)}{', spared' if capability in spared else ''}", legendgroup=capability,
                    showlegend=main,
                    line={
                        "color": palette[capability] if main else translucent(palette[capability], 0.6),
                        "width": 3 if main else 1.2,
                        "dash": "dash" if capability in spared else "solid",
                    },
                    hovertemplate=f"{plotly(capability)}, restart from {plotly(ascent['start'])}"
                    f"{' (kept)' if main else ''}{', %{customdata}' if len(rounds) > 1 else ''}"
                    "<br>step %{x}: %{y}<extra></extra>",
                )
            )  # fmt: skip
    for capability, loss in origin.items():
        line = {"color": palette[capability], "width": 1.2, "dash": "dot"}
        figure.add_hline(y=max(loss, LEAST), line=line)
    _mark_rounds(figure, rounds_of(found, kept))
    steps = max(sum(one.steps for one in rounds_of(found, index)) for index in range(len(found["ascents"])))
    title = headline(ascent_finding(found, name))
    figure.update_layout(plain_layout(title, HEIGHT, over=18, l=66, b=92))
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0}
    )
    figure.update_xaxes(title="step of the ascent", range=[-0.02 * steps, 1.02 * steps], gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title="loss, nats per answer token", type="log", gridcolor=GRID, dtick=1, tickformat=".4~g")
    return figure


def _line(rounds: Sequence[Round], capability: str) -> tuple[list[int], list[float | None], list[str]]:
    """(steps, losses, which round) of one restart, with a gap after every round."""
    x: list[int] = []
    y: list[float | None] = []
    said: list[str] = []
    for place, one in enumerate(rounds, 1):
        begin = sum(before.steps for before in rounds[: place - 1])
        losses = one.losses[capability]
        gap = place < len(rounds)
        x += [*range(begin, begin + len(losses)), *([begin + one.steps] if gap else [])]
        y += [*(max(loss, LEAST) for loss in losses), *([None] if gap else [])]
        said += [f"round {place} at α = {number(one.alpha, 2)}"] * (len(losses) + gap)
    return x, y, said


def _mark_rounds(figure: go.Figure, rounds: Sequence[Round]) -> None:
    """A line where each round begins, with its α; nothing for a search of one round."""
    begin = 0
    for one in rounds if len(rounds) > 1 else ():
        figure.add_vline(x=begin, line={"color": GRID, "width": 1.5})
        figure.add_annotation(
            x=begin, y=1, yref="y domain", xanchor="left", yanchor="bottom", showarrow=False,
            text=f"α = {number(one.alpha, 2)}", font={"size": 11},
        )  # fmt: skip
        begin += one.steps


def ascent_finding(found: Mapping[str, Any], name: str) -> str:
    """What the kept direction does, and why it was kept: where it ends what it hurts, and where the others do.

    Up to version 0.6 a search had one α, and the restart with the highest loss there was kept.
    """
    spared, ascents, kept = _spared(found), found["ascents"], kept_round(found)
    final = {capability: losses[-1] for capability, losses in kept.losses.items()}
    hurt = [c for c in final if c not in spared]
    rises = join_words([f"{c} from {number(found['origin'][c], 2)} to {number(final[c], 2)}" for c in hurt])
    text = f"{name[0].upper()}{name[1:]}: the search raises the loss of {rises} nats at α = {number(kept.alpha, 2)}"
    if spared:
        worst = max(spared, key=lambda c: final[c] / max(found["origin"][c], LEAST))
        text += (
            f"; of the spared, {worst} fares worst: {number(found['origin'][worst], 2)} to {number(final[worst], 2)}"
        )
    if "rounds" in ascents[0]:
        return text + _why_kept(found, hurt)
    if len(ascents) > 1 and len(hurt) == 1:
        ends = [ascent["losses"][hurt[0]][-1] for ascent in ascents]
        low, high = f"{number(min(ends))}", f"{number(max(ends))}"
        text += f"; {len(ends)} restarts end at {low}{f' to {high}' if low != high else ''}"
    return text


def _why_kept(found: Mapping[str, Any], hurt: Sequence[str]) -> str:
    """Why the kept direction was kept: of all rounds, it is the first to lose what the search was to hurt."""
    kept, drops = kept_round(found), found["drops"]
    every = [one for index in range(len(found["ascents"])) for one in rounds_of(found, index)]
    if kept.end is None:
        return "; it was kept for its loss: no round lost enough of the score on the examples that it climbed on"
    what = join_words([f"{number(drops[name], 2)} of {name}" for name in hurt])
    said = f"; it loses {what} at α = {number(kept.end, 2)}, on the examples that it climbed on"
    if len(every) > 1:
        said += f": nearest of {len(every)} directions, one a round"
    if kept.spared_lost:
        return f"{said}; {join_words(list(kept.spared_lost))}, to be spared, {_is(kept.spared_lost)} lost there too"
    others = [one for one in every if one.spared_lost]
    said += f", of which {len(others)} lose{'s' * (len(others) == 1)} what was to be spared" if others else ""
    by = found.get("found_by")
    return f"{said}. Another search found it, {by}: nearer than the search for {join_words(hurt)} alone" if by else said


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _spared(found: Mapping[str, Any]) -> list[str]:
    """The capabilities that the search was to spare."""
    hurt = found["recipe"]["capabilities"]
    stems = {name.rsplit("/", 1)[-1].removesuffix(".jsonl") for name in hurt}
    return [name for name in found["origin"] if name not in hurt and name not in stems]
