"""What a process gives up before it runs a program of a stranger's; whatever the system lacks is left out.

It is loaded without the rest of the project. `code_execution` finds out what such a program can still reach.
"""

import contextlib
import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterator, Sequence

_GET_DUMPABLE, _SET_DUMPABLE, _CHILD_SUBREAPER, _NO_NEW_PRIVILEGES = 3, 4, 36, 38  # of prctl
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # system calls, the same on all architectures
_READ_FILE, _READ_FOLDER, _WRITE_FILE = 1 << 2 | 1, 1 << 3, 1 << 1  # of landlock; reading includes executing

_libc = ctypes.CDLL(None, use_errno=True)


def _control(option: int, value: int = 0) -> int:
    return int(_libc.prctl(option, value, 0, 0, 0)) if sys.platform == "linux" else 0


def limit(seconds: int, memory: int, written: int) -> None:
    """Limit processor time (s), memory and the size of a file (bytes). No core dumps, and no further processes.

    Root may start processes nevertheless.
    """
    limits = {resource.RLIMIT_CPU: seconds, resource.RLIMIT_AS: memory, resource.RLIMIT_FSIZE: written}
    for kind, most in (limits | {resource.RLIMIT_CORE: 0, resource.RLIMIT_NPROC: 0}).items():
        resource.setrlimit(kind, (most, most))


@contextlib.contextmanager
def hidden() -> Iterator[None]:
    """Within the block, no process of the same user may read this one's memory and environment; root may."""
    before = _control(_GET_DUMPABLE)
    _control(_SET_DUMPABLE, 0)
    try:
        yield
    finally:
        _control(_SET_DUMPABLE, before)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none is left behind."""
    _control(_CHILD_SUBREAPER, 1)


def drop_privileges() -> None:
    """Give up what root may do, and what a program with the bit for it would give back."""
    _control(_NO_NEW_PRIVILEGES, 1)
    if sys.platform == "linux":
        _libc.capset(struct.pack("=Ii", 0x20080522, 0), bytes(24))


def landlock() -> int:
    """Return the version of Landlock that the kernel offers; less than 1 without it."""
    return int(_libc.syscall(_LANDLOCK_CREATE, None, 0, 1)) if sys.platform == "linux" else 0


def restrict_files(readable: Sequence[str], folder: str) -> None:
    """With Landlock, let this process read some paths and write into one folder only, and use neither TCP nor signals.

    It also keeps it from looking into other processes.
    """
    version = landlock()
    if version < 1:
        return
    every = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    rules = struct.pack("=QQQ", every, 3 * (version >= 4), 3 * (version >= 6))[
        : 8 + 8 * (version >= 4) + 8 * (version >= 6)
    ]
    ruleset = _libc.syscall(_LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), 0)
    paths = {path: _READ_FILE | _READ_FOLDER for path in readable} | {folder: every}
    paths |= {"/dev/null": _READ_FILE | _WRITE_FILE, "/dev/urandom": _READ_FILE, "/dev/zero": _READ_FILE}
    for path, allowed in paths.items():
        with contextlib.suppress(FileNotFoundError):
            opened = os.open(path, os.O_PATH)
            allowed &= every if os.path.isdir(path) else _READ_FILE | _WRITE_FILE
            _libc.syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", allowed, opened), 0)
            os.close(opened)
    _libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)
