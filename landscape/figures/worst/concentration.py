"""The concentration figure: how lengths and angles of random directions are spread in d dimensions."""

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

from landscape.figures.scale import GRID, headline, plain_layout
from landscape.schema.numbers import number

HEIGHT = 300
INK = "#0072B2"


def length_density(x: np.ndarray, d: int) -> np.ndarray:
    """Density of ‖δ‖/√d, δ ~ N(0, I_d), over its largest value on the grid (a chi distribution, scaled)."""
    with np.errstate(divide="ignore"):
        log = (d - 1) * np.log(x) - d * x**2 / 2
    return np.exp(log - log.max())


def angle_density(degrees: np.ndarray, d: int) -> np.ndarray:
    """Density of the angle between two independent random directions, over its largest: sin(angle)^(d−2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log = (d - 2) * np.log(np.sin(np.radians(degrees)))
    return np.exp(np.where(np.isnan(log), 0.0, log)) if d > 2 else np.ones_like(degrees)


def concentration_figure(d: int) -> go.Figure:
    """Both densities, on axes that do not change with d, so that one sees them grow narrower."""
    lengths = _fine(1.0, 1 / math.sqrt(2 * d), 0.0, 2.0)
    angles = _fine(90.0, math.degrees(1 / math.sqrt(d)), 0.0, 180.0)
    figure = go.Figure()
    axis_style: dict[str, Any] = {
        "mode": "lines",
        "fill": "tozeroy",
        "line": {"color": INK, "width": 2.5},
        "showlegend": False,
    }
    figure.add_scatter(
        x=lengths, y=length_density(lengths, d), hovertemplate="length %{x}<extra></extra>", **axis_style
    )
    figure.add_scatter(
        x=angles, y=angle_density(angles, d), xaxis="x2", hovertemplate="angle %{x}°<extra></extra>", **axis_style
    )
    figure.update_layout(plain_layout(headline(concentration_finding(d)), HEIGHT, l=12, b=56))
    axis: dict[str, Any] = {"gridcolor": GRID, "zeroline": False}
    figure.update_layout(
        xaxis={"domain": [0, 0.46], "range": [0, 2], "title": "length ÷ √d", **axis},
        xaxis2={
            "domain": [0.54, 1],
            "range": [0, 180],
            "title": "angle between two, °",
            "dtick": 90,
            "tickangle": 0,
            **axis,
        },
        yaxis={"visible": False, "range": [0, 1.08], "fixedrange": True},
    )
    return figure


def concentration_finding(d: int) -> str:
    """`In 1,000 dimensions lengths vary by ± 2.2 % and two directions stand at 90° ± 1.8°`."""
    if d < 10:
        return f"In {d} dimensions random directions have all sorts of lengths and angles"
    spread, angle = 100 / math.sqrt(2 * d), math.degrees(1 / math.sqrt(d))
    off = number(angle, 2)
    return f"In {d:,} dimensions lengths vary by ± {number(spread, 2)} %, and two directions stand at 90° ± {off}°"


def _fine(middle: float, spread: float, low: float, high: float) -> np.ndarray:
    """A grid over a range, fine where the density is not zero."""
    near = middle + spread * np.linspace(-6, 6, 241)
    whole = np.concatenate([np.linspace(low, high, 121), near])
    return np.unique(whole[(whole > low) & (whole < high)])
