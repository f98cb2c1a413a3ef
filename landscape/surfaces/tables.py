"""Text as `numpy.savetxt`, pandas and spreadsheets write it: a grid of values, or one point a line."""

import csv
import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from landscape.surfaces.bare_arrays import contents_of_array
from landscape.surfaces.exports import CAPABILITY, contents_of_rows
from landscape.surfaces.named_arrays import X_NAMES, Y_NAMES, first_ones, named
from landscape.surfaces.points import contents_of_points, places
from landscape.surfaces.surface import MOST_CELLS, Axis, Contents

_WHOLE = re.compile(r"-?\d+")
_MISSING = {"": "nan", "-": "nan", "na": "nan", "null": "nan", "none": "nan"}


def read(name: str, text: str) -> Contents:
    """Return what a table holds. Raises ValueError, in one sentence."""
    head, rows, first = _cells(name, text)
    if head is None:
        values = _numbers(name, rows, first)
        return _unnamed(name, values[1:] if len(values) > 1 and _is_numbered(rows) else values)
    if CAPABILITY in head:
        wanted = ("x", "y", CAPABILITY, "score", "loss")
        found = {
            key: _column(name, rows, head.index(key), first, text=key == CAPABILITY) for key in wanted if key in head
        }
        return contents_of_rows(name, found)
    if _names_x(head):
        return _labelled_grid(head, _numbers(name, rows, first))
    return _named_columns(name, head, rows, first)


def _cells(name: str, text: str) -> tuple[list[str] | None, list[list[str]], int]:
    """The names of the columns, if a line says them; the cells of all other lines; the number of the first of these."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    remarks = [line.strip()[1:] for _, line in lines if line.lstrip().startswith("#")]
    lines = [(number, line) for number, line in lines if not line.lstrip().startswith("#")]
    if not lines:
        raise ValueError(f"{name} is empty: expected a grid of values, or lines of x, y and a value")
    delimiter = next((mark for mark in "\t;," if mark in lines[0][1]), None)
    rows = [_split(line, delimiter) for _, line in lines]
    width = len(rows[-1])
    head = [*([""] * (width - len(rows[0]))), *rows[0]] if _is_head(rows[0]) else None
    body, numbered = (rows, lines) if head is None else (rows[1:], lines[1:])
    if not body:
        raise ValueError(f"{name} has a line of names, and no values")
    if width * len(body) > 3 * MOST_CELLS:
        raise ValueError(f"{name} has {width * len(body):,} values, and at most {MOST_CELLS:,} points are read")
    for (number, _), row in zip(numbered, body, strict=True):
        if len(row) != width:
            raise ValueError(
                f"{name}, line {number}: {len(row)} value{'s' * (len(row) != 1)}, and the last line has {width}"
            )
    if head is None and remarks and width > 1:
        said = remarks[-1].strip()
        head = next((names for names in (_split(said, delimiter), said.split()) if len(names) == width), None)
    if head is not None and len(head) != width:
        raise ValueError(f"{name}: its first line names {len(head)} columns, and the others have {width}")
    return head, body, numbered[0][0]


def _is_head(cells: Sequence[str]) -> bool:
    """Whether a first line names columns: not all of it is numbers, or it is the x of a frame of pandas."""
    return not all(_is_number(cell, complex) or not cell for cell in cells) or (cells[0] == "" and _names_x(cells))


def _names_x(head: Sequence[str]) -> bool:
    """Whether a first line holds coordinates, after a corner that may be empty."""
    if len(head) < 3 or _is_number(head[0]) or not all(map(_is_number, head[1:])):
        return False
    steps = np.diff([float(cell) for cell in head[1:]])
    return bool((steps > 0).all() or (steps < 0).all())


def _split(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return line.split()
    cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
    return [cell.replace(",", ".") for cell in cells] if delimiter == ";" else cells  # a decimal comma


def _is_number(cell: str, kind: Callable[[str], object] = float) -> bool:
    try:
        kind(cell)
    except ValueError:
        return False
    return True


def _numbers(name: str, rows: Sequence[Sequence[str]], first: int) -> npt.NDArray[np.float64]:
    return np.stack([_column(name, rows, index, first) for index in range(len(rows[0]))], axis=1)


def _column(name: str, rows: Sequence[Sequence[str]], index: int, first: int, *, text: bool = False) -> npt.NDArray:
    """A column as numbers, NaN where a cell is empty; or as text."""
    cells = [row[index] for row in rows]
    if text:
        return np.array(cells)
    try:
        return np.array([float(_MISSING.get(cell.lower(), cell)) for cell in cells])
    except ValueError:
        line, cell = next((n, c) for n, c in enumerate(cells, first) if not _is_number(_MISSING.get(c.lower(), c)))
        raise ValueError(f"{name}, about line {line}: {cell[:40]!r} is no real number") from None


def _is_numbered(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row only counts the columns, as pandas writes it; not where all values are whole numbers."""
    counts = len(rows[0]) > 2 and list(rows[0]) == [str(number) for number in range(len(rows[0]))]
    return counts and not all(_WHOLE.fullmatch(cell) for row in rows[1:] for cell in row)


def _labelled_grid(head: Sequence[str], values: npt.NDArray) -> Contents:
    """A frame of pandas: x in the line of names, y in the first column."""
    x = np.array([float(cell) for cell in head[1:]])
    note = "x stands in the first line of the file, y in its first column."
    return Contents("a table", Axis(x, "x"), Axis(values[:, 0], "y"), {"values": values[:, 1:].T}, notes=(note,))


def _named_columns(name: str, head: Sequence[str], rows: Sequence[Sequence[str]], first: int) -> Contents:
    """One point a line, by the names of the columns; without known names the first ones are x and y."""
    columns, trouble = {}, None
    for index, key in enumerate(head):
        try:
            columns[key or f"column {index + 1}"] = _column(name, rows, index, first)
        except ValueError as error:  # a column of words beside the numbers is left out
            trouble = trouble or error
    if trouble is not None and not columns:
        raise trouble
    x, y = named(columns, X_NAMES), named(columns, Y_NAMES)
    if x is None and len(columns) <= 3:
        x, y = list(columns)[0], (list(columns)[1] if len(columns) == 3 else None)
    fields = first_ones({key: column for key, column in columns.items() if key not in (x, y)})
    if trouble is not None and (x is None or not fields):
        raise trouble
    if x is None or not fields:
        raise ValueError(f"{name} has the columns {', '.join(columns)}: expected x, y and a value such as loss")
    return contents_of_points(name, columns[x], columns[y] if y is not None else None, fields)


def _unnamed(name: str, values: npt.NDArray) -> Contents:
    """Lines of x, y and a value where these make a grid; of x and a value where x grows; else a grid of values."""
    if values.shape[1] == 3 and len(values) > 3 and _is_grid(name, values[:, 0], values[:, 1]):
        return contents_of_points(name, values[:, 0], values[:, 1], {"values": values[:, 2]})
    if values.shape[1] == 2 and len(values) > 2 and (np.diff(values[:, 0]) > 0).all():
        return contents_of_points(name, values[:, 0], None, {"values": values[:, 1]})
    return contents_of_array(name, values)


def _is_grid(name: str, x: npt.NDArray, y: npt.NDArray) -> bool:
    if not np.isfinite([x, y]).all():
        return False
    (across, columns), (up, rows) = places(name, "x", x), places(name, "y", y)
    apart = len(np.unique(columns * len(up) + rows)) == len(x)
    several = len(across) > 1 and len(up) > 1 and len(x) >= 2 * max(len(across), len(up))
    return several and apart and 2 * len(x) >= len(across) * len(up)
