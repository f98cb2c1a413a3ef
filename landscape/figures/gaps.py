"""Where a curve has no score, because no example had finite logits: gaps in bands, and marks that say why."""

import numpy as np
import plotly.graph_objects as go

from landscape.outside.text import plotly


def band(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, np.ndarray]:
    """The outline of a band as `x` and `y` of a trace, in pieces where either edge is NaN."""
    known = ~(np.isnan(low) | np.isnan(high))
    pieces = [p for p in np.split(np.arange(len(x)), np.flatnonzero(np.diff(known)) + 1) if p.size and known[p[0]]]
    between = np.full(1, np.nan, x.dtype)
    xs = [part for p in pieces for part in (between, x[p], x[p][::-1])][1:]
    ys = [part for p in pieces for part in (between, high[p], low[p][::-1])][1:]
    return {"x": np.concatenate(xs or [x[:0]]), "y": np.concatenate(ys or [x[:0]])}


def not_finite_marks(x: np.ndarray, name: str, color: str, group: str | None = None) -> list[go.Scatter]:
    """Crosses at the foot of a figure where a curve has no score, named in its legend; no trace without any."""
    if not len(x):
        return []
    said = f"{plotly(name)}: logits not finite, no score"
    marks = go.Scatter(
        x=x, y=np.zeros(len(x), np.float32), name=said, mode="markers", legendgroup=group, cliponaxis=False,
        marker={"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": color}},
        hovertemplate=f"{said} at %{{x}}<extra></extra>",
    )  # fmt: skip
    return [marks]
