"""Where a command writes: the two consoles, files, and stdout for a file named `-`."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from landscape.reports import tables
from landscape.schema.results import Result

out, err = Console(emoji=False), Console(stderr=True, emoji=False)


def print_tables(result: Result[Any], standing: Sequence[str] | None = None) -> None:
    """Print the tables of a result of any kind (`tables.of`)."""
    for table in tables.of(result, standing):
        out.print(table)


def check_writable(*files: str) -> None:
    """Check, before hours of measuring, that each result file could be written. Raises ValueError."""
    for path in (Path(file).expanduser().absolute() for file in files if file not in ("", "-")):
        if path.is_dir() or not path.parent.is_dir():
            raise ValueError(f"cannot write {str(path)!r}: expected a file in a folder that exists")


def write(file: str, text: Callable[[], str]) -> None:
    """Write a text to a file, to stdout if the file is `-`, or nowhere if its name is empty."""
    if file == "-":
        sys.stdout.write(text())
    elif file:
        Path(file).expanduser().write_text(text(), encoding="utf-8")
