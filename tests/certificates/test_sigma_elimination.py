"""The planner of certificates, on outcomes of known probability: who is given up, at what cost, and resuming."""

import pytest

from landscape.certificates.bounds import Certificate
from landscape.certificates.sigma_elimination import (
    BATCH,
    ORIGIN,
    check,
    elimination_of,
    foreseen,
    next_step,
    planned,
    stages,
)
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Known, Point
from landscape.schema.specs import CertificateSpec
from tests.certificates.simulated import NORMAL, edge, facts_of, half_space, outcome, run

SIGMAS = tuple(round(0.002 * i, 6) for i in range(1, 11))


def spec_of(**fields: object) -> CertificateSpec:
    defaults = {"checkpoint": "demo:base", "directions": (Gaussian(seed=0),), "capabilities": ("basic",)}
    return CertificateSpec(**(defaults | {"sigmas": SIGMAS} | fields))


def batches(found: Known, name: str = "basic") -> dict[float, int]:
    return {sigma: sum(p.alpha == sigma and name in scores for p, scores in found.items()) for sigma in SIGMAS}


def test_theta_0_comes_first_then_one_batch_at_every_sigma() -> None:
    spec = spec_of(capabilities=("basic", "math"))
    first = next_step(spec, facts_of(spec), {})
    assert first.points == [(ORIGIN, ("basic", "math"))]
    assert first.remaining_estimate == foreseen(spec)
    second = next_step(spec, facts_of(spec), {ORIGIN: {"basic": 1.0, "math": 0.9}})
    assert second.points == [(Point(0, sigma), ("basic", "math")) for sigma in SIGMAS]


def test_rounds_are_breadth_first_over_sigma() -> None:
    spec = spec_of()
    known = {ORIGIN: {"basic": 1.0}} | {Point(b, s): {"basic": half_space(0.01)(s)} for b in range(2) for s in SIGMAS}
    points = [point for point, _ in next_step(spec, facts_of(spec), known).points]
    assert {point.direction for point in points} == {2, 3}
    assert points == sorted(points), "batch by batch, each at all σ"


@pytest.mark.parametrize("at", [0.004, 0.008, 0.012])
def test_winners_are_completed_and_losers_given_up(at: float) -> None:
    spec = spec_of()
    counts = batches(run(spec, {"basic": edge(at)}))
    radii = {sigma: sigma * NORMAL.inv_cdf(edge(at)(sigma)) for sigma in SIGMAS}
    best = max(radii, key=lambda sigma: radii[sigma])
    assert counts[best] == planned(spec) == 20
    assert counts[0.02] == 1, "one batch shows that it abstains"
    assert all(counts[sigma] > 1 for sigma, radius in radii.items() if radius > 0.9 * radii[best])


def test_a_realistic_sweep_takes_less_than_half_of_its_trials() -> None:
    spec = spec_of()
    for at in (0.004, 0.006, 0.008, 0.01):
        assert len(run(spec, {"basic": edge(at)})) < 0.5 * (1 + planned(spec) * len(SIGMAS))


def test_sigmas_that_tie_stay_in_the_race_and_those_too_small_to_tell_leave() -> None:
    """A half-space has the same radius at every σ; at small σ no 1,000 trials can show it."""
    counts = batches(run(spec_of(), {"basic": half_space(0.01)}))
    assert counts[0.002] < 5
    assert sum(count >= 16 for count in counts.values()) >= 7


def test_giving_up_costs_next_to_nothing_of_the_radius() -> None:
    """Against the same outcomes taken in full, also where all σ tie and chance alone decides who wins."""
    spec, lost = spec_of(), []
    for case in range(60):
        name = f"basic{case}"
        truth = {name: half_space(0.01) if case % 2 else edge(0.004 + 0.0001 * case)}
        own = spec.model_copy(update={"capabilities": (name,)})
        whole = {Point(b, s): {name: outcome(truth, Point(b, s), name)} for b in range(planned(spec)) for s in SIGMAS}
        best, raced = (best_radius(own, name, found) for found in (whole, run(own, truth)))
        lost.append(1 - raced / best)
    assert max(lost) < 0.02
    assert sum(loss > 0 for loss in lost) <= 1


def best_radius(spec: CertificateSpec, name: str, found: Known) -> float:
    radii = [0.0]
    for sigma in SIGMAS:
        right = [round(scores[name] * BATCH) for p, scores in found.items() if p.alpha == sigma and name in scores]
        if len(right) == planned(spec):
            certificate = Certificate(sigma, sum(right), len(right) * BATCH, spec.failure_probability / len(SIGMAS))
            radii.append(certificate.radius(spec.threshold) or 0.0)
    return max(radii)


def test_a_sigma_that_fails_even_if_all_else_goes_right_is_given_up_at_once() -> None:
    spec = spec_of(sigmas=(0.01,), trials=100, threshold=0.9)
    known = {ORIGIN: {"basic": 1.0}, Point(0, 0.01): {"basic": 0.8}}  # 90 of 100 at best
    assert next_step(spec, facts_of(spec), known).points == []


def test_a_small_sigma_stays_where_a_fine_tune_is_near_enough_for_its_floor() -> None:
    spec = spec_of(directions=(Gaussian(seed=0), Towards(checkpoint="demo:near")))
    truth = {"basic": edge(0.01, best=0.97)}
    without, near = (run(spec, truth, facts=facts_of(spec, **alphas)) for alphas in ({}, {"near": 1e-7}))
    far = run(spec, truth, facts=facts_of(spec, near=1.0))  # vacuous at every σ: nothing to win
    assert batches(without)[0.002] < 20
    assert batches(near)[0.002] == 20
    assert far == without


def test_a_capability_that_theta_0_fails_is_not_sampled() -> None:
    spec = spec_of(capabilities=("basic", "math"))
    known = {ORIGIN: {"basic": 1.0, "math": 0.5}}
    assert all(names == ("basic",) for _, names in next_step(spec, facts_of(spec), known).points)
    guessing = facts_of(spec, chance=0.9)
    assert next_step(spec, guessing, {ORIGIN: {"basic": 0.95, "math": 0.89}}).points[0][1] == ("basic",)


def test_where_theta_0_fails_everything_there_is_nothing_to_certify() -> None:
    spec = spec_of(capabilities=("basic", "math"))
    known = {ORIGIN: {"basic": 0.31, "math": float("nan")}}
    with pytest.raises(
        ValueError, match=r"nothing to certify: .*threshold 0\.5 .*basic scores 0\.310 \(guessing: 0\.25\)"
    ):
        next_step(spec, facts_of(spec, chance=0.25), known)


@pytest.mark.parametrize("plan", [check, lambda spec: next_step(spec, facts_of(spec), {})])
def test_too_few_trials_are_refused_before_anything_is_measured(plan) -> None:
    few = spec_of(sigmas=(0.01, 0.02), threshold=0.9, failure_probability=0.001, trials=50)
    with pytest.raises(ValueError, match="at least 73 trials, got 50"):
        plan(few)
    plan(few.model_copy(update={"trials": 51}))  # in whole batches these are 100
    plan(few.model_copy(update={"trials": 50, "threshold": 0.8}))


@pytest.mark.parametrize("kept", [0, 1, 2, 7, 15, 31, 44, 60])
def test_a_killed_run_ends_where_an_undisturbed_one_does(kept: int) -> None:
    spec = spec_of(capabilities=("basic", "math"))
    truth = {"basic": edge(0.01), "math": edge(0.004)}
    whole = run(spec, truth)
    assert run(spec, truth, known=run(spec, truth, stop=kept)) == whole


def test_points_that_are_known_before_their_stage_change_nothing_else() -> None:
    spec, truth = spec_of(), {"basic": edge(0.008)}
    whole = run(spec, truth)
    early = {Point(batch, 0.02): {"basic": 1.0} for batch in range(3, 6)}  # of a σ that batch 0 gives up
    assert run(spec, truth, known=early) == whole | early


def test_capabilities_share_their_points_and_each_has_a_race_of_its_own() -> None:
    names = ("basic", "math")
    truth = {"basic": edge(0.01), "math": edge(0.004)}
    together = run(spec_of(capabilities=names), truth)
    apart = [run(spec_of(capabilities=(name,)), truth) for name in names]
    assert set(together) == set(apart[0]) | set(apart[1])
    for name, alone in zip(names, apart, strict=True):
        assert {p: s[name] for p, s in together.items() if name in s} == {p: s[name] for p, s in alone.items()}


def test_stages_double_and_end_with_all() -> None:
    assert list(stages(20)) == [1, 2, 4, 8, 16, 20]
    assert list(stages(1)) == [1]
    assert list(stages(8)) == [1, 2, 4, 8]


def test_a_race_tells_how_far_it_is() -> None:
    spec = spec_of()
    found = run(spec, {"basic": edge(0.008)})
    over = elimination_of(spec, facts_of(spec), "basic", found)
    assert over.batches == 20
    assert set(over.sigmas) == {sigma for sigma, count in batches(found).items() if count == 20}
    assert elimination_of(spec, facts_of(spec), "basic", {}) == elimination_of(spec, facts_of(spec), "math", found)
    assert elimination_of(spec, facts_of(spec), "basic", {}).sigmas == SIGMAS


def test_the_steps_foresee_about_what_is_still_to_come() -> None:
    spec, truth = spec_of(), {"basic": edge(0.008)}
    found: dict[Point, dict[str, float]] = {}
    foreseen_totals = []
    while (step := next_step(spec, facts_of(spec), found)).points:
        foreseen_totals.append(len(found) + len(step.points) + step.remaining_estimate)
        found |= {point: {"basic": outcome(truth, point, "basic")} for point, _ in step.points}
    assert all(0.6 * len(found) <= total <= 1.5 * len(found) for total in foreseen_totals)
    assert foreseen_totals[-1] == len(found)
