"""Names of capabilities as specs hold them: a path or task, and the prefixes `chat:`, `lm_eval:` and `starter:`."""

import re
from pathlib import Path

CHAT = "chat:"  # before a capability's name: its prompts are user turns in the checkpoint's own chat template
_OPTION = re.compile(r"([A-Za-z_]\w*)=([^:/]+):")  # after chat:, for the template: chat:enable_thinking=false:math

HF = "hf:"  # before a data set of the Hugging Face hub; revision and split may follow: hf:ORG/DATASET@REVISION:SPLIT
_COMMIT = re.compile(r"@[0-9a-f]{40}(?![0-9a-f])")
LM_EVAL = "lm_eval:"  # before a task of lm-evaluation-harness; a limit may follow: lm_eval:TASK:50

STARTER = "starter:"  # before the name of a bundled capability for real models
ASKED_IN_CHAT = frozenset({"starter:instruction", "starter:refusal", "starter:harmless"})  # also without chat:
_ALSO_DEMO = frozenset({"starter:code"})  # a demo capability has the same short name


def is_task(plain: str) -> bool:
    """Whether a name, without `chat:`, is a task of lm-eval: by its name, or the path of its YAML file."""
    return plain.startswith(LM_EVAL) or plain.endswith((".yaml", ".yml"))


def name_of(name_or_path: str) -> str:
    """The short name of a capability: a bundled name, or a file's stem; `math (chat)` of `chat:math`.

    `knowledge` of `starter:knowledge`; `code (starter)` of `starter:code`, since `code` is the demo models'; `people`
    of `hf:org/people`, whichever commit of it a spec names.
    """
    plain = without_chat(name_or_path)
    if plain.startswith(LM_EVAL):
        short, _ = task_of(plain)
    elif plain.startswith(HF):
        short = Path(_COMMIT.sub("", plain)).stem
    else:
        short = Path(plain.removeprefix(STARTER)).stem
    said = [f"{key}={value}" for key, value in _OPTION.findall(name_or_path.removesuffix(plain))]
    if plain != name_or_path and plain not in ASKED_IN_CHAT:
        said = ["chat", *said]
    if plain in _ALSO_DEMO:
        said = ["starter", *said]
    return f"{short} ({', '.join(said)})" if said else short


def is_chat(name: str) -> bool:
    """Whether a capability's prompts are turns of a user in the checkpoint's chat template."""
    return name.startswith(CHAT) or name in ASKED_IN_CHAT


def without_chat(name: str) -> str:
    """The name or path without `chat:` and its options."""
    if not name.startswith(CHAT):
        return name
    plain = name.removeprefix(CHAT)
    while option := _OPTION.match(plain):
        plain = plain[option.end() :]
    return plain


def chat_options(name: str) -> dict[str, bool | int | str]:
    """What a name passes to the chat template: `chat:enable_thinking=false:math` → {"enable_thinking": False}."""
    words = {"true": True, "false": False}
    found = dict(_OPTION.findall(name.removesuffix(without_chat(name)).removeprefix(CHAT)))
    return {k: words.get(v.lower(), int(v) if v.isdecimal() else v) for k, v in found.items()}


def task_of(name: str) -> tuple[str, int | None]:
    """`lm_eval:TASK[:limit]` → task, limit. Raises ValueError for anything else."""
    found = re.fullmatch(rf"{LM_EVAL}(.+?)(?::([1-9]\d*))?", name)
    if not found:
        raise ValueError(f"expected {LM_EVAL}TASK or {LM_EVAL}TASK:LIMIT, got {name!r}")
    return found[1], int(found[2]) if found[2] else None
