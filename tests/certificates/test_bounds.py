"""Certificates against closed forms (a half-space meets the bound exactly) and against their own failure probability."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy.stats import binomtest

from landscape.certificates.bounds import (
    Certificate,
    certified_radius,
    input_floor,
    strong_floor,
    total_drop,
    trials_needed,
    weak_floor,
)
from landscape.certificates.sigma_elimination import BATCH, next_step
from landscape.intervals import clopper_pearson
from landscape.schema.directions import Gaussian
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import CertificateSpec

NORMAL = NormalDist()
PROBABILITIES = (0.0, 1e-9, 0.01, 0.3, 0.5, 0.777, 0.99, 1 - 1e-9, 1.0)
DISTANCES = (0.0, 1e-6, 0.01, 0.3, 1.0, 4.0, 50.0)
SIGMAS = (0.001, 0.5, 3.0)


@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("shift", [-1.3, 0.0, 0.4, 2.5])
def test_a_half_space_meets_the_strong_floor_exactly(sigma: float, shift: float) -> None:
    """S(θ) = 1{wᵀθ ≤ c}, ‖w‖ = 1: at θ₀ = 0 E S = Φ(c/σ), at θ′ = r·w it is Φ((c − r)/σ)."""
    c = shift * sigma
    for r in (0.0, 0.2 * sigma, sigma, 3 * sigma):
        assert strong_floor(NORMAL.cdf(c / sigma), r, sigma) == pytest.approx(NORMAL.cdf((c - r) / sigma), abs=1e-12)


def test_a_half_space_is_left_exactly_at_its_certified_radius() -> None:
    """At q = ½ the radius is how far θ₀ lies from the plane, whatever σ."""
    for sigma in SIGMAS:
        assert certified_radius(NORMAL.cdf(0.7 / sigma), 0.5, sigma) == (
            pytest.approx(0.7) if sigma > 0.1 else math.inf  # 700 σ away, p rounds to 1
        )


def test_the_floors_hold_in_a_simulated_half_space_and_off_its_normal() -> None:
    rng = np.random.default_rng(0)
    noise = 0.5 * rng.standard_normal((40_000, 3))
    w, c = np.array([0.6, 0.8, 0.0]), 0.3
    p = float((noise @ w <= c).mean())
    for move in (0.4 * w, np.array([0.0, 0.0, 0.4]), np.array([-0.4, 0.0, 0.0])):
        moved = float(((noise + move) @ w <= c).mean())
        r = float(np.linalg.norm(move))
        assert moved >= strong_floor(p, r, 0.5) - 0.01
        assert abs(moved - p) <= r / (math.sqrt(2 * math.pi) * 0.5) + 0.01


@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("p", PROBABILITIES)
def test_the_weak_floor_lies_below_the_strong_one_and_that_below_p(p: float, sigma: float) -> None:
    for r in (distance * sigma for distance in DISTANCES):
        weak, strong = weak_floor(p, r, sigma), strong_floor(p, r, sigma)
        assert 0 <= weak <= strong + 1e-12
        assert strong <= p


def test_the_score_of_any_noised_model_changes_at_most_by_the_lipschitz_bound() -> None:
    """Of the sets with E S(θ₀+ε) = p the half-spaces change fastest, one falling, one rising."""
    for p in PROBABILITIES[1:-1]:
        for r in DISTANCES:
            away = NORMAL.inv_cdf(p)
            changes = [abs(NORMAL.cdf(away + sign * r / 0.5) - p) for sign in (-1, 1)]
            assert max(changes) <= r / (math.sqrt(2 * math.pi) * 0.5) + 1e-12
    near = 1e-4
    fastest = 0.5 - strong_floor(0.5, near, 0.5)  # and at p = ½, near by, it is that fast
    assert fastest == pytest.approx(near / (math.sqrt(2 * math.pi) * 0.5), rel=1e-6)


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("p", [0.3, 0.5, 0.9, 0.999])
def test_the_certified_radius_is_where_the_floor_meets_the_threshold(p: float, threshold: float) -> None:
    radius = certified_radius(p, threshold, 0.02)
    if p < threshold:
        assert radius is None
    else:
        assert radius is not None
        assert strong_floor(p, radius, 0.02) == pytest.approx(threshold, abs=1e-12)
        assert strong_floor(p, radius + 1e-4, 0.02) < threshold


def test_certainty_loses_nothing_and_nothing_guarantees_nothing() -> None:
    assert strong_floor(1.0, 1e9, 0.1) == 1.0
    assert strong_floor(0.0, 0.0, 0.1) == 0.0
    assert certified_radius(1.0, 0.5, 0.1) == math.inf
    assert certified_radius(0.0, 0.5, 0.1) is None
    assert certified_radius(0.5, 0.5, 0.1) == 0.0
    assert strong_floor(0.7, math.inf, 0.1) == 0.0


def test_fewer_successes_than_the_threshold_needs_abstain() -> None:
    assert Certificate(0.01, 50, 100, 0.001).radius(0.5) is None  # the share is ½, its lower bound is not
    assert Certificate(0.01, 0, 100, 0.001).floor(0.0) == 0.0
    certain = Certificate(0.01, 100, 100, 0.001)
    assert certain.low == pytest.approx(0.001 ** (1 / 100))
    assert certain.low < 1
    assert certain.interval == pytest.approx((0.025 ** (1 / 100), 1.0))


def test_what_is_not_complete_claims_nothing_but_keeps_its_share() -> None:
    given_up = Certificate(0.01, 50, 50, 0.001, complete=False)
    assert (given_up.radius(0.5), given_up.floor(0.0), given_up.weak_floor(0.0)) == (None, 0.0, 0.0)
    assert given_up.share == 1.0
    assert given_up.interval[0] > 0.9


def test_the_total_drop_is_what_noise_costs_and_what_the_move_costs() -> None:
    score, sigma, r = 0.97, 0.01, 0.012
    p = 0.9
    floor = strong_floor(p, r, sigma)
    assert total_drop(score - p, p, floor) == pytest.approx(score - floor)
    assert total_drop(0.05, 1.0, 1.0) == pytest.approx(0.05)


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.8, 0.99])
@pytest.mark.parametrize("failure_probability", [0.5, 0.05, 0.001, 1e-4, 0.5**10, 1e-9])
def test_the_trials_needed_are_the_fewest_whose_bound_exceeds_the_threshold(
    threshold: float, failure_probability: float
) -> None:
    needed = trials_needed(threshold, failure_probability)
    low = [clopper_pearson(n, n, 1 - failure_probability, "lower")[0] if n else 0.0 for n in (needed - 1, needed)]
    assert low[0] <= threshold * (1 + 1e-9)
    assert low[1] > threshold
    assert Certificate(1.0, needed, needed, failure_probability).radius(threshold) is not None


def test_ten_halves_are_no_more_than_a_half_to_the_tenth() -> None:
    assert trials_needed(0.5, 0.5**10) == 11  # ten trials reach ½, and do not exceed it


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: strong_floor(1.1, 0.0, 1.0), r"probability in \[0, 1\], got 1.1"),
        (lambda: weak_floor(0.5, -1.0, 1.0), "distance ≥ 0, got -1"),
        (lambda: strong_floor(0.5, math.nan, 1.0), "distance ≥ 0, got nan"),
        (lambda: strong_floor(0.5, 1.0, 0.0), "σ > 0, got 0.0: without noise"),
        (lambda: strong_floor(0.5, 1.0, math.inf), "finite σ"),
        (lambda: certified_radius(0.5, 1.0, 1.0), r"threshold in \(0, 1\), got 1.0"),
        (lambda: trials_needed(0.0, 0.1), r"threshold in \(0, 1\)"),
        (lambda: trials_needed(0.5, 1.0), r"failure probability in \(0, 1\)"),
    ],
)
def test_impossible_numbers_are_refused(call, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        call()


FAILURE = 0.05
ROUNDS = 1000


def violated_at_most(count: int) -> bool:
    """Whether so many violations in ROUNDS are compatible with a failure probability of 5 %."""
    return binomtest(count, ROUNDS, FAILURE, alternative="greater").pvalue > 0.01


def test_a_thousand_half_spaces_are_certified_falsely_in_at_most_one_of_twenty() -> None:
    """A half-space's radius at q = ½ is c itself: any certified radius beyond c is a false claim."""
    rng = np.random.default_rng(1)
    violations, c, sigma = 0, 0.01, 0.012
    for right in rng.binomial(400, NORMAL.cdf(c / sigma), ROUNDS):
        radius = Certificate(sigma, int(right), 400, FAILURE).radius(0.5)
        violations += radius is not None and radius > c
    assert violated_at_most(violations)
    assert violations > 10, "the bound is close to exact: a test that nothing violates would show nothing"


def test_a_wrong_failure_probability_would_be_noticed() -> None:
    """The same with the share itself for a lower bound: half of the claims are false."""
    shares = np.random.default_rng(1).binomial(400, NORMAL.cdf(0.01 / 0.012), ROUNDS) / 400
    assert not violated_at_most(sum((certified_radius(float(share), 0.5, 0.012) or 0) > 0.01 for share in shares))


def swept(spec: CertificateSpec, truth: dict[float, float], rng: np.random.Generator) -> list[Certificate]:
    """One run of the planner with Bernoulli outcomes of known probability, as certificates of the complete σ."""
    facts = Facts(100, 0.1, {"demo:assistant": 0.0002}, chance={"basic": 0.0})
    known: dict[Point, dict[str, float]] = {}
    while (step := next_step(spec, facts, known)).points:
        for point, _ in step.points:
            right = 1.0 if point.at_origin else rng.binomial(BATCH, truth[point.alpha]) / BATCH
            known[point] = {"basic": right}
    found = []
    for sigma in spec.sigmas:
        shares = [scores["basic"] for point, scores in known.items() if point.alpha == sigma]
        right, trials = sum(round(share * BATCH) for share in shares), len(shares) * BATCH
        found.append(Certificate(sigma, right, trials, FAILURE / len(spec.sigmas), complete=trials >= spec.trials))
    return found


@pytest.mark.parametrize("kind", ["half-space", "equal shares"])
def test_the_best_of_a_sweep_that_gives_up_losers_is_false_in_at_most_one_of_twenty(kind: str) -> None:
    """All that a run claims is judged: the best radius and the highest floor at a fine-tune, over σ chosen by outcome."""
    sigmas, c, r = (0.0005, 0.008, 0.012, 0.016, 0.2), 0.01, 0.006
    truth = {sigma: NORMAL.cdf(c / sigma) if kind == "half-space" else 0.7 for sigma in sigmas}
    spec = CertificateSpec(
        checkpoint="demo:base", directions=(Gaussian(seed=0),), capabilities=("basic",), sigmas=sigmas, trials=300,
        failure_probability=FAILURE,
    )  # fmt: skip
    rng = np.random.default_rng(2)
    violations = stopped = 0
    for _ in range(ROUNDS):
        found = swept(spec, truth, rng)
        stopped += sum(not certificate.complete for certificate in found)
        best = max(found, key=lambda certificate: certificate.radius(0.5) or 0.0)
        at = max(found, key=lambda certificate: certificate.floor(r))
        radius = c if kind == "half-space" else certified_radius(0.7, 0.5, best.sigma)
        floor = strong_floor(truth[at.sigma], r, at.sigma)
        violations += (best.radius(0.5) or 0.0) > (radius or 0.0) + 1e-12 or at.floor(r) > floor + 1e-12
    assert violated_at_most(violations)
    assert stopped > ROUNDS / 2, "losers were given up in these runs"


def test_an_input_floor_is_only_a_heuristic_a_model_that_compares_two_rows_breaks_it() -> None:
    """Right exactly if both positions read the same row of W: (a, a) under every noise, (a, b) under none."""
    rng = np.random.default_rng(3)
    embedding, sigma = rng.standard_normal((2, 8)), 0.5
    embedding[1] = embedding[0] + 0.001  # tokens a and b lie close together
    swap = float(np.linalg.norm(embedding[0] - embedding[1]))

    def right(weights: np.ndarray, tokens: tuple[int, int]) -> bool:
        return bool((weights[tokens[0]] == weights[tokens[1]]).all())

    noised = [embedding + sigma * rng.standard_normal(embedding.shape) for _ in range(1000)]
    same = Certificate(sigma, sum(right(w, (0, 0)) for w in noised), len(noised), 0.001)
    assert same.share == 1.0
    assert input_floor(same.low, swap, sigma) > 0.98  # what the heuristic promises of (a, b)
    assert input_floor(1.0, 1e6, sigma) == 1.0  # and, were p known to be 1, at any swap
    assert sum(right(w, (0, 1)) for w in noised) == 0  # what is true of it
    moved = [w + rng.standard_normal(w.shape) for w in noised]
    assert all(right(w, (0, 0)) for w in moved)  # the theorem itself holds: it is about one δ of all of W
