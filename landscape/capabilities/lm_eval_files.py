"""The folder of the user's own lm-eval tasks, and what they are made of. Does not import lm-eval."""

import hashlib
import os
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from landscape.outside.file_stamps import stamp_of
from landscape.schema.capability_names import LM_EVAL

FOLDER = "LANDSCAPE_LM_EVAL_TASKS"  # environment variable: the folder of the user's own tasks
_WORDS = re.compile(r"\"([^\"\n]+)\"|'([^'\n]+)'|([^\s\"'\[\]{},]+)")  # of YAML, quoted or not


def folder() -> Path | None:
    """Return the folder that the environment variable names; None where it is not set."""
    named = os.environ.get(FOLDER)
    return Path(named).expanduser() if named else None


def files() -> list[Path]:
    """Return all files that a task may be made of, sorted: those of the folder, without what Python compiles there,
    and the data elsewhere that its YAML names in full.
    """
    found = place.rglob("*") if (place := folder()) else ()
    own = {file for file in found if file.is_file() and file.suffix != ".pyc"}
    return sorted(own.union(*(_named_in(file) for file in own if file.suffix in (".yaml", ".yml"))))


def made_of(name: str) -> list[Path]:
    """Return the files that a task may be made of, by its name or the path of its YAML file.

    Raises ValueError for a path at which there is none.
    """
    if name.startswith(LM_EVAL):
        return files()
    path = Path(name).expanduser()
    if not path.is_file():
        raise ValueError(f"unknown capability {name!r}: expected a task's YAML file, and there is none")
    return [path, *sorted(_named_in(path))]


def stamp(name: str = LM_EVAL) -> str:
    """Return the stamp of a task's files and of lm-eval itself; empty for files that were changed just now."""
    stamped = stamp_of(made_of(name))
    return stamped and f"{stamped} {_version()}"


def digest(name: str = LM_EVAL) -> str:
    """Return the SHA-256 of what these files hold, and of lm-eval's version."""
    seen = hashlib.sha256(_version().encode())
    for file in made_of(name):
        content = file.read_bytes()
        seen.update(f"{file} {len(content)} ".encode() + content)
    return seen.hexdigest()


def _version() -> str:
    try:
        return version("lm_eval")
    except PackageNotFoundError:
        return "none"  # whoever loads a task will say so


def _named_in(file: Path) -> set[Path]:
    words = {next(filter(None, groups)) for groups in _WORDS.findall(file.read_text(errors="replace"))}
    return {Path(word) for word in words if word.startswith("/") and Path(word).is_file()}
