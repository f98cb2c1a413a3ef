"""Where the folders lie that GGUF files were de-quantised into, and the one place that has them written.

A folder is named by what its file holds: a file that was renamed is found again, and one that was changed is
de-quantised anew. Every folder may be deleted at any time; it is written again when it is needed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from landscape.assets import IMPORT_ROOT
from landscape.checkpoints.gguf.header import Header, read
from landscape.checkpoints.gguf.settings import require_known
from landscape.outside import network
from landscape.schema.file_stamps import stamp_of

VERSION = 1  # of how a file is read: with another number, all are de-quantised anew, and measured anew
_WEIGHTS_A_SECOND, _START = 4e7, 15.0  # on one core; s until torch is loaded and the vocabulary read
_PART = ".part"


def root() -> Path:
    """Return the folder of all folders: LANDSCAPE_CACHE, or the user's own for what can be made again."""
    chosen = os.environ.get("LANDSCAPE_CACHE")
    return (Path(chosen).expanduser().absolute() if chosen else user_cache_path("landscape")) / "gguf"


def digest(file: Path) -> str:
    """Return the SHA-256 of a file and of how it is read. Raises ValueError while it is being written."""
    stamp = stamp_of([file])
    return _remembered_digest(file, stamp) if stamp else _digest(file)


@lru_cache(maxsize=256)
def _remembered_digest(file: Path, stamp: str) -> str:
    return _digest(file)


def _digest(file: Path) -> str:
    with file.open("rb") as handle:
        before = os.fstat(handle.fileno())
        seen = hashlib.file_digest(handle, "sha256")
    after = file.stat()
    if (before.st_size, before.st_ino, before.st_mtime_ns) != (after.st_size, after.st_ino, after.st_mtime_ns):
        raise ValueError(f"{file} is being written: wait until it is complete")
    return hashlib.sha256(f"gguf {VERSION} {seen.hexdigest()}".encode()).hexdigest()


def folder_of(file: Path) -> Path:
    """Return where a file's folder lies, or will lie."""
    return root() / digest(file)[:32]


def bytes_of(header: Header) -> int:
    """Return about how large the folder of a file is."""
    return header.weights * header.width


def converted(file: Path, again: Callable[[], object]) -> Path:
    """Return the folder of a file, written now if it is not there yet.

    Raises:
        ValueError: as `conversion.convert`; no room on the disk; NotHere: a page asks, whose reader has not pressed the
            button that does `again`.
    """
    folder = folder_of(file)
    if folder.is_dir():
        return folder
    header = read(file)
    require_known(header)
    size = bytes_of(header)
    takes = f"{header.weights / 1e6:,.0f} M weights, {size / 1e9:.2g} GB in {root()}, about {_duration(header)}"
    if not network.may_fetch():
        raise network.NotHere(
            f"the file {file.name}", again, state=f"is not de-quantised yet ({takes})", verb="De-quantise"
        )
    root().mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(root()).free) < size:
        raise ValueError(
            f"{file.name} de-quantised takes {size / 1e9:.2g} GB, and {root()} has room for {free / 1e9:.2g} GB: make "
            "room, or name another folder in LANDSCAPE_CACHE"
        )
    network.announce(f"De-quantising {file.name}, once: {takes}.")
    with FileLock(f"{folder}.lock"):
        return folder if folder.is_dir() else _write(file, folder)


def seconds_of(file: Path) -> float:
    """Return about how long `converted` takes; 0 where the folder is there."""
    return 0.0 if folder_of(file).is_dir() else _seconds(read(file))


def _seconds(header: Header) -> float:
    return _START + header.weights / _WEIGHTS_A_SECOND


def _duration(header: Header) -> str:
    seconds = _seconds(header)
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _write(file: Path, folder: Path) -> Path:
    """Write a folder whole or not at all. The caller holds its lock, so what lies there half was left by a dead one."""
    for left in folder.parent.glob(f"{folder.name}.*{_PART}"):
        shutil.rmtree(left, ignore_errors=True)
    part = folder.with_name(f"{folder.name}.{os.getpid()}{_PART}")
    try:
        _convert(file, part)
        if folder_of(file) != folder:
            raise ValueError(f"{file} changed while it was read: wait until it is complete")
        for written in part.iterdir():
            with written.open("rb") as handle:
                os.fsync(handle.fileno())  # before its name says that it is whole
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _convert(file: Path, folder: Path) -> None:
    """Convert here where torch is loaded already, else in a process of its own: a page's process never loads it."""
    if "torch" in sys.modules:
        from landscape.checkpoints.gguf.conversion import convert

        convert(file, folder)
        return
    command = [sys.executable, "-W", "ignore", "-m", "landscape.checkpoints.gguf.conversion", str(file), str(folder)]
    found = subprocess.run(command, cwd=IMPORT_ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        last = (found.stderr.strip().splitlines() or [""])[-1]
        why = "it was stopped, which memory does that runs out" if found.returncode < 0 else last
        raise ValueError(last if found.returncode == 2 and last else f"cannot de-quantise {file}: {why}")
