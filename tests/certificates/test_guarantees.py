"""What a certificate run claims, what it does not, and how both are shown."""

import io
import json
import math

import pytest
from rich.console import Console

from landscape.certificates.bounds import certified_radius, strong_floor, weak_floor
from landscape.certificates.guarantees import CAVEAT, Guarantee, distances, fine_tune_guarantees, guarantees_of
from landscape.certificates.rounding import bound_down
from landscape.intervals import clopper_pearson
from landscape.reports import tables
from landscape.reports.certificates import guarantee_dict
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import CertificateSpec

PARAMETERS = 10_000
EACH = 0.001 / 4


def spec_of(**fields: object) -> CertificateSpec:
    defaults = {
        "checkpoint": "demo:base",
        "directions": (Gaussian(seed=0), Towards(checkpoint="demo:near"), Towards(checkpoint="demo:far")),
        "capabilities": ("basic", "math"),
        "sigmas": (0.002, 0.005, 0.01, 0.05),
        "trials": 180,  # in whole batches: 200
    }
    return CertificateSpec(**(defaults | fields))


FACTS = Facts(
    PARAMETERS, 0.1, {"demo:near": 2e-5, "demo:far": 0.01}, chance={"basic": 0.1, "math": 0.6}
)  # r = 0.002 and 1
RIGHT: dict[float, tuple[int, ...]] = {  # of each batch of 50, by σ
    0.002: (50, 50, 50, 50),
    0.005: (48, 47, 49, 48),
    0.01: (50, 50),  # better than all others so far, but not complete
    0.05: (3,),
}


def result_of(
    right: dict[float, tuple[int, ...]] = RIGHT, facts: Facts | None = FACTS, **fields: object
) -> Result[CertificateSpec]:
    spec = spec_of(**fields)
    plain = {"realised_alpha": 0.0, "loss": None, "seconds": 0.1}
    rows = [
        plain | {"sigma": 0.0, "batch": 0, "capability": name, "score": score, "n": 240}
        for name, score in (("basic", 0.98), ("math", 0.55))
    ]
    rows += [
        plain | {"sigma": sigma, "batch": batch, "capability": "basic", "score": count / 50, "n": 50}
        for sigma, counts in right.items()
        for batch, count in enumerate(counts)
    ]
    return Result(spec, tidy(spec, rows), facts)


def basic(result: Result[CertificateSpec]) -> Guarantee:
    return guarantees_of(result)[0]


def test_a_sigma_claims_only_with_all_its_trials() -> None:
    found = basic(result_of())
    assert [c.sigma for c in found.certificates] == [0.002, 0.005, 0.01, 0.05]
    assert [c.trials for c in found.certificates] == [200, 200, 100, 50]
    assert [c.sigma for c in found.complete] == [0.002, 0.005]
    assert [found.state(c) for c in found.certificates] == ["complete", "complete", "unfinished", "given up"]
    for certificate in found.certificates[2:]:
        assert (certificate.low, certificate.radius(0.5), certificate.floor(0.0)) == (0.0, None, 0.0)
        assert certificate.interval == clopper_pearson(certificate.successes, certificate.trials)


def test_more_trials_than_the_spec_s_are_no_less_chosen_by_their_outcome() -> None:
    found = basic(result_of({0.002: (50,) * 5}))
    assert not found.complete


def test_the_best_radius_is_that_of_a_complete_sigma_at_its_part_of_the_failure_probability() -> None:
    best = basic(result_of()).best(0.5)
    assert best is not None
    assert best.sigma == 0.005
    low = clopper_pearson(192, 200, 1 - EACH, "lower")[0]
    assert best.low == low
    assert best.radius(0.5) == certified_radius(low, 0.5, 0.005)


def test_nothing_complete_or_nothing_above_the_threshold_has_no_best() -> None:
    assert basic(result_of({0.002: (50,)})).best(0.5) is None
    assert basic(result_of({0.002: (25,) * 4})).best(0.5) is None
    assert basic(result_of()).best(0.999) is None


def test_each_fine_tune_takes_the_sigma_of_its_own_highest_floor() -> None:
    right = {0.002: (50,) * 4, 0.005: (49,) * 4, 0.01: (46,) * 4, 0.05: (30,) * 4}
    result = result_of(right, Facts(PARAMETERS, 0.1, {"demo:near": 1e-5, "demo:far": 1e-4}, chance={"basic": 0.1}))
    near, far = fine_tune_guarantees(result, basic(result))
    assert (near.r, far.r) == (pytest.approx(0.001), pytest.approx(0.01))
    chosen = [promise.certificate.sigma for promise in (near, far) if promise.certificate]
    assert chosen == [0.002, 0.01]
    for promise in (near, far):
        assert promise.floor == max(c.floor(promise.r) for c in basic(result).certificates)
        low, sigma = promise.certificate.low, promise.certificate.sigma  # type: ignore[union-attr]
        assert promise.floor == strong_floor(low, promise.r, sigma)
        assert promise.weak_floor == weak_floor(low, promise.r, sigma) <= promise.floor
        assert promise.total_drop == pytest.approx(0.98 - promise.floor)


def test_a_floor_says_in_words_whether_it_is_vacuous() -> None:
    near, far = fine_tune_guarantees(result_of(), basic(result_of()))
    assert near.vacuous == ""
    assert near.floor > 0.5
    assert far.vacuous == "vacuous: no higher than guessing (0.10)"
    between = result_of(facts=Facts(PARAMETERS, 0.1, {"demo:near": 1e-4}, chance={"basic": 0.1}))  # r = 2 σ
    (promise,) = fine_tune_guarantees(between, basic(between))
    assert 0.1 < promise.floor < 0.5
    assert promise.vacuous == "vacuous: below the threshold (0.5)"
    (none, _) = fine_tune_guarantees(result_of({0.002: (50,)}), basic(result_of({0.002: (50,)})))
    assert (none.certificate, none.total_drop) == (None, None)
    assert none.vacuous == "vacuous: no σ has all its trials"


def test_what_theta_0_fails_is_said_to_be_nothing_to_certify() -> None:
    math_ = guarantees_of(result_of())[1]
    assert (math_.sampled, math_.certificates) == (False, ())
    why = "nothing to certify: θ₀ scores 0.550, no higher than guessing (0.60)"
    assert [promise.vacuous for promise in fine_tune_guarantees(result_of(), math_)] == [why, why]


def test_a_capability_without_theta_0_is_left_out_and_a_result_without_facts_has_no_distances() -> None:
    empty = Result(spec_of(), tidy(spec_of(), []), FACTS)
    assert guarantees_of(empty) == []
    bare = result_of(facts=None)
    assert distances(bare) == {}
    assert basic(bare).best(0.5) is not None
    assert fine_tune_guarantees(bare, basic(bare)) == []


def test_json_has_names_that_explain_themselves_and_no_nan() -> None:
    exported = json.loads(json.dumps(guarantee_dict(result_of(only=("*.mlp.*",))), allow_nan=False))
    assert exported["caveat"] == CAVEAT == "This is about the model with noise added, not the clean one."
    assert exported["noise"]["only"] == ["*.mlp.*"]
    assert "a change outside is not covered" in exported["noise"]["confined"]
    assert exported["noise"]["weights"] == PARAMETERS
    assert exported["failure_probability"] == 0.001
    assert "each of the 4 σ takes 0.00025" in exported["failure_probability_covers"]
    one = exported["capabilities"]["basic"]
    best = one["best"]
    assert (best["sigma"], best["successes"], best["trials"], best["state"]) == (0.005, 192, 200, "complete")
    assert best["radius_as_alpha"] == pytest.approx(best["certified_radius"] / math.sqrt(PARAMETERS))
    assert [c["certified_radius"] is None for c in one["certificates"]] == [False, False, True, True]
    assert [c["p_low"] is None for c in one["certificates"]] == [False, False, True, True]
    near, far = one["fine_tunes"]
    assert (near["checkpoint"], near["vacuous"], near["why_vacuous"]) == ("demo:near", False, None)
    assert near["floor"] >= near["weak_floor"] > 0.5
    assert far["vacuous"]
    assert exported["capabilities"]["math"]["best"] is None
    assert exported["capabilities"]["math"]["nothing_to_certify"].startswith("nothing to certify")


def test_json_without_any_complete_sigma_is_plain_too() -> None:
    exported = json.dumps(guarantee_dict(result_of({0.002: (50,)})), allow_nan=False)
    assert json.loads(exported)["capabilities"]["basic"]["fine_tunes"][0]["floor"] is None
    json.dumps(guarantee_dict(result_of(facts=None)), allow_nan=False)


def printed(result: Result[CertificateSpec]) -> str:
    console = Console(file=io.StringIO(), width=200, emoji=False)
    for table in tables.of(result):
        console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_tables_name_the_state_of_each_sigma_and_the_caveat() -> None:
    text = printed(result_of())
    lines = text.splitlines()
    (best,) = (line for line in lines if "basic *" in line)
    assert "192 of 200" in best
    assert "0.005" in best
    assert any("100 of 100" in line and "unfinished" in line for line in lines)
    assert any("3 of 50" in line and "given up" in line for line in lines)
    assert any("→ far" in line and "vacuous: no higher than guessing (0.10)" in line for line in lines)
    assert sum(CAVEAT in line for line in lines) == 1
    assert "math: nothing to certify: θ₀ scores 0.550" in text
    assert "Noise and r are confined" not in text
    assert "Noise and r are confined to the adapter's own weights" in printed(result_of(adapter=True))


def test_a_complete_sigma_below_the_threshold_abstains_in_the_table() -> None:
    text = printed(result_of({0.05: (25,) * 4}))
    assert any("100 of 200" in line and "abstains" in line for line in text.splitlines())


def test_a_run_that_has_just_begun_can_be_shown() -> None:
    assert CAVEAT in printed(Result(spec_of(), tidy(spec_of(), []), None))


def test_bounds_are_rounded_to_what_still_holds() -> None:
    assert bound_down(0.9509) == "0.950"
    assert bound_down(1.0) == "1.000"
