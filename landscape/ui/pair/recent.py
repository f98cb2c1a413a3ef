"""The pairs that this user looked at last, on this machine: so that nobody types a path twice."""

import json
import os
from pathlib import Path

from platformdirs import user_config_path

from landscape.bundled.pairs import Pair

_MOST = 8


def pairs() -> list[Pair]:
    """Return the pairs, the latest first. A list that cannot be read is an empty one."""
    try:
        listed = json.loads(_file().read_text())
        return [Pair(str(each["base"]), str(each["tuned"]), tuple(map(str, each["ask"]))) for each in listed]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def remember(pair: Pair) -> None:
    """Put a pair before the others. Where the list cannot be written, nothing is remembered."""
    others = [known for known in pairs() if known.names != pair.names]
    listed = [{"base": each.base, "tuned": each.tuned, "ask": list(each.capabilities)} for each in (pair, *others)]
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        partial = _file().with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(listed[:_MOST], indent=1))
        partial.replace(_file())
    except OSError:
        pass


def _file() -> Path:
    return user_config_path("landscape") / "pairs.json"
