"""Capabilities that a slice does not draw: those that the checkpoint does not have, and that nothing on it gains."""

from collections.abc import Sequence

import plotly.graph_objects as go

from landscape.basins.inside import can_lose
from landscape.basins.standings import counted_of, standing_of
from landscape.figures.breaking import wrapped
from landscape.figures.palette import NOTHING_TO_LOSE
from landscape.outside.text import plotly
from landscape.schema.directions import join_words, short_name
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec

LINE, ROW = 54, 16  # characters of a line, which a phone has room for; px
BELOW = 56  # px from the plot, beyond the title of the axis


def absent(result: Result[SliceSpec], panel: str, names: Sequence[str], tolerance: float) -> list[str]:
    """The capabilities whose score at θ₀ is that of guessing, and which no point of the panel has gained.

    None where that is all of them: there would be nothing to see.
    """
    found = [name for name in names if _is_absent(result, panel, name, tolerance)]
    return found if len(found) < len(names) else []


def gained(result: Result[SliceSpec], panel: str, capability: str, tolerance: float) -> bool:
    """Whether a point of the panel is shown to have what could be lost there: above chance, by more than τ."""
    scored = result.by_score or result
    rows = scored.scored
    own = rows[(rows["direction"] == panel) & (rows["capability"] == capability)]["score"].dropna()
    if own.empty:
        return False
    return can_lose(float(own.max()), counted_of(scored, capability), scored.chance_of(capability), tolerance)


def _is_absent(result: Result[SliceSpec], panel: str, name: str, tolerance: float) -> bool:
    standing = standing_of(result, name, tolerance)
    if standing is None or standing.held or standing.above_chance:
        return False
    return not gained(result, panel, name, tolerance)


def say_absent(figure: go.Figure, result: Result[SliceSpec], names: Sequence[str], tolerance: float) -> None:
    """Write below the axis which capabilities are not drawn, and make room for it."""
    standings = [standing for name in names if (standing := standing_of(result, name, tolerance)) is not None]
    told = ", as far as these examples tell" if any(standing.open for standing in standings) else ""
    them = "it" if len(names) == 1 else "them"
    text = f"Not shown: {join_words(list(names))}; {short_name(result.spec.checkpoint)} does not have {them}{told}."
    lines = wrapped(text, LINE)
    room = ROW * len(lines)
    figure.add_annotation(
        text="<br>".join(map(plotly, lines)), x=0, xref="paper", xanchor="left", y=0, yref="paper", yanchor="top",
        yshift=-BELOW, align="left", showarrow=False, font={"size": 12, "color": NOTHING_TO_LOSE},
    )  # fmt: skip
    margin, height = figure.layout.margin.b + room, figure.layout.height + room
    plot = height - margin - figure.layout.margin.t
    figure.update_layout(
        height=height, margin_b=margin, legend_y=figure.layout.legend.y - room / plot, meta={"below": room}
    )
