"""A surface of another program as a table, as plain values, and as a page that opens offline."""

import html
from typing import Any

from rich.markup import escape
from rich.table import Table

from landscape.figures.export import parts_of_page
from landscape.figures.planes.imported import imported_caption, imported_figure
from landscape.schema.numbers import number
from landscape.surfaces.surface import Array, Place, Surface


def table(surface: Surface) -> Table:
    """What a file holds: its grid, its axes, and the range of its values."""
    made = Table(show_header=False, title=escape(f"{surface.quantity} of {surface.name}"))
    blank = surface.values.size - surface.measured
    made.add_row("written by", escape(surface.format))
    made.add_row("points", surface.shape_text + (f", {blank:,} of them without a value" if blank else ""))
    made.add_row(escape(surface.titles[0]), _range(surface.x))
    if surface.y is not None:
        made.add_row(escape(surface.titles[1]), _range(surface.y))
    made.add_row("axes", escape(surface.axis_unit))
    made.add_row("lowest", surface.place_text(surface.lowest))
    made.add_row("highest", surface.place_text(surface.highest))
    if surface.unit:
        made.add_row("unit", escape(surface.unit))
    if len(surface.quantities) > 1:
        made.add_row("also holds", escape(", ".join(q for q in surface.quantities if q != surface.quantity)))
    return made


def to_dict(surface: Surface) -> dict[str, Any]:
    """The surface as plain values, NaN where it has none (in JSON null); `values[row of y][column of x]`."""
    return {
        "file": surface.name,
        "format": surface.format,
        "quantity": surface.quantity,
        "quantities": list(surface.quantities),
        "unit": surface.unit or None,
        "axis_unit": surface.axis_unit,
        "axes": [title for title in surface.titles if title],
        "shape": [len(surface.x)] if surface.y is None else [len(surface.x), len(surface.y)],
        "measured": surface.measured,
        "lowest": _place(surface.lowest),
        "highest": _place(surface.highest),
        "notes": list(surface.notes),
        "x": surface.x.tolist(),
        **({} if surface.y is None else {"y": surface.y.tolist()}),
        "values": surface.values.tolist(),
    }


def as_html(surface: Surface) -> str:
    """The figure and its caption as one page that opens offline."""
    said = " ".join([f"{imported_caption(surface)}.".replace("..", "."), *surface.notes])
    head = f"<!doctype html><meta charset=utf-8><title>{html.escape(surface.name)}</title>"
    return "".join([head, *parts_of_page([imported_figure(surface)]), f"<p>{html.escape(said)}</p>"])


def _range(axis: Array) -> str:
    return f"{number(float(axis[0]))} to {number(float(axis[-1]))}"


def _place(place: Place) -> dict[str, float]:
    return {name: value for name, value in zip(("x", "y", "value"), place, strict=True) if value is not None}
