"""How a basin grows: radii against updates, and what is said of each step."""

import pytest

from landscape.basins.radii import Basin
from landscape.figures.enlarge.growth import growth_figure, growth_finding
from landscape.figures.enlarge.variants import COLORS, DASHES
from landscape.figures.scale import Scale, scale_of
from tests.figures.handmade import RMS, basin_of, ends_at, holds_to, search_of

SCALE = scale_of(search_of())
RELATIVE = scale_of(search_of(), relative=True)


def width(median: float, low: float, high: float) -> Basin:
    return basin_of("basic", [ends_at(median)] * 8, (low, high), score=0.75)


def line(*widths: Basin, scale: Scale = SCALE) -> dict[int, tuple[Basin, Scale]]:
    return {1000 * (i + 1): (basin, scale) for i, basin in enumerate(widths)}


SMALL, MIDDLE, LARGE = width(0.01, 0.009, 0.012), width(0.02, 0.018, 0.022), width(0.04, 0.036, 0.045)
ALSO_MIDDLE = width(0.021, 0.019, 0.024)
OPEN = basin_of("basic", [holds_to(0.08)] * 8, (0.07, float("inf")))
TWO = basin_of("basic", [ends_at(0.01), ends_at(0.03)])


@pytest.mark.parametrize(
    ("line_", "said"),
    [
        (line(SMALL, MIDDLE, LARGE), "grows from α ≈ 0.010 at 1,000 to 0.040 at 3,000"),
        (
            line(SMALL, MIDDLE, ALSO_MIDDLE),
            "grows from α ≈ 0.010 at 1,000 to 0.021 at 3,000, though the intervals do not show it at every step",
        ),
        (line(LARGE, MIDDLE, SMALL), "shrinks from α ≈ 0.040 at 1,000 to 0.010 at 3,000"),
        (line(SMALL, LARGE, MIDDLE), "does not grow steadily, from α ≈ 0.010 at 1,000 to 0.020 at 3,000"),
        (line(MIDDLE, ALSO_MIDDLE), "no change that the intervals show from α ≈ 0.020 at 1,000 to 0.021 at 2,000"),
        (
            line(SMALL, MIDDLE, width(0.014, 0.008, 0.024)),
            "grows at 1 of 2 steps, but no change that the intervals show from α ≈ 0.010 at 1,000 to 0.014 at 3,000",
        ),
        (line(SMALL, OPEN), "grows from α ≈ 0.010 at 1,000 to ≥ 0.080 at 2,000"),
        (line(OPEN, SMALL), "shrinks from α ≥ 0.080 at 1,000 to 0.010 at 2,000"),
        (line(OPEN, LARGE), "shrinks from α ≥ 0.080 at 1,000 to 0.040 at 2,000"),
        (line(OPEN, OPEN), "no change that the intervals show from α ≥ 0.080 at 1,000 to ≥ 0.080 at 2,000"),
        (line(TWO, TWO), "too few directions for intervals, so no change is claimed, from α ≈ 0.020 at 1,000 to 0.020 at 2,000"),
        ({}, "too few basins to say"),
        (line(SMALL), "too few basins to say"),
        (line(SMALL, basin_of("basic", bounded=False)), "too few basins to say"),
        (line(basin_of("basic"), basin_of("basic")), "too few basins to say"),
    ],
)  # fmt: skip
def test_a_line_is_said_to_grow_only_where_intervals_part(line_: dict[int, tuple[Basin, Scale]], said: str) -> None:
    assert growth_finding({"AdamW": line_}, "updates") == f"AdamW: {said} (updates)"


def test_the_order_is_that_of_the_axis_and_not_of_the_mapping() -> None:
    backwards = dict(reversed(line(SMALL, MIDDLE, LARGE).items()))
    assert growth_finding({"AdamW": backwards}, "updates").startswith("AdamW: grows from α ≈ 0.010 at 1,000")


def test_two_ways_of_training_are_told_one_after_the_other_and_make_the_title() -> None:
    lines = {"AdamW": line(SMALL, MIDDLE), "SAM": line(LARGE, MIDDLE)}
    text = growth_finding(lines, "parameters")
    assert text == (
        "AdamW: grows from α ≈ 0.010 at 1,000 to 0.020 at 2,000; "
        "SAM: shrinks from α ≈ 0.040 at 1,000 to 0.020 at 2,000 (parameters)"
    )
    assert growth_figure(lines, "parameters").layout.title.text == text


def test_a_line_holds_medians_and_intervals() -> None:
    (trace,) = growth_figure({"AdamW": line(SMALL, MIDDLE)}, "updates").data
    assert list(trace.x) == [1000, 2000]
    assert list(trace.y) == pytest.approx([0.01, 0.02])
    assert list(trace.error_y.array) == pytest.approx([0.002, 0.002])
    assert list(trace.error_y.arrayminus) == pytest.approx([0.001, 0.002])
    assert list(trace.text) == [
        "<b>AdamW</b>, 1,000 updates: α ≈ 0.010 (95 %: 0.0090 to 0.012)<br>score 0.750 at θ₀",
        "<b>AdamW</b>, 2,000 updates: α ≈ 0.020 (95 %: 0.018 to 0.022)<br>score 0.750 at θ₀",
    ]


def test_a_checkpoint_without_a_basin_is_left_out_of_its_line_and_keeps_its_tick() -> None:
    figure = growth_figure({"AdamW": line(basin_of("basic", bounded=False), SMALL, MIDDLE)}, "updates")
    assert list(figure.data[0].x) == [2000, 3000]
    assert list(figure.layout.xaxis.tickvals) == [1000, 2000, 3000]
    assert list(figure.layout.xaxis.ticktext) == ["1,000", "2,000", "3,000"]


def test_what_was_never_left_is_hollow_and_its_open_end_has_no_bar() -> None:
    open_ = basin_of("basic", [holds_to(0.08)] * 8, (0.07, float("inf")))
    (trace,) = growth_figure({"AdamW": line(SMALL, open_)}, "updates").data
    assert list(trace.marker.symbol) == ["circle", "circle-open"]
    assert list(trace.error_y.array) == pytest.approx([0.002, 0.0])
    assert list(trace.error_y.arrayminus) == pytest.approx([0.001, 0.01])
    assert "α ≥ 0.080 (95 %: 0.070 and beyond)" in trace.text[1]


def test_too_few_draws_have_no_bars() -> None:
    two = basin_of("basic", [ends_at(0.01), ends_at(0.03)])
    (trace,) = growth_figure({"AdamW": line(two, two)}, "updates").data
    assert list(trace.y) == pytest.approx([0.02, 0.02])
    assert [*trace.error_y.array, *trace.error_y.arrayminus] == [0, 0, 0, 0]


def test_the_relative_scale_divides_by_the_weights_of_each_checkpoint() -> None:
    other = scale_of(search_of(rms=2 * RMS), relative=True)
    lines = {"AdamW": {1000: (SMALL, RELATIVE), 2000: (MIDDLE, other)}}
    figure = growth_figure(lines, "updates")
    assert list(figure.data[0].y) == pytest.approx([0.1, 0.1])
    assert figure.layout.yaxis.title.text == "radius, α / rms of all weights"
    assert growth_finding(lines, "updates").startswith(
        "AdamW: no change that the intervals show from α\u00a0/\u00a0rms ≈ 0.10"
    )


def test_both_axes_are_logarithmic_and_say_what_they_count() -> None:
    layout = growth_figure({"AdamW": line(SMALL, MIDDLE)}, "updates").layout
    assert (layout.xaxis.title.text, layout.xaxis.type) == ("updates", "log")
    assert (layout.yaxis.title.text, layout.yaxis.type) == ("radius, α (RMS change per weight)", "log")


def test_ways_of_training_are_told_apart_by_colour_dash_and_marker() -> None:
    figure = growth_figure({"AdamW": line(SMALL, MIDDLE), "SAM": line(MIDDLE, LARGE)}, "updates")
    assert [t.line.color for t in figure.data] == list(COLORS[:2])
    assert [t.line.dash for t in figure.data] == list(DASHES[:2])
    assert [t.marker.symbol[0] for t in figure.data] == ["circle", "square"]
