"""Programs that a model wrote: what passes, what does not, and that nothing hangs."""

import os
import time
from pathlib import Path

import pytest

from landscape.capabilities import code_execution


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(code_execution.ALLOW, "1")


def test_a_program_that_runs_to_its_end_passes() -> None:
    assert code_execution.passes("def add(a, b):\n    return a + b\n\nassert add(1, 2) == 3")


@pytest.mark.parametrize(
    "program",
    [
        "assert 1 + 1 == 3",
        "def broken(:",
        "import sys; sys.exit(0)",  # leaves before its tests
        "import os; os._exit(0)",
        "input()",
        "open('large', 'wb').write(bytes(2**25))",
    ],
)
def test_a_wrong_program_fails(program: str) -> None:
    assert not code_execution.passes(program)


@pytest.mark.parametrize("program", ["while True: pass", "import time; time.sleep(3600)"])
def test_a_program_without_an_end_is_ended(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_execution, "WALL_SECONDS", 2.0)
    started = time.monotonic()
    assert not code_execution.passes(program)
    assert time.monotonic() - started < 10


def test_processor_time_is_limited_too() -> None:
    started = time.monotonic()
    assert not code_execution.passes("while True: pass")
    assert time.monotonic() - started < code_execution.WALL_SECONDS + 2


def test_a_program_that_takes_all_memory_fails() -> None:
    assert not code_execution.passes("kept = []\nwhile True: kept.append(bytes(2**26))")


def test_a_program_sees_no_environment_and_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "word")
    monkeypatch.chdir(tmp_path)
    assert code_execution.passes("import os; assert 'SECRET' not in os.environ; assert os.listdir() == ['program.py']")
    assert code_execution.passes("open('left', 'w').write('x')")
    assert os.listdir(tmp_path) == []
