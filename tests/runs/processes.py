"""Workers in processes of their own, which a test may kill.

They are forked from one process that has imported torch: importing it takes seconds, and each would do it again.
"""

import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from landscape.store.store import Store
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
NURSERY = multiprocessing.get_context("forkserver")
NURSERY.set_forkserver_preload(["landscape.cli.app", "landscape.engine.session", "landscape.runs.measuring"])


class Child:
    """A process, used as one of `subprocess`."""

    def __init__(self, process: ForkServerProcess) -> None:
        """Start it.

        A child runs the file of its parent's `__main__`, and in the tests of pages that is a page.
        """
        self._process = process
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
            process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def wait(self, seconds: float | None = None) -> int:
        """Wait for its end; return its exit status, or minus the signal that ended it."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, f"it did not end within {seconds} s"
        return self._process.exitcode


def fork(function: Callable[..., object], *args: Any, output: Path = Path(os.devnull), **env: str) -> Child:
    """Call a function in a process of its own. It finds this process's environment, changed as `env` says.

    Args:
        output: the file that takes what it prints.
    """
    environment = dict(os.environ) | {"OMP_NUM_THREADS": "1"} | env
    return Child(NURSERY.Process(target=_call, args=(function, args, str(output), environment), daemon=True))


def _call(function: Callable[..., object], args: tuple[Any, ...], output: str, environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(output, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(file, stream)
    function(*args)


def start(store: Store, host: str | None = None, *, pause: float = 0.0, held: Path | None = None) -> Child:
    """A worker process.

    Args:
        host: the name of its machine, for all it knows.
        pause: s that every point takes longer: a run then goes on for as long as a test needs it to, on any machine.
        held: the file that it touches where it stops for good, in the measurement of the sixth point.
    """
    return fork(_work, host, pause, held, LANDSCAPE_STORE=store.url)


def _work(host: str | None, pause: float, held: Path | None) -> None:
    from landscape.cli.app import main
    from landscape.engine.session import Session

    measure, measured = Session.measure, 0

    def measure_slowly(*asked: Any) -> Any:
        nonlocal measured
        measured += 1
        if held and measured > 5:
            held.touch()
            time.sleep(3600)
        time.sleep(pause)
        return measure(*asked)

    Session.measure = measure_slowly  # type: ignore[method-assign, assignment]
    if host:
        socket.gethostname = lambda: host
    sys.argv = ["landscape", "worker", "--device", "cpu", "--idle-exit", "1"]
    main()


def wait_for(store: Store, run_id: str, done: int) -> None:
    """Until so many points of a run are measured."""
    wait_until(lambda: store.run(run_id).done >= done, f"{done} points of {run_id}", pause=0.02)
