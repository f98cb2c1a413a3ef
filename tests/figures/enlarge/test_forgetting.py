"""Forgetting beside the width of the basin: what is drawn of known scores, and what is said of them."""

import pytest

from landscape.basins.radii import Basin
from landscape.enlarge.forgetting import CapabilityChange, capability_changes
from landscape.figures.enlarge.forgetting import forgetting_figure, forgetting_finding
from landscape.figures.enlarge.variants import Variant, variants_of
from landscape.figures.palette import CAPABILITY
from landscape.intervals import wilson
from tests.figures.handmade import basin_of, ends_at, holds_to, search_of, standing

BEFORE = {"basic": [(0.0, 0.9)], "math": [(0.0, 0.0)]}
WIDE, NARROW, OTHER = "demo:base-sam", "demo:base-adamw", "demo:base-average"


def fates_of(*tuned: tuple[str, float, float]) -> list[CapabilityChange]:
    """(base, basic after, math after)."""
    return [
        change
        for base, basic, math in tuned
        for change in capability_changes(
            search_of(checkpoint=base, scores=BEFORE), standing(f"{base}-tuned", {"basic": (basic, 0.5), "math": (math, 0.25)})
        )
    ]  # fmt: skip


FATES = fates_of((NARROW, 0.3, 1.0), (WIDE, 0.8, 0.9))


def variants(**widths: Basin | None) -> list[Variant]:
    names = {"narrow": NARROW, "wide": WIDE, "other": OTHER}
    results = {names[key]: search_of(checkpoint=names[key], scores=BEFORE) for key in widths}
    basins = {names[key]: [basin] if basin else [] for key, basin in widths.items()}
    return variants_of(results, basins, "basic", relative=False)


def at(alpha: float) -> Basin:
    return basin_of("basic", [ends_at(alpha)] * 8, (0.9 * alpha, 1.1 * alpha))


BOTH = variants(wide=at(0.04), narrow=at(0.01))


def test_the_finding_tells_what_the_widest_and_the_narrowest_kept() -> None:
    assert forgetting_finding(BOTH, FATES) == (
        "After the same fine-tune: base-sam (largest radius measured, α ≈ 0.040): basic 0.90 → 0.80; "
        "base-adamw (smallest radius measured, α ≈ 0.010): basic 0.90 → 0.30"
    )


def test_those_between_the_two_are_not_told() -> None:
    three = variants(other=at(0.02), wide=at(0.04), narrow=at(0.01))
    fates = [*FATES, *fates_of((OTHER, 0.5, 0.5))]
    assert "average" not in forgetting_finding(three, fates)


def test_radii_that_intervals_do_not_tell_apart_or_that_are_equal_are_said_to_be() -> None:
    near = variants(wide=at(0.011), narrow=at(0.010))
    assert forgetting_finding(near, FATES).endswith("basic 0.90 → 0.30; intervals do not tell these radii apart")
    equal = forgetting_finding(variants(wide=at(0.01), narrow=at(0.01)), FATES)
    assert equal.startswith("After the same fine-tune, from equal radii: ")
    assert "largest" not in equal
    fates = [*FATES, *fates_of((OTHER, 0.5, 0.5))]
    shared = forgetting_finding(variants(other=at(0.04), wide=at(0.04), narrow=at(0.01)), fates)
    assert "largest radius measured, as of base-average, α ≈ 0.040" in shared


def test_a_radius_that_is_a_bound_is_not_the_smallest() -> None:
    open_ = basin_of("basic", [holds_to(0.005)] * 8)
    three = variants(other=open_, wide=at(0.04), narrow=at(0.01))
    told = forgetting_finding(three, [*FATES, *fates_of((OTHER, 0.5, 0.5))])
    assert "base-adamw (smallest radius measured, α ≈ 0.010)" in told
    assert forgetting_finding(variants(wide=open_, narrow=open_), FATES).endswith("no basin to order them by")


def test_before_anything_is_known_it_says_so() -> None:
    assert forgetting_finding(BOTH, []) == "Nothing is known of the fine-tunes yet"
    assert forgetting_finding([], FATES) == "Nothing is known of the fine-tunes yet"
    lacking = variants(wide=basin_of("basic", bounded=False), narrow=None)
    assert forgetting_finding(lacking, FATES) == ("What each fine-tune forgot and learned; no basin to order them by")


def test_a_base_that_had_nothing_has_nothing_to_keep() -> None:
    none = capability_changes(
        search_of(["math"], checkpoint=WIDE, scores={"math": [(0.0, 0.0)]}), standing("t", {"math": (1.0, 0.1)})
    )
    assert forgetting_finding(variants(wide=at(0.04)), none) == (
        "After the same fine-tune: base-sam (α ≈ 0.040): nothing to keep"
    )


def marks(figure, capability: str, symbol: str) -> list:
    return [t for t in figure.data if t.mode == "markers" and t.name == capability and t.marker.symbol == symbol]


def test_rows_are_ordered_by_radius_the_widest_on_top_and_say_it() -> None:
    figure = forgetting_figure(BOTH, FATES, "score", "t")
    assert list(figure.layout.yaxis.tickvals) == [0, 1]
    assert list(figure.layout.yaxis.ticktext) == ["<b>base-adamw</b><br>α ≈ 0.010", "<b>base-sam</b><br>α ≈ 0.040"]
    assert list(figure.layout.yaxis.range) == [-0.6, 1.6], "the last row on top"
    open_ = variants(wide=basin_of("basic", [holds_to(0.08)] * 2), narrow=basin_of("basic", bounded=False), other=None)
    labels = forgetting_figure(open_, FATES, "score", "t").layout.yaxis.ticktext
    assert [label.split("<br>")[-1] for label in labels] == ["nothing to lose here", "not known yet", "α ≥ 0.080"]


def test_before_is_hollow_and_after_is_filled_in_the_capability_s_colour() -> None:
    figure = forgetting_figure(BOTH, FATES, "score", "t")
    (before,), (after,) = marks(figure, "basic", "circle-open"), marks(figure, "basic", "circle")
    assert list(before.x) == pytest.approx([0.9, 0.9])
    assert list(after.x) == pytest.approx([0.3, 0.8]), "by rows: the narrow one, the wide one"
    assert list(after.y) == pytest.approx([0.075, 1.075])
    assert after.marker.color == CAPABILITY["basic"]
    (learned,) = marks(figure, "math", "square")
    assert list(learned.x) == pytest.approx([1.0, 0.9])
    assert learned.marker.color == CAPABILITY["math"]
    assert after.text[0].startswith("<b>basic</b>: score 0.9 before, 0.3 after the fine-tune (95 %: 0.22 to 0.40)")


def test_a_bar_is_the_wilson_interval_of_the_score_after() -> None:
    figure = forgetting_figure(BOTH, FATES, "score", "t")
    (bar,) = [t for t in figure.data if t.mode == "lines" and t.line.width == 8 and t.legendgroup == "basic"]
    assert list(bar.x) == [*wilson(0.3, 100), None, *wilson(0.8, 100), None]
    (way,) = [t for t in figure.data if t.mode == "lines" and t.line.width == 3 and t.legendgroup == "basic"]
    assert list(way.x) == [0.9, 0.3, None, 0.9, 0.8, None]


def test_losses_have_no_interval_and_lie_on_a_logarithmic_axis() -> None:
    figure = forgetting_figure(BOTH, FATES, "loss", "t")
    (after,) = marks(figure, "basic", "circle")
    assert list(after.x) == [0.5, 0.5]
    assert not [t for t in figure.data if t.mode == "lines" and t.line.width == 8]
    assert (figure.layout.xaxis.title.text, figure.layout.xaxis.type) == ("loss, nats per answer token", "log")
    score = forgetting_figure(BOTH, FATES, "score", "t").layout.xaxis
    assert (score.title.text, tuple(score.range)) == ("score, share of examples right", (-0.04, 1.04))


def test_one_capability_lies_in_the_middle_of_its_row() -> None:
    basic = [fate for fate in FATES if fate.capability == "basic"]
    (after,) = marks(forgetting_figure(BOTH, basic, "score", "What was kept"), "basic", "circle")
    assert list(after.y) == [0, 1]


def test_a_base_without_a_fine_tune_keeps_its_empty_row_and_the_title_is_the_caller_s() -> None:
    figure = forgetting_figure(BOTH, fates_of((WIDE, 0.8, 0.9)), "score", "What was kept")
    (after,) = marks(figure, "basic", "circle")
    assert list(after.y) == pytest.approx([1.075])
    assert len(figure.layout.yaxis.tickvals) == 2
    assert figure.layout.title.text == "What was kept"
