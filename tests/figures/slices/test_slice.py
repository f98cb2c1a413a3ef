"""The slice figure: what it draws of known numbers."""

import numpy as np
import pytest

from landscape.figures.slices.findings import slice_finding
from landscape.figures.slices.slice import panels, slice_figure
from landscape.schema.directions import Layer
from landscape.schema.results import Result, tidy
from landscape.schema.specs import SliceSpec
from tests.figures.slices.known_slice import ALPHAS, made, with_moves


def test_there_is_a_panel_for_random_directions_and_one_for_each_checkpoint() -> None:
    assert panels(made()) == ["gaussian", "towards demo:assistant"]


def test_draws_are_a_median_a_band_and_every_draw() -> None:
    figure = slice_figure(made(), "gaussian")
    *basic, end = [trace for trace in figure.data if trace.legendgroup == "basic"]
    assert len(basic) == 4
    assert end.x[0] == pytest.approx((0.015 + 0.02 + 0.01 * 0.05) / 2)  # halfway between where the two draws end
    np.testing.assert_allclose(basic[-1].y, [1, 1, 0.95, 0])
    np.testing.assert_allclose(basic[0].y, [1, 1, 1, 0, 0, 0.9, 1, 1])
    assert "seed 7" in basic[2].hovertemplate


def test_a_single_direction_states_its_wilson_interval() -> None:
    figure = slice_figure(made(), "towards demo:assistant")
    assert len(figure.data) == 2
    low, high = figure.data[1].customdata[1]
    assert low < 0.9 < high


def test_the_fine_tune_is_marked_at_its_alpha_also_on_the_relative_axis() -> None:
    for relative, place in ((False, 0.01), (True, 0.1)):
        figure = slice_figure(made(), "gaussian", relative=relative)
        assert [shape.x0 for shape in figure.layout.shapes] == pytest.approx([0, place])
        assert figure.layout.annotations[0].text == "as far as assistant"
        assert ("rms" in figure.layout.xaxis.title.text) == relative


def test_axes_stand_still_while_points_arrive() -> None:
    early, late = (slice_figure(made(upto=n), "gaussian") for n in (1, 4))
    assert early.layout.xaxis.range == late.layout.xaxis.range
    assert early.layout.yaxis.range == late.layout.yaxis.range
    assert len(early.data[0].x) < len(late.data[0].x)


def test_before_its_first_point_a_capability_stands_in_the_legend() -> None:
    early, late = made(upto=0), made()
    for panel in panels(late):
        before, after = ({trace.name for trace in slice_figure(r, panel).data if trace.name} for r in (early, late))
        assert before == {"basic", "safety"}
        assert after == {"basic", f"safety: {'nothing to lose' if panel == 'gaussian' else 'gained'} here"}
    assert "no point yet" in [note.text for note in slice_figure(early, "gaussian").layout.annotations]


def test_the_title_counts_in_the_unit_of_the_axis() -> None:
    absolute, relative = (slice_figure(made(), "gaussian", relative=r).layout.title.text for r in (False, True))
    assert "basic ends at α = 0.015 to 0.021" in absolute
    assert "basic ends at α / rms = 0.15 to 0.2" in relative


def test_a_relative_scale_is_named_on_the_axis() -> None:
    spec = SliceSpec(checkpoint="demo:base", directions=(Layer(seed=0),), alphas=ALPHAS, capabilities=("basic",))
    assert "relative change" in slice_figure(Result(spec, tidy(spec, [])), "layer").layout.xaxis.title.text


def test_loss_is_the_other_view() -> None:
    figure = slice_figure(made(), "towards demo:assistant", view="loss")
    np.testing.assert_allclose(figure.data[1].y, [0.96, 0.1, 0.7, 1.0], atol=1e-6)
    assert "score" in figure.layout.title.text
    assert "nats" in figure.layout.yaxis.title.text


def test_a_move_has_a_figure_of_its_own_with_a_line_at_its_alpha() -> None:
    figure = slice_figure(with_moves(), "move int4-128")
    assert [shape.x0 for shape in figure.layout.shapes] == [0, 0.02]
    assert figure.layout.annotations[0].text == "int4, groups of 128 weights"
    assert figure.layout.title.text.startswith("Towards int4, groups of 128 weights: basic holds to α ≈ 0.02")
    assert [trace.mode for trace in figure.data] == ["lines+markers", "markers"]  # the curve, and where it ends


def test_other_figures_mark_moves_by_stars_at_their_alpha() -> None:
    figure = slice_figure(with_moves(), "gaussian", relative=True)
    (stars,) = [trace for trace in figure.data if trace.marker.symbol == "star"]
    np.testing.assert_allclose(stars.x, [0.2, 0.0], rtol=1e-6)
    assert list(stars.text) == ["int4, groups of 128 weights", "bfloat16 rounding"]
    assert len(figure.layout.shapes) == 1  # θ₀ alone: many moves would hide one another's names


def test_a_move_that_changes_nothing_is_said_to_be_the_origin() -> None:
    assert (
        slice_finding(with_moves(), "move bfloat16") == "Towards bfloat16 rounding: changes no weight, and is θ₀ itself"
    )
