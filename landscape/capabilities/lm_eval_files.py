"""The folder of the user's own lm-eval tasks. Does not import lm-eval."""

import os
from pathlib import Path

FOLDER = "LANDSCAPE_LM_EVAL_TASKS"  # environment variable: the folder of the user's own tasks


def folder() -> Path | None:
    """Return the folder that the environment variable names; None where it is not set."""
    named = os.environ.get(FOLDER)
    return Path(named).expanduser() if named else None


def files() -> list[Path]:
    """Return all files that a task may be made of, sorted, without what Python compiles there."""
    found = place.rglob("*") if (place := folder()) else ()
    return sorted(file for file in found if file.is_file() and file.suffix != ".pyc")
