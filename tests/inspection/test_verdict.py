"""Verdicts on hand-made evidence with known numbers."""

import math
from typing import Any

import numpy as np
import pytest

from landscape.inspection.evidence import Evidence, held_by_base
from landscape.inspection.rules import Finding, examples_missing, format_change, gravest, layer_changes
from landscape.inspection.verdict import verdict_of
from landscape.intervals import PairedDrop, dropped_by_more_than
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, InspectionSpec, SliceSpec, Thresholds

SPEC = InspectionSpec(checkpoint="base", other="tuned", capabilities=("math",))
ALPHA = 0.01


def outcomes(right: int, n: int = 240) -> np.ndarray:
    return (np.arange(n) < right).astype(np.uint8)


def scores(before: int, after: int, n: int = 240) -> dict[str, Result[SliceSpec]]:
    """Both checkpoints' own. Nested outcomes: what the weaker one gets right the stronger one does too."""
    return {"scores": slice_of(n, (0.0, before)), "tuned scores": slice_of(n, (0.0, after))}


def slice_of(n: int, *right: tuple[float, int]) -> Result[SliceSpec]:
    """(α, right answers) on the way to the fine-tune."""
    spec = SliceSpec(
        checkpoint="base", directions=(Towards(checkpoint="tuned"),), alphas=(0.0,), capabilities=("math",)
    )
    rows = [
        {"direction": "towards tuned", "seed": None, "alpha": alpha, "realised_alpha": alpha, "capability": "math",
         "score": count / n, "loss": 0.1 + alpha, "n": n, "seconds": 0.1, "outcomes": outcomes(count, n)}
        for alpha, count in right
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 1.0, {"tuned": ALPHA}, chance={"math": 0.0}))


def basin(edge: float, way: float = math.inf) -> Result[BasinSpec]:
    """Steps at `edge` along eight directions, and at `way` towards the fine-tune."""
    draws = tuple(Gaussian(seed=seed) for seed in range(8))
    spec = BasinSpec(
        checkpoint="base", directions=(*draws, Towards(checkpoint="tuned")), capabilities=("math",), reach=0.06
    )
    rows = []
    for direction in spec.directions:
        seed = getattr(direction, "seed", None)
        end = edge if seed is not None else way
        for alpha in sorted({0.0, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.06}):
            right = 240 if alpha <= end else 0
            label = "gaussian" if seed is not None else "towards tuned"
            rows.append(
                {"direction": label, "seed": seed, "alpha": alpha, "realised_alpha": alpha, "capability": "math",
                 "score": right / 240, "loss": 0.1, "n": 240, "seconds": 0.1, "outcomes": outcomes(right)}
            )  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 1.0, {"tuned": ALPHA}, chance={"math": 0.0}))


def rule(evidence: Evidence, name: str, spec: InspectionSpec = SPEC) -> Finding:
    (judged,) = verdict_of(spec, evidence).capabilities
    return next(finding for finding in judged.findings if finding.rule == name)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [(240, 240, "pass"), (236, 240, "pass"), (240, 236, "warn"), (240, 226, "insufficient"), (240, 204, "fail"), (0, 240, "gained"), (0, 0, "nothing to lose here")],
)  # fmt: skip
def test_a_score_is_judged_by_the_interval_of_its_drop(before: int, after: int, outcome: str) -> None:
    found = rule(Evidence(parts={**scores(before, after)}), "score")
    assert found.outcome == outcome, found.text
    drop = dropped_by_more_than(outcomes(before), outcomes(after), 0.05)
    expected = {"pass": drop.high <= 0.05, "warn": 0 < drop.low <= drop.high <= 0.05, "fail": drop.low > 0.05}
    expected["insufficient"] = drop.low <= 0.05 < drop.high
    expected |= {"gained": before == 0 and drop.high < 0, "nothing to lose here": before == after == 0}
    assert expected[outcome]


def test_the_rule_states_its_numbers() -> None:
    found = rule(Evidence(parts={**scores(240, 204)}), "score")
    drop = dropped_by_more_than(outcomes(240), outcomes(204), 0.05)
    assert found.text == (f"score 1.000 → 0.850: it fell by 0.150 [{drop.low:.3f}, {drop.high:.3f}], more than 0.05")
    gained = rule(Evidence(parts={**scores(0, 240)}), "score")
    assert gained.outcome == "gained"
    assert gained.text.startswith("score 0.000 → 1.000: a gain of +1.000 [")
    assert gained.text.endswith("; of the base, nothing to lose here: none of 240 examples is answered")


def test_another_threshold_is_another_verdict() -> None:
    strict = SPEC.model_copy(update={"thresholds": Thresholds(max_drop=0.02)})
    lenient = SPEC.model_copy(update={"thresholds": Thresholds(max_drop=0.3)})
    evidence = Evidence(parts={**scores(240, 220)})
    assert rule(evidence, "score", strict).outcome == "fail"
    assert rule(evidence, "score", lenient).outcome == "warn"


def test_the_examples_that_are_missing_decide_once_they_are_there() -> None:
    drop = dropped_by_more_than(outcomes(240), outcomes(226), 0.05)
    said = examples_missing(drop, 0.05)
    assert "more than 100,000" in said or int(said.split()[1].replace(",", "")) > 0
    near = dropped_by_more_than(outcomes(240), outcomes(232), 0.05)  # 0.033 lost
    more = int(examples_missing(near, 0.05).split()[1].replace(",", ""))
    n = 240 + more
    later = dropped_by_more_than(outcomes(n, n), outcomes(n - round(n * near.drop), n), 0.05)
    assert later.high == pytest.approx(0.05, abs=0.006)
    level = PairedDrop(0.05, 0.02, 0.08, 0.5, 240)
    assert "no number of examples decides" in examples_missing(level, 0.05)
    nearly = PairedDrop(0.0499, 0.02, 0.08, 0.5, 240)
    assert "more than 100,000" in examples_missing(nearly, 0.05)


def test_a_change_is_said_with_its_sign() -> None:
    assert format_change(PairedDrop(0.009, -0.017, 0.035, 0.2, 240)) == "−0.009 [−0.035, +0.017]"
    assert format_change(PairedDrop(0.0, -0.01, 0.01, 0.5, 240)) == "+0.000 [−0.010, +0.010]"


def test_inside_the_basin_passes_with_its_margin_and_outside_warns() -> None:
    kept = scores(240, 240)
    inside = rule(Evidence(parts={**kept, "base basin": basin(0.02)}), "basin")
    assert inside.outcome == "pass"
    assert "α = 0.01 against a most-case radius of" in inside.text
    assert "2.1 × as far" in inside.text or "2.0 × as far" in inside.text
    assert rule(Evidence(parts={**kept, "base basin": basin(0.005)}), "basin").outcome == "warn"
    chosen = rule(Evidence(parts={**kept, "base basin": basin(0.02, way=0.005)}), "basin")
    assert chosen.outcome == "warn"
    assert "along the line to it, it ends at 0.00" in chosen.text


def test_a_narrow_fine_tune_warns() -> None:
    kept = scores(240, 240)
    narrow = Evidence(parts={**kept, "base basin": basin(0.03), "headroom": basin(0.01)})
    assert rule(narrow, "headroom").outcome == "warn"
    assert (
        rule(Evidence(parts={**kept, "base basin": basin(0.02), "headroom": basin(0.02)}), "headroom").outcome == "pass"
    )


@pytest.mark.parametrize(("middle", "outcome"), [(240, "pass"), (200, "warn")])
def test_a_barrier_between_the_two_warns(middle: int, outcome: str) -> None:
    way = slice_of(240, (0.0, 240), (ALPHA, 240), (ALPHA / 2, middle), (2 * ALPHA, 0))
    found = rule(Evidence(parts={**scores(240, 240), "way": way}), "barrier")
    assert found.outcome == outcome
    assert f"{middle / 240:.3f} at 50% of the way" in found.text


def delta(*alphas: float) -> dict[str, Any]:
    tensors = [
        {"name": f"l{i}", "layer": i, "module": "m", "parameters": 4, "radius": 2 * alpha}
        for i, alpha in enumerate(alphas)
    ]
    return {
        "radius": 1.0,
        "tensors": [*tensors, {"name": "e", "layer": None, "module": "e", "parameters": 9, "radius": 9.0}],
    }


def test_a_layer_that_moved_far_more_than_the_others_is_named() -> None:
    assert layer_changes(delta(0.1, 0.2)) == pytest.approx({0: 0.1, 1: 0.2})
    found = verdict_of(SPEC, Evidence(delta=delta(0.01, 0.01, 0.3, 0.012), parts={**scores(240, 240)})).findings
    assert [finding.outcome for finding in found] == ["warn"]
    assert "layer 2 moved by α = 0.3, 30 × the median of the others" in found[0].text
    assert not verdict_of(SPEC, Evidence(delta=delta(0.01, 0.01, 0.03), parts={**scores(240, 240)})).findings
    alone = verdict_of(SPEC, Evidence(delta=delta(0.0, 0.0, 0.3), parts={**scores(240, 240)})).findings
    assert "layer 2 moved (α = 0.3) and most layers did not" in alone[0].text


def test_the_gravest_finding_is_the_verdict() -> None:
    every = [Finding("r", outcome, "") for outcome in ("pass", "warn", "insufficient", "fail")]  # type: ignore[arg-type]
    assert gravest([]) == "pass"
    assert [gravest(every[: i + 1]) for i in range(4)] == ["pass", "warn", "insufficient", "fail"]
    assert verdict_of(SPEC, Evidence()).outcome == "insufficient"
    assert verdict_of(SPEC, Evidence(parts={**scores(240, 204)})).outcome == "fail"


def test_a_capability_that_the_base_lacks_cannot_be_lost() -> None:
    assert held_by_base(SPEC, slice_of(240, (0.0, 240))) == ["math"]
    assert held_by_base(SPEC, slice_of(240, (0.0, 6))) == []
    (judged,) = verdict_of(SPEC, Evidence(parts={**scores(6, 0), "base basin": basin(0.005)})).capabilities
    assert [finding.rule for finding in judged.findings] == ["score"]
