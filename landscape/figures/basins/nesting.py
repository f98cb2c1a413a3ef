"""The matrix of nested basins: in how many directions each ends before each other, and what that shows."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from landscape.basins.boundaries import RAYS_NEEDED
from landscape.basins.nesting import EXAMPLES_NEEDED, Nesting
from landscape.basins.radii import Basin, nestings, times_first
from landscape.figures.basins.findings import counts_text
from landscape.figures.scale import plain_layout, titled, with_known_radius
from landscape.outside.text import plotly
from landscape.schema.directions import join_words, seed_of
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

ROW, AROUND = 68, 190  # px
FULL = 4.0  # a basin that is shown to reach this many times as far has the full shade
_INK = "0,114,178"


def nesting_figure(result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float) -> go.Figure | None:
    """A cell a pair: along how many directions the row's basin ends before the column's; None without a pair.

    A cell is shaded by the least ratio of their boundaries that the 95 % interval leaves. Only basins with a known
    radius are compared.
    """
    stated = with_known_radius(result, basins)
    names, pairs = [basin.capability for basin in stated], nestings(stated)
    shown = list(map(plotly, names))
    if not pairs:
        return None
    cells = [[pairs.get((inner, outer)) for outer in names] for inner in names]
    figure = go.Figure(
        go.Heatmap(
            z=np.array([[np.nan if cell is None else _shade(cell) for cell in row] for row in cells], np.float32),
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
    title = titled(nested_finding(result, basins), tolerance, by_loss=result.by_loss)
    figure.update_layout(plain_layout(title, AROUND + ROW * len(names), l=72, b=52))
    figure.update_yaxes(title="does the basin of …", autorange="reversed", showgrid=False, fixedrange=True, ticks="")
    figure.update_xaxes(title="end before that of …?", side="bottom", showgrid=False, fixedrange=True, ticks="")
    return figure


def nested_finding(result: Result[BasinSpec], basins: Sequence[Basin]) -> str:
    """Which basins end before which in most random directions, as far as that is shown, and where one ends first."""
    stated = with_known_radius(result, basins)
    pairs = nestings(stated)
    rays = sum(seed_of(direction) is not None for direction in result.spec.directions)
    if rays < RAYS_NEEDED:
        return f"{rays} random direction{'s' * (rays != 1)}: too few to say which basin ends first in most"
    shown = [pair for pair, found in pairs.items() if found.claim == "first"]
    if not shown:
        few = any(basin.ends is None or basin.ends.examples < EXAMPLES_NEEDED for basin in stated)
        why = f"; with no outcome of each example, or fewer than {EXAMPLES_NEEDED}, nothing is" if few and pairs else ""
        return f"No basin is shown to end before another in most random directions{why}"
    said = f"In most random directions {_chains([basin.capability for basin in stated], shown)}"
    first = [b for b in stated if all((b.capability, o.capability) in shown for o in stated if o is not b)]
    if not first:
        return said
    others = [basin for basin in stated if basin is not first[0]]
    drawn, aimed = times_first(first[0], others)
    return f"{said}; {first[0].capability} ends first in {counts_text(*drawn, *aimed)}"


def _chains(order: Sequence[str], shown: Sequence[tuple[str, str]]) -> str:
    """`math ends before basic, code and safety, basic before safety`."""
    later = {name: [other for other in order if (name, other) in shown] for name in order}
    ordered = sorted((name for name in order if later[name]), key=lambda name: -len(later[name]))
    texts = [f"{name} {'ends ' * (not i)}before {join_words(later[name])}" for i, name in enumerate(ordered)]
    return "; ".join(texts)


def _shade(cell: Nesting) -> float:
    """0 for what is not shown, up to 1 for a basin that surely reaches FULL times as far."""
    return 0.0 if cell.claim != "first" else min(1.0, math.log(cell.low) / math.log(FULL))


def _written(cell: Nesting) -> str:
    claim = f"<b>{cell.claim}</b>" if cell.claim != "undecided" else cell.claim
    ways = f"<br>{cell.first_towards} of {cell.towards} towards" if cell.towards else ""
    return f"{cell.first} of {cell.rays} random{ways}<br>{claim}"


def _hover(names: Sequence[str], i: int, j: int, cell: Nesting | None) -> str:
    if cell is None:
        return ""
    counts = counts_text(cell.first, cell.rays, cell.first_towards, cell.towards)
    undecided = cell.rays - cell.first - cell.last
    text = f"{names[i]} ends before {names[j]} in {counts}" + (f"<br>{undecided} undecided" if undecided else "")
    if math.isnan(cell.low):
        return f"{text}<br>too little for an interval"
    high = "more" if math.isinf(cell.high) else number(cell.high, 2)
    return (
        f"{text}<br>{names[j]} reaches {number(cell.low, 2)} to {high} times as far (95 %, median of all random "
        "directions)"
        f"<br>shown: {'nothing' if cell.claim == 'undecided' else f'{names[i]} ends {cell.claim} in most of them'}"
    )
