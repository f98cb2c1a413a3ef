"""Rings on a square-root scale of α, where marks near θ₀ would lie on one another on a plain one."""

import math

import plotly.graph_objects as go

from landscape.figures.numbers import compact

CROWDED = 0.08  # of the rim: nearer than that to θ₀, marks at different angles touch
_APART = 0.2  # of the rim, between two ticks
SAID = ", on a square-root scale"


def crowded(places: list[float], rim: float) -> bool:
    """Whether a mark lies so near to θ₀, at 0, that it touches those at other angles."""
    return any(0 < place < CROWDED * rim for place in places)


def use_root_scale(figure: go.Figure, rim: float) -> None:
    """Redraw rings, marks and axis at the square root of their radius; ticks say the radius itself."""
    for trace in figure.data:
        trace.r = [None if r is None else math.sqrt(r) for r in trace.r]
    ticks = _ticks(rim)
    figure.update_polars(
        radialaxis={
            "range": [0, math.sqrt(1.05 * rim)],
            "tickvals": [math.sqrt(tick) for tick in ticks],
            "ticktext": [compact(tick) for tick in ticks],
        }
    )


def _ticks(rim: float) -> list[float]:
    """Round numbers up to the rim, far enough apart to be read, ascending."""
    power = math.floor(math.log10(rim))
    round_ = [m * 10.0**e for e in range(power - 3, power + 1) for m in (1, 2, 5)]
    ticks: list[float] = []
    for tick in sorted((one for one in round_ if one <= rim), reverse=True):
        place = math.sqrt(tick / rim)
        if place >= _APART and all(abs(place - math.sqrt(other / rim)) >= _APART for other in ticks):
            ticks.append(tick)
    return sorted(ticks)
