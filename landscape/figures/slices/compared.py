"""The slices of one capability in several runs, in one figure."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from landscape.figures.gaps import band, not_finite_marks
from landscape.figures.palette import MARKERS, OKABE_ITO, translucent
from landscape.figures.slices.findings import end_text, ends_of, rank_of
from landscape.figures.slices.slice import HEIGHT, panels
from landscape.outside.text import plotly
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec

DASHES = ("solid", "dot", "dash", "dashdot", "longdash")


def compared_figure(results: Mapping[str, Result[SliceSpec]], capability: str) -> go.Figure:
    """Median score over each run's directions of a kind, with its lowest and highest as a band.

    One colour a run, one dash a kind of direction. All results must have the same scale of α.
    """
    figure = go.Figure()
    for index, (name, result) in enumerate(results.items()):
        color = OKABE_ITO[index % len(OKABE_ITO)]
        for number, panel in enumerate(panels(result)):
            rows = result.scored
            rows = rows[(rows["direction"] == panel) & (rows["capability"] == capability)]
            scores = rows.groupby("alpha")["score"].agg(["min", "median", "max"])
            if scores.empty:
                continue
            x, low, middle, high = (np.asarray(v, np.float32) for v in (scores.index, *(scores[c] for c in scores)))
            broken = np.unique(rows.loc[rows["score"].isna(), "alpha"].to_numpy(np.float32))
            for values in (low, middle, high):  # of the other draws alone, they would be too good
                values[np.isin(x, broken)] = np.nan
            line = {"color": color, "dash": DASHES[number % len(DASHES)], "width": 2.5}
            label, symbol = _label(name, panel), MARKERS[index % len(MARKERS)]
            spread = go.Scatter(
                **band(x, low, high),
                mode="lines",
                fill="toself",
                fillcolor=translucent(color, 0.12),
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
            )
            curve = go.Scatter(
                x=x, y=middle, name=plotly(label), mode="lines+markers", line=line, marker={"symbol": symbol}
            )
            figure.add_traces([spread, curve, *not_finite_marks(broken, label, color)])
    relative = any(result.spec.relative for result in results.values())
    figure.update_layout(
        title={"text": plotly(_finding(results, capability)), "font": {"size": 15}, "x": 0, "xref": "paper"},
        height=HEIGHT + 60,
        margin={"l": 55, "r": 12, "t": 60, "b": 140},
        hovermode="closest",
        showlegend=True,
        legend={"orientation": "h", "y": -0.24, "x": 0},
        plot_bgcolor="rgba(0,0,0,0)",
        paper_bgcolor="rgba(0,0,0,0)",
    )
    axis = "α, relative change of each tensor" if relative else "α, RMS change per weight"
    figure.update_xaxes(title=axis, gridcolor="rgba(128,128,128,.18)", zeroline=False)
    figure.update_yaxes(
        title="score, share of examples right", range=[-0.03, 1.05], gridcolor="rgba(128,128,128,.18)", zeroline=False
    )
    return figure


def _finding(results: Mapping[str, Result], capability: str) -> str:
    """Where the capability ends in the run and direction that lose it first, and in those that lose it last."""
    known = {
        _label(name, panel): ends
        for name, result in results.items()
        for panel in panels(result)
        if (ends := ends_of(result, panel, capability)) is not None
    }
    if not known:
        return f"{capability}: {len(results)} {'run' if len(results) == 1 else 'runs'}"
    if all(np.isinf(ends.found).all() for ends in known.values()):
        return f"{capability} holds over the whole range" + (" in all" if len(known) > 1 else "")
    ordered = sorted(known, key=lambda label: rank_of(known[label]))
    told = [ordered[0], *ordered[1:][-1:]]
    return f"{capability} {'; '.join(f'{end_text(known[label])} in {label}' for label in told)}"


def _label(name: str, panel: str) -> str:
    return f"{name}, {panel.replace('demo:', '')}"
