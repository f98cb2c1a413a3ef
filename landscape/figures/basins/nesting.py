"""The matrix of nested basins: in how many directions each ends before each other."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from landscape.basins.boundaries import RAYS_NEEDED, Nesting
from landscape.basins.radii import Basin, nestings
from landscape.figures.scale import plain_layout, titled, with_known_radius
from landscape.outside.text import plotly
from landscape.schema.directions import seed_of
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

ROW, AROUND = 62, 190  # px
_INK = "0,114,178"


def nesting_figure(result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float) -> go.Figure | None:
    """A cell a pair: in how many of the decided rays the row's basin ends before the column's; None without a pair.

    A cell is shaded by the lower end of the 95 % interval of that share. Only basins with a known radius are compared.
    """
    stated = with_known_radius(result, basins)
    names, pairs = [basin.capability for basin in stated], nestings(stated)
    shown = list(map(plotly, names))
    if not pairs:
        return None
    cells = [[pairs.get((inner, outer)) for outer in names] for inner in names]
    figure = go.Figure(
        go.Heatmap(
            z=np.array([[np.nan if cell is None else cell.low for cell in row] for row in cells], np.float32),
            x=shown, y=shown, zmin=0, zmax=1, xgap=3, ygap=3, showscale=False, hoverongaps=False,
            colorscale=[[0, f"rgba({_INK},0.06)"], [1, f"rgba({_INK},0.85)"]],
            customdata=[[_hover(shown, i, j, cell) for j, cell in enumerate(row)] for i, row in enumerate(cells)],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    written = [(outer, inner, _written(cell)) for (inner, outer), cell in pairs.items()]
    x, y, text = zip(*written, strict=True)
    figure.add_trace(
        go.Scatter(x=x, y=y, text=text, mode="text", hoverinfo="skip", textfont={"size": 11}, showlegend=False)
    )
    title = titled(nested_finding(result, basins), tolerance)
    figure.update_layout(plain_layout(title, AROUND + ROW * len(names), l=72, b=52))
    figure.update_yaxes(title="is the basin of …", autorange="reversed", showgrid=False, fixedrange=True, ticks="")
    figure.update_xaxes(title="inside that of …?", side="bottom", showgrid=False, fixedrange=True, ticks="")
    return figure


def nested_finding(result: Result[BasinSpec], basins: Sequence[Basin]) -> str:
    """The chain of nested basins, or the pairs of it that are shown."""
    stated = with_known_radius(result, basins)
    pairs = nestings(stated)
    rays = sum(seed_of(direction) is not None for direction in result.spec.directions)
    if rays < RAYS_NEEDED:
        return f"{rays} random direction{'s' * (rays != 1)}: too few to claim that a basin lies inside another"
    inside = [pair for pair, found in pairs.items() if found.claim == "inside"]
    if not inside:
        return "No basin is shown to lie inside another"
    order = sorted((b.capability for b in stated), key=lambda name: -sum(inner == name for inner, _ in inside))
    if all(pair in inside for pair in zip(order, order[1:], strict=False)):
        return "Nested: " + " inside ".join(order)
    part = len(order) * (len(order) - 1) // 2
    return f"{len(inside)} of {part} pairs are nested: {_chains(order, inside)}"


def _chains(order: Sequence[str], inside: Sequence[tuple[str, str]]) -> str:
    """`math inside basic, code and safety; basic inside safety`."""
    outers = {name: [outer for outer in order if (name, outer) in inside] for name in order}
    texts = [f"{name} inside {', '.join(several)}" for name, several in outers.items() if several]
    return "; ".join(texts)


def _written(cell: Nesting) -> str:
    if not cell.decided:
        return "undecided"
    claim = cell.claim if cell.claim == "undecided" else f"<b>{cell.claim}</b>"
    return f"{cell.inside} of {cell.decided}<br>{claim}"


def _hover(names: Sequence[str], i: int, j: int, cell: Nesting | None) -> str:
    if cell is None:
        return ""
    text = f"{names[i]} ends before {names[j]} in {cell.inside} of {cell.decided} decided rays, of {cell.rays}"
    return f"{text}<br>95 % for the share of all directions: {cell.low:.2f} to {cell.high:.2f}<br>claim: {cell.claim}"
