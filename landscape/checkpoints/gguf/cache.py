"""Where the folders lie that GGUF files were de-quantised into: each under the digest of its file."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from landscape.checkpoints.gguf.header import Header, read
from landscape.checkpoints.gguf.settings import require_known
from landscape.checkpoints.stored.made_folders import Making, made, root
from landscape.outside.file_stamps import stamp_of

VERSION = 1  # of how a file is read: with another number, all are de-quantised anew, and measured anew


def digest(file: Path) -> str:
    """Return the SHA-256 of a file and of how it is read. Raises ValueError while it is being written."""
    stamp = stamp_of([file])
    return _remembered_digest(file, stamp) if stamp else _digest(file)


@lru_cache(maxsize=256)
def _remembered_digest(file: Path, stamp: str) -> str:
    with suppress(OSError):
        if len(found := _note_of(stamp).read_text()) == 64:
            return found
    return _digest(file)


def _note_of(stamp: str) -> Path:
    """Return where the digest of a file with this stamp is noted, so that gigabytes are not read for each command."""
    return root() / f"{stamp[:32]}-{VERSION}.digest"


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
    """Return the folder of a file, written now if it is not there yet. Raises ValueError as `made`, `header.read`."""
    folder = folder_of(file)
    if not folder.is_dir():
        made(_making(file), again)
        if stamp := stamp_of([file]):
            part = _note_of(stamp).with_suffix(f".{os.getpid()}.part")
            part.write_text(digest(file))
            part.replace(_note_of(stamp))
    return folder


def seconds_of(file: Path) -> float:
    """Return about how long `converted` takes; 0 where the folder is there."""
    return 0.0 if folder_of(file).is_dir() else _making(file).seconds


def _making(file: Path) -> Making:
    header = read(file)
    require_known(header)
    return Making(file, header.weights, bytes_of(header), "landscape.checkpoints.gguf.conversion", folder_of)
