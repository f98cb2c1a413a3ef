"""Figures as they leave the program: no markup but its own, no button that sends a chart anywhere, one offline page."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io

from landscape.figures.long_names import with_short_names
from landscape.figures.number_style import in_one_style

# Plotly's own "Share chart…" uploads the data to its cloud; `figures` calls for no other server either.
MODE_BAR: dict[str, Any] = {
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "sendChartToCloud"],
}
_FOREIGN = re.compile(r"<(?!/?(?:b|i|br|sub|extra)>)")  # any tag but those that figures write themselves


def as_shown(figure: go.Figure) -> dict[str, Any]:
    """Return the plain values of a figure as they leave the program: own markup, one style of numbers, short names."""
    return with_short_names(in_one_style(own_markup_only(figure.to_dict())))


def own_markup_only(figure: dict[str, Any]) -> dict[str, Any]:
    """Return the plain values of a figure with every other tag literal, whoever forgot `outside.text.plotly`."""
    return {name: _literal(value) for name, value in figure.items()}


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return _FOREIGN.sub("&lt;", value)
    if isinstance(value, dict):
        return {name: _literal(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_literal(inner) for inner in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        return [_literal(inner) for inner in value.tolist()]
    return value


def parts_of_page(figures: Sequence[go.Figure]) -> list[str]:
    """Return each figure as a part of an HTML page that opens offline: the first brings Plotly.js for all."""
    return [
        plotly.io.to_html(as_shown(figure), MODE_BAR, full_html=False, include_plotlyjs=index == 0)
        for index, figure in enumerate(figures)
    ]


class OfflineFigure(go.Figure):
    """A figure for somebody's own program: the pages that it writes and shows have no button that uploads a chart."""

    def to_html(self, *args: Any, config: dict[str, Any] | None = None, **options: Any) -> str:
        """See Plotly; `config` adds to MODE_BAR."""
        return str(plotly.io.to_html(as_shown(self), MODE_BAR | (config or {}), *args, **options))

    def write_html(self, *args: Any, config: dict[str, Any] | None = None, **options: Any) -> None:
        """See Plotly; `config` adds to MODE_BAR."""
        settings = MODE_BAR | (config or {})
        plotly.io.write_html(as_shown(self), *args, config=settings, **options)

    def show(self, *args: Any, config: dict[str, Any] | None = None, **options: Any) -> None:
        """See Plotly; `config` adds to MODE_BAR."""
        super().show(*args, config=MODE_BAR | (config or {}), **options)
