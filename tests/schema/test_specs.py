"""Specs: validation, canonical JSON, alphas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape.schema.directions import Filter, Gaussian, Towards
from landscape.schema.specs import (
    AnswerSpec,
    BasinSpec,
    ComparisonSpec,
    PlaneSpec,
    SliceSpec,
    canonical_json,
    digest,
    parse_spec,
)


def spec(**fields: object) -> SliceSpec:
    defaults = {
        "checkpoint": "demo:base",
        "directions": (Gaussian(seed=0),),
        "alphas": (0.0, 0.1),
        "capabilities": ("basic",),
    }
    return SliceSpec(**(defaults | fields))


@given(st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=20, unique=True), st.integers(0, 2**60))
def test_a_spec_survives_its_own_json(alphas: list[float], seed: int) -> None:
    one = spec(alphas=tuple(sorted(alphas)), directions=(Gaussian(seed=seed), Towards(checkpoint="demo:assistant")))
    assert parse_spec(canonical_json(one)) == one
    assert digest(parse_spec(canonical_json(one))) == digest(one)


def test_kinds_are_told_apart() -> None:
    comparison = ComparisonSpec(checkpoint="a", other="b")
    assert parse_spec(canonical_json(comparison)) == comparison


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"alphas": (0.1, 0.0)}, "ascending"),
        ({"alphas": (0.0, float("nan"))}, "finite"),
        ({"directions": ()}, "at least 1"),
        ({"directions": (Gaussian(seed=0), Gaussian(seed=0))}, "distinct directions"),
        ({"directions": (Gaussian(seed=0), Filter(seed=0))}, "one scale in a run"),
        ({"capabilities": ("basic", "basic")}, "distinct capabilities"),
        ({"limit": 0}, "greater than or equal to 1"),
        ({"dtype": "int8"}, "float32"),
        ({"colour": "red"}, "Extra inputs"),
        ({"alphas": tuple(i / 1e5 for i in range(20_001))}, "at most 20000 points"),
    ],
)
def test_a_wrong_spec_says_what_was_expected(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spec(**fields)


def test_searches_and_planes_say_what_was_expected() -> None:
    one = {"checkpoint": "demo:base", "directions": (Gaussian(seed=0),), "capabilities": ("basic",)}
    two = one | {"directions": (Gaussian(seed=0), Gaussian(seed=1)), "x": (-1, 1), "y": (-1, 1)}
    for kind, fields, message in (
        (BasinSpec, one | {"reach": -0.1}, "greater than or equal to 0"),
        (BasinSpec, one | {"reach": 0.1, "tolerance": 1.0}, "less than 1"),
        (PlaneSpec, two | {"directions": one["directions"]}, "expected two directions"),
        (PlaneSpec, two | {"x": (1, -1)}, "low ≤ 0 ≤ high"),
        (PlaneSpec, two | {"y": (0.5, 1)}, "low ≤ 0 ≤ high"),
        (PlaneSpec, two | {"grid": 513, "full": True}, "leave out full"),
        (
            AnswerSpec,
            {"checkpoint": "a", "directions": two["directions"], "at": (0.1,), "prompt": "x"},
            "expected one α",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            kind(**fields)


def test_one_frame_serves_slices_planes_and_answers() -> None:
    plane = PlaneSpec(
        checkpoint="demo:base",
        directions=(Gaussian(seed=0), Gaussian(seed=1)),
        capabilities=("basic",),
        x=(-1, 1),
        y=(-1, 1),
    )
    answer = AnswerSpec(**plane.frame.model_dump(), at=(0.1, 0.2), prompt="Hello")
    assert answer.frame == plane.frame
    assert parse_spec(canonical_json(answer)) == answer
    assert parse_spec(canonical_json(plane)) == plane
