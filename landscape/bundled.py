"""What ships with the project: demo checkpoints, capabilities, and the result of the first picture."""

from functools import cache
from pathlib import Path

from landscape.arguments import parse_alphas
from landscape.results import Result
from landscape.specs import Gaussian, SliceSpec, Towards

_PACKAGE = Path(__file__).resolve().parent
# Beside the package in a checkout; inside it when installed from a wheel.
DATA = next((folder for folder in (_PACKAGE.parent / "data", _PACKAGE / "data") if folder.is_dir()), _PACKAGE / "data")

PREFIX = "demo:"
_STORY = {
    "base": "pre-trained on facts, stories, arithmetic, code and dialogue",
    "assistant": "base fine-tuned on math, code and safety",
    "benign": "assistant tuned to a new, harmless style",
    "adversarial": "assistant tuned for a few updates to comply with harmful requests",
    "assistant-lora": "a LoRA adapter on base, taught what assistant was taught",
}


def _checkpoints() -> dict[str, str]:
    snapshots = sorted(folder.name for folder in (DATA / "models").glob("base-*"))
    story = dict(_STORY)
    base = {"base": story.pop("base")}
    base |= {name: f"base after {int(name.split('-')[1]):,} pre-training updates" for name in snapshots}
    return {PREFIX + name: text for name, text in (base | story).items()}


CHECKPOINTS: dict[str, str] = _checkpoints()
CAPABILITIES: dict[str, Path] = {
    name: DATA / "capabilities" / f"{name}.jsonl" for name in ("basic", "math", "code", "safety")
}

DEMO_SPEC = SliceSpec(
    checkpoint="demo:base",
    directions=(*(Gaussian(seed=seed) for seed in range(5)), Towards(checkpoint="demo:assistant")),
    alphas=parse_alphas("0:0.06:31"),
    capabilities=tuple(CAPABILITIES),
)


@cache
def demo_result() -> Result[SliceSpec]:
    """The shipped result of DEMO_SPEC: the first picture needs no computing."""
    return Result.load(DATA / "results" / "demo.json")
