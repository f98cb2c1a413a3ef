"""Programs that a model wrote: what passes, what does not, what they cannot do, and that nothing hangs."""

import os
import shutil
import socket
import time
from pathlib import Path

import pytest

from landscape.capabilities import code_execution
from landscape.capabilities.programs import confinement
from tests.waiting import wait_until

WAYS = [way for way in ("bwrap", "unshare", "") if not way or shutil.which(way)]
ADD = "def add(a, b):\n    return a + b\n"


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(code_execution.ALLOW, "1")


@pytest.fixture
def confined_by(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """One way after the other, where it works on this machine."""
    way = str(request.param)
    found = code_execution._wrapping()
    if way and way != found and not (way == "unshare" and found == "bwrap"):
        pytest.skip(f"{way} does not work here")
    if way != "bwrap" and confinement.landlock() < 4:
        pytest.skip("this kernel has no Landlock that restricts files and TCP")
    monkeypatch.setattr(code_execution, "_wrapping", lambda: way)
    return way


every_way = pytest.mark.parametrize("confined_by", WAYS, indirect=True)


def test_a_program_that_passes_its_tests_passes() -> None:
    assert code_execution.passes(ADD, "assert add(1, 2) == 3")


@pytest.mark.parametrize(
    ("program", "tests"),
    [
        ("assert 1 + 1 == 3", ""),
        (ADD, "assert add(1, 2) == 4"),
        (ADD, "assert subtract(1, 2) == 1"),
        ("def broken(:", ""),
        ("import sys; sys.exit(0)", ""),  # leaves before its tests
        ("import os; os._exit(0)", ""),
        ("input()", ""),
        ("open('large', 'wb').write(bytes(2**25))", ""),
    ],
)
def test_a_wrong_program_fails(program: str, tests: str) -> None:
    assert not code_execution.passes(program, tests)


FORGED = {
    "the exit code": ("import os\ndef f(x): os._exit(0)", "assert f(1) == 2"),
    "every exit code": ("import sys\ndef f(x): sys.exit(0)", "assert f(1) == 2"),
    "equality": (
        "class Any:\n    def __eq__(self, o): return True\n    def __hash__(self): return 2\ndef f(x): return Any()",
        "assert f(1) == 2\nassert 2 == f(1)\nassert [f(1)] == [2]\nassert f(1) in {2}",
    ),
    "equality of a number": (
        "class Any(int):\n    def __eq__(self, o): return True\ndef f(x): return Any()",
        "assert f(1) == 2",
    ),
    "built-in names": ("def abs(x): return 0\ndef f(x): return 5", "assert abs(f(1) - 2) < 1e-6"),
    "all built-in names": (
        "import builtins\nbuiltins.abs = builtins.all = builtins.isinstance = lambda *a: True\ndef f(x): return 5",
        "assert abs(f(1) - 2) < 1e-6",
    ),
    "a module": (
        "class math:\n    isclose = staticmethod(lambda *a: True)\ndef f(x): return 5",
        "assert math.isclose(f(1), 2)",
    ),
    "a module's functions": (
        "import math\nmath.isclose = lambda *a: True\ndef f(x): return 5",
        "assert math.isclose(f(1), 2)",
    ),
    "a function that runs text": (
        "f = eval\ndef g(x): return 'globals().clear() or __import__(\"os\")._exit(0)'",
        "assert f(g(1)) == 2",
    ),
    "what the process writes": (
        'import os\nfor fd in range(3, 30):\n    try: os.write(fd, b\'{"names": {"f": 2}}\\n0\\n\')\n    except OSError: pass\ndef f(x): return 3',
        "assert f(1) == 2",
    ),
    "built-ins of the tests": (
        "import json, sys\njson.dumps = lambda v, d=json.dumps: d({'names': {'__builtins__': None, 'f': 3, 'assert': 1}})\ndef f(x): return 3",
        "assert f == 2",
    ),
    "frames": (
        "import sys\nframe = sys._getframe()\nwhile frame:\n    frame.f_globals.update(reply='{}', raised=None)\n    frame = frame.f_back\ndef f(x): return 3",
        "assert f(1) == 2",
    ),
    "the judge's end": (
        "import os, signal\ntry: os.kill(os.getppid(), signal.SIGKILL)\nexcept OSError: pass\ndef f(x): return 3",
        "assert f(1) == 2",
    ),
    "a hash": ("def f(x): return {2: 2}.__class__", "assert f(1) == {2: 2}"),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_pass_cannot_be_forged_by(forged: str) -> None:
    assert not code_execution.passes(*FORGED[forged])


RIGHT = {
    "values of all kinds": ("def f(*a): return a", "v = (1, 2.5, None, True, 'é', b'x', 1j, range(3), {1}, [{'a': (1,)}], 7**5000)\nassert f(*v) == v"),
    "arguments that are changed": ("def f(n): n.sort()", "a = [3, 1, 2]\nf(a)\nassert a == [1, 2, 3]"),
    "a generator": ("def f(n):\n    for i in range(n): yield i", "assert list(f(3)) == [0, 1, 2]"),
    "a class": (
        "class Pair:\n    def __init__(self, a, b): self.a, self.b = a, b\ndef f(pairs): return max(p.a for p in pairs)",
        "assert f([Pair(1, 2), Pair(5, 6)]) == 5\nassert Pair(3, 4).b == 4",
    ),
    "an error": ("def f(x): raise KeyError('no')", "try: f(1)\nexcept KeyError: pass\nelse: assert False"),
    "a module of its own import": ("import math\ndef f(x): return math.pi", "assert math.isclose(f(1), 3.14159265358979)"),
    "a helper": ("def g(x): return x + 1\ndef f(x): return x - 1", "assert f(g(5)) == 5"),
    "a dictionary of another class": ("from collections import Counter\ndef f(x): return Counter(x)", "assert f('aab') == {'a': 2, 'b': 1}"),
    "a function of Python's": ("def f(function, x): return function(x)", "assert f(len, 'abc') == 3"),
    "what it prints": ("print('x' * 10**5)\ndef f(): print('y'); return 1", "assert f() == 1"),
    "tests as HumanEval has them": (ADD, "METADATA = {}\n\ndef check(candidate):\n    assert candidate(2, 3) == 5\n\ncheck(add)"),
}  # fmt: skip


@pytest.mark.parametrize("right", RIGHT)
def test_a_right_program_passes_with(right: str) -> None:
    assert code_execution.passes(*RIGHT[right])


@pytest.mark.parametrize("program", ["while True: pass", "import time; time.sleep(3600)"])
def test_a_program_without_an_end_is_ended(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_execution, "WALL_SECONDS", 1.0)
    started = time.monotonic()
    assert not code_execution.passes(program, "")
    assert time.monotonic() - started < 10


def test_processor_time_is_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_execution, "CPU_SECONDS", 1)
    monkeypatch.setattr(code_execution, "WALL_SECONDS", 60.0)
    started = time.monotonic()
    assert not code_execution.passes("while True: pass", "")
    assert time.monotonic() - started < 50


def test_a_program_that_takes_all_memory_fails() -> None:
    assert not code_execution.passes("kept = []\nwhile True: kept.append(bytes(2**26))", "")


@every_way
def test_a_program_sees_no_environment_and_an_empty_folder_of_its_own(
    confined_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "word")
    monkeypatch.chdir(tmp_path)
    look = "import glob, os\ndef names(): return [*os.environ, *os.listdir()]\n"
    look += "def environments():\n    found = []\n    for file in glob.glob('/proc/[0-9]*/environ'):\n"
    look += "        try: found.append(open(file).read())\n        except OSError: pass\n    return ''.join(found)"
    assert code_execution.passes(look, "assert not {'SECRET', 'PATH'} & set(names())\nassert environments() == ''")
    assert code_execution.passes("import os\nfound = os.listdir()\nopen('left', 'w').write('x')", "assert found == []")
    assert os.listdir(tmp_path) == []


@every_way
def test_nothing_that_a_program_starts_outlives_it(confined_by: str) -> None:
    program = """
import os, time
try:
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(54321)
            os._exit(0)
except OSError:
    pass
def f(): return 1
"""
    assert code_execution.passes(program, "assert f() == 1")
    wait_until(lambda: not [p for p in processes() if "landscape.capabilities.programs" in p], "programs to end")


def processes() -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*"):
        try:
            parent = (file / "stat").read_text().rpartition(")")[2].split()[1]
            found.append(f"{parent} {(file / 'cmdline').read_text()}")
        except OSError:
            continue
    return found


@every_way
def test_a_program_reads_no_file_of_the_user_and_connects_to_nothing(confined_by: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    program = f"""
import socket
def read():
    try: return open({str(tmp_path / "password")!r}).read()
    except OSError: return None
def write():
    try: return open({str(tmp_path / "written")!r}, "w").write("x")
    except OSError: return None
def connect(port):
    try: return socket.create_connection(("127.0.0.1", port), 5) is not None
    except OSError: return False
"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        tests = f"assert read() is None\nassert write() is None\nassert not connect({server.getsockname()[1]})"
        assert code_execution.passes(program, tests)
    assert not (tmp_path / "written").exists()


def test_what_a_program_can_reach_is_tried_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_execution, "_wrapping", lambda: "")
    monkeypatch.setattr(code_execution, "_readable", lambda: ["/"])
    reached = code_execution.reachable.__wrapped__()
    assert {"read this user's files", "use the network"} <= set(reached)
    monkeypatch.setattr(code_execution, "reachable", lambda: reached)
    said = code_execution.remark() or ""
    assert said.startswith("Programs that the model writes can read this user's files and")
    assert "install bubblewrap" in said
    monkeypatch.setattr(code_execution, "reachable", lambda: ())
    assert code_execution.remark() is None


def test_a_machine_on_which_no_program_runs_is_an_error_and_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_execution, "_wrapping", lambda: "")
    monkeypatch.setattr(code_execution.sys, "executable", "/bin/false")
    with pytest.raises(ValueError, match="cannot be run on this machine"):
        code_execution.reachable.__wrapped__()
