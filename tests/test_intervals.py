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
    independent,
    mean_change,
    rejected,
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
    nan, before, after = math.nan, np.zeros(14), np.arange(14.0)
    before[3] = after[5] = nan
    found, expected = mean_change(before, after), mean_change(np.zeros(12), np.delete(np.arange(14.0), [3, 5]))
    assert found == expected is not None
    assert found.n == 12
    assert mean_change([1.0, nan], [2.0, 2.0]) is None
    with pytest.raises(ValueError, match="same examples"):
        mean_change([1.0], [1.0, 2.0])


@pytest.mark.parametrize(("changed", "there"), [(0, False), (9, False), (10, True)])
def test_few_changed_examples_give_no_interval_but_a_sentence(changed: int, there: bool) -> None:
    """Changes of a thousandth of the others count as none."""
    after = np.where(np.arange(240) < changed, 3.0 + np.arange(240), 0.003)
    found = mean_change(np.zeros(240), after if changed else np.zeros(240))
    assert found is not None
    assert (found.changed, found.n) == (changed, 240)
    assert found.change == pytest.approx(after.mean() if changed else 0)
    assert math.isnan(found.low) != there
    if there:
        assert found.text() == f"+0.315 [+{found.low:.3f}, +{found.high:.3f}]"
    else:
        assert f"{changed} of 240 examples changed, too few to give one" in found.text()
        assert "[" not in found.text()


def test_a_rise_in_a_tenth_of_the_examples_is_covered() -> None:
    """Nine in ten change by 0 ± 0.01, one in ten loses exp(N(1, 1)); percentiles cover 85 to 90 % (the guide)."""
    rng, truth, covered = np.random.default_rng(3), 0.1 * math.exp(1.5), 0
    for _ in range(200):
        changes = np.where(rng.random(240) < 0.1, np.exp(rng.normal(1, 1, 240)), rng.normal(0, 0.01, 240))
        found = mean_change(np.zeros(240), changes)
        assert found is not None
        covered += found.low <= truth <= found.high
    assert covered / 200 > 0.95 - 2 * (0.05 * 0.95 / 200) ** 0.5


def test_repeated_examples_count_once() -> None:
    """The interval of every example three times over is that of each once, whatever is asked of it."""
    rng = np.random.default_rng(1)
    before, after = (rng.random(60) < share for share in (0.9, 0.6))
    thrice = np.repeat(np.arange(60), 3)
    once = dropped_by_more_than(before, after, 0.05)
    again = dropped_by_more_than(before[thrice], after[thrice], 0.05, requests=thrice)
    assert (again.drop, again.low, again.high, again.p_value) == pytest.approx(
        (once.drop, once.low, once.high, once.p_value)
    )
    assert (again.n, again.independent) == (180, 60)
    assert dropped_by_more_than(before[thrice], after[thrice], 0.05).high < again.high
    changes = rng.exponential(1, 60)
    single = mean_change(np.zeros(60), changes)
    assert single is not None
    repeated = mean_change(np.zeros(180), changes[thrice], requests=thrice)
    assert repeated is not None
    assert (repeated.change, repeated.low, repeated.high) == pytest.approx((single.change, single.low, single.high))
    assert wilson(0.9, independent(thrice, 180)) == pytest.approx(wilson(0.9, 60))


def test_requests_asked_more_often_than_others_count_a_little_less() -> None:
    assert independent(None, 7) == 7
    assert independent(range(7), 7) == 7
    assert independent([0] * 7, 7) == 1
    assert independent([0, 0, 0, 3, 4, 5], 6) == pytest.approx(36 / 12)


def test_wordings_of_one_request_are_drawn_together() -> None:
    """Requests of equal wordings, whose mean moves as a whole: by simulation, coverage with and without grouping."""
    rng, requests, covered = np.random.default_rng(0), np.repeat(np.arange(30), 4), np.zeros(2)
    for _ in range(150):
        changes = np.repeat(rng.normal(0.3, 1, 30), 4) + rng.normal(0, 0.1, 120)
        for which, groups in enumerate((None, requests)):
            found = mean_change(np.zeros(120), changes, requests=groups)
            assert found is not None
            covered[which] += found.low <= 0.3 <= found.high
    assert covered[1] / 150 > 0.95 - 2 * (0.05 * 0.95 / 150) ** 0.5
    assert covered[0] / 150 < 0.8


def test_holm_rejects_as_many_as_the_looks_allow() -> None:
    assert rejected([0.04, 0.5], 0.05) == 0
    assert rejected([0.02, 0.04], 0.05) == 2
    assert rejected([0.01, 0.03, 0.9], 0.05) == 1
    assert rejected([], 0.05) == 0
    assert rejected([0.006] * 8, 0.05) == 8
    assert rejected([0.007] * 8, 0.05) == 0
    rng = np.random.default_rng(0)
    false = np.mean([rejected(list(p), 0.05) > 0 for p in rng.random((4000, 8))])
    assert false <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 4000)
