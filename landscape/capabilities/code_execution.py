"""Run programs that a model wrote, in processes of their own under limits.

This is no sandbox: such a program can read files and use the network as the user who allowed it can.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ALLOW = "LANDSCAPE_ALLOW_CODE"  # environment variable: 1 lets programs that a model wrote run on this machine
CPU_SECONDS = 3
WALL_SECONDS = 8.0
MEMORY = 2**30  # bytes
WRITTEN = 2**24  # bytes of one file
_PASSED = 96  # exit code of a program that ran to its end; sys.exit() within it is no success

# The child limits itself: code between fork and exec could deadlock in a process with threads, as torch's is.
_LAUNCHER = f"""
import os, resource as r
for limit, most in (
    (r.RLIMIT_CPU, {CPU_SECONDS}), (r.RLIMIT_AS, {MEMORY}), (r.RLIMIT_FSIZE, {WRITTEN}), (r.RLIMIT_CORE, 0),
    (r.RLIMIT_NPROC, 0),
):
    r.setrlimit(limit, (most, most))
with open("program.py", encoding="utf-8") as file:
    program = file.read()
exec(compile(program, "program.py", "exec"), {{}})
os._exit({_PASSED})
"""


def allowed() -> bool:
    """Whether the user allows programs that a model wrote to run on this machine."""
    return os.environ.get(ALLOW) == "1"


def passes(program: str) -> bool:
    """Run a Python program and return whether it ends without an error, within the limits. It leaves nothing behind.

    It gets an empty environment, no input, a temporary folder, and cannot start processes (unless it runs as root).
    """
    assert allowed(), "callers check this first, and raise an error of their own"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        (Path(folder) / "program.py").write_text(program, encoding="utf-8", errors="replace")
        child = subprocess.Popen(
            [sys.executable, "-I", "-c", _LAUNCHER],
            cwd=folder,
            env={},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return child.wait(WALL_SECONDS) == _PASSED
        except subprocess.TimeoutExpired:
            return False
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # also what it started
            child.wait()
