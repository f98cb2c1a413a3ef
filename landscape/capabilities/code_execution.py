"""Run programs that a model wrote, and their tests, as far from the rest of this machine as it offers.

The program runs in one process and its tests in another, which judges (`programs`). Around the program's process lies
bubblewrap where it is installed and works, otherwise namespaces of its own; inside, limits and Landlock. `reachable`
tries what a program can still reach.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

ALLOW = "LANDSCAPE_ALLOW_CODE"  # environment variable: 1 lets programs that a model wrote run on this machine
VERSION = 2  # raise it when programs are judged otherwise: points of tasks that run them are then measured again
CPU_SECONDS = 3
WALL_SECONDS = 8.0
MEMORY = 2**30  # bytes
WRITTEN = 2**24  # bytes of one file

_ROOT = Path(__file__).parents[2]  # where the package lies
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/localtime")


def allowed() -> bool:
    """Whether the user allows programs that a model wrote to run on this machine."""
    return os.environ.get(ALLOW) == "1"


def passes(program: str, tests: str) -> bool:
    """Whether a Python program passes its tests, within the limits. It leaves nothing behind.

    The program gets an empty environment, no input and a temporary folder. It ends before its tests begin; they call
    what it defined, and see what comes back as plain values.
    """
    assert allowed(), "callers check this first, and raise an error of their own"
    from landscape.capabilities.programs import confinement  # what it needs is not on every system

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        limits = {"seconds": CPU_SECONDS, "memory": MEMORY, "written": WRITTEN}
        first = {"program": program, "root": str(_ROOT), "folder": folder, "readable": _readable(), "limits": limits}
        command = [*_confined(folder, _wrapping()), *_python("candidate.serve()")]
        asked = {"tests": tests, "command": command, "folder": folder, "first": first, "seconds": WALL_SECONDS}
        with confinement.hidden():
            return _examined(asked)


_PROBE = """
import os, socket
def reads(path):
    try:
        return bool(open(path).read())
    except OSError:
        return False
def signals(process, space):
    try:
        own = os.readlink("/proc/self/ns/pid") if os.path.lexists("/proc/self/ns/pid") else ""
        return own == space and os.kill(process, 0) is None
    except OSError:
        return False
def sends(port):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port))
"""


@lru_cache(maxsize=1)
def reachable() -> tuple[str, ...]:
    """Try what a program can reach on this machine in spite of everything; return what one may do, in words.

    Raises:
        ValueError: not even a right program passes its tests here.
    """
    if not passes("x = 1", "assert x == 1"):
        raise ValueError("programs that a model writes cannot be run on this machine: not even x = 1 runs")
    with tempfile.NamedTemporaryFile("w") as file, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        file.write("secret")
        file.flush()
        listening.bind(("127.0.0.1", 0))
        passes(_PROBE, f"sends({listening.getsockname()[1]})")
        heard = bool(select.select([listening], [], [], 0)[0])
        space = os.readlink("/proc/self/ns/pid") if os.path.lexists("/proc/self/ns/pid") else ""
        reached = {
            "read this user's files": not passes(_PROBE, f"assert not reads({file.name!r})"),
            "end this user's processes": not passes(_PROBE, f"assert not signals({os.getpid()}, {space!r})"),
            "use the network": heard,
        }
    return tuple(what for what, reaches in reached.items() if reaches)


def remark() -> str | None:
    """Say in a sentence what programs can reach on this machine; None if that is nothing."""
    reached = reachable()
    if not reached:
        return None
    how = "install bubblewrap, or allow user namespaces, to prevent it"
    return f"Programs that the model writes can {' and '.join(reached)} on this machine: {how}."


def _examined(asked: dict[str, Any]) -> bool:
    examiner = subprocess.Popen(
        _python("examiner.examine()"),
        cwd=asked["folder"],
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        examiner.communicate(json.dumps(asked).encode(), timeout=asked["seconds"] + 5)  # it ends by itself before
    except subprocess.TimeoutExpired:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(examiner.pid, signal.SIGKILL)
        examiner.wait()
    return examiner.returncode == 0


def _python(call: str) -> list[str]:
    module = call.partition(".")[0]
    load = (
        f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from landscape.capabilities.programs import {module}; {call}"
    )
    return [sys.executable, "-I", "-c", load]


def _readable() -> list[str]:
    """Return the paths that a program needs: the system's libraries, Python, and this package."""
    python = Path(sys.executable).resolve().parents[1]
    own = [str(Path(__file__).parents[1]), sys.prefix, sys.base_prefix, str(python)]
    return [*_SYSTEM, *(path for path in dict.fromkeys(own) if path not in _SYSTEM and path != "/")]


def _confined(folder: str, wrapping: str) -> list[str]:
    """Return the beginning of a command that runs in a place of its own."""
    if wrapping == "bwrap":
        options = ["--unshare-all", "--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]
        shown = [word for path in _readable() for word in ("--ro-bind-try", path, path)]
        return ["bwrap", *options, "--tmpfs", "/tmp", *shown, "--bind", folder, folder, "--chdir", folder, "--"]
    if wrapping == "unshare":
        spaces = ["--user", "--map-current-user", "--pid", "--net", "--ipc", "--mount", "--mount-proc"]
        return ["unshare", *spaces, "--fork", "--kill-child", "--"]
    return []


@lru_cache(maxsize=1)
def _wrapping() -> str:
    """Return the first of bwrap and unshare that works on this machine, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        for wrapping in filter(shutil.which, ("bwrap", "unshare")):
            command = [*_confined(folder, wrapping), sys.executable, "-I", "-S", "-c", ""]
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                ran = subprocess.run(command, env={}, capture_output=True, timeout=20, check=False)
                if ran.returncode == 0:
                    return wrapping
    return ""
