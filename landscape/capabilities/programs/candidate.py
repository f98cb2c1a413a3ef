"""The process that runs a program: it does what its tests ask for, and sees of them only what its functions are given.

It judges nothing. Whatever the program does to this process can change only what its functions return.
"""

import builtins
import json
import operator
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from landscape.capabilities.programs import confinement
from landscape.capabilities.programs.plain_values import decode, encode

OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": lambda called, *args, **named: called(*args, **named),
    "get": getattr,
    "item": operator.getitem,
    "len": len,
    "iter": iter,
    "next": next,
    "in": operator.contains,
    "str": str,
    "bool": bool,
}


class Candidate:
    """A program, its names, and those of its objects that the tests hold."""

    def __init__(self, program: str) -> None:
        """Run the program, to its end."""
        self._kept: list[Any] = []
        self._names: dict[str, Any] = {}
        exec(compile(program, "program.py", "exec"), self._names)

    def names(self) -> dict[str, Any]:
        """The names that the program defined."""
        own = {name: value for name, value in self._names.items() if name != "__builtins__"}
        return {
            name: self._refer(value) if isinstance(value, ModuleType) else self._encode(value)
            for name, value in own.items()
        }

    def call(self, kept: int, operation: str, args: list[Any], named: dict[str, Any]) -> list[Any]:
        """Apply one of OPERATIONS to an object; return what it returns, and the arguments as they are then."""
        given, keywords = (
            [self._decode(each) for each in args],
            {key: self._decode(each) for key, each in named.items()},
        )
        return [
            self._encode(OPERATIONS[operation](self._kept[kept], *given, **keywords)),
            [self._encode(each) for each in given],
        ]

    def _refer(self, value: Any) -> list[Any]:
        self._kept.append(value)
        return ["object", len(self._kept) - 1]

    def _encode(self, value: Any) -> Any:
        return encode(value, self._refer)

    def _decode(self, coded: Any) -> Any:
        return decode(coded, lambda of: getattr(builtins, of[1]) if of[0] == "builtin" else self._kept[of[1]])


def serve() -> None:
    """Run the program that comes first on stdin, then make the calls that follow, and write what comes of each."""
    requests, replies = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # the program gets no input, and what it prints goes nowhere
        os.dup2(nothing, stream)
    first = json.loads(requests.readline())
    sys.path.remove(first["root"])
    confinement.limit(**first["limits"])
    confinement.restrict_files(first["readable"], first["folder"])
    confinement.drop_privileges()
    candidate: Candidate | None = None
    try:
        candidate = Candidate(first["program"])
        reply = json.dumps({"names": candidate.names()})
    except BaseException as error:
        reply = json.dumps(raised(error))
    while True:
        replies.write(reply + "\n")
        replies.flush()
        line = requests.readline()
        if not line or candidate is None:
            return
        try:
            reply = json.dumps({"returned": candidate.call(**json.loads(line))})
        except BaseException as error:
            reply = json.dumps(raised(error))


def raised(error: BaseException) -> dict[str, Any]:
    """What is told of an error: the nearest class that Python itself defines, and its text."""
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
    return {"raised": [name, str(error)[:1000]]}
