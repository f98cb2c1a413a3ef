"""The folder with lm-eval tasks of one's own: where it is and what lies there. Needs nothing of lm-eval."""

import os
from pathlib import Path

FOLDER = "LANDSCAPE_LM_EVAL_TASKS"  # environment variable: a folder with tasks of one's own


def folder() -> Path | None:
    """As the environment names it."""
    named = os.environ.get(FOLDER)
    return Path(named).expanduser() if named else None


def files() -> list[Path]:
    """All that a task may be made of, sorted: not what Python compiles there as a task loads."""
    found = place.rglob("*") if (place := folder()) else ()
    return sorted(file for file in found if file.is_file() and file.suffix != ".pyc")
