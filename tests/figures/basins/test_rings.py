"""The figures of basins: what they are given of known numbers, and that their titles are true."""

import numpy as np
import pandas as pd
import pytest

from landscape.basins.radii import Basin, basins_of
from landscape.figures.basins.findings import (
    basins_finding,
    bracket_widths,
    checkpoint_sides,
    coarseness,
    extent_ratio,
    side_of_boundary,
)
from landscape.figures.basins.forest import forest_figure
from landscape.figures.basins.nesting import nested_finding, nesting_figure
from landscape.figures.basins.rings import angles_of, rings_figure
from landscape.figures.palette import CAPABILITY, FINETUNE
from landscape.figures.scale import scale_of, with_known_radius
from landscape.schema.directions import Layer
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec
from tests.figures.basins.known_basins import REACH, made


def title(result: Result[BasinSpec], relative: bool = False) -> str:
    return rings_figure(result, basins_of(result), 0.05, relative=relative).layout.title.text


def traces(figure, name: str, mode: str) -> list:
    return [t for t in figure.data if t.legendgroup == name and t.mode == mode and len(t.r) > 1]


def test_a_ring_is_the_median_radius_and_its_band_the_interval() -> None:
    result = made()
    basins = basins_of(result)
    figure = rings_figure(result, basins, 0.05)
    for basin in basins:
        assert basin.radius
        rings = [t for t in traces(figure, basin.capability, "lines") if len(t.r) == 121]
        (ring,) = rings
        np.testing.assert_allclose(ring.r, basin.radius.median, rtol=1e-6)
        assert ring.line.color == CAPABILITY[basin.capability]
        assert ring.line.dash == "solid"
        (filled,) = [t for t in traces(figure, basin.capability, "lines") if t.fill == "toself"]
        assert [min(filled.r), max(filled.r)] == pytest.approx([basin.radius.low, basin.radius.high], rel=1e-6)


def test_every_ray_has_its_own_mark_at_its_own_angle() -> None:
    result = made(towards={"assistant": 0.02})
    figure = rings_figure(result, basins_of(result), 0.05)
    (marks,) = traces(figure, "math", "markers")
    assert len(set(marks.theta)) == 9
    assert sorted(marks.r)[1:] == pytest.approx([0.01 * (1 + 0.01 * i) for i in range(8)], abs=2e-4)
    assert marks.marker.line.color[-1] == FINETUNE


def test_angles_are_distinct_and_opposites_lie_opposite() -> None:
    for signs, turn in ((False, 360), (True, 180)):
        angles = list(angles_of(made(towards={"assistant": 0.02, "benign": 0.01}, both_signs=signs).spec).values())
        assert len({round(angle, 6) for angle in angles}) == 10
        assert all(0 <= angle < turn for angle in angles)


def test_a_fine_tune_stands_at_its_alpha_also_on_the_relative_scale() -> None:
    result = made(towards={"assistant": 0.02})
    for relative, place in ((False, 0.02), (True, 0.2)):
        figure = rings_figure(result, basins_of(result), 0.05, relative=relative)
        (path,) = [t for t in figure.data if t.name == "fine-tune and the line to it"]
        assert path.r[-1] == pytest.approx(place)
        assert path.line.color == FINETUNE


def test_the_title_names_the_narrowest_and_the_widest_and_the_whole_also_the_side_of_the_fine_tune() -> None:
    result = made(towards={"assistant": 0.02})
    text = title(result)
    assert text.startswith(
        "math ends first in 8 of 8 random directions, in 1 of 1 direction towards a checkpoint; its radius is α ≈ 0.010 (95 %: 0.010 to 0.011); basic widest, 0.052"
    )
    assert "assistant lies inside basic, outside math" in basins_finding(result, basins_of(result), scale_of(result))
    assert "τ\u00a0=\u00a00.05" in text
    assert "α\u00a0/\u00a0rms ≈ 0.10" in title(made(), relative=True)


def test_a_checkpoint_lies_where_its_own_way_says_not_where_the_rings_say() -> None:
    result = made(towards={"assistant": 0.02}, along=0.1)  # basic ends at 0.005 that way, though its ring is 0.05
    assert checkpoint_sides(result, basins_of(result)) == "assistant lies outside all of them"
    near = made(towards={"assistant": 0.001, "benign": 0.002})
    assert checkpoint_sides(near, basins_of(near)) == "assistant and benign lie inside all of them"


def test_a_checkpoint_within_the_bracket_lies_at_the_edge() -> None:
    result = made({"math": 0.01}, towards={"assistant": 0.015}, grid=(0.0, 0.01, 0.02, 0.04, 0.08))
    (basin,) = basins_of(result)
    assert side_of_boundary(basin, "demo:assistant", 0.015) == "at the edge of"
    assert "at the edge of math" in checkpoint_sides(result, [basin])


def test_narrowest_is_not_claimed_to_lie_inside_what_it_was_not_shown_to() -> None:
    few = made(rays=3)
    text = basins_finding(few, basins_of(few), scale_of(few))
    assert text.startswith("math has the smallest median radius: α ≈ 0.010 (range of 3 directions: 0.010 to 0.010);")
    assert nested_finding(few, basins_of(few)).startswith("3 random directions: too few")


def test_a_basin_wider_than_the_reach_is_dashed_and_at_least() -> None:
    result = made({"basic": 1.0, "math": 0.01})
    figure = rings_figure(result, basins_of(result), 0.05)
    rings = {t.legendgroup: t for t in figure.data if t.mode == "lines" and t.r is not None and len(t.r) == 121}
    assert rings["basic"].line.dash == "dash"
    assert rings["basic"].r[0] == pytest.approx(REACH)
    (marks,) = traces(figure, "basic", "markers")
    assert all(symbol.endswith("-open") for symbol in marks.marker.symbol)
    assert "basic widest, ≥ 0.080" in title(result)
    assert "at least" in extent_ratio(result, basins_of(result))
    everything = made({"basic": 1.0, "math": 1.0})
    assert "basic and math hold in most directions up to α ≥ 0.080" in title(everything)


def test_one_capability_is_a_finding_too() -> None:
    assert title(made({"math": 0.01})).startswith("math holds to α ≈ 0.010 (95 %: 0.010 to 0.011)")


def test_without_random_directions_only_the_way_is_told() -> None:
    result = made(rays=0, towards={"assistant": 0.02})
    basins = basins_of(result)
    figure = rings_figure(result, basins, 0.05)
    assert figure.layout.title.text.startswith("assistant lies inside basic, outside math")
    assert not [t for t in figure.data if t.fill == "toself"]
    assert nesting_figure(result, basins, 0.05) is None
    assert "assistant lies" in forest_figure(result, basins, 0.05).layout.title.text


def test_a_capability_that_the_origin_lacks_has_no_ring_and_is_named_in_its_row() -> None:
    result = made({"basic": 0.05, "math": 0.0})
    figure = rings_figure(result, basins_of(result), 0.05)
    assert not [t for t in traces(figure, "math", "lines") if len(t.r) >= 121]
    assert "nothing to lose here: none of" in forest_figure(result, basins_of(result), 0.05).layout.annotations[0].text
    nothing = made({"math": 0.0})
    assert title(nothing).startswith("nothing to lose here in math")


def test_rays_that_have_not_met_their_boundary_promise_no_ring() -> None:
    result = made(upto=0.02, towards={"assistant": 0.03})
    basins = basins_of(result)
    assert [basin.capability for basin in with_known_radius(result, basins)] == ["math"]
    figure = rings_figure(result, basins, 0.05)
    assert not [t for t in traces(figure, "basic", "lines") if len(t.r) >= 121]
    (marks,) = traces(figure, "basic", "markers")
    assert "so far" in marks.text[0]
    assert title(result).startswith("math holds to")
    assert "inside" not in checkpoint_sides(result, basins)
    assert "outside math" in checkpoint_sides(result, basins)


def test_before_any_point_the_figures_stand() -> None:
    result = made(grid=())
    figure = rings_figure(result, [], 0.05)
    assert "Nothing is known yet" in figure.layout.title.text
    assert {t.name for t in figure.data if t.name} == {"basic", "math"}
    assert "Nothing is known" in forest_figure(result, [], 0.05).layout.title.text


def test_coarse_boundaries_are_said_in_the_title() -> None:
    coarse = made(grid=(0.0, 0.005, 0.02, 0.04, 0.08))
    widths = bracket_widths(basins_of(coarse))
    assert widths is not None
    assert widths[1] == pytest.approx(2 * 0.015 / 0.025)
    assert "boundaries known to 120% of\u00a0α" in title(coarse)
    fine = made(grid=tuple(np.round(np.linspace(0, REACH, 1601), 8)))
    assert coarseness(basins_of(fine)) is None
    assert "known to" not in title(fine)


def test_rows_hold_median_interval_rays_and_the_way() -> None:
    result = made(towards={"assistant": 0.02})
    basins = basins_of(result)
    figure = forest_figure(result, basins, 0.05)
    assert figure.layout.yaxis.ticktext == ("<b>basic</b>", "<b>math</b>", "to<br>assistant")
    medians = [t.x[0] for t in figure.data if t.mode == "markers" and len(t.x) == 1]
    assert medians == pytest.approx([b.radius.median for b in basins if b.radius])
    assert [shape.x0 for shape in figure.layout.shapes] == [0.02]
    assert "as far as assistant" in [note.text for note in figure.layout.annotations]
    assert "basic reaches 5" in figure.layout.title.text
    assert "do not overlap" in figure.layout.title.text


def test_nesting_states_counts_and_claims() -> None:
    result = made()
    figure = nesting_figure(result, basins_of(result), 0.05)
    assert figure is not None
    text = dict(zip(zip(figure.data[1].y, figure.data[1].x, strict=True), figure.data[1].text, strict=True))
    assert text["math", "basic"] == "8 of 8 random<br><b>first</b>"
    assert text["basic", "math"] == "0 of 8 random<br><b>last</b>"
    assert figure.layout.title.text.startswith("In most random directions math ends before basic; ")
    assert "basic reaches 5 to 5 times as far (95 %" in figure.data[0].customdata[1][0]


def test_equal_basins_are_not_called_nested() -> None:
    result = made({"basic": 0.02, "math": 0.02})
    assert (
        nested_finding(result, basins_of(result)) == "No basin is shown to end before another in most random directions"
    )
    assert title(result).startswith("basic and math end alike, at α ≈ 0.021")


def test_rings_that_lie_on_one_another_are_both_seen() -> None:
    result = made({"basic": 0.02, "math": 0.02})
    widths = [
        t.line.width for t in rings_figure(result, basins_of(result), 0.05).data if t.r is not None and len(t.r) == 121
    ]
    assert widths[0] > widths[1] + 2


def test_a_relative_scale_is_named_and_not_divided_again() -> None:
    spec = BasinSpec(checkpoint="demo:base", directions=(Layer(seed=0),), reach=1.0, capabilities=("basic",))
    result = Result(spec, pd.DataFrame(tidy(spec, [])), Facts(100, 0.1))
    assert scale_of(result, relative=True).unit == 1
    assert "each tensor" in scale_of(result).title


def test_basins_at_another_tolerance_are_drawn_without_measuring() -> None:
    result = made()
    wide: list[Basin] = basins_of(result, 0.3)
    assert "τ\u00a0=\u00a00.3" in rings_figure(result, wide, 0.3).layout.title.text
