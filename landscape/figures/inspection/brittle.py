"""The brittleness matrix: the radius of each capability when only one part of a fine-tune is moved."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from landscape.basins.losses import tolerance_text
from landscape.basins.radii import basins_of
from landscape.basins.standings import NOTHING
from landscape.figures.scale import headline, plain_layout, scale_of, with_known_radius
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

ROW, AROUND = 30, 120  # px
GREY = "#888"


@dataclass(frozen=True)
class Cell:
    """How far one capability holds when one part is moved; radius None: no basin, or not known (yet)."""

    part: str
    capability: str
    radius: float | None
    text: str
    at_least: bool = False
    nearest: float = math.nan  # over the directions, as `farthest`, which is inf where one was not followed to its end
    farthest: float = math.nan
    ranges: str = ""
    directions: int = 0


def cells_of(brittle: Mapping[str, Result[BasinSpec]]) -> list[Cell]:
    """A cell for every part and capability, in the order of the parts."""
    return [cell for part, result in brittle.items() for cell in _row(_short(part), result)]


def _short(part: str) -> str:
    """`layer 2`, `mlp.up_proj`."""
    return part.removeprefix("module ")


def _row(part: str, result: Result[BasinSpec]) -> list[Cell]:
    basins, scale = basins_of(result), scale_of(result)
    stated, found = with_known_radius(result, basins), {basin.capability: basin for basin in basins}
    cells = []
    for name in map(name_of, result.spec.capabilities):
        basin = found.get(name)
        if basin is not None and not basin.bounded:
            cells.append(Cell(part, name, None, basin.lacking))
        elif basin is None or basin.radius is None or basin not in stated:
            cells.append(Cell(part, name, None, "unfinished"))
        else:
            far = basin.radius
            text = f"{'≥ ' if far.at_least else ''}{scale.format(far.median)}"
            beyond = "or more" if math.isinf(far.maximum) else f"to {scale.format(far.maximum)}"
            over = f"{scale.format(far.minimum)} {beyond} over {far.rays} direction{'s' * (far.rays > 1)}"
            cells.append(Cell(part, name, far.median, text, far.at_least, far.minimum, far.maximum, over, far.rays))
    return cells


def brittle_finding(brittle: Mapping[str, Result[BasinSpec]], who: str = "the fine-tune") -> str:
    """Where the smallest radius was measured, its range over the directions, and which other ranges overlap it.

    It is the least of many medians of a few directions each, so that another draw may well name another part. Where
    the searches went by the loss, the sentence ends with their τ.
    """
    by_loss = [r.spec.loss_tolerance for r in brittle.values() if r.spec.loss_tolerance is not None]
    return _finding(brittle, who) + (f" ({tolerance_text(by_loss[0], True)})" if by_loss else "")


def _finding(brittle: Mapping[str, Result[BasinSpec]], who: str) -> str:
    cells = [cell for cell in cells_of(brittle) if cell.radius is not None]
    ended = [cell for cell in cells if not cell.at_least]
    if not ended:
        none = f"No part of {who} alone ends anything within the reach"
        return none if cells else "No part is measured to its end yet"
    worst = min(ended, key=lambda cell: cell.radius or 0.0)
    where = f"{worst.part}, where {worst.capability} ends at α ≈ {worst.text} ({worst.ranges})"
    if len(cells) == 1:
        return f"Moved alone: {where}"
    alike = sum(cell is not worst and cell.nearest <= worst.farthest for cell in cells)
    others = "the other radius" if len(cells) == 2 else f"{len(cells) - 1} other radii"
    of = "" if len(cells) == 2 else f"{alike} of "
    apart = f"not told apart from {of}{others}" if alike else f"not overlapped by the range of {others}"
    return f"Smallest radius measured of {who}, one part moved alone: {where}; {apart}"


def brittle_figure(brittle: Mapping[str, Result[BasinSpec]], who: str = "the fine-tune") -> go.Figure:
    """Rows: layers, then types of modules. Columns: capabilities. Dark cells end near the fine-tune."""
    cells = cells_of(brittle)
    parts, names = (list(dict.fromkeys(getattr(cell, field) for cell in cells)) for field in ("part", "capability"))
    at = {(cell.part, cell.capability): cell for cell in cells}
    table = [[at[part, name] for name in names] for part in parts]
    z = np.array([[np.log10(cell.radius) if cell.radius else np.nan for cell in row] for row in table], np.float32)
    spread = z[np.isfinite(z)]
    narrow = {"zmin": float(spread.min()) - 0.5, "zmax": float(spread.max())} if spread.size else {}
    figure = go.Figure(
        go.Heatmap(
            z=z, x=list(map(plotly, names)), y=list(map(plotly, parts)), xgap=3, ygap=3, showscale=False,
            hoverongaps=False, colorscale="Viridis",
            text=[[cell.text if cell.radius else "" for cell in row] for row in table], texttemplate="%{text}",
            textfont={"size": 12}, customdata=[[cell.ranges for cell in row] for row in table],
            hovertemplate="<b>%{x}</b> with only %{y} moved<br>ends at α = %{text} of its weights"
            "<br>(%{customdata})<extra></extra>",
            **narrow,
        )
    )  # fmt: skip
    for cell in cells:
        if not cell.radius:  # without a colour to read its own text on
            figure.add_annotation(
                x=plotly(cell.capability),
                y=plotly(cell.part),
                text=cell.text.replace(NOTHING, NOTHING.replace(" lose", "<br>lose")),
                showarrow=False,
                font={"size": 11, "color": GREY},
            )
    room = 20 + 7 * max(map(len, parts))
    title = headline(brittle_finding(brittle, who))
    figure.update_layout(plain_layout(title, AROUND + ROW * len(parts), l=min(room, 190), b=56))
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, ticks="")
    figure.update_xaxes(title="ends at α, of the part's own weights", showgrid=False, fixedrange=True, ticks="")
    return figure
