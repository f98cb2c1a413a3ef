"""What ships with the project: demo checkpoints, capabilities, and the result of the first picture."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from landscape.arguments import parse_alphas
from landscape.recipes import Gaussian, Towards, Worst
from landscape.results import Result
from landscape.specs import BasinSpec, CertificateSpec, Measurable, PlaneSpec, SliceSpec, WorstSpec
from landscape.variants import Variants

_PACKAGE = Path(__file__).resolve().parent
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
    snapshots = sorted(folder.name for folder in (DATA / "models").glob("base-[0-9]*"))
    story = dict(_STORY)
    base = {"base": story.pop("base")}
    base |= {name: f"base after {int(name.split('-')[1]):,} pre-training updates" for name in snapshots}
    return {PREFIX + name: text for name, text in (base | story).items()}


_METHODS = {"adamw": "AdamW", "sam": "SAM", "average": "averaged weights"}
_ENLARGED = re.compile(r"(base|assistant)-(?:(small|large)-)?(adamw|sam|average|go-[\d.]+(?:-average)?)(?:-(\d{5}))?")


def _enlarged() -> dict[str, str]:
    """Checkpoints that differ in how they were pre-trained, in words; another size and text than `base`."""
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
ENLARGED: dict[str, str] = _enlarged()  # named like the others, but no choice where they would not fit together
CAPABILITIES: dict[str, Path] = {
    name: DATA / "capabilities" / f"{name}.jsonl" for name in ("basic", "math", "code", "safety")
}

DEMO_SPEC = SliceSpec(
    checkpoint="demo:base",
    directions=(*(Gaussian(seed=seed) for seed in range(5)), Towards(checkpoint="demo:assistant")),
    alphas=parse_alphas("0:0.06:31"),
    capabilities=tuple(CAPABILITIES),
)


DEMO_BASIN = BasinSpec(
    checkpoint="demo:assistant",
    directions=(
        *(Gaussian(seed=seed) for seed in range(8)),
        *(Towards(checkpoint=f"demo:{name}") for name in ("base", "benign", "adversarial")),
    ),
    capabilities=tuple(CAPABILITIES),
    reach=0.06,
)
DEMO_WORST = WorstSpec(
    **DEMO_BASIN.model_dump(exclude={"kind", "directions"}),
    directions=(
        *DEMO_BASIN.directions,
        *(Worst(capabilities=(name,)) for name in CAPABILITIES),
        Worst(capabilities=("safety",), spared=("basic", "math", "code")),
        Worst(capabilities=tuple(CAPABILITIES)),
    ),
)
DEMO_PLANE = PlaneSpec(
    checkpoint="demo:assistant",
    directions=(Towards(checkpoint="demo:base"), Gaussian(seed=0)),
    x=(-0.025, 0.025),
    y=(-0.025, 0.025),
    capabilities=tuple(CAPABILITIES),
    grid=65,
    shown=("demo:benign", "demo:adversarial"),
)
DEMO_WALK = SliceSpec(  # the lessons' walk out of the basin
    checkpoint="demo:assistant",
    directions=(Gaussian(seed=0),),
    alphas=parse_alphas("0:0.03:61"),
    capabilities=tuple(CAPABILITIES),
)
DEMO_PATHS = PlaneSpec(  # the lessons' plane: assistant and what was made of it
    checkpoint="demo:assistant",
    directions=(Towards(checkpoint="demo:adversarial"), Towards(checkpoint="demo:benign")),
    x=(-0.0005, 0.0015),
    y=(-0.0005, 0.0025),
    capabilities=tuple(CAPABILITIES),
    grid=33,
)
DEMO_CERTIFICATE = CertificateSpec(
    checkpoint="demo:assistant",
    directions=(Gaussian(seed=0), *(Towards(checkpoint=f"demo:{name}") for name in ("benign", "adversarial"))),
    capabilities=tuple(CAPABILITIES),
    sigmas=parse_alphas("0.001:0.02:8"),
)
DEMO_VARIANTS = Variants(  # the same pre-training by other methods, and the same fine-tune of each
    searched=BasinSpec(
        checkpoint="demo:base-adamw",
        directions=tuple(Gaussian(seed=seed) for seed in range(8)),
        capabilities=tuple(CAPABILITIES),
        reach=0.24,
    ),
    others=tuple(f"demo:base-{name}" for name in ("go-0.05", "go-0.07-average", "sam", "average")),
    tuned=tuple(f"demo:assistant-{name}" for name in ("adamw", "go-0.05", "go-0.07-average", "sam", "average")),
)
_GROWTH = {
    "updates": {1000: "{}-01000", 3000: "{}-03000", 8000: "{}"},
    "parameters": {97_008: "small-{}", 433_824: "{}", 1_586_496: "large-{}"},
}
GROWTH = {  # against what → by method, what it is of each base → the base
    axis: {m: {x: f"demo:base-{name.format(m)}" for x, name in names.items()} for m in ("adamw", "go-0.05")}
    for axis, names in _GROWTH.items()
}


def in_training_order() -> list[str]:
    """The demo checkpoints as training made them: snapshots, base, then what was made of it."""
    return sorted(CHECKPOINTS, key=lambda name: f"{PREFIX}base-" not in name)


def emergence_specs() -> list[BasinSpec]:
    """One search along the same random directions for every demo checkpoint, in the order of training."""
    draws = tuple(direction for direction in DEMO_BASIN.directions if isinstance(direction, Gaussian))
    return [DEMO_BASIN.model_copy(update={"checkpoint": name, "directions": draws}) for name in in_training_order()]


def enlarged_specs() -> dict[str, BasinSpec | SliceSpec]:
    """By checkpoint what is measured of each of ENLARGED: a base's basins, the scores of a fine-tune."""
    every = {name for lines in GROWTH.values() for line in lines.values() for name in line.values()}
    others = tuple(sorted({*every, *DEMO_VARIANTS.others} - {DEMO_VARIANTS.searched.checkpoint}))
    searches = Variants(DEMO_VARIANTS.searched, others).searches
    found = searches | {spec.checkpoint: spec for spec in DEMO_VARIANTS.scorings.values()}
    return {name: spec for name, spec in found.items() if name in ENLARGED}


def shipped_specs() -> dict[Path, Measurable]:
    """What ships measured, by file: the first pictures need no computing."""
    named: dict[str, Measurable] = {"slice": DEMO_SPEC, "basin": DEMO_BASIN, "worst": DEMO_WORST, "plane": DEMO_PLANE}
    named |= {"certificate": DEMO_CERTIFICATE, "walk": DEMO_WALK, "paths": DEMO_PATHS}
    named |= {f"enlarge-{name.removeprefix(PREFIX)}": spec for name, spec in enlarged_specs().items()}
    named |= {f"basin-{spec.checkpoint.removeprefix(PREFIX)}": spec for spec in emergence_specs()}
    return {DATA / "results" / f"{name}.json": spec for name, spec in named.items()}


@cache
def shipped(spec: Measurable) -> Result[Any] | None:
    """The result of exactly this spec, if it ships with the project."""
    file = next((file for file, known in shipped_specs().items() if known == spec), None)
    return Result.load(file) if file is not None and file.is_file() else None
