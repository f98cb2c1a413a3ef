"""Points in any order, one a line of a table, put onto the grid that their coordinates make."""

import numpy as np
import numpy.typing as npt

from landscape.surfaces.surface import OWN_DIRECTIONS, Axis, Contents, numbers, require_size

OFF, _MOST_FILLED = 1e-3, 8  # how far a step may be from a multiple, and how many times as long an axis may become
_SAME = 1e-9  # of the range of an axis: coordinates that differ by less are one, written with other digits


def contents_of_points(
    name: str,
    x: npt.NDArray,
    y: npt.NDArray | None,
    fields: dict[str, npt.NDArray],
    *,
    format_: str = "a table of points",
    titles: tuple[str, str] = ("x", "y"),
    axis_unit: str = OWN_DIRECTIONS,
    units: dict[str, str] | None = None,
) -> Contents:
    """Return the grid of points that stand in any order; NaN where it has a place without a point.

    Raises:
        ValueError: a point stands there twice, or the points lie on no grid.
    """
    across, columns = places(name, "x", x)
    if y is None:
        y = np.zeros(len(x))
    up, rows = places(name, "y", y)
    if len(across) > 1 and len(up) > 1 and len(x) < 2 * max(len(across), len(up)):
        raise ValueError(
            f"{name}: its {len(x):,} points lie on no grid ({len(across):,} different x, {len(up):,} different y): "
            "measure or interpolate them on one"
        )
    (across, columns), (up, rows) = _evenly(across, columns), _evenly(up, rows)
    cells = len(across) * len(up)
    require_size(name, "its grid", (len(across), len(up)))
    flat = columns * len(up) + rows
    order, counts = np.unique(flat, return_counts=True)
    if (counts > 1).any():
        column, row = divmod(int(order[counts > 1][0]), len(up))
        raise ValueError(f"{name}: the point x {across[column]:g}, y {up[row]:g} stands there twice")
    grids = {}
    for key, values in fields.items():
        grid = np.full(cells, np.nan)
        grid[flat] = numbers(name, key, values)
        grids[key] = grid.reshape(len(across), len(up))
    return Contents(format_, Axis(across, titles[0]), Axis(up, titles[1]), grids, axis_unit, units or {})


def _evenly(axis: npt.NDArray, index: npt.NDArray) -> tuple[npt.NDArray, npt.NDArray]:
    """An axis with the steps that it leaves out, where all are multiples of the least, and the places of points on it.

    A plane that is refined where a boundary passes has few rows elsewhere: without the others, cells would be too wide.
    """
    if len(axis) < 3:
        return axis, index
    times = np.diff(axis) / np.diff(axis).min()
    whole = np.round(times)
    if (np.abs(times - whole) > OFF).any() or not len(axis) < whole.sum() + 1 <= _MOST_FILLED * len(axis):
        return axis, index
    at = np.concatenate([[0], np.cumsum(whole)]).astype(np.int64)
    even = np.linspace(axis[0], axis[-1], int(at[-1]) + 1)
    even[at] = axis
    return even, at[index]


def places(name: str, letter: str, values: npt.NDArray) -> tuple[npt.NDArray, npt.NDArray]:
    """Return the different coordinates in increasing order, and which of them each point has. Raises ValueError."""
    found = numbers(name, f"the column of {letter}", values)
    if not np.isfinite(found).all():
        raise ValueError(f"{name}: a coordinate {letter} is missing, or no finite number")
    order = np.argsort(found, kind="stable")
    ordered = found[order]
    new = np.diff(ordered, prepend=-np.inf) > _SAME * max(float(np.ptp(found)), 1e-300)
    index = np.empty(len(found), np.int64)
    index[order] = np.cumsum(new) - 1
    return ordered[new], index
