"""Verdicts side by side: cells, colours and the sentence."""

import pytest

from landscape.figures.inspection.verdict_matrix import beside_figure, beside_finding
from landscape.figures.palette import OUTCOME
from landscape.inspection.rules import Finding, Outcome
from landscape.inspection.verdict import Judged, Verdict
from landscape.intervals import PairedDrop

ORDER: tuple[Outcome, ...] = (
    "pass",
    "gained",
    "nothing to lose here",
    "warn",
    "insufficient",
    "not measurable",
    "fail",
)


def judged(name: str, outcome: Outcome, drop: float = 0.0) -> Judged:
    found = PairedDrop(drop, drop - 0.01, drop + 0.01, 0.5, 100)
    return Judged(name, 1.0, 1.0 - drop, None, None, found, True, (Finding("score", outcome, "why"),))


def verdict(*capabilities: Judged, weights: Outcome | None = None) -> Verdict:
    return Verdict(capabilities, (Finding("layer", weights, "why"),) if weights else ())


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (verdict(judged("math", "pass")), "it passes"),
        (verdict(judged("math", "pass"), judged("safety", "warn")), "it passes with warnings"),
        (verdict(judged("math", "insufficient"), judged("safety", "pass")), "it is undecided on math"),
        (verdict(judged("math", "fail"), judged("safety", "fail"), judged("code", "warn")), "it fails on math and safety"),
        (verdict(judged("math", "pass"), weights="warn"), "it passes with warnings"),
        (verdict(judged("math", "pass"), weights="fail"), "it fails"),
        (Verdict((), ()), "it is not measured yet"),
    ],
)  # fmt: skip
def test_a_sentence_says_the_outcome_and_on_what_it_rests(found: Verdict, said: str) -> None:
    assert beside_finding({"it": found}) == said


BOTH = {
    "benign": verdict(judged("math", "pass", 0.0), judged("safety", "warn", 0.02)),
    "adversarial": verdict(judged("math", "insufficient", -0.0125), judged("safety", "fail", 0.9)),
    "lora": verdict(judged("math", "pass", -0.01)),
    "new": Verdict((), ()),
}


def test_rows_are_fine_tunes_and_columns_the_verdict_and_then_capabilities() -> None:
    (heat,) = beside_figure(BOTH).data
    assert list(heat.y) == list(BOTH)
    assert list(heat.x) == ["<b>verdict</b>", "math", "safety"]
    assert [list(row) for row in heat.text] == [
        ["<b>warn</b>", "pass<br>+0.000", "warn<br>−0.020"],
        ["<b>fail</b>", "insufficient<br>+0.013", "fail<br>−0.900"],
        ["<b>pass</b>", "pass<br>+0.010", ""],
        ["", "", ""],
    ]


def test_a_cell_has_the_colour_of_its_outcome() -> None:
    (heat,) = beside_figure(BOTH).data
    assert [list(row) for row in heat.z] == [[3, 0, 3], [6, 4, 6], [0, 0, None], [None, None, None]]
    assert (heat.zmin, heat.zmax) == (-0.5, 6.5)
    for place, outcome in enumerate(ORDER):
        (low, one), (high, other) = heat.colorscale[2 * place : 2 * place + 2]
        assert one == other == OUTCOME[outcome]
        assert low < (place + 0.5) / 7 < high


def test_what_is_not_measured_says_so_in_its_cell() -> None:
    notes = [(note.x, note.y, note.text) for note in beside_figure(BOTH).layout.annotations]
    assert notes == [
        ("safety", "lora", "not yet"),
        ("<b>verdict</b>", "new", "not yet"),
        ("math", "new", "not yet"),
        ("safety", "new", "not yet"),
    ]


def test_the_title_is_the_sentence_of_all() -> None:
    assert beside_figure(BOTH).layout.title.text == (
        "benign passes with warnings; adversarial fails on safety; lora passes; new is not measured yet"
    )


def test_one_fine_tune_of_one_capability_stands_alone() -> None:
    figure = beside_figure({"benign": verdict(judged("math", "pass"))})
    (heat,) = figure.data
    assert (list(heat.x), list(heat.y)) == (["<b>verdict</b>", "math"], ["benign"])
    assert not figure.layout.annotations
