"""Write the starter capabilities as JSON lines. The content is always the same."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from landscape.starter import (
    arithmetic,
    code,
    completion,
    harmless,
    instruction,
    knowledge,
    language,
    refusal,
)

Example = dict[str, Any]
EXAMPLES = 320  # of each set, half of them hard

SETS: dict[str, Callable[[Random], list[Example]]] = {
    "knowledge": knowledge.examples,
    "completion": completion.examples,
    "arithmetic": arithmetic.examples,
    "language": language.examples,
    "code": code.examples,
    "instruction": instruction.examples,
    "refusal": refusal.examples,
    "harmless": harmless.examples,
}


def content_of(name: str) -> str:
    """Return the lines of a set: easy and hard ones in turns, so that the first few are a fair sample of all."""
    found = SETS[name](Random(name))
    easy, hard = ([one for one in found if one["tags"][0] == tier] for tier in ("easy", "hard"))
    count = min(len(easy), len(hard), EXAMPLES // 2)
    lines = [
        line for pair in zip(*(Random(name).sample(tier, count) for tier in (easy, hard)), strict=True) for line in pair
    ]
    return "".join(json.dumps({"id": f"{name}-{n:03}", **line}) + "\n" for n, line in enumerate(lines, 1))


def write(folder: Path) -> None:
    """Write every set as `NAME.jsonl` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        partial = folder / f".{name}.partial"
        partial.write_text(content_of(name))
        os.replace(partial, folder / f"{name}.jsonl")
