"""The stamp of files: what a file system says of them. While it stays the same, so does what they hold."""

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

TICK = 0.05  # s: within so long of being written, a file may be written again without a later time


def stamp_of(files: Iterable[Path]) -> str:
    """Return the stamp of files: their paths, sizes, inodes, and the times of the last write and of the last change.

    A copy that preserves the time of writing (`cp -p`) is still a change, at a time that no program can set. Empty
    where a file was changed within the last TICK, so that no stamp could tell it from its next version.

    Raises:
        OSError: a file is not there.
    """
    states = [(str(file), file.stat()) for file in files]
    if any(state.st_ctime > time.time() - TICK for _, state in states):
        return ""
    told = sorted((name, s.st_size, s.st_ino, s.st_mtime_ns, s.st_ctime_ns) for name, s in states)
    return hashlib.sha256(repr(told).encode()).hexdigest()
