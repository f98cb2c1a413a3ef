"""The process that runs the tests of a program and judges: the tests are the task's own, the program is elsewhere.

Exit code 0 says that all tests passed. No line of the program ever runs here, so it cannot be forged: the tests see
plain values that were built here from what the program's process wrote. An object of the program's own class stays
there; tests may use it, but it is equal to nothing.
"""

import builtins
import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from landscape.capabilities.programs import confinement
from landscape.capabilities.programs.plain_values import decode, encode, update

_MODULES = (  # of which tests mean the real one, whatever the program calls so
    "bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "heapq", "itertools", "math",
    "operator", "random", "re", "statistics", "string", "sys",
)  # fmt: skip
_MOST = 2**26  # characters of one reply
_started: list[subprocess.Popen[str]] = []


class Remote:
    """An object in the program's process, which does what is asked of it there."""

    def __init__(self, process: "Process", kept: int) -> None:
        """`kept`: the number under which the process keeps it."""
        self._process, self._kept = process, kept


def _asking(operation: str) -> Any:
    return lambda remote, *args, **named: remote._process.ask(remote._kept, operation, *args, **named)


for name, operation in {"call": "call", "getattr": "get", "getitem": "item", "contains": "in"}.items():
    setattr(Remote, f"__{name}__", _asking(operation))
for name in ("len", "iter", "next", "str", "bool"):
    setattr(Remote, f"__{name}__", _asking(name))


class Process:
    """The program's process, and what is asked of it."""

    def __init__(self, command: list[str], folder: str) -> None:
        """Start it."""
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, cwd=folder, env={}, stdin=pipe, stdout=pipe, stderr=null, text=True, errors="replace"
        )
        _started.append(self._process)

    def names(self, first: dict[str, Any]) -> dict[str, Any]:
        """Send the program; return the names that it defined once it has run."""
        return {name: self._decode(coded) for name, coded in self._reply(first)["names"].items()}

    def ask(self, kept: int, operation: str, *args: Any, **named: Any) -> Any:
        """Let the process apply an operation to one of its objects. Raises what it raised, as a class of Python's."""
        coded = [encode(each, _refer) for each in args]
        keywords = {key: encode(each, _refer) for key, each in named.items()}
        returned, now = self._reply({"kept": kept, "operation": operation, "args": coded, "named": keywords})[
            "returned"
        ]
        for given, each in zip(args, now, strict=True):
            if isinstance(given, list | dict | set):
                update(given, self._decode(each))
        return self._decode(returned)

    def _reply(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        reply: dict[str, Any] = json.loads(self._process.stdout.readline(_MOST))
        if "raised" in reply:
            name, text = reply["raised"]
            kind = getattr(builtins, name, Exception)
            raise (kind if isinstance(kind, type) and issubclass(kind, Exception) else Exception)(text)
        return reply

    def _decode(self, coded: Any) -> Any:
        return decode(coded, lambda reference: Remote(self, int(reference[1])))


def examine() -> None:
    """Examine the program that stdin holds, and exit."""
    with confinement.hidden():
        _examine(json.load(sys.stdin))


def _examine(asked: dict[str, Any]) -> None:
    confinement.adopt_orphans()
    signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, asked["seconds"])
    passed = False
    try:
        process = Process(asked["command"], asked["folder"])
        names = process.names(asked["first"])
        names = {name: value for name, value in names.items() if not _is_pythons(name)}
        names |= {name: importlib.import_module(name) for name in _MODULES if name in names}
        exec(compile(asked["tests"], "tests.py", "exec"), names)
        passed = True
    except BaseException:
        passed = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _end_all()
        os._exit(0 if passed else 1)


def _too_long(number: int, frame: FrameType | None) -> None:
    _end_all()
    os._exit(1)


def _is_pythons(name: str) -> bool:
    """Whether a name means the same in all programs: what a program calls so must not change what a test does."""
    return name.startswith("__") or hasattr(builtins, name)


def _refer(value: Any) -> list[Any]:
    if isinstance(value, Remote):
        return ["object", value._kept]
    name = getattr(value, "__name__", "")
    if getattr(builtins, name, None) is not value:
        raise TypeError(f"a test passes {type(value).__name__} to a program: expected plain values")
    return ["builtin", name]


def _end_all() -> None:
    """End every process that the program started, also one that left its session: its orphans are children of ours."""
    for process in _started:
        process.kill()
    own = str(os.getpid())
    while True:
        for file in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parent = file.read_text(errors="replace").rpartition(")")[2].split()[1]
                if parent == own:
                    os.kill(int(file.parent.name), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
