"""What a checkpoint does not have is a line of text under its slice, not a line that lies on zero."""

import pytest

from landscape.bundled import results, specs
from landscape.figures.slices.absent import absent
from landscape.figures.slices.slice import slice_figure
from tests.figures.slices.known_slice import made

FLAT = [1, 1, 0.9, 0]


def drawn(figure) -> set[str]:
    return {trace.name for trace in figure.data if trace.name and trace.mode == "lines+markers"}


def said(figure) -> list[str]:
    notes = [note.text for note in figure.layout.annotations if note.text.startswith("Not shown")]
    return [note.replace("<br>", " ").replace("\u00a0", " ") for note in notes]


def with_safety(random: list[float], towards: list[float]):
    known = {(direction, "basic"): FLAT for direction in range(3)}
    return made(known | {(0, "safety"): random, (1, "safety"): random, (2, "safety"): towards})


def test_the_demo_base_has_one_line_and_a_sentence_and_its_fine_tune_gains_three() -> None:
    result = results.shipped(specs.DEMO_SPEC)
    random, towards = (slice_figure(result, panel) for panel in ("gaussian", "towards demo:assistant"))
    assert drawn(random) == {"basic"}
    assert said(random) == ["Not shown: math, code and safety; base does not have them."]
    assert drawn(towards) == {"basic", *(f"{name}: gained here" for name in ("math", "code", "safety"))}
    assert said(towards) == []


@pytest.mark.parametrize(
    ("random", "towards", "shown", "gains"),
    [
        ([0, 0, 0, 0], [0, 0, 0, 0], False, False),
        ([0, 0, 0, 0], [0, 0.9, 0.3, 0], False, True),
        ([0, 0.02, 0.03, 0], [0, 0, 0, 0.05], False, False),  # no more than τ
        ([0, 0.2, 0, 0], [0, 0, 0, 0], True, False),
        ([0.5, 0, 0, 0], [0.5, 0, 0, 0], True, True),
    ],
)
def test_a_capability_is_drawn_where_it_is_held_or_gained(random, towards, shown: bool, gains: bool) -> None:
    result = with_safety(random, towards)
    for panel, wanted in (("gaussian", shown), ("towards demo:assistant", gains)):
        figure = slice_figure(result, panel)
        assert any(name.startswith("safety") for name in drawn(figure)) == wanted
        assert said(figure) == ([] if wanted else ["Not shown: safety; base does not have it."])


def test_what_is_above_chance_by_less_than_tau_is_drawn_for_it_is_there() -> None:
    figure = slice_figure(made(), "gaussian")
    assert drawn(figure) == {"basic", "safety: nothing to lose here"}
    assert said(figure) == []


def test_losses_are_drawn_whatever_the_score() -> None:
    result = with_safety([0, 0, 0, 0], [0, 0, 0, 0])
    assert len(drawn(slice_figure(result, "gaussian", view="loss"))) == 2


def test_a_checkpoint_with_nothing_at_all_keeps_its_lines() -> None:
    nothing = {(direction, name): [0, 0, 0, 0] for direction in range(3) for name in ("basic", "safety")}
    figure = slice_figure(made(nothing), "gaussian")
    assert len(drawn(figure)) == 2
    assert said(figure) == []


def test_the_sentence_has_room_of_its_own_and_the_data_stay_in_the_result() -> None:
    result = with_safety([0, 0, 0, 0], [0, 0, 0, 0])
    without, with_ = slice_figure(made(), "gaussian").layout, slice_figure(result, "gaussian").layout
    assert with_.height - without.height == with_.margin.b - without.margin.b > 0
    assert with_.legend.y < without.legend.y
    assert "safety" in result.to_csv()
    assert '"safety"' in result.to_json()


def test_names_keep_the_order_of_the_spec() -> None:
    result = results.shipped(specs.DEMO_SPEC)
    assert absent(result, "gaussian", ["safety", "basic", "math"], 0.05) == ["safety", "math"]
    assert absent(result, "gaussian", ["safety", "math"], 0.05) == []
