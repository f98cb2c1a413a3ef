"""At a fine-tune's α: random moves, its own and the worst found, with scores that are written down."""

import pytest

from landscape.figures.palette import CAPABILITY, FINETUNE, WORST, translucent
from landscape.figures.scale import scale_of
from landscape.figures.worst.equal_norm import equal_norm_figure
from landscape.worst.equal_norm import EqualNormScores
from tests.figures.handmade import RMS, search_of

SCALE = scale_of(search_of())
RANDOM = (0.9, 0.8, 1.0)


def at_norm(
    capability: str, own: float, worst: float | None, random: tuple[float, ...] = RANDOM, **others: float
) -> EqualNormScores:
    return EqualNormScores(
        checkpoint="demo:adversarial", alpha=0.004, capability=capability, n=50, held_out=True, tolerance=0.05,
        origin=1.0, own=own, random=random, others={f"demo:{name}": score for name, score in others.items()},
        direction="worst math" if worst is not None else None, worst=worst,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (at_norm("math", 0.88, 0.1), "math like random directions"),
        (at_norm("math", 0.12, 0.1), "math (0.12, random 0.90) like the worst direction found"),
        (at_norm("math", 0.5, 0.1), "math (0.50; random 0.90, worst 0.10) between random and worst"),
        (at_norm("math", 0.0, 0.1), "math (0.00; random 0.90, worst 0.10) lower even than in the worst direction found"),
        (at_norm("math", 0.5, 0.88), "math alike in random and worst"),
        (at_norm("math", 0.5, None), "math not known yet"),
        (at_norm("math", 0.5, 0.1, random=()), "math not known yet"),
    ],
)  # fmt: skip
def test_the_title_says_what_the_fine_tune_is_like_with_the_numbers_of_a_claim(one: EqualNormScores, said: str) -> None:
    figure = equal_norm_figure([one], SCALE)
    assert figure.layout.title.text == f"adversarial, at its α = 0.0040: {said} (τ\u00a0=\u00a00.05)"


def test_two_draws_are_enough_for_a_median_and_a_range() -> None:
    figure = equal_norm_figure([at_norm("math", 0.8, 0.1, random=(0.7, 0.9))], SCALE)
    middle = next(t for t in figure.data if t.name == "random, median and range")
    assert list(middle.x) == pytest.approx([0.8])
    assert middle.customdata[0][2] == "median of 2, 0.70 to 0.90"
    assert "math like random directions" in figure.layout.title.text


BOTH = [
    at_norm("math", 0.88, 0.1, benign=0.95),
    at_norm("safety", 0.02, 0.0, benign=1.0, lora=0.7),
    at_norm("code", 0.3, None, random=()),
]


def test_capabilities_that_are_alike_share_a_clause_and_the_gravest_is_told_first() -> None:
    assert equal_norm_figure(BOTH, SCALE).layout.title.text.startswith(
        "adversarial, at its α = 0.0040: safety (0.02, random 0.90) like the worst direction found; "
        "math like random directions; code not known yet"
    )
    relative = equal_norm_figure(BOTH, scale_of(search_of(), relative=True)).layout.title.text
    assert relative.startswith(f"adversarial, at its α\u00a0/\u00a0rms = {0.004 / RMS:.3f}")


def named(name: str):
    return next(t for t in equal_norm_figure(BOTH, SCALE).data if t.name == name)


def test_a_row_holds_its_own_score_the_worst_and_the_median_of_random_ones() -> None:
    own, worst, middle = named("adversarial itself"), named("worst direction found"), named("random, median and range")
    assert (list(own.x), list(own.y), own.marker.color) == ([0.88, 0.02, 0.3], [0, 1, 2], FINETUNE)
    assert (list(worst.x), list(worst.y), worst.marker.color) == ([0.1, 0.0], [0, 1], WORST)
    assert (list(middle.x), list(middle.y)) == ([0.9, 0.9], [0, 1])
    assert list(middle.marker.color) == [CAPABILITY["math"], CAPABILITY["safety"]]
    assert list(own.customdata[0]) == ["math", 50, "median of 3, 0.80 to 1.00", "worst math"]
    assert list(own.customdata[2]) == ["code", 50, "", ""]


def test_the_range_of_random_scores_is_a_bar_where_there_are_any() -> None:
    bars = [t for t in equal_norm_figure(BOTH, SCALE).data if t.mode == "lines"]
    assert [(list(t.x), list(t.y)) for t in bars] == [([0.8, 1.0], [0, 0]), ([0.8, 1.0], [1, 1])]
    assert [t.line.color for t in bars] == [translucent(CAPABILITY[name], 0.45) for name in ("math", "safety")]


def test_other_fine_tunes_as_far_away_have_a_mark_of_their_own_each() -> None:
    benign, lora = named("towards benign, as far"), named("towards lora, as far")
    assert (list(benign.x), list(benign.y)) == ([0.95, 1.0], [0.3, 1.3])
    assert (list(lora.x), list(lora.y)) == ([0.7], [1.3])
    assert benign.marker.symbol != lora.marker.symbol


def test_axes_name_the_capabilities_and_the_score() -> None:
    layout = equal_norm_figure(BOTH, SCALE).layout
    assert list(layout.yaxis.ticktext) == ["<b>math</b>", "<b>safety</b>", "<b>code</b>"]
    assert layout.xaxis.title.text == "score at this α, share of examples right"
    assert tuple(layout.xaxis.range) == (-0.04, 1.04)
