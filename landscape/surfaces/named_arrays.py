"""Arrays by name, as `numpy.savez`, HDF5 and JSON keep them: which are coordinates, and which are values."""

from collections.abc import Iterable, Mapping

import numpy.typing as npt

from landscape.surfaces.bare_arrays import contents_of_array
from landscape.surfaces.surface import Axis, Contents

Arrays = Mapping[str, npt.NDArray]
X_NAMES = ("x", "xs", "xcoordinates", "xcoordinate", "xcoords", "xcoord", "xx", "alpha", "alphas", "dir1", "direction1")
Y_NAMES = ("y", "ys", "ycoordinates", "ycoordinate", "ycoords", "ycoord", "yy", "beta", "betas", "dir2", "direction2")
FIRST = ("train_loss", "loss", "losses", "z", "values")  # of several quantities, what is shown first
_MESH = "Rows of the values are y, columns are x, as numpy.meshgrid(x, y) makes them."


def contents_of_arrays(name: str, arrays: Arrays, format_: str = "arrays by name") -> Contents:
    """Return what a file of named arrays holds. Raises ValueError, in one sentence."""
    if {"loss", "coordinates"} <= arrays.keys():
        return _landscaper(name, arrays["loss"], arrays["coordinates"])
    arrays = _in_order(arrays)
    x, y = named(arrays, X_NAMES), named(arrays, Y_NAMES)
    fields = first_ones(
        {key: a for key, a in arrays.items() if key not in (x, y) and a.dtype.kind in "fiuc" and a.ndim}
    )
    if not fields:
        held = ", ".join(arrays) or "nothing"
        raise ValueError(f"{name} holds {held}: expected an array of values such as 'loss', with 'x' and 'y'")
    if x is None:
        key, values = next(iter(fields.items()))
        return contents_of_array(name, values, key)
    return _with_coordinates(name, arrays[x], arrays[y] if y is not None else None, fields, format_)


def first_ones(fields: Arrays) -> dict[str, npt.NDArray]:
    """Return quantities with the usual loss first, the others in their order."""
    rank = {key: FIRST.index(key.lower()) if key.lower() in FIRST else len(FIRST) for key in fields}
    return {key: fields[key] for key in sorted(fields, key=lambda key: rank[key])}


def simple(word: str) -> str:
    """Return a name without case, spaces and signs: `x_coord` and `X coord` are one."""
    return "".join(letter for letter in word.lower() if letter.isalnum())


def named(keys: Iterable[str], names: tuple[str, ...]) -> str | None:
    """Return which of the keys is one of the names; None where none is."""
    return next((key for wanted in names for key in keys if simple(key) == wanted), None)


def _in_order(arrays: Arrays) -> Arrays:
    """Name the arrays of `numpy.savez(file, x, y, loss)`, where their shapes say that they are these."""
    if list(arrays) != ["arr_0", "arr_1", "arr_2"]:
        return arrays
    x, y, values = arrays.values()
    lists = x.ndim == y.ndim == 1 and values.shape in ((len(y), len(x)), (len(x), len(y)))
    return {"x": x, "y": y, "values": values} if lists or x.ndim == 2 and x.shape == y.shape == values.shape else arrays


def _landscaper(name: str, loss: npt.NDArray, coordinates: npt.NDArray) -> Contents:
    """`LossLandscape.save`: `loss[i, j]` was measured at `coordinates[0][i]` and `coordinates[1][j]`."""
    if loss.ndim == 0:
        raise ValueError(f"{name} holds one loss: expected those of a grid")
    if loss.ndim > 2:
        slices = "loss[:, :" + ", n" * (loss.ndim - 2) + "]"
        raise ValueError(
            f"{name} holds a loss over {loss.ndim} directions, and a map shows two: save one plane of it, "
            f"np.savez('plane.npz', loss={slices}, coordinates=coordinates[:2])"
        )
    if coordinates.ndim != 2 or len(coordinates) != loss.ndim:
        raise ValueError(
            f"{name}: expected {loss.ndim} rows of coordinates, one a direction of the loss, got an array of shape "
            f"{coordinates.shape}"
        )
    axes = [Axis(row, f"{letter}, {nth} direction") for row, letter, nth in zip(coordinates, "xy", _NTH, strict=False)]
    return Contents(
        "Landscaper", axes[0], axes[1] if len(axes) > 1 else None, {"loss": loss},
        "multiples of ‖θ‖ along the file's own directions, as Landscaper writes them",
        notes=(
            "x is the direction that Landscaper moves along first (the first index of its array). Its own contour "
            "plot draws that one upwards.",
            "Landscaper replaces losses that are not finite by the mean, the highest or the lowest one, and adds noise "
            "to the highest: the file does not say which these are.",
        ),
    )  # fmt: skip


_NTH = ("first", "second")


def _with_coordinates(
    name: str, x: npt.NDArray, y: npt.NDArray | None, fields: dict[str, npt.NDArray], format_: str
) -> Contents:
    """Values with coordinates beside them: lists of both, or what `numpy.meshgrid` made of these."""
    if x.ndim == 2 and y is not None and y.shape == x.shape:
        first_is_x = bool((x == x[:, :1]).all())  # meshgrid(..., indexing="ij")
        if not first_is_x:
            x, y = x.T, y.T
            fields = {key: values.T for key, values in fields.items()}
        if not ((x == x[:, :1]).all() and (y == y[:1]).all()):
            raise ValueError(f"{name}: x and y are no grid: expected what numpy.meshgrid makes of two lists")
        return Contents(format_, Axis(x[:, 0], "x"), Axis(y[0], "y"), fields)
    if x.ndim != 1 or (y is not None and y.ndim != 1):
        raise ValueError(f"{name}: expected lists of coordinates x and y, got arrays of shape {x.shape}")
    if y is None or (len(y) == 1 and next(iter(fields.values())).ndim == 1):
        return Contents(
            format_, Axis(x, "x"), None, {key: a for key, a in fields.items() if a.shape == x.shape} or fields
        )
    rows = {key: values.T for key, values in fields.items() if values.shape == (len(y), len(x))}
    if rows:
        return Contents(format_, Axis(x, "x"), Axis(y, "y"), rows, notes=(_MESH,) if len(x) == len(y) else ())
    return Contents(format_, Axis(x, "x"), Axis(y, "y"), fields)
