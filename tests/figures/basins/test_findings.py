"""Sentences about basins whose numbers are written down."""

import math

import pytest

from landscape.basins.radii import Basin
from landscape.figures.basins.findings import (
    basins_finding,
    bracket_widths,
    checkpoint_sides,
    coarseness,
    extent_ratio,
    radii_summary,
    radius_text,
    rim_of,
    side_of_boundary,
)
from landscape.figures.scale import scale_of
from tests.figures.handmade import REACH, RMS, basin_of, ends_at, holds_to, search_of

RESULT = search_of(draws=8)
SCALE = scale_of(RESULT)


def at(name: str, alpha: float) -> Basin:
    return basin_of(name, [ends_at(alpha)] * 8, (0.9 * alpha, 1.1 * alpha))


def open_(name: str) -> Basin:
    return basin_of(name, [holds_to(REACH)] * 8, (REACH, math.inf))


NONE = basin_of("math", bounded=False, score=0.0)


@pytest.mark.parametrize(
    ("basins", "said"),
    [
        ([], "Nothing is known yet"),
        ([basin_of("basic"), basin_of("math")], "Nothing is known beyond θ₀ yet"),
        ([basin_of("basic", bounded=False), NONE], "nothing to lose here in basic and math"),
        ([basin_of("basic", [holds_to(0.01)] * 8)], "No radius is known yet: not every direction has met a boundary"),
        ([basin_of("basic", [ends_at(0.01)] * 3)], "No radius is known yet: not every direction has met a boundary"),
        ([at("basic", 0.05), NONE], "basic holds to α ≈ 0.050 (95 %: 0.045 to 0.055)"),
        ([open_("basic")], "basic holds to α ≥ 0.080 (95 %: 0.080 and beyond)"),
        ([open_("basic"), open_("math")],
         "basic and math hold in most directions up to α ≥ 0.080 (95 %: 0.080 and beyond)"),
        ([at("basic", 0.05), at("math", 0.0501)], "basic and math end alike, at α ≈ 0.050"),
        ([at("basic", 0.05), at("math", 0.01)],
         "math ends first in 8 of 8 random directions; its radius is α ≈ 0.010 (95 %: 0.0090 to 0.011); basic widest, 0.050"),
        ([open_("basic"), at("math", 0.01)],
         "math ends first in 8 of 8 random directions; its radius is α ≈ 0.010 (95 %: 0.0090 to 0.011); basic widest, ≥ 0.080"),
        ([at("basic", 0.05), at("math", 0.01), at("code", 0.02)],
         "math ends first in 8 of 8 random directions; its radius is α ≈ 0.010 (95 %: 0.0090 to 0.011); basic widest, 0.050"),
    ],
)  # fmt: skip
def test_the_narrowest_and_the_widest_are_named_as_far_as_they_are_known(basins: list[Basin], said: str) -> None:
    assert radii_summary(RESULT, basins, SCALE) == said


def test_with_two_draws_nothing_lies_inside_and_there_is_no_interval() -> None:
    result = search_of(draws=2)
    basins = [basin_of("basic", [ends_at(0.04), ends_at(0.06)]), basin_of("math", [ends_at(0.01), ends_at(0.02)])]
    assert radii_summary(result, basins, SCALE) == (
        "math has the smallest median radius: α ≈ 0.015 (range of 2 directions: 0.010 to 0.020); basic widest, 0.050"
    )
    assert extent_ratio(result, basins) == "basic reaches 3.3 times as far as math; too few directions for an interval"


@pytest.mark.parametrize(
    ("basins", "said"),
    [
        ([], ""),
        ([at("basic", 0.05)], ""),
        ([at("basic", 0.05), at("math", 0.01)], "basic reaches 5 times as far as math; their 95 % intervals do not overlap"),
        ([at("basic", 0.011), at("math", 0.01)], "basic reaches 1.1 times as far as math; their 95 % intervals overlap"),
        ([open_("basic"), at("math", 0.01)],
         "basic reaches at least 8 times as far as math; their 95 % intervals do not overlap"),
        ([open_("basic"), open_("math")],
         "No two radii can be told apart: the basins are wider than what was searched"),
    ],
)  # fmt: skip
def test_the_ratio_is_that_of_the_widest_to_the_narrowest(basins: list[Basin], said: str) -> None:
    assert extent_ratio(RESULT, basins) == said


def test_checkpoints_lie_where_the_way_to_them_says() -> None:
    result = search_of(others={"demo:assistant": 0.02, "demo:benign": 0.03})
    ways = {
        "basic": {"demo:assistant": ends_at(0.05), "demo:benign": ends_at(0.05)},
        "math": {"demo:assistant": ends_at(0.01), "demo:benign": ends_at(0.03, bracket=0.2)},
    }
    basins = [basin_of(name, ways=own) for name, own in ways.items()]
    assert [
        side_of_boundary(basins[1], f"demo:{name}", alpha) for name, alpha in (("assistant", 0.02), ("benign", 0.03))
    ] == [
        "outside",
        "at the edge of",
    ]
    assert checkpoint_sides(result, basins) == (
        "assistant lies inside basic, outside math; benign lies inside basic, at the edge of math"
    )


def test_those_that_lie_alike_share_a_sentence_and_what_is_unknown_is_not_guessed() -> None:
    others = {"demo:assistant": 0.02, "demo:benign": 0.03}
    result = search_of(others=others)
    inside = [basin_of(name, ways=dict.fromkeys(others, ends_at(0.05))) for name in ("basic", "math")]
    assert checkpoint_sides(result, inside) == "assistant and benign lie inside all of them"
    early = [basin_of(name, ways=dict.fromkeys(others, holds_to(0.01))) for name in ("basic", "math")]
    assert checkpoint_sides(result, early) == "assistant and benign lie where nothing is known yet"
    assert (
        side_of_boundary(early[0], "demo:assistant", 0.02)
        == side_of_boundary(early[0], "demo:other", 0.02)
        == "unknown"
    )
    far = [basin_of("basic", ways={"demo:assistant": holds_to(0.02)})]
    assert checkpoint_sides(search_of(others={"demo:assistant": 0.02}), far) == "assistant lies inside basic"
    assert checkpoint_sides(search_of(), inside) == "", "nothing was aimed at"


def test_the_whole_is_widths_then_places() -> None:
    result = search_of(draws=8, others={"demo:assistant": 0.02})
    basins = [basin_of("math", [ends_at(0.01)] * 8, (0.009, 0.011), ways={"demo:assistant": ends_at(0.01)})]
    assert basins_finding(result, basins, SCALE) == (
        "math holds to α ≈ 0.010 (95 %: 0.0090 to 0.011); assistant lies outside math"
    )
    without = search_of(draws=0, others={"demo:assistant": 0.02})
    assert basins_finding(without, [basin_of("math", ways={"demo:assistant": ends_at(0.01)})], SCALE) == (
        "assistant lies outside math"
    )


def test_a_radius_is_said_in_the_scale_that_is_asked_for() -> None:
    relative = scale_of(RESULT, relative=True)
    assert radius_text(at("basic", 0.05), relative) == "α\u00a0/\u00a0rms ≈ 0.50 (95 %: 0.45 to 0.55)"
    assert radius_text(at("basic", 0.00004 * RMS), relative).startswith("α\u00a0/\u00a0rms ≈ 4.0×10⁻⁵ ")
    assert radius_text(basin_of("basic", [holds_to(REACH)] * 2), SCALE) == (
        "α ≥ 0.080 (range of 2 directions: 0.080 and beyond)"
    )
    assert radius_text(basin_of("basic", [ends_at(0.04)]), SCALE) == "α ≈ 0.040"


def test_brackets_are_shares_of_the_boundary_s_middle() -> None:
    basins = [basin_of("basic", [ends_at(0.01, 0.02), ends_at(0.02, 0.1), ends_at(0.04, 0.5), holds_to(0.08)])]
    assert bracket_widths(basins) == (pytest.approx(0.1), pytest.approx(0.5))
    assert bracket_widths([basin_of("basic", [holds_to(0.08)])]) is None
    assert bracket_widths([]) is None
    assert coarseness(basins) == pytest.approx(0.5)
    assert coarseness([basin_of("basic", [ends_at(0.01, 0.03)])]) is None, "what a finished search leaves"


def test_a_picture_holds_rays_intervals_and_checkpoints_and_while_rays_are_open_where_they_go_next() -> None:
    assert rim_of(RESULT, []) == REACH
    assert rim_of(RESULT, [at("basic", 0.05)]) == pytest.approx(0.055), "the interval"
    assert rim_of(search_of(draws=8, others={"demo:far": 0.07}), [at("basic", 0.05)]) == 0.07
    early = basin_of("basic", [holds_to(0.01)] * 8)
    assert rim_of(RESULT, [early]) == pytest.approx(0.02)
    assert rim_of(RESULT, [basin_of("basic", [holds_to(0.05)] * 8)]) == REACH
