"""Names that people read, and a spec whose checkpoints and data sets are named otherwise."""

import pytest

from landscape.schema.capability_names import name_of
from landscape.schema.directions import Eigenvector, Gaussian, Principal, Towards, Worst, short_name
from landscape.schema.frames import Spec
from landscape.schema.specs import (
    BasinSpec,
    CertificateSpec,
    ComparisonSpec,
    InspectionSpec,
    PlaneSpec,
    SliceSpec,
    SwapSpec,
    WorstSpec,
    parse_spec,
)

COMMIT = "1a2b3c4" + "d" * 33
SHORT = {
    f"org/name@{COMMIT}": "name@1a2b3c4",
    "org/name@main": "name@main",
    "org/name@feature/x": "name@feature/x",
    "org/name": "name",
    f"org/name@{COMMIT}:sub/model.Q8_0.gguf": "model.Q8_0.gguf",
    f"/data/lora+org/name@{COMMIT}": "lora+name@1a2b3c4",
    f"org/lora@{COMMIT}+org/name@{COMMIT}": "lora@1a2b3c4+name@1a2b3c4",
    "demo:base": "base",
    "/data/runs/sft/": "sft",
    f"/data/{COMMIT}": COMMIT,
    f"org/name@{COMMIT}0": f"name@{COMMIT}0",  # no commit: too long
}


@pytest.mark.parametrize("name", SHORT)
def test_a_checkpoint_is_shown_by_its_name_and_the_beginning_of_its_commit(name: str) -> None:
    assert short_name(name) == SHORT[name]


@pytest.mark.parametrize("before", ["", "chat:", "chat:enable_thinking=false:"])
def test_a_data_set_is_shown_by_the_same_name_at_any_commit(before: str) -> None:
    for split in ("", ":test"):
        assert name_of(f"{before}hf:org/people@{COMMIT}{split}") == name_of(f"{before}hf:org/people{split}")


ASKED = ("math", "hf:org/data")
POINTS = {"checkpoint": "org/a", "directions": (Gaussian(seed=0), Towards(checkpoint="org/b")), "capabilities": ASKED}
WORST = Worst(capabilities=("hf:org/data",), spared=("math",), start="org/b")
SPECS: list[Spec] = [
    SliceSpec(**POINTS, alphas=(0.0, 0.1)),
    BasinSpec(**POINTS),
    CertificateSpec(**POINTS, sigmas=(0.1,)),
    PlaneSpec(**POINTS, shown=("org/c", "org/a")),
    PlaneSpec(
        **POINTS | {"directions": tuple(Principal(component=c, checkpoints=("org/a", "org/b", "x")) for c in (0, 1))}
    ),
    WorstSpec(**POINTS | {"directions": (WORST, Eigenvector(capability="hf:org/data"))}),
    ComparisonSpec(checkpoint="org/a", other="org/b"),
    InspectionSpec(checkpoint="org/a", other="org/b", capabilities=ASKED),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_every_name_in_a_spec_is_replaced_and_nothing_else(spec: Spec) -> None:
    named = {name: f"{name}@{COMMIT}" for name in ("org/a", "org/b", "org/c", "hf:org/data")}
    exact = spec.with_names(named)
    text = spec.model_dump_json()
    for name, other in named.items():
        text = text.replace(f'"{name}"', f'"{other}"')
    assert exact == parse_spec(text)
    assert exact.named_checkpoints == tuple(named.get(name, name) for name in spec.named_checkpoints)
    assert exact.named_capabilities == tuple(named.get(name, name) for name in spec.named_capabilities)
    assert spec.with_names({}) == spec


def test_a_prompt_is_no_name() -> None:
    swap = SwapSpec(checkpoint="org/a", prompt="org/a", other="org/b")
    exact = swap.with_names({"org/a": "x", "org/b": "y"})
    assert (exact.checkpoint, exact.prompt, exact.other) == ("x", "org/a", "org/b")


def test_two_names_of_one_checkpoint_are_one_direction_too_many() -> None:
    spec = SliceSpec(**POINTS | {"directions": (Towards(checkpoint="org/b"), Towards(checkpoint="org/b@main"))})
    with pytest.raises(ValueError, match="expected distinct directions, got one twice"):
        spec.with_names({"org/b": "org/b@x", "org/b@main": "org/b@x"})
