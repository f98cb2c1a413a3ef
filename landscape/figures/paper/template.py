"""A figure as it is printed: on white, as wide as a column or a page, the caption below it."""

import math
from typing import Any, Literal, get_args

import plotly.graph_objects as go

from landscape.figures.breaking import wrapped
from landscape.figures.contrast import with_legible_type
from landscape.figures.export import as_shown

Size = Literal["column", "page"]
SIZES: tuple[Size, ...] = get_args(Size)
INCHES: dict[Size, float] = {"column": 3.3, "page": 6.9}  # of two-column papers
DOTS = 120  # px of a layout that are an inch in print: figures keep the proportions that they have on a page
SMALLEST = 12  # px of a layout, 7.2 pt in print
FAMILY = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"
INK, WHITE = "#222222", "#ffffff"
LINE, GLYPH = 1.3, 0.58  # height of a line, and width of a character, in font sizes (DejaVu is wide)
_EDGE = 8  # px
_AXIS, _ROW = 60, 20  # px: ticks and title of an axis; a row of a legend


def paper_layout(figure: go.Figure, caption: str, size: Size) -> dict[str, Any]:
    """Return the plain values of a figure for print, with `width` and `height` in its layout (`DOTS` an inch).

    Args:
        figure: any figure of this package; it stays as it is.
        caption: plain text, below the figure; it may be empty.
        size: as wide as what.
    """
    drawn = with_legible_type(_large_enough(as_shown(figure)), WHITE, INK)
    layout: dict[str, Any] = drawn["layout"]
    width, margin = INCHES[size] * DOTS, {"l": 60, "r": 12, "t": 60, "b": 60} | layout.get("margin", {})
    room = width - margin["l"] - margin["r"]
    title, meta = layout.pop("title", {}), layout.get("meta") or {}
    font = max(SMALLEST, title.get("font", {}).get("size", SMALLEST))
    lines = wrapped(title.get("text", ""), int((width - margin["l"] - _EDGE) / (font * GLYPH)))
    notes = wrapped(_literal(caption), int((width - 2 * _EDGE) / (SMALLEST * GLYPH))) if caption else []
    inner = layout.get("height", 430) - margin["t"] - margin["b"]
    if aspect := meta.get("aspect"):
        inner = min(inner, room * aspect)
    above = margin["t"] + (len(lines) - 1) * font * LINE
    rows = _legend_rows(drawn, room)
    below = _AXIS + meta.get("below", 0) + rows * _ROW if rows else margin["b"]
    foot = len(notes) * SMALLEST * LINE + (2 * _EDGE if notes else 0)
    height = math.ceil(above + inner + below + foot)
    legend = layout.get("legend", {}) | {"yref": "container", "yanchor": "bottom", "y": (foot + 2) / height}
    layout |= {
        "width": width,
        "height": height,
        "margin": margin | {"t": above, "b": below + foot},
        "font": {"family": FAMILY, "size": SMALLEST, "color": INK},
        "paper_bgcolor": WHITE,
        "plot_bgcolor": WHITE,
        "legend": legend,
        "title": {
            "text": "<br>".join(notes), "font": {"size": SMALLEST}, "x": _EDGE / width, "xanchor": "left",
            "xref": "container", "y": (foot - _EDGE) / height, "yanchor": "top", "yref": "container",
            "pad": {"t": SMALLEST * 1.15 if len(notes) > 1 else 0},  # Plotly draws several lines one line too high
        },
    }  # fmt: skip
    headline = {
        "text": "<br>".join(lines), "font": {"size": font}, "align": "left", "showarrow": False, "xref": "paper",
        "yref": "paper", "x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "yshift": above - _EDGE,
    }  # fmt: skip
    layout["annotations"] = [*layout.get("annotations", ()), headline]
    return drawn


def _literal(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _legend_rows(drawn: dict[str, Any], room: float) -> int:
    """About how many rows a horizontal legend takes."""
    shown = [trace for trace in drawn["data"] if trace.get("showlegend") is not False and trace.get("name")]
    if not drawn["layout"].get("showlegend") or not shown:
        return 0
    widths = [50 + len(trace["name"]) * SMALLEST * GLYPH for trace in shown]
    if sum(widths) <= room:
        return 1
    return math.ceil(len(widths) / max(1, int(room / max(widths))))  # Plotly makes columns of one width


def _large_enough(value: Any, name: str = "") -> Any:
    """The same values with no type below the smallest that can be read in print."""
    if isinstance(value, dict):
        kept = {inner: _large_enough(part, inner) for inner, part in value.items()}
        if name.endswith("font") and isinstance(kept.get("size"), int | float):
            kept["size"] = max(SMALLEST, kept["size"])
        return kept
    return [_large_enough(part, name) for part in value] if isinstance(value, list | tuple) else value
