"""Inspections of what the base cannot lose: neither a pass nor a fail, and no verdict where nothing else was asked."""

import math

import numpy as np
import orjson
import pytest

from landscape.cli import exit_codes
from landscape.inspection.evidence import Evidence
from landscape.inspection.headline import headline
from landscape.inspection.interim_looks import unclear_scores
from landscape.inspection.verdict import Verdict, verdict_of
from landscape.reports import inspection
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import InspectionSpec, SliceSpec, Thresholds

CHANCE = {"facts": 0.25, "math": 0.0}


def spec_of(*names: str, thresholds: Thresholds = Thresholds()) -> InspectionSpec:  # noqa: B008 (frozen)
    return InspectionSpec(checkpoint="base", other="tuned", capabilities=names, thresholds=thresholds)


def scored(right: dict[str, int], n: int) -> Result[SliceSpec]:
    spec = SliceSpec(checkpoint="base", directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=tuple(right))
    rows = [
        {"direction": "gaussian", "seed": 0, "alpha": 0.0, "realised_alpha": 0.0, "capability": name,
         "score": count / n, "loss": 1.0, "n": n, "seconds": 0.1,
         "outcomes": (np.arange(n) < count).astype(np.uint8)}
        for name, count in right.items()
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 1.0, chance={name: CHANCE[name] for name in right}))


def judged(before: dict[str, int], after: dict[str, int], n: int = 300) -> Verdict:
    evidence = Evidence(parts={"scores": scored(before, n), "tuned scores": scored(after, n)})
    return verdict_of(spec_of(*before), evidence)


def only(verdict: Verdict) -> tuple[str, str]:
    (one,) = verdict.capabilities
    (finding,) = one.findings
    return finding.outcome, finding.text


def test_at_chance_and_as_good_afterwards_there_is_nothing_to_lose() -> None:
    assert only(judged({"facts": 81}, {"facts": 80})) == (
        "nothing to lose here",
        "score 0.270 → 0.267: nothing to lose here: 0.27 of 300, chance is 0.25",
    )


def test_at_chance_a_fall_far_below_it_is_no_fail() -> None:
    outcome, text = only(judged({"facts": 81}, {"facts": 10}))
    assert outcome == "nothing to lose here"
    assert "0.27 of 300, chance is 0.25" in text


def test_a_sure_fall_from_a_score_that_few_examples_do_not_tell_from_guessing_is_left_open() -> None:
    """8 of 20: Wilson's interval is 0.219 to 0.613, and holds 0.25; 8 answers lost and none gained is a sure fall."""
    outcome, text = only(judged({"facts": 8}, {"facts": 0}, n=20))
    assert outcome == "insufficient"
    assert text.endswith("from a score that is not told from guessing (0.25): more examples are needed")


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [(81, 150, "gained"), (81, 88, "nothing to lose here"), (20, 75, "nothing to lose here"), (120, 118, "pass")],
)
def test_a_gain_takes_a_score_above_chance(before: int, after: int, outcome: str) -> None:
    """From 20 to 75 of 300 is a rise beyond doubt, and 0.25 is still what guessing scores."""
    assert only(judged({"facts": before}, {"facts": after}))[0] == outcome


def test_where_nothing_can_be_lost_there_is_no_pass_and_a_capability_is_named_to_take() -> None:
    verdict = judged({"facts": 81, "math": 0}, {"facts": 200, "math": 0})
    assert [one.outcome for one in verdict.capabilities] == ["gained", "nothing to lose here"]
    assert verdict.untested
    assert verdict.outcome == "insufficient"
    assert exit_codes.OF_OUTCOME[verdict.outcome] == 3
    assert verdict.findings[0].text == (
        "the base has nothing to lose in facts and math, so nothing was tested: take a capability that it has "
        "(say starter:knowledge, starter:completion or starter:arithmetic), or examples of your own"
    )
    words = headline(verdict)
    assert words.startswith("Undecided: the base has nothing to lose in facts and math, so nothing was tested")
    assert "more examples" not in words


def test_what_cannot_be_lost_neither_helps_nor_hurts_the_verdict_on_the_rest() -> None:
    kept = judged({"facts": 81, "math": 200}, {"facts": 20, "math": 200})
    assert (kept.outcome, kept.untested, kept.findings) == ("pass", False, ())
    lost = judged({"facts": 81, "math": 200}, {"facts": 290, "math": 100})
    assert lost.outcome == "fail"


def test_by_loss_the_rise_is_said_to_be_no_loss_of_an_ability_and_there_is_still_no_pass() -> None:
    evidence = Evidence(parts={"scores": scored({"facts": 81}, 300), "tuned scores": scored({"facts": 81}, 300)})
    verdict = verdict_of(spec_of("facts", thresholds=Thresholds(max_loss_rise=0.1)), evidence)
    assert "Its loss can still rise, which is then no loss of an ability" in only(verdict)[1]
    assert verdict.outcome == "insufficient"


def test_an_interim_look_goes_on_while_more_examples_could_find_something_to_lose() -> None:
    """0.28 of 50 may be 0.42; 0 of 50 at most 0.07, which may still fall by 0.05; 0 of 200 at most 0.02."""
    looks = [({"facts": 14}, 50), ({"math": 0}, 50), ({"math": 0}, 200), ({"facts": 30}, 1000)]
    found = [unclear_scores(spec_of(*right), scored(right, n), scored(right, n)) for right, n in looks]
    assert found == [("facts",), ("math",), (), ()]


def test_the_ceiling_is_said_of_whom_it_concerns() -> None:
    evidence = Evidence(parts={"scores": scored({"math": 300}, 300), "tuned scores": scored({"math": 300}, 300)})
    (note,) = inspection.notes_of(spec_of("math"), evidence)
    assert (
        note == "math (base and fine-tune): at the ceiling: every example is answered; harder examples would show more."
    )
    better = Evidence(parts={"scores": scored({"math": 299}, 300), "tuned scores": scored({"math": 300}, 300)})
    assert inspection.notes_of(spec_of("math"), better)[0].startswith("math (fine-tune): at the ceiling: ")


def test_the_json_says_why(checkpoint: object) -> None:
    spec = InspectionSpec(checkpoint=str(checkpoint), other=str(checkpoint), capabilities=("facts",))
    evidence = Evidence(parts={"scores": scored({"facts": 81}, 300), "tuned scores": scored({"facts": 81}, 300)})
    verdict = verdict_of(spec, evidence)
    found = orjson.loads(inspection.as_json(spec, verdict, evidence))
    assert found["verdict"] == "insufficient"
    facts = found["capabilities"]["facts"]
    assert (facts["verdict"], facts["base_had_it"]) == ("nothing to lose here", False)
    assert facts["nothing_to_lose"] == "nothing to lose here: 0.27 of 300, chance is 0.25"
    page, text = inspection.as_html(spec, verdict, evidence), inspection.as_markdown(spec, verdict, evidence)
    for report in (page, text):
        assert "nothing to lose here: 0.27 of 300, chance is 0.25" in report.replace("\\", "")
        assert "so nothing was tested" in report
    assert not math.isnan(facts["drop"]["drop"])
