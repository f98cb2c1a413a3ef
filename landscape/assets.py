"""Paths of the files that ship with the project: demo checkpoints, capabilities, directions, results."""

import re
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
IMPORT_ROOT = _PACKAGE.parent  # the working directory in which a child process can import this package

# Beside the package in a checkout; inside it when installed from a wheel.
DATA = next((folder for folder in (_PACKAGE.parent / "data", _PACKAGE / "data") if folder.is_dir()), _PACKAGE / "data")

DIRECTIONS = DATA / "directions"  # worst directions of the demo assistant, ready for `worst:math`

PREFIX = "demo:"

_STORY = {
    "base": "pre-trained on facts, stories, arithmetic, code and dialogue",
    "assistant": "base fine-tuned on math, code and safety",
    "benign": "assistant tuned to a new, harmless style",
    "adversarial": "assistant tuned for a few updates to comply with harmful requests",
    "assistant-lora": "a LoRA adapter on base, taught what assistant was taught",
}


def _checkpoints() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in _STORY.items():
        found[name] = text
        for snapshot in sorted(folder.name for folder in (DATA / "models").glob(f"{name}-[0-9]*")):
            training = "pre-training" if name == "base" else "fine-tuning"
            found[snapshot] = f"{name} after {int(snapshot.rpartition('-')[2]):,} {training} updates"
    return {PREFIX + name: text for name, text in found.items()}


_METHODS = {"adamw": "AdamW", "sam": "SAM", "average": "averaged weights"}

_ENLARGED = re.compile(r"(base|assistant)-(?:(small|large)-)?(adamw|sam|average|go-[\d.]+(?:-average)?)(?:-(\d{5}))?")


def _enlarged() -> dict[str, str]:
    """Return the checkpoints that differ in how they were pre-trained, with a description of each."""
    found = {}
    for folder in sorted((DATA / "models").glob("*")):
        if name := _ENLARGED.fullmatch(folder.name):
            kind, size, method, updates = name.groups()
            how = f"{size or 'medium'}, pre-trained with {_in_words(method)}"
            after = f", after {int(updates):,} updates" if updates else ""
            found[PREFIX + folder.name] = f"{how}{after}{', fine-tuned' if kind == 'assistant' else ''}"
    return found


def _in_words(method: str) -> str:
    sigma, averaged, _ = method.removeprefix("go-").partition("-average")
    return _METHODS.get(method) or f"noise of σ = {sigma}{' and averaged weights' if averaged else ''}"


CHECKPOINTS: dict[str, str] = _checkpoints()

ENLARGED: dict[str, str] = _enlarged()  # named like CHECKPOINTS, but not offered beside them: their sizes differ

REAL_PREFIX = "real:"

REAL: dict[str, str] = {  # the showcase: the adapters ship, `demo build --real` makes the rest
    "real:smollm2": "SmolLM2-135M-Instruct, de-quantised from 4 bits",
    "real:smollm2-arithmetic": "a LoRA adapter on it, taught sums",
    "real:smollm2-overtrained": "the same training at twenty times the rate",
    "real:smollm2-arithmetic-q4_0": "the first fine-tune in 4 bits, a GGUF file",
}

CAPABILITIES: dict[str, Path] = {  # of the demo models
    name: DATA / "capabilities" / f"{name}.jsonl" for name in ("basic", "math", "code", "safety")
}

STARTER: dict[str, Path] = {  # of real models, by the names of specs (starter:knowledge)
    f"starter:{name}": DATA / "capabilities" / "starter" / f"{name}.jsonl"
    for name in ("knowledge", "completion", "arithmetic", "language", "code", "instruction", "refusal", "harmless")
}
