"""The HDF5 files of tomgoldstein/loss-landscape (`plot_surface.py`); h5py, which reads them, is optional."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt

from landscape.surfaces.named_arrays import contents_of_arrays, first_ones
from landscape.surfaces.surface import Axis, Contents, require_size

HDF5 = b"\x89HDF\r\n\x1a\n"
NOT_MEASURED = -1.0
MISSING = "an HDF5 file is read by h5py, which is not installed: pip install h5py"
_GRID_MARK = "xcoordinates"


def read(name: str, content: bytes) -> Contents:
    """Return what an HDF5 file holds. Raises ValueError, in one sentence."""
    try:
        import h5py
    except ImportError:
        raise ValueError(MISSING) from None
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            arrays = {key: found for key in file if (found := _array(h5py, name, file, key)) is not None}
            held = ", ".join(file)
    except ValueError:
        raise
    except Exception as error:  # of a damaged file h5py raises almost anything
        raise ValueError(f"{name} is damaged, or no HDF5 file: {error}") from None
    if not arrays:
        raise ValueError(f"{name} holds {held or 'nothing'}: expected xcoordinates, ycoordinates and train_loss")
    if _GRID_MARK in arrays:
        return _surface_file(name, arrays)
    return contents_of_arrays(name, arrays, "HDF5")


def _array(h5py: Any, name: str, file: Any, key: str) -> npt.NDArray | None:
    """A data set of numbers in the file itself; what lies in other files is never followed."""
    if not isinstance(file.get(key, getlink=True), h5py.HardLink):
        return None
    data = file[key]
    if not isinstance(data, h5py.Dataset) or data.is_virtual or data.external:
        return None
    if data.dtype.kind not in "fiuc" or data.shape in (None, ()):
        return None
    require_size(name, key, data.shape)
    require_size(name, f"a chunk of {key}", data.chunks or (1,))
    return np.asarray(data[...])


def _surface_file(name: str, arrays: dict[str, npt.NDArray]) -> Contents:
    """Undo how `plot_surface.py` counts: its arrays have len(x) rows, but are filled in the order of meshgrid(x, y).

    So a file whose axes differ in length has its values in rows of the wrong length; read on, they are right.
    """
    x, y = arrays.pop("xcoordinates").ravel(), arrays.pop("ycoordinates", np.zeros(0)).ravel()
    wanted = len(x) * max(1, len(y))
    fields = {key: values for key, values in arrays.items() if values.size == wanted and values.ndim <= 2}
    if not fields:
        other = next((f"{key} of shape {values.shape}" for key, values in arrays.items()), "no values")
        raise ValueError(
            f"{name} has coordinates of {len(x)} × {max(1, len(y))} points, and {other}: nothing fits them"
        )
    if len(y):
        fields = {key: values.ravel().reshape(len(y), len(x)).T for key, values in fields.items()}
    up = Axis(y, "y, second direction") if len(y) else None
    return Contents(
        "tomgoldstein/loss-landscape", Axis(x, "x, first direction"), up, first_ones(fields),
        "multiples of the file's own directions, which are normalised as its command said",
        {key: "%" for key in fields if key.endswith(("_acc", "_err"))}, NOT_MEASURED,
    )  # fmt: skip
