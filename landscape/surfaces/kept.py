"""Surfaces that were dropped on a page: kept beside the store, found by name, and removed."""

from pathlib import Path

from landscape.outside import kept_files
from landscape.surfaces import reading
from landscape.surfaces.numpy_files import NO_OBJECTS
from landscape.surfaces.surface import Surface

ENDINGS = (".npy", ".npz", ".h5", ".hdf5", ".csv", ".tsv", ".txt", ".dat", ".json")
_PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt")


def keep(folder: Path, name: str, content: bytes) -> Path:
    """Keep a file that can be read as a surface in the folder (`kept_files.keep`). Returns its path.

    Raises:
        ValueError: it is no surface; nothing is kept then.
        OSError: it cannot be written.
    """
    ending = Path(name).suffix.lower()
    if ending in _PICKLES:
        raise ValueError(f"a file that ends in {ending} {NO_OBJECTS}")
    hint = "; a picture of a surface has no values to read" if ending in (".vtp", ".png", ".pdf", ".jpg") else ""
    return kept_files.keep(folder, name, content, ENDINGS, reading.read, otherwise="surface", hint=hint)


def keep_path(folder: Path, path: Path) -> Path:
    """Keep a copy of a file on this machine; see `keep`."""
    reading.require_readable(path)
    return keep(folder, path.name, path.read_bytes())


def names(folder: Path) -> list[str]:
    """Return the names of all kept files, the latest first."""
    files = [file for file in folder.iterdir() if file.suffix in ENDINGS] if folder.is_dir() else []
    files = [file for file in files if ".part" not in file.suffixes]
    return [file.name for file in sorted(files, key=lambda file: (-file.stat().st_mtime, file.name))]


def find(folder: Path, name: str) -> Path:
    """Return the path of a kept file. Raises ValueError where there is none of this name."""
    if name not in names(folder):
        raise ValueError(f"the surface {kept_files.first_name(name)} is not kept here: drop its file again")
    return folder / name


def read(path: Path, quantity: str | None = None) -> Surface:
    """Return one quantity of a kept file, called as it was when it was dropped."""
    return reading.read(path, quantity, kept_files.first_name(path.name))
