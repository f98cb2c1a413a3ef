"""Arrays without coordinates, as `loss_landscapes` returns them and people keep them with `numpy.save`."""

import numpy as np
import numpy.typing as npt

from landscape.surfaces.surface import Array, Axis, Contents, numbers, require_size

NUMBERS = "numbers of rows and columns, from 0: the file holds no coordinates"
STEPS = "steps of the file's own directions, from a corner: the file holds no coordinates"
_LEAST = 5  # rows, for a fourth difference


def contents_of_array(name: str, values: npt.NDArray, quantity: str = "values") -> Contents:
    """Return what one array holds: the first index counts along x, the second along y.

    Raises:
        ValueError: it has no or more than two directions, or holds no numbers.
    """
    require_size(name, quantity, values.shape)
    if values.ndim == 0:
        raise ValueError(f"{name} holds one number: expected a line or a grid of values")
    values = values.reshape([n for n in values.shape if n > 1] or [1])
    if values.ndim > 2:
        shape = " × ".join(map(str, values.shape))
        raise ValueError(
            f"{name} holds {shape} values, and a map shows two directions: save one plane, values[:, :, n]"
        )
    plain = numbers(name, quantity, values)
    if values.ndim == 1:
        return Contents(
            "an array", Axis(np.arange(len(plain)), "x, number in the file"), None, {quantity: plain}, NUMBERS
        )
    if is_staggered(plain):
        notes = (
            "Every other row of the array lies one step further along y, as loss_landscapes goes to and fro. Each "
            "value is drawn where it was measured.",
            "The checkpoint itself lies in the middle of a random_plane, and at x 0, y 0 of a planar_interpolation.",
        )
        x, y = Axis(np.arange(len(plain)), "x, steps along the first direction"), np.arange(plain.shape[1] + 1)
        up = Axis(y, "y, steps along the second direction")
        return Contents("loss_landscapes", x, up, {quantity: aligned(plain)}, STEPS, notes=notes)
    axes = [
        Axis(np.arange(n), f"{letter}, {which}") for n, letter, which in zip(plain.shape, "xy", _INDEX, strict=True)
    ]
    note = "x counts the rows of the array (its first index), y the columns."
    return Contents("an array", axes[0], axes[1], {quantity: plain}, NUMBERS, notes=(note,))


_INDEX = ("row of the array", "column of the array")


def is_staggered(values: Array) -> bool:
    """Whether a square array is far smoother once every other row is put one step further.

    `loss_landscapes` steps before it measures: rows 0, 2, … hold the steps 1 to n of the second direction, rows 1, 3, …
    on the way back n − 1 to 0.
    """
    if values.shape[0] != values.shape[1] or len(values) < _LEAST or not np.isfinite(values).all():
        return False
    as_it_stands = _roughness(values)
    negligible = 1e-9 * float(np.abs(values).max())
    return as_it_stands > negligible and _roughness(aligned(values)[:, 1:-1]) < 0.5 * as_it_stands


def aligned(values: Array) -> Array:
    """Return rows of n steps on n + 1: even rows from step 1, odd rows from step 0; NaN where a row has none."""
    made = np.full((values.shape[0], values.shape[1] + 1), np.nan)
    made[0::2, 1:], made[1::2, :-1] = values[0::2], values[1::2]
    return made


def _roughness(values: Array) -> float:
    """The mean size of the fourth differences from row to row: alternating rows stand out, what is smooth does not."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.abs(np.diff(values, n=4, axis=0)).mean())
