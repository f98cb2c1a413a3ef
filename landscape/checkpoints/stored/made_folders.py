"""Folders that are made of other files, once: named by what these hold, and written whole or not at all.

Every such folder may be deleted at any time; it is made again when it is needed.
"""

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from landscape.assets import IMPORT_ROOT
from landscape.outside import network

_WEIGHTS_A_SECOND, _START = 4e7, 15.0  # on one core; s until torch is loaded and the vocabulary read
_PART = ".part"
IN_HAND = "in-hand"  # the folder, beside that root, of models that somebody held in Python


def root() -> Path:
    """Return the folder of all of them: in LANDSCAPE_CACHE, or the user's own for what can be made again."""
    chosen = os.environ.get("LANDSCAPE_CACHE")
    return (Path(chosen).expanduser().absolute() if chosen else user_cache_path("landscape")) / "de-quantised"


@dataclass(frozen=True)
class Making:
    """How a folder is made of a file or folder, `source`, and what that takes."""

    source: Path
    weights: int
    bytes: int
    module: str  # which has convert(source, folder), and does it when run; it may need torch
    folder_of: Callable[[Path], Path]  # by the source's content as it is now

    @property
    def seconds(self) -> float:
        """About how long it takes."""
        return _START + self.weights / _WEIGHTS_A_SECOND


def made(making: Making, again: Callable[[], object]) -> Path:
    """Return the folder, made now if it is not there yet.

    Raises:
        ValueError: what its `convert` raises; no room on the disk; NotHere: a page asks, whose reader has not pressed
            the button that does `again`.
    """
    folder, name = making.folder_of(making.source), making.source.name
    if folder.is_dir():
        return folder
    minutes = f"{making.seconds:.0f} s" if making.seconds < 90 else f"{making.seconds / 60:.0f} min"
    takes = f"{making.weights / 1e6:,.3g} M weights, {making.bytes / 1e9:.2g} GB in {root()}, about {minutes}"
    if not network.may_fetch():
        raise network.NotHere(f"the checkpoint {name}", again, f"is not de-quantised yet ({takes})", "De-quantise")
    require_room(folder.parent, making.bytes, f"{name} de-quantised")
    network.announce(f"De-quantising {name}, once: {takes}.")

    def convert(part: Path) -> None:
        _convert(making.module, making.source, part)
        if making.folder_of(making.source) != folder:
            raise ValueError(f"{making.source} changed while it was read: wait until it is complete")

    written(folder, convert)
    return folder


def require_room(parent: Path, size: int, what: str) -> None:
    """Raise ValueError, a sentence with both numbers, where a disk has no room for so many bytes."""
    parent.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(parent).free) < size:
        raise ValueError(
            f"{what} takes {size / 1e9:.2g} GB, and {parent} has room for {free / 1e9:.2g} GB: "
            "make room, or name another folder in LANDSCAPE_CACHE"
        )


def written(folder: Path, write: Callable[[Path], object]) -> bool:
    """Have a folder written whole or not at all, unless it is there. Returns whether it was written now."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_halves(folder.parent)
    with FileLock(_lock_of(folder)):
        if folder.is_dir():
            return False
        part = folder.with_name(f"{folder.name}.{os.getpid()}{_PART}")
        try:
            write(part)
            for file in part.iterdir():
                with file.open("rb") as handle:
                    os.fsync(handle.fileno())  # before its name says that it is whole
            part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return True


def removed(folder: Path) -> None:
    """Remove a folder: for everybody else it is there whole, or not at all."""
    with FileLock(_lock_of(folder)):
        if folder.is_dir():
            part = folder.with_name(f"{folder.name}.{os.getpid()}{_PART}")
            folder.rename(part)
            shutil.rmtree(part, ignore_errors=True)
    Path(_lock_of(folder)).unlink(missing_ok=True)


def _remove_halves(parent: Path) -> None:
    """Remove what was left half written by the dead: whoever writes a folder, or removes it, holds its lock."""
    for left in parent.glob(f"*{_PART}"):
        with suppress(Timeout), FileLock(_lock_of(parent / left.name.rsplit(".", 2)[0]), timeout=0):
            shutil.rmtree(left, ignore_errors=True)


def _lock_of(folder: Path) -> str:
    return f"{folder}.lock"


def _convert(module: str, source: Path, folder: Path) -> None:
    """Convert here where torch is loaded already, else in a process of its own: a page's process never loads it."""
    if "torch" in sys.modules:
        importlib.import_module(module).convert(source, folder)
        return
    command = [sys.executable, "-W", "ignore", "-m", __name__, module, str(source), str(folder)]
    found = subprocess.run(command, cwd=IMPORT_ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        last = (found.stderr.strip().splitlines() or [""])[-1]
        why = "it was stopped, as happens where memory runs out" if found.returncode < 0 else last
        raise ValueError(last if found.returncode == 2 and last else f"cannot de-quantise {source}: {why}")


if __name__ == "__main__":  # in the process of its own: which module converts, what, and where to
    try:
        importlib.import_module(sys.argv[1]).convert(Path(sys.argv[2]), Path(sys.argv[3]))
    except (ValueError, OSError) as problem:
        sys.stderr.write("\n" + " ".join(str(problem).split()))
        sys.exit(2)
