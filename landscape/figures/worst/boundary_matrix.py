"""The boundary matrix: where each capability ends along each computed direction, coloured on a logarithmic scale."""

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
import plotly.graph_objects as go

from landscape.basins.radii import Basin
from landscape.basins.standings import NOTHING
from landscape.figures.scale import Scale, plain_layout, scale_of, titled, with_known_radius
from landscape.figures.worst.findings import boundary_text, ends_before_first_point, matrix_finding, times_nearer_text
from landscape.outside.text import plotly
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Eigenvector, Worst, describe_direction, label_of
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import WorstBoundary, computed_of

ROW, AROUND = 58, 130  # px
RANDOM = "random,<br>median"
_IN_CELL = NOTHING.replace(" lose", "<br>lose")


def matrix_figure(
    result: Result[WorstSpec],
    endings: Sequence[WorstBoundary],
    basins: Sequence[Basin],
    tolerance: float,
    *,
    relative: bool = False,
) -> go.Figure:
    """Rows: computed directions, then the median of random ones. Columns: capabilities. Dark cells end near θ₀.

    A cell shows the boundary, and how many times nearer it is than in random directions; bold: searched to be hurt.
    """
    scale, names = scale_of(result, relative), [name_of(name) for name in result.spec.capabilities]
    labels = {label_of(direction): _short(direction) for direction in computed_of(result)}
    said = {label_of(direction): plotly(describe_direction(direction)) for direction in computed_of(result)}
    cells = {(e.direction, e.capability): e for e in endings}
    table = [[cells.get((label, name)) for name in names] for label in labels]
    radii = {basin.capability: basin for basin in basins}
    depth = [[_depth(cell, scale) for cell in row] for row in table] + [[_radius(radii.get(n), scale) for n in names]]
    text = [[_written(cell, scale, radii.get(name)) for name, cell in zip(names, row, strict=True)] for row in table]
    text.append([_random(result, radii.get(name), scale) for name in names])
    hover = [[_hover(said[label], cells.get((label, name)), scale) for name in names] for label in labels]
    hover.append([f"{plotly(name)}: median over random directions" for name in names])
    z = np.array(depth, np.float32)
    figure = go.Figure(
        go.Heatmap(
            z=z, x=list(map(plotly, names)), y=[*labels.values(), RANDOM], xgap=3, ygap=3, showscale=False,
            hoverongaps=False,
            colorscale="Viridis", text=text, texttemplate="%{text}", textfont={"size": 11}, customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    empty = [(x, y) for y, row in enumerate(depth) for x, value in enumerate(row) if np.isnan(value)]
    for x, y in empty:  # a cell without a colour shows no text of its own
        figure.add_annotation(
            x=x, y=y, text=text[y][x], showarrow=False, font={"size": 11, "color": "#888"}, xref="x", yref="y"
        )
    title = titled(matrix_finding(result, endings), tolerance, by_loss=result.by_loss)
    figure.update_layout(plain_layout(title, AROUND + ROW * len(depth), l=92, b=56))
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, ticks="")
    figure.update_xaxes(title=f"ends at {scale.symbol} =", side="bottom", showgrid=False, fixedrange=True, ticks="")
    return figure


def _short(direction: Worst | Eigenvector) -> str:
    """A direction as the name of its row: `worst math`, broken into lines."""
    if isinstance(direction, Eigenvector):
        return f"top eigen-<br>vector {plotly(name_of(direction.capability))}"
    hurt, spared = (list(map(name_of, names)) for names in (direction.capabilities, direction.spared))
    lines = [f"worst {hurt[0]}"] if len(hurt) == 1 else ["worst at once", *wrap(", ".join(hurt), 15)]
    lines += wrap(f"sparing {', '.join(spared)}", 17) if spared else []
    return "<br>".join(map(plotly, lines))


def _depth(cell: WorstBoundary | None, scale: Scale) -> float:
    """log₁₀ of the α where it ends, or to which it is known to hold."""
    end = cell.boundary if cell is not None else None
    if cell is None or end is None:
        return float("nan")
    at = cell.alpha or end.inside
    return float(np.log10(at / scale.unit)) if at else float("nan")


def _radius(basin: Basin | None, scale: Scale) -> float:
    found = basin.radius if basin is not None else None
    return float(np.log10(found.median / scale.unit)) if found is not None and found.median > 0 else float("nan")


def _lacking(basin: Basin) -> str:
    return basin.lacking.replace(NOTHING, _IN_CELL)


def _written(cell: WorstBoundary | None, scale: Scale, basin: Basin | None) -> str:
    if cell is None:
        return (_lacking(basin) if basin is not None else "") or "not yet"
    text, times = (
        boundary_text(cell, scale).replace("–", "–<br>").replace(NOTHING, _IN_CELL),
        times_nearer_text(cell).replace("\u00a0× nearer", "\u00a0×"),
    )
    bold = f"<b>{text}</b>" if cell.role == "hurt" else f"<i>{text}</i>" if cell.role == "spared" else text
    return f"{bold}<br>{times}" if times else bold


def _random(result: Result[WorstSpec], basin: Basin | None, scale: Scale) -> str:
    if basin is None:
        return "not yet"
    if basin.radius is None or not with_known_radius(result, [basin]):
        return _lacking(basin) or "not yet"
    return f"{'≥ ' if basin.radius.at_least else ''}{scale.format(basin.radius.median)}"


def _hover(direction: str, cell: WorstBoundary | None, scale: Scale) -> str:
    if cell is None:
        return f"{direction}: not measured yet"
    what = {"hurt": "searched to end", "spared": "searched to spare", "other": "not part of the search"}[cell.role]
    on = f"{cell.n} {'unseen ' if cell.held_out else ''}examples, {cell.score_text} at θ₀"
    lines = [
        f"<b>{plotly(cell.capability)}</b> along {direction}",
        what,
        f"ends at {scale.symbol} = {boundary_text(cell, scale)}",
        on,
    ]
    if cell.boundary is not None and cell.boundary.outside is not None and not ends_before_first_point(cell):
        ends = cell.boundary
        lines.append(f"between {scale.format(ends.inside)} and {scale.format(ends.outside or 0)}")
    if cell.on_searched is not None and cell.on_searched.alpha is not None:
        lines.append(f"on the examples of the search: {scale.format(cell.on_searched.alpha)}")
    return "<br>".join(lines)
