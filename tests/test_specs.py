"""Specs: validation, canonical JSON, alphas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape.arguments import default_alphas, parse_alphas
from landscape.specs import ComparisonSpec, Filter, Gaussian, SliceSpec, Towards, canonical_json, digest, parse_spec


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
        ({"alphas": ()}, "at least 1"),
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


def test_alphas_are_a_range_or_a_list() -> None:
    assert parse_alphas("0:0.06:4") == (0.0, 0.02, 0.04, 0.06)
    assert parse_alphas("0.2, 0.1,0.1") == (0.1, 0.2)


@pytest.mark.parametrize("text", ["0.06:0:31", "0:0:3", "0:1:1", "0:1", "a", "", "0:inf:3", "nan", "0:1:2:3"])
def test_wrong_alphas_show_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="expected start:stop:count such as 0:0.06:31"):
        parse_alphas(text)


def test_wider_models_get_a_narrower_range() -> None:
    stops = [default_alphas(d)[-1] for d in (10**6, 5 * 10**7, 10**9)]
    assert stops == sorted(stops, reverse=True)
    assert len(default_alphas(10**6, 11)) == 11
