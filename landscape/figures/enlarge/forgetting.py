"""The forgetting figure: what each fine-tune forgot and learned, a row a base, the largest radius on top."""

import math
from collections.abc import Sequence
from textwrap import wrap

import plotly.graph_objects as go

from landscape.enlarge.forgetting import CapabilityChange, change_of
from landscape.figures.enlarge.growth import shown_change
from landscape.figures.enlarge.variants import Variant
from landscape.figures.palette import MARKERS, colors, translucent
from landscape.figures.scale import GRID, headline, plain_layout
from landscape.outside.text import plotly
from landscape.schema.directions import join_words
from landscape.schema.numbers import number
from landscape.schema.results import finite_text

ROW, AROUND = 74, 150  # px: a row, and what stands above and below the rows


def forgetting_figure(
    variants: Sequence[Variant], changes: Sequence[CapabilityChange], view: str, title: str
) -> go.Figure:
    """Every capability before (hollow) and after (filled) the fine-tune of each base; rows by the radius of the basin.

    A bar is the 95 % interval of the score after. The axis of losses is logarithmic.
    """
    names = list(dict.fromkeys(change.capability for change in changes))
    palette = colors(names)
    ordered = sorted(variants, key=_width)
    rows = {variant.result.spec.checkpoint: row for row, variant in enumerate(ordered)}
    figure = go.Figure()
    for place, name in enumerate(names):
        apart = 0.15 * (place - (len(names) - 1) / 2)
        own = [(change, rows[base] - apart) for base in rows if (change := change_of(changes, base, name)) is not None]
        figure.add_traces(_ends(own, name, view, palette[name], MARKERS[place % len(MARKERS)]))
    figure.update_layout(plain_layout(headline(title), ROW * len(rows) + AROUND, l=118, b=100))
    legend = {"orientation": "h", "x": 0, "y": 0, "yanchor": "bottom", "yref": "container"}
    figure.update_layout(showlegend=True, legend=legend)
    labels = [f"<b>{_lines(v.name)}</b><br>{_radius(v)}" for v in ordered]
    figure.update_yaxes(
        tickvals=list(rows.values()), ticktext=labels, range=[-0.6, len(rows) - 0.4], gridcolor=GRID, zeroline=False
    )
    if view == "score":
        figure.update_xaxes(title="score, share of examples right", range=[-0.04, 1.04], gridcolor=GRID)
    else:
        figure.update_xaxes(title="loss, nats per answer token", type="log", gridcolor=GRID, nticks=5, tickangle=0)
    return figure


def _lines(name: str) -> str:
    """A checkpoint's name, broken into lines that fit beside its row."""
    return "<br>".join(map(plotly, wrap(name, 14, max_lines=3, placeholder="…")))


def _width(variant: Variant) -> float:
    radius = variant.basin.radius if variant.basin else None
    return radius.median / variant.scale.unit if radius and not math.isnan(radius.median) else 0.0


def _radius(variant: Variant) -> str:
    radius = variant.basin.radius if variant.basin else None
    if radius is None:
        return (variant.basin.lacking if variant.basin else "") or "not known yet"
    return f"{variant.scale.symbol} {'≥' if radius.at_least else '≈'} {variant.scale.format(radius.median)}"


def _ends(
    own: Sequence[tuple[CapabilityChange, float]], name: str, view: str, color: str, marker: str
) -> list[go.Scatter]:
    """The marks before and after with a line between them, and for scores the interval."""
    group = {"legendgroup": name, "showlegend": False}
    way = go.Scatter(
        x=[x for change, _ in own for x in (float(change.before[view]), float(change.after[view]), None)],
        y=[y for _, row in own for y in (row, row, None)],
        mode="lines", line={"color": translucent(color, 0.45), "width": 3}, hoverinfo="skip", **group,
    )  # fmt: skip
    traces = [way]
    if view == "score":
        sure = go.Scatter(
            x=[x for change, _ in own for x in (*change.interval, None)],
            y=[y for _, row in own for y in (row, row, None)],
            mode="lines", line={"color": translucent(color, 0.35), "width": 8}, hoverinfo="skip", **group,
        )  # fmt: skip
        traces.append(sure)
    for when, symbol, size in (("before", f"{marker}-open", 9), ("after", marker, 11)):
        x = [float(getattr(change, when)[view]) for change, _ in own]
        mark = go.Scatter(
            x=x, y=[row for _, row in own], mode="markers", name=plotly(name),
            legendgroup=name, showlegend=when == "after",
            marker={"symbol": symbol, "size": size, "color": color, "line": {"width": 2, "color": color}},
            text=[_hover(change, view) for change, _ in own], hovertemplate="%{text}<extra></extra>", cliponaxis=False,
        )  # fmt: skip
        traces.append(mark)
    return traces


def _hover(change: CapabilityChange, view: str) -> str:
    ends = (float(end[view]) for end in (change.before, change.after))
    before, after = ("not finite" if math.isnan(end) else number(end) for end in ends)
    known = view == "score" and not math.isnan(change.after["score"])
    interval = " (95 %: {:.2f} to {:.2f})".format(*change.interval) if known else ""
    return f"<b>{plotly(change.capability)}</b>: {view} {before} before, {after} after the fine-tune{interval}"


def forgetting_finding(variants: Sequence[Variant], changes: Sequence[CapabilityChange]) -> str:
    """What the fine-tunes of the bases with the largest and the smallest measured radius kept.

    A radius that is only a lower bound is not the smallest of any. Intervals that do not tell the two radii apart,
    chosen from all as they are, are said not to.
    """
    tuned = [v for v in sorted(variants, key=_width) if any(f.base == v.result.spec.checkpoint for f in changes)]
    if not tuned:
        return "Nothing is known of the fine-tunes yet"
    ordered = [variant for variant in tuned if _width(variant)]
    followed = [variant for variant in ordered if not _open(variant)]
    if not ordered or (len(ordered) > 1 and not followed):
        return "What each fine-tune forgot and learned; no basin to order them by"
    widest, narrowest = ordered[-1], (followed or ordered)[0]
    if len(ordered) == 1:
        return f"After the same fine-tune: {_kept(widest, _radius(widest), changes)}"
    if _width(widest) == _width(narrowest):
        told = (_kept(one, _radius(one), changes) for one in (ordered[0], widest))
        return f"After the same fine-tune, from equal radii: {'; '.join(told)}"
    told = (
        _kept(one, f"{word} radius measured{_shared(one, ordered)}, {_radius(one)}", changes)
        for one, word in ((widest, "largest"), (narrowest, "smallest"))
    )
    return f"After the same fine-tune: {'; '.join(told)}{_apart(narrowest, widest, len(ordered))}"


def _open(variant: Variant) -> bool:
    return variant.basin is not None and variant.basin.radius is not None and variant.basin.radius.at_least


def _kept(variant: Variant, radius: str, changes: Sequence[CapabilityChange]) -> str:
    had = [f for f in changes if f.base == variant.result.spec.checkpoint and f.base_had_it]
    ends = (f"{f.capability} {finite_text(f.before['score'], 2)} → {finite_text(f.after['score'], 2)}" for f in had)
    return f"{variant.name} ({radius}): {', '.join(ends) or 'nothing to keep'}"


def _shared(one: Variant, ordered: Sequence[Variant]) -> str:
    names = [v.name for v in ordered if v is not one and _width(v) == _width(one)]
    return f", as of {join_words(names)}" if names else ""


def _apart(narrowest: Variant, widest: Variant, several: int) -> str:
    """What to add where intervals, as of the two ends of several, do not tell the radii apart."""
    (one, other) = (
        (0, variant.basin.radius, variant.scale)
        for variant in (narrowest, widest)
        if variant.basin is not None and variant.basin.radius is not None
    )
    shown = shown_change(one, other, several * (several - 1) // 2) == "grows"
    return "" if shown else "; intervals do not tell these radii apart"
