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


def in_rounds(*restarts: list[dict[str, Any]], kept: tuple[int, int], **more: Any) -> dict[str, Any]:
    """A search of today: rounds as (α, losses, end)."""
    hurt = more.pop("hurt", ("math",))
    ascents = [{"start": f"random {i + 1}", "rounds": rounds} for i, rounds in enumerate(restarts)]
    return {
        "recipe": {"capabilities": list(hurt)}, "alpha": restarts[kept[0]][kept[1]]["alpha"],
        "origin": {name: 0.02 for name in restarts[0][0]["losses"]}, "ascents": ascents, "kept": kept[0],
        "kept_round": kept[1], "drops": dict.fromkeys(hurt, 0.15),
    } | more  # fmt: skip


def a_round(alpha: float, end: float | None, lost: tuple[str, ...] = (), **losses: list[float]) -> dict[str, Any]:
    return {"alpha": alpha, "losses": losses, "end": end, "spared_lost": list(lost)}


FIRST = [a_round(0.002, 0.0011, math=[0.1, 2.0, 4.0]), a_round(0.0011, 0.0009, math=[1.5, 1.7])]
SECOND = [a_round(0.002, 0.001, math=[0.1, 3.0, 9.0]), a_round(0.001, 0.00095, math=[2.0, 2.2])]


def test_a_search_in_rounds_tells_which_direction_ends_it_nearest_and_at_its_own_alpha() -> None:
    found = in_rounds(FIRST, SECOND, kept=(0, 1))
    assert ascent_finding(found, "the one") == (
        "The one: the search raises the loss of math from 0.02 to 1.7 nats at α = 0.0011; it loses 0.15 of math at "
        "α = 0.0009, on the examples that it climbed on: nearest of 4 directions, one a round"
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (in_rounds([a_round(0.002, None, math=[0.1, 0.2])], kept=(0, 0)),
         "it was kept for its loss: no round lost enough of the score on the examples that it climbed on"),
        (in_rounds([a_round(0.002, 0.001, math=[0.1, 0.2])], kept=(0, 0)),
         "; it loses 0.15 of math at α = 0.001, on the examples that it climbed on"),
        (in_rounds([a_round(0.002, 0.001, ("code",), math=[0.1, 0.2], code=[0.1, 0.2])], kept=(0, 0)),
         "on the examples that it climbed on; code, to be spared, is lost there too"),
        (in_rounds([a_round(0.002, 0.0005, ("code",), math=[0.1, 0.2], code=[0.1, 0.2]),
                    a_round(0.002, 0.001, math=[0.1, 0.2], code=[0.1, 0.1])], kept=(0, 1)),
         "at α = 0.001, on the examples that it climbed on: nearest of 2 directions, one a round, of which 1 loses what "
         "was to be spared"),
        (in_rounds([a_round(0.002, 0.001, math=[0.1, 0.2], code=[0.1, 0.2])], kept=(0, 0), hurt=("math", "code")),
         "; it loses 0.15 of math and 0.15 of code at α = 0.001, on the examples that it climbed on"),
        (in_rounds(FIRST, SECOND, kept=(0, 1), found_by="worst math sparing code"),
         "one a round. Another search found it, worst math sparing code: nearer than the search for math alone"),
    ],
)  # fmt: skip
def test_why_a_direction_was_kept_is_said_of_whatever_was_found(found: dict[str, Any], said: str) -> None:
    assert ascent_finding(found, "the one").endswith(said)


def test_losses_at_different_alphas_are_not_one_line_and_each_round_says_its_alpha() -> None:
    figure = ascent_figure(in_rounds(FIRST, SECOND, kept=(0, 1)), "it")
    kept = figure.data[0]
    assert list(kept.x) == [0, 1, 2, 2, 2, 3]
    assert list(kept.y) == [0.1, 2.0, 4.0, None, 1.5, 1.7]  # nothing joins the last of one round to the next
    assert kept.connectgaps is False
    assert list(kept.customdata)[::5] == ["round 1 at α = 0.002", "round 2 at α = 0.0011"]
    assert "%{customdata}" in kept.hovertemplate
    assert [(note.x, note.text) for note in figure.layout.annotations] == [(0, "α = 0.002"), (2, "α = 0.0011")]
    lines = [shape.x0 for shape in figure.layout.shapes if shape.x0 == shape.x1]
    assert lines == [0, 2]
    assert figure.layout.xaxis.range[1] == pytest.approx(1.02 * 3)
