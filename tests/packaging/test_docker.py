"""The image, as far as it can be checked without Docker: its context holds what the wheel is made of, its command runs."""

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import typer.main

from landscape.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]


def in_context(path: str) -> bool:
    """Whether Docker sends a path: the last line of .dockerignore that matches it, or a folder above it, decides."""
    sent, above = True, ["/".join(path.split("/")[: n + 1]) for n in range(path.count("/") + 1)]
    for line in (ROOT / ".dockerignore").read_text().split():
        pattern = line.removeprefix("!").removeprefix("**/")
        if any(fnmatch(each, pattern) for each in above):
            sent = line.startswith("!")
    return sent


@pytest.mark.parametrize(
    "path", ["landscape/cli/app.py", "pyproject.toml", "README.md", "LICENSE", *WHEEL["force-include"]]
)
def test_the_context_holds_what_the_wheel_is_made_of(path: str) -> None:
    assert (ROOT / path).exists()
    assert in_context(path)


@pytest.mark.parametrize("path", [".git", ".venv", "data/models/benign", "data/directions", "tests"])
def test_the_context_holds_no_more(path: str) -> None:
    assert not in_context(path)


def test_its_command_is_one_and_the_store_is_a_volume() -> None:
    (line,) = re.findall(r"^CMD (.*)$", DOCKERFILE, flags=re.M)
    program, name, *options = json.loads(line)
    assert (program, name) == ("landscape", "ui")
    context = typer.main.get_command(app).commands[name].make_context(name, options)  # type: ignore[attr-defined]
    assert context.params["port"] == 8501
    assert context.params["browser"] is False
    (store,) = re.findall(r"LANDSCAPE_STORE=(\S+)", DOCKERFILE)
    (volume,) = re.findall(r"^VOLUME (\S+)$", DOCKERFILE, flags=re.M)
    assert store.startswith(f"{volume}/")
    assert "-p 127.0.0.1:8501:8501 -v landscape:/store" in DOCKERFILE
