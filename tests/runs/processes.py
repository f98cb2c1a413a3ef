"""Workers in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

from landscape.store.store import Store
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import socket, time
from pathlib import Path
from landscape.cli.main import main
from landscape.engine.session import Session

host, pause, held = {host!r}, {pause!r}, {held!r}
measure, measured = Session.measure, 0

def measure_slowly(*asked):
    global measured
    measured += 1
    if held and measured > 5:
        Path(held).touch()
        time.sleep(3600)
    time.sleep(pause)
    return measure(*asked)

Session.measure = measure_slowly
if host:
    socket.gethostname = lambda: host
main()
"""


def start(
    store: Store, host: str | None = None, *, pause: float = 0.0, held: Path | None = None
) -> subprocess.Popen[bytes]:
    """A worker process.

    Args:
        host: the name of its machine, for all it knows.
        pause: s that every point takes longer: a run then goes on for as long as a test needs it to, on any machine.
        held: the file that it touches where it stops for good, in the measurement of the sixth point.
    """
    plain = host is None and not pause and held is None
    code = PROGRAM.format(host=host, pause=pause, held=held and str(held))
    program = ["-m", "landscape"] if plain else ["-c", code]
    command = [sys.executable, *program, "worker", "--device", "cpu", "--idle-exit", "1"]
    env = os.environ | {"LANDSCAPE_STORE": store.url, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for(store: Store, run_id: str, done: int) -> None:
    """Until so many points of a run are measured."""
    wait_until(lambda: store.run(run_id).done >= done, f"{done} points of {run_id}", pause=0.02)
