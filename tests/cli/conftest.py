"""The command line, on a store of its own: in this process, or as a user runs it."""

import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console, ConsoleDimensions

from landscape.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"LANDSCAPE_STORE": str(tmp_path / "s.sqlite"), "COLUMNS": "200", "HF_HUB_OFFLINE": "1"}


@pytest.fixture
def cli(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run the command line in this process, which has PyTorch loaded already."""

    def call(*arguments: object, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
        given = environment | env
        size = ConsoleDimensions(int(given["COLUMNS"]), 25)  # a console reads COLUMNS only when it is made
        words = ["landscape", *map(str, arguments)]
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, value in given.items():
                patch.setenv(name, value)
            patch.setattr(Console, "size", property(lambda console: size))
            patch.setattr(sys, "argv", words)
            with pytest.raises(SystemExit) as ended:
                main()
        return checked(subprocess.CompletedProcess(words, int(ended.value.code or 0), *capsys.readouterr()), code)

    return call


@pytest.fixture
def program(environment: dict[str, str]) -> Cli:
    """Run the command line in a process of its own."""

    def call(*arguments: object, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "landscape", *map(str, arguments)]
        done = subprocess.run(words, cwd=ROOT, env=os.environ | environment | env, capture_output=True, text=True)
        return checked(done, code)

    return call


def checked(done: subprocess.CompletedProcess[str], code: int) -> subprocess.CompletedProcess[str]:
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done
