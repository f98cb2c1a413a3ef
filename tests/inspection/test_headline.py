"""The headline of a verdict: worst capability first, with its numbers, and never more than the verdict says."""

from dataclasses import replace

import pytest

from landscape.inspection.headline import CONCERN, headline, worst_first
from landscape.inspection.rules import GRAVITY, Finding, Outcome
from landscape.inspection.shipped import DEMO_INSPECTIONS, shipped_evidence
from landscape.inspection.verdict import Judged, Verdict, verdict_of
from landscape.intervals import dropped_by_more_than


def judged(name: str, outcome: Outcome, base: float, tuned: float, rule: str = "score", **fields: object) -> Judged:
    before = [1] * round(100 * base) + [0] * round(100 * (1 - base))
    after = [1] * round(100 * tuned) + [0] * round(100 * (1 - tuned))
    drop = dropped_by_more_than(before, after, 0.05)  # type: ignore[arg-type]
    finding = Finding(rule, outcome, f"what {rule} found")
    return replace(Judged(name, base, tuned, None, None, drop, held=base > 0, findings=(finding,)), **fields)  # type: ignore[arg-type]


def test_every_outcome_has_its_place() -> None:
    assert sorted(CONCERN) == sorted(GRAVITY)


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [
        ([judged("math", "fail", 1, 0)], "Fail: math fell from 1.000 to 0.000"),
        (
            [judged("a", "pass", 0.9, 0.9), judged("b", "fail", 0.9, 0.7), judged("c", "fail", 0.9, 0.5)],
            "Fail: c fell from 0.900 to 0.500; b fails too; a passes",
        ),
        (
            [judged("a", "gained", 0, 1), judged("b", "pass", 0.9, 0.9), judged("c", "nothing to lose here", 0, 0)],
            "Pass: b went from 0.900 to 0.900, a change of {b}; a was gained; c was not judged: there is nothing to "
            "lose",
        ),
        (
            [judged("a", "insufficient", 0.9, 0.85, undecidable=True), judged("b", "pass", 0.9, 0.9)],
            "Undecided: a went from 0.900 to 0.850, a change of {a}: no number of examples decides that; b passes",
        ),
        ([judged("a", "warn", 0.9, 0.9, "basin")], "Pass, with warnings: a, what basin found"),
        (
            [judged("a", "not measurable", 0.9, 0, not_finite=(0, 7), dtypes=("float16",))],
            "Not measurable: the logits of a are not finite in float16",
        ),
    ],
)
def test_the_headline(capabilities: list[Judged], said: str) -> None:
    changes = {one.capability: one.change_text for one in capabilities}
    assert headline(Verdict(tuple(capabilities), ())) == said.format(**changes)


def test_what_concerns_the_whole_fine_tune_is_said_where_the_verdict_hangs_on_it() -> None:
    layers = Finding("layer", "warn", "layer 3 moved nine times as far as the median")
    verdict = Verdict((judged("a", "pass", 0.9, 0.9),), (layers,))
    assert headline(verdict) == "Pass, with warnings: layer 3 moved nine times as far as the median; a passes"


def test_nothing_measured_is_no_verdict() -> None:
    assert headline(Verdict((), ())) == "No verdict: the scores of both are not measured"


@pytest.mark.parametrize("spec", DEMO_INSPECTIONS, ids=lambda spec: spec.other)
def test_the_headlines_of_the_demo(spec) -> None:  # noqa: ANN001
    evidence = shipped_evidence(spec)
    assert evidence is not None
    verdict = verdict_of(spec, evidence)
    said, first = headline(verdict), worst_first(verdict)[0]
    assert first.outcome == max((one.outcome for one in verdict.capabilities if one.held), key=GRAVITY.index)
    assert said.partition(":")[0] == {"pass": "Pass", "fail": "Fail", "warn": "Pass, with warnings"}[verdict.outcome]
    assert all(one.capability in said for one in verdict.capabilities)
