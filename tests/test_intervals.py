"""Intervals against textbook formulas, published numbers, slow searches and simulation."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from landscape.intervals import (
    clopper_pearson,
    dropped_by_more_than,
    examples_needed,
    mean_change,
    median_low,
    share_of,
    wilson,
)


def wilson_formula(p: float, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def pairs(lost: int, gained: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    before, after = np.ones(n), np.ones(n)
    after[:lost], before[lost : lost + gained] = 0, 0
    return before, after


def test_wilson_is_the_textbook_formula() -> None:
    assert wilson(0.9, 200) == pytest.approx(wilson_formula(0.9, 200))
    assert wilson(0, 0) == (0, 1)


def test_forty_four_of_forty_four_shows_nine_tenths_at_99_percent() -> None:
    low, high = clopper_pearson(44, 44, 0.99, "lower")
    assert low == pytest.approx(0.01 ** (1 / 44))
    assert low >= 0.9
    assert high == 1
    assert clopper_pearson(43, 43, 0.99, "lower")[0] < 0.9


def test_clopper_pearson_has_its_closed_forms_at_the_ends() -> None:
    assert clopper_pearson(0, 10) == pytest.approx((0, 1 - 0.025**0.1))
    assert clopper_pearson(10, 10) == pytest.approx((0.025**0.1, 1))
    assert clopper_pearson(0, 10, side="upper") == pytest.approx((0, 1 - 0.05**0.1))
    assert clopper_pearson(0, 0) == (0, 1)


def test_impossible_counts_and_confidences_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and n = 4, got 5"):
        clopper_pearson(5, 4)
    with pytest.raises(ValueError, match=r"confidence in \(0, 1\), got 95"):
        clopper_pearson(4, 4, 95)
    with pytest.raises(ValueError, match="at least one trial"):
        share_of([])


def test_a_share_carries_its_interval() -> None:
    found = share_of([True, True, False, True])
    assert (found.share, found.n) == (0.75, 4)
    assert (found.low, found.high) == clopper_pearson(3, 4)


@pytest.mark.parametrize("score", [0.0, 0.1, 0.5, 0.9, 0.975, 1.0])
@pytest.mark.parametrize("tolerance", [0.01, 0.05, 0.2])
def test_examples_needed_are_the_first_that_suffice(score: float, tolerance: float) -> None:
    def half(n: int) -> float:
        low, high = wilson_formula(score, n)
        return (high - low) / 2

    searched = next(n for n in range(1, 20_000) if half(n) <= tolerance + 1e-12)
    assert examples_needed(score, tolerance) == searched


def test_forty_examples_cannot_resolve_a_twentieth() -> None:
    assert examples_needed(0.9, 0.05) == 141
    assert examples_needed(0.9, 0.6) == 1


def test_examples_needed_refuses_what_has_no_answer() -> None:
    with pytest.raises(ValueError, match="tolerance > 0, got 0"):
        examples_needed(0.9, 0)
    with pytest.raises(ValueError, match=r"score in \[0, 1\], got 1.5"):
        examples_needed(1.5, 0.1)


@pytest.mark.parametrize(("lost", "gained", "n"), [(12, 2, 50), (9, 3, 44), (0, 3, 30), (53, 16, 100)])
def test_without_tolerance_the_paired_test_is_mcnemar_s(lost: int, gained: int, n: int) -> None:
    z = (lost - gained) / math.sqrt(lost + gained)
    assert dropped_by_more_than(*pairs(lost, gained, n), 0).p_value == pytest.approx(NormalDist().cdf(-z))


def test_the_drop_s_interval_is_the_published_one() -> None:
    found = dropped_by_more_than(*pairs(12, 2, 50), 0)  # Tango 1998; also in Newcombe 1998, table III
    assert found.drop == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0611, 0.3447), abs=5e-5)


@pytest.mark.parametrize(("lost", "gained", "n"), [(12, 2, 50), (7, 0, 40), (3, 9, 60)])
@pytest.mark.parametrize("tolerance", [0.02, 0.05, 0.2])
def test_the_paired_statistic_equals_a_slow_maximum_likelihood(
    lost: int, gained: int, n: int, tolerance: float
) -> None:
    def unlikelihood(regained: float) -> float:
        cells = np.array([regained + tolerance, regained, 1 - 2 * regained - tolerance])
        return -float(np.array([lost, gained, n - lost - gained]) @ np.log(cells))

    best = minimize_scalar(unlikelihood, bounds=(1e-12, (1 - tolerance) / 2 - 1e-12), options={"xatol": 1e-12}).x
    z = (lost - gained - n * tolerance) / math.sqrt(n * (2 * best + tolerance - tolerance**2))
    found = dropped_by_more_than(*pairs(lost, gained, n), tolerance)
    assert found.p_value == pytest.approx(NormalDist().cdf(-z), abs=1e-5)


def test_the_interval_holds_the_drops_that_the_test_does_not_reject() -> None:
    before, after = pairs(20, 4, 240)
    low = dropped_by_more_than(before, after, 0).low
    assert dropped_by_more_than(before, after, low).p_value == pytest.approx(0.025)


@pytest.mark.parametrize("regained", [0.0, 0.005, 0.02, 0.1])
def test_a_drop_of_exactly_the_tolerance_is_called_more_in_at_most_6_percent(regained: float) -> None:
    rng, n, tolerance = np.random.default_rng(3), 240, 0.05
    cells = [tolerance + regained, regained, 1 - tolerance - 2 * regained]
    drawn, often = np.unique(rng.multinomial(n, cells, size=20_000), axis=0, return_counts=True)
    p_values = np.array([dropped_by_more_than(*pairs(row[0], row[1], n), tolerance).p_value for row in drawn])
    assert 0.035 <= often[p_values <= 0.05].sum() / often.sum() <= 0.06


def test_examples_that_never_change_speak_for_no_drop() -> None:
    same = np.ones(100)
    found = dropped_by_more_than(same, same, 0)
    assert (found.drop, found.p_value, found.n) == (0, 0.5, 100)
    assert found.low == pytest.approx(-found.high)
    assert found.high == pytest.approx(3.8415 / 103.8415, abs=1e-4)  # z² / (n + z²)
    assert dropped_by_more_than(same, same, 0.05).p_value > 0.98


def test_a_drop_of_everything_is_certain() -> None:
    found = dropped_by_more_than(np.ones(50), np.zeros(50), 0.05)
    assert found.drop == 1
    assert found.high == pytest.approx(1)
    assert found.p_value < 1e-9


def test_an_example_not_scored_both_times_is_left_out() -> None:
    nan = math.nan
    assert dropped_by_more_than([1, 1, nan, 1], [1, 0, 0, nan], 0).n == 2
    with pytest.raises(ValueError, match="at least one example scored before and after"):
        dropped_by_more_than([nan, 1], [1, nan], 0)


def test_what_is_not_paired_outcomes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one example"):
        dropped_by_more_than([], [], 0)
    with pytest.raises(ValueError, match=r"same examples, got \(3,\) and \(2,\)"):
        dropped_by_more_than([1, 1, 1], [0, 1], 0)
    with pytest.raises(ValueError, match=r"outcomes 0 or 1, got \[0.5\]"):
        dropped_by_more_than([1, 0.5], [0, 1], 0)
    with pytest.raises(ValueError, match=r"tolerance in \[0, 1\), got -0.1"):
        dropped_by_more_than([1, 1], [0, 1], -0.1)


def test_order_statistics_alone_cover_the_median_of_any_distribution() -> None:
    rng, still = np.random.default_rng(0), np.zeros((2, 8))
    for draws in (rng.standard_exponential((3000, 8)) - math.log(2), rng.standard_cauchy((3000, 8))):
        covered = [median_low(x, x + still, rng) <= 0 <= -median_low(-x, -(x + still), rng) for x in draws]
        assert 0.93 <= np.mean(covered) <= 0.97


def test_shared_noise_widens_the_interval_and_own_noise_does_not() -> None:
    rng, values = np.random.default_rng(0), np.arange(1.0, 9.0)
    alone = median_low(values, np.tile(values, (1000, 1)), rng)
    own = median_low(values, values + 0.5 * rng.standard_normal((1000, 8)), rng)
    shared = median_low(values, values + 3 * rng.standard_normal((1000, 1)), rng)
    assert own == pytest.approx(alone, abs=0.15)
    assert shared == pytest.approx(4.5 - math.hypot(4.5 - alone, 1.96 * 3), abs=0.5)


def test_five_values_hold_no_95_percent_interval() -> None:
    with pytest.raises(ValueError, match="expected 6 values or more, got 5"):
        median_low(np.arange(5.0), np.ones((2, 5)), np.random.default_rng(0))


def test_a_paired_mean_has_a_bootstrap_interval_that_covers_it() -> None:
    """Against the normal theory of the mean of pairs, and by counting how often the truth is covered."""
    chances = np.random.default_rng(5)
    before = chances.normal(1.0, 2.0, 400)
    after = before + chances.normal(0.1, 0.5, 400)
    found = mean_change(before, after)
    assert found is not None
    assert found.change == pytest.approx(float((after - before).mean()))
    half = 1.96 * (after - before).std(ddof=1) / 20
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.1), "pairs: the spread of `before` drops out"
    covered = 0
    for _ in range(200):
        shift = chances.exponential(0.3, 100)
        one = mean_change(np.zeros(100), shift)
        assert one is not None
        covered += one.low <= 0.3 <= one.high
    assert covered / 200 > 0.95 - 3 * (0.05 * 0.95 / 200) ** 0.5


def test_examples_without_a_value_are_left_out_of_both() -> None:
    found = mean_change([1.0, math.nan, 3.0, 5.0], [2.0, 2.0, math.nan, 6.0])
    assert found is not None
    assert (found.change, found.low, found.high, found.n) == (1.0, 1.0, 1.0, 2)
    assert mean_change([1.0, math.nan], [2.0, 2.0]) is None
    with pytest.raises(ValueError, match="same examples"):
        mean_change([1.0], [1.0, 2.0])
