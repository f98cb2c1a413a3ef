"""The loss of trainings: a line a checkpoint, and where each ends."""

import pandas as pd
import pytest

from landscape.figures.enlarge.training import training_figure, training_finding
from landscape.figures.enlarge.variants import COLORS, DASHES

LOGS = {
    "demo:base-adamw": pd.DataFrame({"step": [0, 100, 200], "loss": [6.0, 3.0, 2.34567]}),
    "demo:base-sam": pd.DataFrame({"step": [0, 100], "loss": [6.0, 0.004321]}),
}
PLACES = {"demo:base-adamw": 0, "demo:base-sam": 3}


def test_the_title_says_where_each_ends_to_three_digits() -> None:
    assert training_finding(LOGS) == "Training loss at the end: base-adamw 2.35, base-sam 0.00432"
    assert training_figure(LOGS, PLACES).layout.title.text == training_finding(LOGS)


def test_one_training_is_a_finding_too() -> None:
    one = {"demo:base-sam": LOGS["demo:base-sam"]}
    assert training_figure(one, PLACES).layout.title.text == "Training loss at the end: base-sam 0.00432"


def test_a_line_holds_the_log_of_its_checkpoint() -> None:
    figure = training_figure(LOGS, PLACES)
    assert [trace.name for trace in figure.data] == ["base-adamw", "base-sam"]
    for trace, log in zip(figure.data, LOGS.values(), strict=True):
        assert list(trace.x) == list(log["step"])
        assert list(trace.y) == pytest.approx(list(log["loss"]))
        assert "at update %{x:,}" in trace.hovertemplate


def test_a_line_has_the_look_of_its_place_among_those_compared_and_not_of_its_order_here() -> None:
    figure = training_figure(LOGS, PLACES)
    assert [trace.line.color for trace in figure.data] == [COLORS[0], COLORS[3]]
    assert [trace.line.dash for trace in figure.data] == [DASHES[0], DASHES[3]]
    beyond = training_figure({"demo:base-sam": LOGS["demo:base-sam"]}, {"demo:base-sam": len(COLORS) + 1})
    assert beyond.data[0].line.color == COLORS[1]


def test_the_loss_lies_on_a_logarithmic_axis_with_its_unit() -> None:
    layout = training_figure(LOGS, PLACES).layout
    assert layout.xaxis.title.text == "updates"
    assert (layout.yaxis.title.text, layout.yaxis.type) == ("training loss, nats per token", "log")
