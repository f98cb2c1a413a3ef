"""Several checkpoints in one picture: rings and curves of one capability, with known numbers."""

import numpy as np
import pytest

from landscape.basins.radii import Basin
from landscape.figures.enlarge.variants import (
    COLORS,
    DASHES,
    Variant,
    median_curve,
    variant_curves,
    variant_rings,
    variants_of,
)
from landscape.figures.palette import translucent
from tests.figures.handmade import RMS, basin_of, ends_at, holds_to, search_of

POINTS = {"basic": [(0.0, 1.0), (0.02, 0.5), (0.04, 0.0)]}
RESULTS = {
    "a": search_of(["basic"], 2, checkpoint="demo:base-adamw", scores=POINTS),
    "b": search_of(["basic"], 2, checkpoint="demo:base-sam", scores=POINTS, rms=2 * RMS),
}
BASINS = {
    "a": [basin_of("basic", [ends_at(0.01), ends_at(0.02)], (0.008, 0.022))],
    "b": [basin_of("basic", [ends_at(0.03), holds_to(0.04)], (0.025, float("inf")))],
}


def shown(*, relative: bool = False, capability: str = "basic") -> list[Variant]:
    return variants_of(RESULTS, BASINS, capability, relative=relative)


def polar(figure, mode: str) -> list:
    return [t for t in figure.data if t.mode == mode and t.r is not None and t.r[0] is not None]


def test_a_variant_has_the_look_of_its_place_and_the_basin_of_the_capability() -> None:
    first, second = shown()
    assert (first.name, first.color, first.marker, first.dash) == ("base-adamw", COLORS[0], "circle", DASHES[0])
    assert (second.name, second.color, second.marker, second.dash) == ("base-sam", COLORS[1], "square", DASHES[1])
    assert first.basin is BASINS["a"][0]
    assert [v.basin for v in shown(capability="math")] == [None, None]


def test_a_ring_lies_at_the_median_with_its_interval_as_a_band() -> None:
    figure = variant_rings(shown(), "t")
    rings = {t.legendgroup: t for t in polar(figure, "lines") if t.fill != "toself"}
    bands = {t.legendgroup: t for t in polar(figure, "lines") if t.fill == "toself"}
    assert rings["base-adamw"].r == pytest.approx(np.full(121, 0.015))
    assert rings["base-sam"].r == pytest.approx(np.full(121, 0.035))
    assert (rings["base-adamw"].line.dash, rings["base-sam"].line.dash) == ("solid", "dash"), "one of two has left"
    assert [min(bands["base-adamw"].r), max(bands["base-adamw"].r)] == pytest.approx([0.008, 0.022])
    assert [min(bands["base-sam"].r), max(bands["base-sam"].r)] == pytest.approx([0.025, 0.042]), "open: to the rim"
    assert bands["base-sam"].fillcolor == translucent(COLORS[1], 0.18)


def test_the_same_seed_stands_at_the_same_angle_and_what_has_not_left_is_hollow() -> None:
    marks = {t.legendgroup: t for t in polar(variant_rings(shown(), "t"), "markers")}
    assert list(marks["base-adamw"].theta) == list(marks["base-sam"].theta) == [90, 270]
    assert list(marks["base-sam"].r) == pytest.approx([0.03, 0.04])
    assert list(marks["base-sam"].marker.symbol) == ["square", "square-open"]
    assert list(marks["base-sam"].text) == [
        "<b>base-sam</b>, seed 0: ends at α 0.03",
        "<b>base-sam</b>, seed 1: still inside at α 0.04",
    ]


def test_the_legend_says_each_radius_also_where_there_is_no_ring() -> None:
    gone: dict[str, list[Basin]] = {"a": [basin_of("basic", bounded=False)], "b": []}
    names = [t.name for t in variant_rings(variants_of(RESULTS, gone, "basic", relative=False), "t").data if t.name]
    assert names == ["base-adamw: nothing to lose here", "base-sam: not known yet"]
    names = [t.name for t in variant_rings(shown(), "t").data if t.name]
    assert names == ["base-adamw: 0.015", "base-sam: ≥0.035"]


def test_the_title_is_the_caller_s_and_the_radius_says_its_scale() -> None:
    figure = variant_rings(shown(), "What was found")
    assert figure.layout.title.text == "What was found"
    assert "radius: α, RMS change per weight" in [note.text for note in figure.layout.annotations]
    relative = variant_rings(shown(relative=True), "t")
    (ring,) = [t for t in polar(relative, "lines") if t.legendgroup == "base-sam" and t.fill != "toself"]
    assert ring.r == pytest.approx(np.full(121, 0.035 / (2 * RMS)))


def test_a_curve_is_the_median_over_the_draws_with_lowest_and_highest_as_its_band() -> None:
    result = RESULTS["a"]
    rows = result.rows.copy()
    rows.loc[(rows["seed"] == 1) & (rows["alpha"] == 0.02), "score"] = 0.9
    apart = type(result)(result.spec, rows, result.facts)
    alphas, (low, middle, high) = median_curve(apart, "basic", "score")
    assert list(alphas) == [0.0, 0.02, 0.04]
    assert list(low) == pytest.approx([1.0, 0.5, 0.0])
    assert list(middle) == pytest.approx([1.0, 0.7, 0.0])
    assert list(high) == pytest.approx([1.0, 0.9, 0.0])


def test_draws_measured_at_different_places_are_joined_by_straight_lines_as_far_as_all_go() -> None:
    result = RESULTS["a"]
    rows = result.rows[~((result.rows["seed"] == 1) & (result.rows["alpha"] == 0.02))]
    rows = rows[~((rows["seed"] == 0) & (rows["alpha"] == 0.04))]
    alphas, (low, _, high) = median_curve(type(result)(result.spec, rows, result.facts), "basic", "score")
    assert list(alphas) == [0.0, 0.02], "seed 0 ends there"
    assert list(low) == pytest.approx([1.0, 0.5])
    assert list(high) == pytest.approx([1.0, 0.5]), "seed 1: half of the way from 1 to 0"


def test_a_draw_that_is_not_measured_yet_leaves_no_curve() -> None:
    result = RESULTS["a"]
    one = type(result)(result.spec, result.rows[result.rows["seed"] == 0], result.facts)
    alphas, values = median_curve(one, "basic", "score")
    assert (alphas.size, values.shape) == (0, (3, 0))
    assert median_curve(result, "math", "score")[0].size == 0


def test_curves_share_axes_in_their_units_and_end_beyond_the_widest_radius() -> None:
    score = variant_curves(shown(), "basic", "score", "What was found").layout
    assert score.title.text == "What was found"
    assert score.xaxis.title.text == "α, RMS change per weight"
    assert list(score.xaxis.range) == pytest.approx([0, 2.5 * 0.035])
    assert score.yaxis.title.text == "score, share of examples right"
    loss = variant_curves(shown(), "basic", "loss", "t").layout
    assert (loss.yaxis.title.text, loss.yaxis.type) == ("loss, nats per answer token", "log")


def test_a_marker_lies_on_the_curve_at_the_radius() -> None:
    figure = variant_curves(shown(), "basic", "score", "t")
    marks = {t.legendgroup: t for t in figure.data if t.mode == "markers"}
    assert (marks["base-adamw"].x[0], marks["base-adamw"].y[0]) == (0.015, pytest.approx(1 - 0.015 / 0.04))
    assert (marks["base-sam"].x[0], marks["base-sam"].y[0]) == (pytest.approx(0.035), pytest.approx(1 - 0.035 / 0.04))
    lines = {t.name: t for t in figure.data if t.name}
    assert list(lines["base-adamw"].x) == pytest.approx([0.0, 0.02, 0.04])
    assert list(lines["base-adamw"].y) == pytest.approx([1.0, 0.5, 0.0])
    assert (lines["base-sam"].line.color, lines["base-sam"].line.dash) == (COLORS[1], DASHES[1])


def test_losses_are_the_other_view_and_a_relative_curve_is_divided() -> None:
    lines = {t.name: t for t in variant_curves(shown(relative=True), "basic", "loss", "t").data if t.name}
    assert list(lines["base-sam"].x) == pytest.approx([0.0, 0.02 / (2 * RMS), 0.04 / (2 * RMS)])
    assert list(lines["base-sam"].y) == pytest.approx([1.0, 1.5, 2.0])


def test_nothing_measured_is_an_empty_picture_with_its_title() -> None:
    empty = {"a": search_of(["basic"], 2)}
    figure = variant_curves(variants_of(empty, {"a": []}, "basic", relative=False), "basic", "score", "Nothing yet")
    assert not figure.data
    assert figure.layout.title.text == "Nothing yet"
