"""A file as a surface, whatever its format: what it is says its content, not its name."""

from pathlib import Path

from landscape.surfaces import exports, hdf5, numpy_files, tables
from landscape.surfaces.bare_arrays import contents_of_array
from landscape.surfaces.named_arrays import contents_of_arrays
from landscape.surfaces.surface import Contents, Surface, surface_of

MOST_BYTES = 50 * 2**20  # of a file, as a page takes
_ZIPPED = {b"\x1f\x8b": "gzip", b"7z\xbc\xaf": "7z", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"}


def read(path: Path, quantity: str | None = None, name: str = "") -> Surface:
    """Return one quantity of a file, of several the usual loss.

    Args:
        path: the file.
        quantity: which of those that it holds (`Surface.quantities`).
        name: what it is called, instead of its file name.

    Raises:
        ValueError: it is no surface, or too large, in one sentence that says what to do.
        OSError: it cannot be read.
    """
    called = name or path.name
    require_readable(path, called)
    return surface_of(called, contents(called, path.read_bytes()), quantity)


def require_readable(path: Path, called: str = "") -> None:
    """Raise ValueError for what is no file, or larger than what is read."""
    called = called or path.name
    if path.is_dir():
        raise ValueError(f"{called} is a folder: expected a file")
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    if (size := path.stat().st_size) > MOST_BYTES:
        raise ValueError(f"{called} has {size / 2**20:,.0f} MiB, and at most {MOST_BYTES // 2**20} are read")


def contents(name: str, content: bytes) -> Contents:
    """Return all that a file holds. Raises ValueError, in one sentence."""
    if not content:
        raise ValueError(f"{name} is empty")
    if content.startswith(hdf5.HDF5):
        return hdf5.read(name, content)
    if content.startswith(numpy_files.NPY):
        return contents_of_array(name, numpy_files.read_array(name, content))
    if content.startswith(numpy_files.ZIP):
        return contents_of_arrays(name, numpy_files.read_arrays(name, content))
    if content[:1] == b"\x80":
        raise ValueError(f"{name} {numpy_files.NO_OBJECTS}")
    if packed := next((what for magic, what in _ZIPPED.items() if content.startswith(magic)), None):
        raise ValueError(f"{name} is packed ({packed}): unpack it first")
    return _text(name, content)


def _text(name: str, content: bytes) -> Contents:
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{name} is no surface: expected .npy, .npz, HDF5, JSON, or a table of numbers") from None
    if "\0" in text or text.lstrip()[:1] == "<":
        raise ValueError(f"{name} is no surface: expected .npy, .npz, HDF5, JSON, or a table of numbers")
    return exports.read_json(name, text) if text.lstrip()[:1] in ("{", "[") else tables.read(name, text)
