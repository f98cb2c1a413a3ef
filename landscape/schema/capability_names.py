"""Names of capabilities as specs hold them: a path or task, and the prefixes `chat:` and `lm_eval:`."""

import re
from pathlib import Path

CHAT = "chat:"  # before a capability's name: its prompts are user turns in the checkpoint's own chat template

LM_EVAL = "lm_eval:"  # before a task of lm-evaluation-harness; a limit may follow: lm_eval:TASK:50


def name_of(name_or_path: str) -> str:
    """The short name of a capability: a bundled name, or a file's stem; `math (chat)` of `chat:math`."""
    plain = name_or_path.removeprefix(CHAT)
    if plain.startswith(LM_EVAL):
        short, _ = task_of(plain)
    else:
        short = Path(plain).stem
    return short if plain == name_or_path else f"{short} (chat)"


def task_of(name: str) -> tuple[str, int | None]:
    """`lm_eval:TASK[:limit]` → task, limit. Raises ValueError for anything else."""
    found = re.fullmatch(rf"{LM_EVAL}(.+?)(?::([1-9]\d*))?", name)
    if not found:
        raise ValueError(f"expected {LM_EVAL}TASK or {LM_EVAL}TASK:LIMIT, got {name!r}")
    return found[1], int(found[2]) if found[2] else None
