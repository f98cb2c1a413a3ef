"""Heat maps of layers × modules: how much a fine-tune moved each, or where the mass of a worst direction lies."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from landscape.figures.numbers import format_number
from landscape.outside.text import plotly
from landscape.schema.numbers import number
from landscape.worst.overlap import Cell, by

VIEWS = {  # what a cell can show of Δ → its unit, and the title, about the largest
    "alpha": ("α, RMS change per weight", "Moved most: {place}"),
    "relative": ("relative change", "Moved most: {place}"),
    "effective_rank": (
        "effective rank of Δ",
        "Moved in most directions: {place}, effective rank {value} of {full}",
    ),
}


def comparison_figure(compared: dict[str, Any], view: str = "alpha") -> go.Figure:
    """The heat map of a comparison: one of VIEWS by layer × module. Only matrices have a rank.

    Raises:
        ValueError: the effective rank of a comparison that has none (no matrix, or made by an older version).
    """
    unit, said = VIEWS[view]
    tensors = [tensor for tensor in compared["tensors"] if tensor.get(view) is not None]
    if not tensors:
        raise ValueError(f"expected tensors with {view}, got none")
    most = max(tensors, key=lambda tensor: tensor[view])
    title = said.format(place=_place(most), value=number(most[view]), full=min(most.get("shape") or [0]))
    return modules_figure(tensors, view, unit, title)


def has_ranks(compared: dict[str, Any]) -> bool:
    """Whether a comparison holds effective ranks: those made by older versions do not."""
    return any(tensor.get("effective_rank") is not None for tensor in compared["tensors"])


def mass_figure(cells: Sequence[Cell], name: str, *, relative: bool = False) -> go.Figure:
    """The heat map of a direction: the share of ‖δ‖² of each module of each layer.

    `relative`: divided by the module's share of the weights, which gives 1 everywhere for a random direction.
    """
    values = [cell.density if relative else cell.share for cell in cells]
    rows = [{"layer": c.layer, "module": c.module, "value": v} for c, v in zip(cells, values, strict=True)]
    unit = "‖δ‖² over weights, shares" if relative else "share of ‖δ‖²"
    return modules_figure(
        rows, "value", unit, mass_finding(cells, name, relative=relative), share=not relative, log=relative
    )


def mass_finding(cells: Sequence[Cell], name: str, *, relative: bool = False) -> str:
    """The title: which layer and cell hold most of the mass, or (relative) which cell is densest."""
    if relative:
        dense = max(cells, key=lambda cell: cell.density)
        where = _place({"layer": dense.layer, "module": dense.module})
        density = format_number(dense.density)
        return f"{name[0].upper()}{name[1:]} is densest in {where}: {density} × its share of the weights"
    most, layers = max(cells, key=lambda cell: cell.share), by(cells, "layer")
    layer = max(layers, key=lambda one: layers[one])
    where = _place({"layer": most.layer, "module": most.module})
    outside = "outside the layers" if layer == "outside" else f"in {layer}"
    return (
        f"{layers[layer]:.0%} of the mass of {name} lies {outside}; {where} alone holds {most.share:.0%} "
        f"({most.weights:.0%} of the weights)"
    )


def modules_figure(
    rows: Sequence[Mapping[str, Any]], value: str, unit: str, title: str, *, share: bool = False, log: bool = False
) -> go.Figure:
    """A heat map of rows that hold `layer` (None outside the layers), `module` and a value.

    Colours begin at 0, or (log) are powers of ten of values > 0. A share is said in percent.
    """
    table = pd.DataFrame(list(rows))
    table["row"] = [f"layer {int(layer)}" if pd.notna(layer) else "outside" for layer in table["layer"]]
    grid = table.pivot_table(index="row", columns="module", values=value, sort=False)
    order = sorted(grid.index, key=lambda row: (row != "outside", int(row.split()[-1]) if row != "outside" else 0))
    grid = grid.loc[order]
    shown, z = ".1%" if share else ".3g", grid.to_numpy(np.float32)
    largest = max(row[value] for row in rows)
    bar: dict[str, Any] = {"tickformat": ".0%" if share else ""}
    if log:
        z = np.maximum(z, 1e-6 * largest)  # a module that a direction leaves alone
        powers = list(range(math.floor(math.log10(float(np.nanmin(z)))), math.ceil(math.log10(largest)) + 1))
        bar = {"tickvals": powers, "ticktext": [format_number(10.0**power) for power in powers]}
    figure = go.Figure(
        go.Heatmap(
            z=np.log10(z) if log else z,
            x=list(map(plotly, grid.columns)),
            y=list(map(plotly, grid.index)),
            colorscale="Viridis",
            zmin=math.log10(float(np.nanmin(z))) if log else 0,
            zmax=math.log10(largest) if log else largest,  # without it Plotly ignores zmin
            colorbar={"title": {"text": unit, "side": "right", "font": {"size": 11}}, "thickness": 12, "len": 1.2}
            | bar,
            customdata=z,
            hovertemplate=f"%{{y}}, %{{x}}: %{{customdata:{shown}}}<extra></extra>",
            hoverongaps=False,
        )
    )
    place = {"x": 0, "xanchor": "left", "xref": "paper", "y": 1, "yanchor": "top", "yref": "container", "pad": {"t": 8}}
    figure.update_layout(
        title={"text": plotly(title), "font": {"size": 15}} | place,
        height=225 + 34 * len(grid),
        margin={"l": 80, "r": 10, "t": 40, "b": 185},
        plot_bgcolor="rgba(128,128,128,.08)",
        paper_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(autotickangles=[0, -40, -90], showgrid=False)
    return figure


def _place(tensor: Mapping[str, Any]) -> str:
    """`mlp.up_proj in layer 2`, or `embed_tokens`."""
    return tensor["module"] if tensor["layer"] is None else f"{tensor['module']} in layer {tensor['layer']}"
