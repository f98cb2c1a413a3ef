"""What a fine-tune moved, as a heat map: layers down, modules across."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go


def comparison_figure(compared: dict[str, Any], *, relative: bool = False) -> go.Figure:
    """RMS change per weight (or relative to each tensor's own rms) by layer × module, on one colour scale."""
    value = "relative" if relative else "alpha"
    table = pd.DataFrame(compared["tensors"])
    table["row"] = [f"layer {int(layer)}" if pd.notna(layer) else "outside" for layer in table["layer"]]
    grid = table.pivot_table(index="row", columns="module", values=value, sort=False)
    order = sorted(grid.index, key=lambda row: (row != "outside", int(row.split()[-1]) if row != "outside" else 0))
    grid = grid.loc[order]
    strongest = max(compared["tensors"], key=lambda tensor: tensor[value])
    unit = "relative change" if relative else "α, RMS change per weight"
    figure = go.Figure(
        go.Heatmap(
            z=grid.to_numpy(np.float32),
            x=[str(name) for name in grid.columns],
            y=[str(name) for name in grid.index],
            colorscale="Viridis",
            zmin=0,
            zmax=strongest[value],  # without it Plotly ignores zmin, and the weakest change would look like none
            colorbar={"title": {"text": unit, "side": "right", "font": {"size": 11}}, "thickness": 12, "len": 1.2},
            hovertemplate="%{y}, %{x}: %{z:.3g}<extra></extra>",
            hoverongaps=False,
        )
    )
    figure.update_layout(
        title={"text": f"Moved most: {_place(strongest)}", "font": {"size": 15}, "x": 0, "xref": "paper"},
        height=245 + 34 * len(grid),
        margin={"l": 80, "r": 10, "t": 60, "b": 185},
        plot_bgcolor="rgba(128,128,128,.08)",
        paper_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(autotickangles=[0, -40, -90], showgrid=False)
    return figure


def _place(tensor: dict[str, Any]) -> str:
    """`mlp.up_proj in layer 2`, or `embed_tokens`."""
    return tensor["module"] if tensor["layer"] is None else f"{tensor['module']} in layer {tensor['layer']}"
