"""The radii of basins as rows, of numbers that are written down."""

import math

import pytest

from landscape.basins.radii import Basin
from landscape.figures.basins.forest import forest_figure
from landscape.figures.palette import CAPABILITY, FINETUNE, translucent
from tests.figures.handmade import REACH, RMS, basin_of, ends_at, holds_to, search_of

RESULT = search_of(draws=8)
EIGHT = [0.008, 0.009, 0.01, 0.01, 0.01, 0.01, 0.011, 0.012]
MATH = basin_of("math", [ends_at(alpha) for alpha in EIGHT], (0.009, 0.011))
BASIC = basin_of("basic", [ends_at(0.05)] * 8, (0.045, 0.055))


def of(figure, color: str, mode: str = "markers") -> list:
    return [t for t in figure.data if t.mode == mode and t.marker.color == color]


def bars(figure) -> list:
    return [t for t in figure.data if t.mode == "lines"]


def test_a_row_holds_every_ray_the_median_and_its_interval_in_the_capability_s_colour() -> None:
    figure = forest_figure(RESULT, [BASIC, MATH], 0.05)
    rays, median = of(figure, CAPABILITY["math"])
    assert list(rays.x) == pytest.approx(EIGHT)
    assert set(rays.y) == {1.27}
    assert set(rays.marker.symbol) == {"line-ns-open"}
    assert rays.text[0] == "<b>math</b>, seed 0: ends at α = 0.008"
    assert (list(median.x), list(median.y)) == ([0.01], [1])
    assert median.marker.symbol == "square"
    assert median.hovertemplate.startswith("<b>math</b>: median α = 0.01<br>95 %: 0.009 to 0.011, 8 rays")
    assert [list(bar.x) for bar in bars(figure)] == [pytest.approx([0.045, 0.055]), pytest.approx([0.009, 0.011])]
    assert [bar.line.color for bar in bars(figure)] == [translucent(CAPABILITY[n], 0.5) for n in ("basic", "math")]


def test_an_open_median_is_hollow_and_its_bar_goes_to_the_edge() -> None:
    ends = [*[ends_at(0.06)] * 3, *[holds_to(REACH)] * 5]
    figure = forest_figure(RESULT, [basin_of("basic", ends, (0.05, math.inf))], 0.05)
    rays, median = of(figure, CAPABILITY["basic"])
    assert list(rays.marker.symbol) == ["line-ns-open"] * 3 + ["triangle-right-open"] * 5
    assert rays.text[-1] == "<b>basic</b>, seed 7: still inside at α = 0.08"
    assert median.marker.symbol == "circle-open"
    assert "median α ≥ 0.08<br>95 %: 0.05 to beyond what was searched, 8 rays" in median.hovertemplate
    (bar,) = bars(figure)
    assert list(bar.x) == pytest.approx([0.05, 1.06 * REACH])
    assert list(figure.layout.xaxis.range) == pytest.approx([-0.02 * REACH, 1.06 * REACH])


def test_two_draws_have_a_median_and_no_bar() -> None:
    figure = forest_figure(search_of(draws=2), [basin_of("math", [ends_at(0.01), ends_at(0.02)])], 0.05)
    _, median = of(figure, CAPABILITY["math"])
    assert list(median.x) == pytest.approx([0.015])
    assert "range of 2 directions: 0.01 to 0.02" in median.hovertemplate
    assert "95 %" not in median.hovertemplate
    assert not bars(figure)


def test_rays_that_go_on_state_no_median() -> None:
    figure = forest_figure(RESULT, [basin_of("math", [holds_to(0.01)] * 8)], 0.05)
    (rays,) = of(figure, CAPABILITY["math"])
    assert set(rays.marker.symbol) == {"triangle-right-open"}
    assert figure.layout.title.text.startswith("No radius is known yet: not every direction has met a boundary")


def test_an_empty_row_says_why() -> None:
    result = search_of(["basic", "math", "code"], 8)
    figure = forest_figure(result, [BASIC, basin_of("math", bounded=False)], 0.05)
    assert [(a.y, a.text) for a in figure.layout.annotations] == [
        (1, "<i>nothing to lose here</i>"),
        (2, "<i>no point yet</i>"),
    ]
    assert list(figure.layout.yaxis.ticktext) == ["<b>basic</b>", "<b>math</b>", "<b>code</b>"]


def with_way() -> tuple:
    result = search_of(draws=8, others={"demo:assistant": 0.02})
    ways = {"basic": holds_to(REACH), "math": ends_at(0.015)}
    basins = [basin_of(n, [ends_at(a)] * 8, (0.9 * a, 1.1 * a), ways={"demo:assistant": ways[n]}) for n, a in
              (("basic", 0.05), ("math", 0.01))]  # fmt: skip
    return result, basins


def test_a_checkpoint_has_a_row_with_its_star_and_where_each_capability_ends_on_the_way() -> None:
    figure = forest_figure(*with_way(), 0.05)
    assert figure.layout.yaxis.ticktext[-1] == "to<br>assistant"
    (star,) = [t for t in figure.data if t.mode == "lines+markers"]
    assert (list(star.x), list(star.y), star.line.color) == ([0, 0.02], [2, 2], FINETUNE)
    (ends,) = [t for t in figure.data if t.customdata is not None]
    assert list(ends.customdata) == ["basic", "math"]
    assert list(ends.x) == pytest.approx([REACH, 0.015])
    assert list(ends.y) == pytest.approx([1.93, 2.07])
    assert list(ends.text) == ["still inside", "ends"]
    assert list(ends.marker.symbol) == ["circle-open", "square"]
    assert list(ends.marker.color) == [CAPABILITY["basic"], CAPABILITY["math"]]


def test_a_line_at_its_alpha_crosses_the_rows_of_capabilities_only() -> None:
    figure = forest_figure(*with_way(), 0.05)
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1, line.y0, line.y1, line.line.color) == (0.02, 0.02, -0.5, 1.5, FINETUNE)
    assert [a.text for a in figure.layout.annotations] == ["as far as assistant"]


def test_the_relative_scale_divides_everything_by_rms_and_names_it() -> None:
    figure = forest_figure(*with_way(), 0.05, relative=True)
    assert figure.layout.xaxis.title.text == "α / rms of all weights, relative change of a weight"
    assert forest_figure(RESULT, [MATH], 0.05).layout.xaxis.title.text == "α, RMS change per weight"
    assert figure.layout.shapes[0].x0 == pytest.approx(0.02 / RMS)
    _, median = of(figure, CAPABILITY["math"])
    assert list(median.x) == pytest.approx([0.01 / RMS])


@pytest.mark.parametrize(
    ("basins", "said"),
    [
        ([BASIC, MATH], "basic reaches 5 times as far as math; their 95 % intervals do not overlap"),
        ([BASIC], "basic holds to α ≈ 0.050 (95 %: 0.045 to 0.055)"),
        ([], "Nothing is known yet"),
        ([basin_of("basic", bounded=False)], "nothing to lose here in basic"),
    ],
)
def test_the_title_says_the_ratio_or_what_else_is_known_and_its_tolerance(basins: list[Basin], said: str) -> None:
    assert forest_figure(RESULT, basins, 0.05).layout.title.text == f"{said} (τ\u00a0=\u00a00.05)"


def test_coarse_boundaries_are_said_in_the_title() -> None:
    rough = basin_of("basic", [ends_at(0.05, bracket=0.3)] * 8, (0.045, 0.055))
    assert forest_figure(RESULT, [rough], 0.05).layout.title.text.endswith(
        "(τ\u00a0=\u00a00.05, boundaries known to 30% of\u00a0α)"
    )
