"""Which basin ends first, against brackets that are written down and simulated rays whose truth is known."""

import math

import numpy as np
import pytest

from landscape.basins.boundaries import Boundary, RayEnds
from landscape.basins.nesting import EXAMPLES_NEEDED, Nesting, ends_first, nesting
from landscape.bench.simulated_rays import Rays, claimed

REACH = 10.0


def bracket(inside: float, outside: float | None) -> Boundary:
    return Boundary(None if outside is None else (inside + outside) / 2, inside, outside, None)


def ends(brackets: list[Boundary], noise: float = 0.0, examples: int = 100) -> RayEnds:
    """Rays that end in these brackets; resamples of the examples move all of them at once by this factor."""
    found = np.array([math.inf if each.alpha is None else each.alpha for each in brackets])
    moved = np.exp(noise * np.random.default_rng(len(brackets)).standard_normal((400, 1)))
    return RayEnds(found, np.full(len(brackets), REACH), found * moved, examples, 0.05 * examples)


def compared(inner: list[Boundary], outer: list[Boundary], **kwargs: float) -> Nesting:
    return nesting(inner, outer, (ends(inner, **kwargs), ends(outer, **kwargs)))  # type: ignore[arg-type]


def test_one_ray_never_makes_a_claim() -> None:
    for one, other in [(bracket(1, 2), bracket(5, 6)), (bracket(5, 6), bracket(1, 2))]:
        found = compared([one], [other])
        assert found.first + found.last == found.rays == 1
        assert found.claim == "undecided"


@pytest.mark.parametrize(("count", "claim"), [(5, "undecided"), (6, "first"), (8, "first")])
def test_a_basin_is_said_to_end_first_only_when_enough_rays_agree(count: int, claim: str) -> None:
    found = compared([bracket(1, 2)] * count, [bracket(5, 6)] * count)
    assert (found.first, found.last, found.claim) == (count, 0, claim)
    assert found.ratio == pytest.approx(5.5 / 1.5)
    opposite = compared([bracket(5, 6)] * count, [bracket(1, 2)] * count)
    assert (opposite.claim == "last") == (claim == "first")
    assert opposite.ratio == pytest.approx(1.5 / 5.5)


def test_what_the_examples_alone_may_explain_is_not_claimed() -> None:
    """All eight rays agree, but other examples would move one basin past the other."""
    narrow, wide = [bracket(1, 1.01)] * 8, [bracket(1.2, 1.21)] * 8
    assert compared(narrow, wide).claim == "first"
    assert compared(narrow, wide, noise=0.02).claim == "first"
    doubtful = compared(narrow, wide, noise=0.1)
    assert (doubtful.first, doubtful.claim) == (8, "undecided")
    half = 1.96 * 0.1 * math.sqrt(2) * math.sqrt(1 + 1 / 5)  # both resampled apart; 5 of 100 may be lost
    assert math.log(doubtful.high / doubtful.low) / 2 == pytest.approx(half, rel=0.2)


@pytest.mark.parametrize("known", [0, 1, EXAMPLES_NEEDED - 1])
def test_nothing_is_claimed_of_a_few_examples_or_of_scores_alone(known: int) -> None:
    inner, outer = [bracket(1, 2)] * 8, [bracket(5, 6)] * 8
    few = compared(inner, outer, examples=known)
    assert (few.first, few.claim) == (8, "undecided")
    assert math.isnan(few.low)
    bare = nesting(inner, outer)
    assert (bare.first, bare.claim) == (8, "undecided")


def test_rays_whose_brackets_overlap_decide_nothing() -> None:
    inner = [bracket(1, 2), bracket(1, 3), bracket(9, None), bracket(1, 2), bracket(9, None), bracket(1, 2)]
    outer = [bracket(1, 2), bracket(2, 4), bracket(9, None), bracket(2, 3), bracket(3, 4), bracket(9, None)]
    found = nesting(inner, outer)
    assert (found.first, found.last, found.rays) == (2, 1, 6)


def test_a_ray_that_never_left_counts_with_what_it_has_shown() -> None:
    """The outer basin reaches at least so far; an inner one that never left may reach anywhere."""
    narrow, open_ = [bracket(1, 1.01)] * 8, [bracket(REACH, None)] * 8
    found = compared(narrow, open_)
    assert found.claim == "first"
    assert found.low == pytest.approx(REACH / 1.005)
    assert math.isinf(found.high)
    assert math.isnan(found.ratio)
    assert compared(open_, narrow).claim == "last"
    neither = compared(open_, open_)
    assert (neither.claim, neither.low, neither.high) == ("undecided", 0, math.inf)
    assert compared([*narrow[:4], *open_[:4]], [bracket(5, 6)] * 8).claim == "undecided"


def test_exchanging_the_basins_exchanges_the_claim_and_never_do_both_hold() -> None:
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(200):
        rays = int(rng.integers(1, 12))
        both = [
            [bracket(a, None if a > 8 else 1.02 * a) for a in np.minimum(scale * rng.lognormal(0, 0.4, rays), 9)]
            for scale in rng.lognormal(0, 1, 2)
        ]
        one, other = compared(both[0], both[1], noise=0.1), compared(both[1], both[0], noise=0.1)
        assert (one.first, one.last) == (other.last, other.first)
        assert {one.claim, other.claim} in ({"first", "last"}, {"undecided"})
        turned = one.reversed
        assert turned.claim == other.claim
        assert (turned.low, turned.high) == pytest.approx((other.low, other.high), nan_ok=True)
        assert not one.low > one.high
        seen.add(one.claim)
    assert seen == {"first", "last", "undecided"}


def test_nesting_needs_both_basins_on_the_same_rays() -> None:
    with pytest.raises(ValueError, match="same rays, got 1 and 2"):
        nesting([bracket(1, 2)], [bracket(1, 2)] * 2)
    with pytest.raises(ValueError, match="same rays, got 0 and 0"):
        nesting([], [])


def test_a_basin_ends_first_where_all_others_still_hold() -> None:
    assert ends_first(bracket(1, 2), [bracket(2, 3), bracket(5, None)])
    assert not ends_first(bracket(1, 2), [bracket(1.9, 3), bracket(5, 6)])
    assert not ends_first(bracket(9, None), [bracket(1, 2)])
    assert ends_first(bracket(1, 2), [])


def test_truly_equal_basins_are_rarely_ordered_and_wider_ones_are() -> None:
    """Where the examples decide, counts of rays alone claim an order in a quarter of runs (the guide has the figures)."""
    rays, runs = Rays(0.05, 0.3, 0.1), 60
    false, counted = claimed(rays, 8, 60, runs)
    assert false <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)
    assert counted > 0.1
    assert claimed(rays, 8, 60, 25, ratio=1.5)[0] > 0.7
