"""Ratios of radii as one of several, and along directions relative to every tensor."""

import math
from dataclasses import replace

import numpy as np
import pytest

from landscape.basins.medians import median_low
from landscape.basins.radii import basins_of
from landscape.enlarge.claims import claims_of
from landscape.enlarge.radius_ratios import Enlargement, enlargements, ratio_finding
from landscape.enlarge.ratios import Ratio, ratio_interval, ratio_of
from landscape.enlarge.variants import RELATIVE_REACH, Variants
from landscape.reports.enlarge import enlargement_dict
from landscape.schema.directions import Gaussian, Layer, Towards
from tests.basins.known_rays import NARROW, made
from tests.enlarge.known_pairs import named, pair


def test_one_alone_keeps_its_interval_and_several_widen_it_on_the_log_scale() -> None:
    ratio = Ratio(4.0, 2.0, 8.0)
    assert ratio.among(1) == Ratio(4.0, pytest.approx(2.0), pytest.approx(8.0))
    four = ratio.among(4)
    assert four.low == pytest.approx(4 * 0.5 ** (2.4977 / 1.95996), rel=1e-4)  # normal quantiles of 0.9875 and 0.95
    assert four.high == pytest.approx(16 / four.low)
    assert Ratio(4.0, 0.0, math.inf).among(4) == Ratio(4.0, 0.0, math.inf)
    assert not Ratio(4.0, math.nan, math.nan).among(4).known
    assert (str(ratio), str(Ratio(4.0, math.nan, math.nan))) == ("4 × (2–8)", "4 ×")
    assert str(Ratio(4.0, 2.0, math.inf)) == "4 × (2 or more)"


def test_of_four_equal_ways_the_widest_is_rarely_called_wider() -> None:
    """Eight lognormal boundaries a way: the intervals of all four hold 1 together, and uncorrected ones do not."""
    rng, trials = np.random.default_rng(0), 400
    plain = together = 0
    for _ in range(trials):
        draws = np.exp(rng.normal(0, 0.3, (5, 8)))
        exact = [(d, np.tile(d, (2, 1))) for d in draws]  # without noise of examples
        first, *ways = [(np.median(d), median_low(d, a, rng), -median_low(-d, -a, rng)) for d, a in exact]
        ratios = [Ratio(way[0] / first[0], *ratio_interval(way, first)) for way in ways]
        plain += all(ratio.low <= 1 <= ratio.high for ratio in ratios)
        together += all(one.low <= 1 <= one.high for one in (ratio.among(4) for ratio in ratios))
    assert plain / trials < 0.94
    assert together / trials >= 0.95


def test_a_radius_of_zero_or_a_bound_has_no_ratio() -> None:
    (one,) = enlargements(pair())
    radius = one.other.radius
    assert radius is not None
    assert ratio_of(radius, replace(radius, median=0.0)) is None
    assert ratio_of(radius, replace(radius, at_least=True)) is None
    assert ratio_of(None, radius) is None


SEARCH = made({"basic": NARROW}).spec


def test_the_second_search_has_the_same_seeds_and_a_reach_of_its_own() -> None:
    mixed = SEARCH.model_copy(
        update={"directions": (Gaussian(seed=3), Towards(checkpoint="demo:base"), Gaussian(seed=7))}
    )
    variants = Variants(mixed, ("demo:benign",))
    first, second = variants.per_tensor_searches.values()
    assert first.directions == second.directions == (Layer(seed=3), Layer(seed=7))
    assert (first.reach, first.tolerance, second.checkpoint) == (RELATIVE_REACH, mixed.tolerance, "demo:benign")
    assert type(first).model_validate(first.model_dump()) == first, "a spec that can be stored"
    assert not Variants(mixed, ("demo:benign",), per_tensor=False).per_tensor_searches
    assert not Variants(first, ("demo:benign",)).per_tensor_searches, "its α is relative already"


def test_ways_lead_from_each_base_to_its_fine_tune_and_move_what_the_search_moves() -> None:
    moved = SEARCH.model_copy(update={"only": ("*mlp*",)})
    ways = Variants(moved, ("demo:benign",), ("a", "b")).ways
    assert [(way.checkpoint, way.others, way.only, way.alphas) for way in ways.values()] == [
        (moved.checkpoint, ("a",), ("*mlp*",), (0.0,)),
        ("demo:benign", ("b",), ("*mlp*",), (0.0,)),
    ]


def with_layers(ratio: float, grown: float, by_tensor: float) -> list[Enlargement]:
    results = pair(ratio, grown)
    along = [named(made({"basic": [factor * e for e in NARROW]}), r.spec.checkpoint, 0.1) for factor, r in zip((1, by_tensor), results, strict=True)]  # fmt: skip
    return enlargements(results, layers={result.spec.checkpoint: basins_of(result) for result in along})


def test_what_is_left_is_said_by_both_normalisers_and_judged_by_each() -> None:
    (one,) = found = with_layers(5.6, 1.4, 2.0)
    assert one.by_rms is not None
    assert one.by_tensor is not None
    assert (one.by_rms.value, one.by_tensor.value) == pytest.approx((4.0, 2.0), rel=0.03)
    (sentence,) = ratio_finding(found)
    assert (
        f"{one.by_rms} is left by the rms of all weights, {one.by_tensor} by the relative change of every" in sentence
    )
    outcomes = {claim.claim: claim.outcome for claim in claims_of(found, [])}
    assert outcomes["3 × as wide relative to the weights, by their rms"] == "holds"
    assert outcomes["3 × as wide relative to the weights, by the relative change of every tensor"] == "does not hold"


def test_a_claim_that_holds_is_told_of_a_checkpoint_that_shows_it() -> None:
    """The widest has too few directions for an interval; the next is wide enough and has one."""
    edges = {"base": NARROW, "benign": [8 * e for e in NARROW], "base-sam": [9 * e for e in NARROW[:2]]}
    base, other, few = (
        named(made({"basic": [e / 2 for e in each]}), f"demo:{name}", 0.1) for name, each in edges.items()
    )
    wider = claims_of(enlargements([base, other, few]), [])[0]
    assert wider.outcome == "holds"
    assert wider.measured.startswith("benign's basin of basic against base's: 8 × (")


def test_where_the_second_search_was_not_made_nothing_is_claimed_of_every_tensor() -> None:
    found = enlargements(pair(5.6, 1.4))
    assert "every tensor" not in ratio_finding(found)[0]
    assert all("every tensor" not in claim.claim for claim in claims_of(found, []))


def test_the_json_has_every_ratio_with_its_interval() -> None:
    results = pair(2.0, 1.25)
    (plain,) = enlargement_dict(results)["enlargements"]
    assert [plain[f"tensor_wider{end}"] for end in ("", "_low", "_high")] == [None] * 3
    layers = [named(made({"basic": [1.5 * e for e in NARROW]}), r.spec.checkpoint, 0.1) for r in results]
    (found,) = enlargement_dict(results, layers)["enlargements"]
    assert found["tensor_wider"] == pytest.approx(1.0)
    assert found["tensor_wider_low"] < 1 < found["tensor_wider_high"]
    assert found["relatively_wider_low"] == pytest.approx(found["wider_low"] / 1.25)
