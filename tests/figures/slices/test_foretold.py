"""What noise foretold of a deployment move stands in the figure of the move, and nowhere else."""

import pytest

from landscape.figures.slices.foretold import foretold_by_noise
from landscape.figures.slices.slice import panels, slice_figure
from landscape.schema.directions import label_of, moves_with_noise
from landscape.schema.results import Result, tidy
from tests.figures.slices.known_slice import with_moves


def test_noise_that_is_matched_to_a_move_stands_in_the_figure_of_the_move() -> None:
    plain = with_moves()
    noise = moves_with_noise(("int4-128",), 2)[1:]
    spec = plain.spec.model_copy(update={"directions": (*plain.spec.directions, *noise)})
    drawn = [
        {"direction": label_of(one), "seed": None, "alpha": 0.02, "realised_alpha": 0.02, "capability": "basic",
         "score": score, "loss": 0.1, "n": 200, "seconds": 0.1}
        for one, score in zip(noise, (0.9, 0.94), strict=True)
    ]  # fmt: skip
    result = Result(spec, tidy(spec, [*plain.rows.to_dict("records"), *drawn]), plain.facts)
    assert panels(result) == panels(plain)
    (curve, end, foretold) = slice_figure(result, "move int4-128").data
    assert end.marker.symbol == "line-ns"
    assert (list(foretold.x), list(foretold.y)) == ([0.02], pytest.approx([0.92]))
    assert foretold.error_y.array[0] == pytest.approx(0.02)
    assert foretold.error_y.arrayminus[0] == pytest.approx(0.02)
    assert curve.mode == "lines+markers"
    assert [trace.mode for trace in slice_figure(result, "move int4-128", view="loss").data] == [curve.mode, end.mode]
    assert len(slice_figure(result, "gaussian").layout.shapes) == len(slice_figure(plain, "gaussian").layout.shapes)
    alone = Result(spec.model_copy(update={"directions": noise}), result.rows, plain.facts)
    assert panels(alone) == ["noise 0 matched to int4-128", "noise 1 matched to int4-128"]
    title = slice_figure(alone, "noise 0 matched to int4-128").layout.title.text
    assert title.startswith("Along noise 0 matched to int4, groups of 128 weights")


def test_without_noise_nothing_is_foretold() -> None:
    for panel in ("move int4-128", "gaussian"):
        assert foretold_by_noise(with_moves(), panel, "basic", "#000", 1.0) is None
