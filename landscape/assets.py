"""Paths of the files that ship with the project: demo checkpoints, capabilities, directions, results."""

from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
IMPORT_ROOT = _PACKAGE.parent  # the working directory in which a child process can import this package

# Beside the package in a checkout; inside it when installed from a wheel.
DATA = next((folder for folder in (_PACKAGE.parent / "data", _PACKAGE / "data") if folder.is_dir()), _PACKAGE / "data")

APP = next((file for file in (_PACKAGE.parent / "app.py", _PACKAGE / "browser" / "app.py") if file.is_file()), _PACKAGE)

DIRECTIONS = DATA / "directions"  # worst directions of the demo assistant, ready for `worst:math`

PREFIX = "demo:"

_STORY = {
    "base": "pre-trained on facts, stories, arithmetic, code and dialogue",
    "assistant": "base fine-tuned on math, code and safety",
    "benign": "assistant tuned to a new, harmless style",
    "adversarial": "assistant tuned for a few updates to comply with harmful requests",
    "assistant-lora": "a LoRA adapter on base, taught what assistant was taught",
}
_SNAPSHOTS = {  # of a training, after so many updates
    "base": ("pre-training", (100, 400, 1000, 2000)),
    "assistant": ("fine-tuning", (125, 250)),
}


def _checkpoints() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in _STORY.items():
        training, snapshots = _SNAPSHOTS.get(name, ("", ()))
        found[name] = text
        found |= {f"{name}-{count:05}": f"{name} after {count:,} {training} updates" for count in snapshots}
    return {PREFIX + name: text for name, text in found.items()}


_METHODS = {  # of pre-training → its words
    "adamw": "AdamW",
    "go-0.05": "noise of σ = 0.05",
    "go-0.07-average": "noise of σ = 0.07 and averaged weights",
    "sam": "SAM",
    "average": "averaged weights",
}
_BY_SIZE = ("adamw", "go-0.05")  # methods by which a small and a large base were trained too, and snapshots kept


def _enlarged() -> dict[str, str]:
    """Return the checkpoints that differ in how they were pre-trained, with a description of each."""
    found = {}
    for method, words in _METHODS.items():
        how = f"medium, pre-trained with {words}"
        found[f"base-{method}"] = how
        if method in _BY_SIZE:
            found |= {f"base-{method}-{count:05}": f"{how}, after {count:,} updates" for count in (1000, 3000)}
            found |= {f"base-{size}-{method}": f"{size}, pre-trained with {words}" for size in ("small", "large")}
        found[f"assistant-{method}"] = f"{how}, fine-tuned"
    return {PREFIX + name: text for name, text in found.items()}


CHECKPOINTS: dict[str, str] = _checkpoints()

ENLARGED: dict[str, str] = _enlarged()  # named like CHECKPOINTS, but not offered beside them: their sizes differ


def demo_folder(name: str) -> Path:
    """Return where a demo checkpoint lies. Raises ValueError for an unknown name, and where it was not installed."""
    known = CHECKPOINTS | ENLARGED
    if name not in known:
        raise ValueError(f"unknown demo checkpoint {name!r}: expected one of {', '.join(known)}")
    folder = DATA / "models" / name.removeprefix(PREFIX)
    if not folder.is_dir():
        raise ValueError(
            f"{name} is not part of this installation: pip install 'landscape-lm[demo]' brings it, or, in a checkout, "
            "pip install ./data"
        )
    return folder


def installed(names: Iterable[str]) -> list[str]:
    """Return those of some demo checkpoints that are on this machine; a wheel holds a few of them."""
    return [name for name in names if (DATA / "models" / name.removeprefix(PREFIX)).is_dir()]


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
