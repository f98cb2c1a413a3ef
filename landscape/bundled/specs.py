"""The specs whose results ship with the project."""

import re
from pathlib import Path

from landscape.assets import CAPABILITIES, CHECKPOINTS, DATA, ENLARGED, PREFIX
from landscape.bundled.real_specs import real_specs
from landscape.enlarge.variants import Variants
from landscape.schema.directions import Gaussian, Towards, Worst
from landscape.schema.frames import PointSpec
from landscape.schema.parsing import parse_alphas
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, WorstSpec

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
GROWTH = {  # x axis → method → value on that axis → base checkpoint
    axis: {m: {x: f"demo:base-{name.format(m)}" for x, name in names.items()} for m in ("adamw", "go-0.05")}
    for axis, names in _GROWTH.items()
}


def in_training_order() -> list[str]:
    """Return the demo checkpoints in the order of training: the snapshots of each before it, base before the others."""
    names = list(CHECKPOINTS)

    def place(name: str) -> tuple[int, bool, str]:
        end = trained_to(name)
        return names.index(end), name == end, name

    return sorted(names, key=place)


def trained_to(checkpoint: str) -> str:
    """Return the checkpoint that a training ended with, of a snapshot of it; any other checkpoint as it is."""
    return re.sub(r"-\d{5}$", "", checkpoint)


def fine_tuning() -> list[str]:
    """Return the course of one fine-tuning: base, the snapshots of `assistant`, and `assistant` itself."""
    end = f"{PREFIX}assistant"
    return [f"{PREFIX}base", *(name for name in in_training_order() if trained_to(name) == end)]


def emergence_specs() -> list[BasinSpec]:
    """Return one search along the same random directions for every demo checkpoint, in the order of training."""
    draws = tuple(direction for direction in DEMO_BASIN.directions if isinstance(direction, Gaussian))
    searched = DEMO_BASIN.model_copy(update={"directions": draws})
    # The snapshots of `assistant` are stored in half precision, to be small; they are measured as all others are.
    exact = {name: {"dtype": "float32"} for name in fine_tuning()[1:-1]}
    return [searched.model_copy(update={"checkpoint": name, **exact.get(name, {})}) for name in in_training_order()]


def enlarged_specs() -> dict[str, BasinSpec | SliceSpec]:
    """Return what is measured of each checkpoint in ENLARGED: basins of a base, scores of a fine-tune."""
    found = _every_base().searches | {spec.checkpoint: spec for spec in DEMO_VARIANTS.scorings.values()}
    return {name: spec for name, spec in found.items() if name in ENLARGED}


def per_tensor_specs() -> dict[str, BasinSpec]:
    """Return the searches along layer directions of the bases in ENLARGED, by checkpoint."""
    return {name: spec for name, spec in _every_base().per_tensor_searches.items() if name in ENLARGED}


def _every_base() -> Variants:
    every = {name for lines in GROWTH.values() for line in lines.values() for name in line.values()}
    others = tuple(sorted({*every, *DEMO_VARIANTS.others} - {DEMO_VARIANTS.searched.checkpoint}))
    return Variants(DEMO_VARIANTS.searched, others)


def shipped_specs() -> dict[Path, PointSpec]:
    """Return, by file, the specs whose results ship with the project."""
    return demo_specs() | showcase_specs()


def showcase_specs() -> dict[Path, PointSpec]:
    """Return, by file, the specs of the real model whose results ship."""
    return {DATA / "results" / f"{name}.json": spec for name, spec in real_specs().items()}


def demo_specs() -> dict[Path, PointSpec]:
    """Return, by file, the specs of demo models whose results ship."""
    named: dict[str, PointSpec] = {"slice": DEMO_SPEC, "basin": DEMO_BASIN, "worst": DEMO_WORST, "plane": DEMO_PLANE}
    named |= {"certificate": DEMO_CERTIFICATE, "walk": DEMO_WALK, "paths": DEMO_PATHS}
    named |= {f"enlarge-{name.removeprefix(PREFIX)}": spec for name, spec in enlarged_specs().items()}
    named |= {f"enlarge-layer-{name.removeprefix(PREFIX)}": spec for name, spec in per_tensor_specs().items()}
    named |= {f"enlarge-way-{name.removeprefix(PREFIX)}": spec for name, spec in DEMO_VARIANTS.ways.items()}
    named |= {f"basin-{spec.checkpoint.removeprefix(PREFIX)}": spec for spec in emergence_specs()}
    return {DATA / "results" / f"{name}.json": spec for name, spec in named.items()}
