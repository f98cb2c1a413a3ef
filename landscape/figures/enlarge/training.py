"""The training figure: the loss of each checkpoint's training against updates."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from landscape.figures.enlarge.variants import COLORS, DASHES
from landscape.figures.scale import GRID, headline, plain_layout
from landscape.outside.text import plotly
from landscape.schema.directions import short_name
from landscape.schema.numbers import number

HEIGHT = 400


def training_figure(logs: Mapping[str, pd.DataFrame], places: Mapping[str, int]) -> go.Figure:
    """A line a checkpoint, in the colour that it has on the whole page; the loss on a logarithmic axis."""
    figure = go.Figure()
    for checkpoint, log in logs.items():
        place, name = places[checkpoint], plotly(short_name(checkpoint))
        line = {"color": COLORS[place % len(COLORS)], "dash": DASHES[place % len(DASHES)], "width": 1.8}
        hover = f"<b>{name}</b>: loss %{{y}} at update %{{x:,}}<extra></extra>"
        figure.add_trace(
            go.Scatter(x=log["step"], y=log["loss"], mode="lines", name=name, line=line, hovertemplate=hover)
        )
    figure.update_layout(plain_layout(headline(training_finding(logs)), HEIGHT, l=62, b=100))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.26, "x": 0})
    figure.update_xaxes(title="updates", gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title="training loss, nats per token", type="log", gridcolor=GRID)
    return figure


def training_finding(logs: Mapping[str, pd.DataFrame]) -> str:
    """The last loss in the log of each training; a log without entries is left out."""
    ends = [f"{short_name(name)} {number(float(log['loss'].iloc[-1]))}" for name, log in logs.items() if len(log)]
    return f"Training loss at the end: {', '.join(ends)}" if ends else "No training log holds a loss"
