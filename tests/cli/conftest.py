"""The command line, run in this process or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from landscape.cli import output
from landscape.cli.app import main

ROOT = Path(__file__).resolve().parents[2]
SHOWN_WIDE = {"COLUMNS": "200"}


class Shown(NamedTuple):
    """What a command wrote."""

    stdout: str
    stderr: str


Cli = Callable[..., Shown]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run the command line in this process, on a store of its own: torch is imported once for all tests."""

    def call(*arguments: object, code: int = 0, **env: str) -> Shown:
        env = {"LANDSCAPE_STORE": str(tmp_path / "s.sqlite")} | SHOWN_WIDE | env
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        for console in (output.out, output.err):
            monkeypatch.setattr(console, "width", int(env["COLUMNS"]))
        monkeypatch.setattr(sys, "argv", ["landscape", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        shown = Shown(*capsys.readouterr())
        assert ended.value.code == code, shown.stdout + shown.stderr
        assert "Traceback" not in shown.stderr
        return shown

    return call


@pytest.fixture
def process(tmp_path: Path) -> Cli:
    """Run the command line as a user does, in a process of its own, on the same store as `cli`: seconds for torch."""

    def call(*arguments: object, code: int = 0, **env: str) -> Shown:
        done = subprocess.run(
            [sys.executable, "-m", "landscape", *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | {"LANDSCAPE_STORE": str(tmp_path / "s.sqlite"), "HF_HUB_OFFLINE": "1"} | SHOWN_WIDE | env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return Shown(done.stdout, done.stderr)

    return call
