"""The files of `numpy.save` and `numpy.savez`: arrays alone, never objects, and no more than fits."""

import io
import math
import zipfile
import zlib
from tokenize import TokenError
from typing import IO

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from landscape.surfaces.surface import MOST_CELLS, require_size

NPY, ZIP = b"\x93NUMPY", b"PK\x03\x04"
MOST_ARRAYS = 100
NO_OBJECTS = (
    "holds Python objects (a pickle), which may run code when they are opened, and is not read: save the numbers "
    "alone, np.savez('surface.npz', x=…, y=…, loss=…)"
)
_WIDEST = 32  # bytes of a number: long complex


def read_array(name: str, content: bytes) -> npt.NDArray:
    """Return the array of a file of `numpy.save`. Raises ValueError, in one sentence."""
    return _array(name, "its array", io.BytesIO(content))


def read_arrays(name: str, content: bytes) -> dict[str, npt.NDArray]:
    """Return the arrays of a file of `numpy.savez` by their names. Raises ValueError, in one sentence."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if any(member.filename.endswith(".pkl") for member in members):
                raise ValueError(f"{name} {NO_OBJECTS}")
            arrays = [member for member in members if member.filename.endswith(".npy")]
            if not arrays or len(arrays) > MOST_ARRAYS:
                raise ValueError(f"{name} is a zip file with {len(arrays)} arrays: expected what numpy.savez writes")
            return {member.filename.removesuffix(".npy"): _member(name, archive, member) for member in arrays}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ValueError(f"{name} is damaged, or no file of numpy.savez: {error}") from None


def _member(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> npt.NDArray:
    if member.file_size > MOST_CELLS * _WIDEST:
        raise ValueError(f"{name}: {member.filename} would take {member.file_size:,} bytes: save a coarser grid")
    with archive.open(member) as stream:
        return _array(name, member.filename.removesuffix(".npy"), stream)


def _array(name: str, what: str, stream: IO[bytes]) -> npt.NDArray:
    """Read the header first, so that nothing is made room for that is not read."""
    shape, fortran, dtype = _header(name, what, stream)
    if dtype.hasobject:
        raise ValueError(f"{name} {NO_OBJECTS}")
    if dtype.kind not in "fiuc":
        return np.empty(min(1, math.prod(shape)), dtype)  # of another kind: what it holds is not needed
    require_size(name, what, shape)
    count = math.prod(shape)
    data = stream.read(count * dtype.itemsize)
    if len(data) < count * dtype.itemsize:
        raise ValueError(f"{name} is damaged: {what} ends before its {count:,} values")
    return np.frombuffer(data, dtype, count).reshape(shape, order="F" if fortran else "C")


def _header(name: str, what: str, stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    try:
        read = _HEADERS[npy.read_magic(stream)]
        header = read(stream)
        if min(header[0], default=1) >= 0:
            return header
    except (ValueError, KeyError, EOFError, SyntaxError, TypeError, TokenError):
        pass  # numpy's own sentences advise to allow pickles
    raise ValueError(f"{name} is damaged: {what} has no header as numpy.save writes it")


_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}  # (3, 0) keeps records alone
