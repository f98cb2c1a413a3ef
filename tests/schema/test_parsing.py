"""What people type: ranges, directions, and what they are told when it is wrong."""

from itertools import pairwise

import pytest

from landscape.schema.default_ranges import RANGES, sigmas_of, sigmas_within
from landscape.schema.directions import Filter, Gaussian, Layer, Principal, Towards
from landscape.schema.parsing import format_alphas, format_direction, parse_alphas, parse_direction, parse_range


def test_alphas_are_a_range_or_a_list() -> None:
    assert parse_alphas("0:0.06:4") == (0.0, 0.02, 0.04, 0.06)
    assert parse_alphas("0.2, 0.1,0.1") == (0.1, 0.2)


@pytest.mark.parametrize("text", ["0.06:0:31", "0:0:3", "0:1:1", "0:1", "a", "", "0:inf:3", "nan", "0:1:2:3", "paper"])
def test_wrong_alphas_show_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="expected start:stop:count such as 0:0.06:31"):
        parse_alphas(text)


@pytest.mark.parametrize(
    ("name", "ends", "spacing"),
    [
        ("paper-0.5b", (-0.005, 0.005), 1e-3),
        ("paper-7b", (-0.01, 0.01), 5e-4),
        ("paper-8b", (-0.005, 0.005), 2.5e-4),
        ("paper-towards", (0, 0.01), 5e-4),
        ("paper-enlarged", (-0.015, 0.015), 1e-3),
    ],
)
def test_the_paper_s_ranges_have_names(name: str, ends: tuple[float, float], spacing: float) -> None:
    alphas = parse_alphas(f" {name} ")
    assert (alphas[0], alphas[-1]) == ends
    assert [b - a for a, b in pairwise(alphas)] == pytest.approx([spacing] * (len(alphas) - 1))
    assert 0 in alphas
    assert name in RANGES


def test_sigmas_run_up_to_a_third_of_the_reach_or_over_all_that_may_matter() -> None:
    assert (sigmas_within(0.06)[0], sigmas_within(0.06)[-1], len(sigmas_within(0.06))) == (0.001, 0.02, 10)
    unknown = sigmas_of(0.2)
    assert (unknown[0], unknown[-1], len(unknown)) == (0.0002, 0.05, 10)
    assert [b / a for a, b in pairwise(unknown)] == pytest.approx([250 ** (1 / 9)] * 9, rel=0.01)


def test_directions_are_written_as_kind_and_value() -> None:
    assert parse_direction("gaussian:3") == Gaussian(seed=3)
    assert parse_direction("layer:0") == Layer(seed=0)
    assert parse_direction("filter") == Filter(seed=0)
    assert parse_direction("towards:demo:base") == Towards(checkpoint="demo:base")
    assert parse_direction("principal:1:a,b,c") == Principal(component=1, checkpoints=("a", "b", "c"))


@pytest.mark.parametrize(
    "text",
    [
        "up",
        "gaussian:x",
        "matched:int4:x",
        "matched:int4:-1",
        "matched:int4:1:2",
        "gaussian:-1",
        "towards:",
        "principal:0:a,b",
        "principal:a,b,c",
    ],
)
def test_a_wrong_direction_shows_what_can_be_written(text: str) -> None:
    with pytest.raises(ValueError, match="expected a direction such as gaussian:SEED"):
        parse_direction(text)


@pytest.mark.parametrize("text", ["move:int5", "move:", "move", "matched:int5:0", "matched", "matched::1"])
def test_an_unknown_move_shows_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a move, one of bfloat16, float16, int8, int8-128.*; got '"):
        parse_direction(text)


@pytest.mark.parametrize("text", ["", "1", "a:b", "1:2:3"])
def test_a_wrong_range_shows_one(text: str) -> None:
    with pytest.raises(ValueError, match="expected a range such as -0.03:0.03"):
        parse_range(text)


@pytest.mark.parametrize(
    "text",
    [
        "gaussian:3",
        "filter:0",
        "towards:demo:assistant",
        "principal:1:a,b,c",
        "eigenvector:math",
        "move:int4-128",
        "matched:int4-128:2",
        "matched:q4_0:0",
        "worst:math",
        "worst:math,code~basic@demo:adversarial",
        "worst:/data/my-own.jsonl?alpha=0.001&steps=50&restarts=1&seed=7",
    ],
)
def test_a_direction_is_written_as_it_is_read(text: str) -> None:
    assert format_direction(parse_direction(text)) == text


@pytest.mark.parametrize(
    "text", ["worst:", "worst:~math", "worst:math~math", "worst:math?speed=1", "worst:math?steps=x", "eigenvector:"]
)
def test_a_worst_direction_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a direction such as gaussian:SEED.*worst:CAPABILITY"):
        parse_direction(text)


@pytest.mark.parametrize(
    "values", [(0.001, 0.003, 0.005), (0.001, 0.002, 0.005), (0.1,), (0.1, 0.2), parse_alphas("0.001:0.02:8")]
)
def test_values_are_written_as_they_are_read(values: tuple[float, ...]) -> None:
    assert parse_alphas(format_alphas(values)) == values


def test_even_values_are_written_as_a_range() -> None:
    assert format_alphas(parse_alphas("0.001:0.02:8")) == "0.001:0.02:8"
