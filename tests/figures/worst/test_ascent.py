"""How a search climbed: traces that are written down, and what is said of them."""

from typing import Any

import pytest

from landscape.figures.palette import CAPABILITY, translucent
from landscape.figures.worst.ascent import LEAST, ascent_figure, ascent_finding


def noted(
    hurt: tuple[str, ...], origin: dict[str, float], *restarts: dict[str, list[float]], kept: int = 0
) -> dict[str, Any]:
    ascents = [{"start": f"random {i + 1}", "losses": losses} for i, losses in enumerate(restarts)]
    return {
        "recipe": {"capabilities": list(hurt)},
        "alpha": 0.00125,
        "origin": origin,
        "ascents": ascents,
        "kept": kept,
    }


ONE = noted(("math",), {"math": 0.5}, {"math": [0.6, 2.0, 4.25]})
TWO = noted(("math",), {"math": 0.5}, {"math": [0.6, 2.0, 4.25]}, {"math": [0.6, 1.0, 6.0]}, kept=1)
SPARED = noted(
    ("safety",), {"safety": 0.02, "math": 0.5, "code": 0.1},
    {"safety": [0.05, 9.0], "math": [0.5, 0.75], "code": [0.1, 0.3]},
)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (ONE, "The one: the search raises the loss of math from 0.5 to 4.2 nats at α = 0.0013"),
        (TWO, "The one: the search raises the loss of math from 0.5 to 6 nats at α = 0.0013; 2 restarts end at 4.25 to 6"),
        (noted(("math",), {"math": 0.5}, {"math": [1.0, 6.0]}, {"math": [2.0, 6.0]}),
         "The one: the search raises the loss of math from 0.5 to 6 nats at α = 0.0013; 2 restarts end at 6"),
        (SPARED, "The one: the search raises the loss of safety from 0.02 to 9 nats at α = 0.0013; "
                 "of the spared, code fares worst: 0.1 to 0.3"),
        (noted(("math", "safety"), {"math": 0.5, "safety": 0.02}, {"math": [1.0, 2.0], "safety": [1.0, 3.0]},
               {"math": [1.0, 1.5], "safety": [1.0, 2.5]}),
         "The one: the search raises the loss of math from 0.5 to 2 and safety from 0.02 to 3 nats at α = 0.0013"),
        (noted(("folder/own.jsonl",), {"own": 0.5, "math": 0.1}, {"own": [1.0, 2.0], "math": [0.1, 0.2]}),
         "The one: the search raises the loss of own from 0.5 to 2 nats at α = 0.0013; "
         "of the spared, math fares worst: 0.1 to 0.2"),
    ],
)  # fmt: skip
def test_the_kept_restart_is_told_what_was_spared_and_how_others_ended(found: dict[str, Any], said: str) -> None:
    assert ascent_finding(found, "the one") == said
    assert ascent_figure(found, "the one").layout.title.text == said


def test_a_line_holds_the_losses_step_by_step_and_the_kept_restart_is_thick() -> None:
    other, kept = ascent_figure(TWO, "it").data
    assert (list(kept.x), list(kept.y)) == ([0, 1, 2], [0.6, 1.0, 6.0])
    assert (list(other.x), list(other.y)) == ([0, 1, 2], [0.6, 2.0, 4.25])
    assert (kept.line.width, kept.line.color, kept.showlegend) == (3, CAPABILITY["math"], True)
    assert (other.line.width, other.line.color, other.showlegend) == (1.2, translucent(CAPABILITY["math"], 0.6), False)
    assert kept.hovertemplate.startswith("math, restart from random 2 (kept)<br>step %{x}")
    assert other.hovertemplate.startswith("math, restart from random 1<br>")


def test_what_was_spared_is_dashed_and_named_so() -> None:
    traces = ascent_figure(SPARED, "it").data
    assert [(t.name, t.line.dash, t.line.color) for t in traces] == [
        ("safety", "solid", CAPABILITY["safety"]),
        ("math, spared", "dash", CAPABILITY["math"]),
        ("code, spared", "dash", CAPABILITY["code"]),
    ]


def test_the_origin_s_losses_are_dotted_levels() -> None:
    levels = ascent_figure(SPARED, "it").layout.shapes
    assert [(level.y0, level.y1, level.line.dash) for level in levels] == [(y, y, "dot") for y in (0.02, 0.5, 0.1)]
    assert [level.line.color for level in levels] == [CAPABILITY[name] for name in ("safety", "math", "code")]


def test_a_loss_of_nothing_is_drawn_at_the_least_that_the_axis_holds() -> None:
    figure = ascent_figure(noted(("math",), {"math": 0.0}, {"math": [0.0, 1e-6, 2.0]}), "it")
    assert list(figure.data[0].y) == [LEAST, LEAST, 2.0]
    assert figure.layout.shapes[0].y0 == LEAST


def test_the_axes_count_steps_and_nats() -> None:
    layout = ascent_figure(ONE, "it").layout
    assert layout.xaxis.title.text == "step of the ascent"
    assert list(layout.xaxis.range) == pytest.approx([-0.04, 2.04])
    assert (layout.yaxis.title.text, layout.yaxis.type) == ("loss, nats per answer token", "log")
