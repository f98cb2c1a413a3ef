"""What fine-tunes kept against how far they went: shares, distances, and a rank correlation that is exact."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kendalltau

from landscape.basins.boundaries import Radius
from landscape.enlarge.forgetting import capability_changes
from landscape.enlarge.kept import Kept, kept_of, rank_correlation, still_right
from landscape.enlarge.radius_ratios import CheckpointRadius
from landscape.figures.enlarge.kept import kept_figure, kept_finding
from landscape.intervals import Share, wilson
from tests.figures.handmade import search_of, standing

RADIUS = Radius(0.02, 0.016, 0.025, 0.01, 0.03, 8, 8, 0.08, at_least=False)
BOUND = Radius(0.02, 0.016, float("inf"), 0.01, float("inf"), 8, 2, 0.08, at_least=True)


def kept(distance: float, share: float, radius: Radius = RADIUS) -> Kept:
    return Kept("demo:base", "t", "basic", distance * radius.median, radius, Share(share, 0.0, 1.0, 100))


def test_what_is_kept_is_the_share_of_what_the_base_got_right() -> None:
    base = search_of(scores={"basic": [(0.0, 0.8)], "math": [(0.0, 0.0)]})
    tuned = standing("t", {"basic": (0.6, 0.5), "math": (0.9, 0.5)})
    basic, math = capability_changes(base, tuned)
    share = still_right(basic)
    assert share is not None
    assert (share.share, share.n) == (0.75, 80)
    assert (share.low, share.high) == pytest.approx(wilson(0.75, 80))
    twice = still_right(replace(basic, requests=[place // 2 for place in range(100)]))
    assert twice is not None
    assert (twice.share, twice.low) == pytest.approx((0.75, wilson(0.75, 40)[0])), "every request is asked twice"
    assert still_right(math) is None, "it had nothing to keep"
    gained = capability_changes(base, standing("t", {"basic": (1.0, 0.5)}))[0]
    assert (still_right(gained) or share).share == 1.0, "what is new was not kept"
    width = CheckpointRadius("demo:base", "basic", 0.8, 0.1, 0.1, RADIUS)
    (one,) = kept_of([width], [basic, math], {"demo:base": 0.03})
    assert one.distance == pytest.approx(1.5)
    assert one.interval == pytest.approx((0.03 / 0.025, 0.03 / 0.016))
    assert kept_of([width], [basic], {}) == []


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_the_p_value_is_that_of_an_exact_test(n: int) -> None:
    rng = np.random.default_rng(n)
    pairs = list(zip(rng.permutation(n) + 1.0, rng.permutation(n) / n, strict=True))
    found = rank_correlation([kept(*pair) for pair in pairs])
    known = kendalltau(*zip(*pairs, strict=True), method="exact")
    assert found is not None
    assert (found.tau, found.p_value, found.n) == pytest.approx((known.statistic, known.pvalue, n))


def test_ties_lower_no_p_value() -> None:
    found = rank_correlation([kept(1, 0.9), kept(2, 0.5), kept(3, 0.5), kept(4, 0.1)])
    assert found is not None
    assert found.tau == pytest.approx(kendalltau([1, 2, 3, 4], [0.9, 0.5, 0.5, 0.1]).statistic)
    assert found.p_value == pytest.approx(4 / 24), "two orders of the tied pair, and both signs"


def test_two_fine_tunes_or_equal_ones_have_no_rank_correlation() -> None:
    assert rank_correlation([kept(1, 0.9), kept(2, 0.5)]) is None
    assert rank_correlation([kept(x, 0.5) for x in (1, 2, 3)]) is None
    assert rank_correlation([kept(x, x / 10) for x in range(1, 10)]) is None, "too many orders to count"
    assert kept_finding([kept(1, 0.9), kept(2, 0.5)]).endswith("(n = 2, one training each): no trend is claimed")


def test_a_radius_that_is_a_bound_is_drawn_hollow_and_counts_in_no_correlation() -> None:
    found = [kept(3, 0.1), kept(2, 0.5), kept(1, 0.9), kept(0.5, 0.2, BOUND)]
    said = kept_finding(found)
    assert "(n = 4, one training each): rank correlation of the 3 whose base was followed to its boundary −1.00" in said
    assert said.endswith("exact permutation p = 0.33)")
    figure = kept_figure(found, {"demo:base": 0})
    assert [trace.marker.symbol.endswith("-open") for trace in figure.data] == [False, False, False, True]
    assert figure.data[0].error_x.array[0] == pytest.approx(3 * 0.02 / 0.016 - 3)
    assert figure.data[0].error_y.arrayminus[0] == pytest.approx(0.1)
