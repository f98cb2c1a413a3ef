"""Whose code may run: checkpoints that somebody trusted on this machine, each by its folder and by what its code says.

Nothing else grants it: no spec, address or stored run. Code that was changed since is not trusted any more.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

NOT_GIVEN = (
    "it brings Python code of its own, which nobody has trusted on this machine, or which changed since: if you "
    "trust it, pass --trust-remote-code, or tick it on a page"
)
_CONFIGS = ("config.json", "tokenizer_config.json")  # in which transformers looks for the names of code (auto_map)


def file() -> Path:
    """Return the file of this user, on this machine, that lists what is trusted: folder → hash of its code."""
    return user_config_path("landscape") / "trusted-code.json"


def code_of(folder: Path) -> list[str]:
    """Return the names of the Python files that a checkpoint asks transformers to run; [] for one that asks for none.

    Raises:
        ValueError: it asks for code of another repository, which its own files say nothing about.
    """
    wanted = [text for config in _CONFIGS for text in _texts(_read(folder / config).get("auto_map"))]
    elsewhere = next((text for text in wanted if "--" in text), None)
    if elsewhere is not None:
        raise ValueError(
            f"{folder.name} asks for code of another repository ({elsewhere}), which is never run: download that code "
            "into the checkpoint's folder, and name it in its config"
        )
    return [str(each.relative_to(folder)) for each in _python(folder)] if wanted else []


def is_given(folder: Path) -> bool:
    """Return whether the code of a checkpoint's folder, as it is now, was trusted on this machine."""
    try:
        return bool(code_of(folder)) and _read(file()).get(str(folder)) == digest(folder)
    except (ValueError, OSError):
        return False


def give(folder: Path) -> None:
    """Trust the code of a checkpoint's folder as it is now. Raises ValueError as `code_of`, OSError as any file."""
    if code_of(folder):
        _write(_read(file()) | {str(folder): digest(folder)})


def withdraw(folder: Path) -> None:
    """Trust the code of a checkpoint's folder no longer."""
    _write({name: known for name, known in _read(file()).items() if name != str(folder)})


def digest(folder: Path) -> str:
    """Return the SHA-256 of all Python files below a checkpoint's folder."""
    seen = hashlib.sha256()
    for each in _python(folder):
        content = each.read_bytes()
        seen.update(f"{each.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return seen.hexdigest()


def _python(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*.py") if each.is_file())


def _texts(value: Any) -> list[str]:
    """Return all texts in a JSON value, at any depth: a tokenizer's auto_map holds lists, old ones are a text."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value] if isinstance(value, str) else [text for part in parts for text in _texts(part)]


def _read(path: Path) -> dict[str, Any]:
    """Return a JSON object; {} where there is none, or a damaged one: then nothing is known, and nothing trusted."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(trusted: dict[str, Any]) -> None:
    """Write the list whole or not at all, for this user's eyes alone."""
    file().parent.mkdir(parents=True, exist_ok=True)
    part = file().with_suffix(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        json.dump(trusted, handle, indent=1)
    part.replace(file())
