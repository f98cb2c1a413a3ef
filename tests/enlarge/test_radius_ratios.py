"""How much wider a basin is than another, against rays whose ratio is known."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from landscape.enlarge.radius_ratios import Enlargement, enlargements, ratio_finding
from landscape.enlarge.ratios import ratio_interval
from landscape.reports.enlarge import enlargement_dict
from landscape.schema.results import Result
from tests.basins.known_rays import NARROW, REACH, WIDE, made
from tests.enlarge.known_pairs import named, pair


@pytest.mark.parametrize(("ratio", "grown"), [(2.0, 1.25), (5.0, 2.0), (0.5, 1.0)])
def test_a_ratio_in_alpha_is_growth_times_the_relative_ratio(ratio: float, grown: float) -> None:
    (one,) = enlargements(pair(ratio, grown))
    assert one.ratio == pytest.approx(ratio, rel=0.03)
    assert one.rms_ratio == pytest.approx(grown)
    assert one.relative_ratio == pytest.approx(ratio / grown, rel=0.03)
    assert one.interval[0] < one.ratio < one.interval[1]


def test_weights_that_only_grew_bring_nothing_relative() -> None:
    (one,) = enlargements(pair(ratio=2.0, grown=2.0))
    assert one.relative_ratio == pytest.approx(1.0, rel=0.03)
    assert (
        "2 × comes from larger weights and 1 × (0.88–1.1) is left by the rms of all weights" in ratio_finding([one])[0]
    )


def test_the_interval_of_a_ratio_adds_in_quadrature_on_the_log_scale() -> None:
    low, high = ratio_interval((2.0, 2.0 / 1.3, 2.0 * 1.2), (1.0, 1 / 1.4, 1.1))
    assert low == pytest.approx(2 * math.exp(-math.hypot(math.log(1.3), math.log(1.1))))
    assert high == pytest.approx(2 * math.exp(math.hypot(math.log(1.2), math.log(1.4))))
    assert ratio_interval((2.0, 2.0, 2.0), (1.0, 0.5, 2.0)) == pytest.approx((1.0, 4.0))
    assert ratio_interval((2.0, 0.0, math.inf), (1.0, 0.5, 2.0)) == (0.0, math.inf)
    assert all(map(math.isnan, ratio_interval((2.0, math.nan, math.nan), (1.0, 0.5, 2.0))))


def test_the_interval_of_a_ratio_covers_the_truth_as_often_as_it_says() -> None:
    """Two estimates whose logarithms are normal with known errors, each with its own exact 95 % interval."""
    rng, hits, spread = np.random.default_rng(0), 0, (0.1, 0.3)
    for _ in range(2000):
        a, b = np.exp(rng.normal(np.log([5.0, 1.0]), spread))
        limits = [(x * math.exp(-1.96 * s), x * math.exp(1.96 * s)) for x, s in zip((a, b), spread, strict=True)]
        low, high = ratio_interval((a, *limits[0]), (b, *limits[1]))
        hits += low <= 5.0 <= high
    assert 0.935 <= hits / 2000 <= 0.965


def test_a_basin_that_was_not_followed_to_its_end_has_no_ratio() -> None:
    far = named(made({"basic": [2 * REACH] * 8}), "demo:benign", 0.1)
    (one,) = enlargements([pair()[0], far])
    assert one.ratio is None
    assert f"that of benign ends beyond α = {REACH:g}" in ratio_finding([one])[0]


def test_scores_that_differ_are_said_not_to_be_equal() -> None:
    (one,) = enlargements(pair())
    worse = Enlargement(one.reference, replace(one.other, score=0.97))
    assert one.equal
    assert not worse.equal
    assert ratio_finding([worse])[0].endswith("score 0.970 against 1.000, which is not equal.")
    assert Enlargement(one.reference, replace(one.other, score=0.98)).equal


def test_a_capability_that_neither_has_is_passed_over() -> None:
    nothing = [named(made({"basic": NARROW, "math": [0.0] * 8}), name, 0.1) for name in ("demo:base", "demo:benign")]
    found = enlargements(nothing)
    assert [one.reference.capability for one in found] == ["basic", "math"]
    assert len(ratio_finding(found)) == 1


def test_the_json_holds_no_number_that_json_lacks() -> None:
    few = [named(made({"basic": NARROW[:2]}), "demo:base", 0.1), named(made({"basic": WIDE[:2]}), "demo:benign", 0.1)]
    found = json.loads(json.dumps(enlargement_dict(few), allow_nan=False))
    (one,) = found["enlargements"]
    assert one["wider"] == pytest.approx(2, rel=0.03)
    assert (one["wider_low"], one["wider_high"]) == (None, None)
    assert [each["checkpoint"] for each in found["checkpoints"]] == ["demo:base", "demo:benign"]
    assert found["checkpoints"][1]["capabilities"]["basic"]["relative"] == pytest.approx(0.205, rel=0.05)


def test_one_basin_or_different_questions_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="two basins or more"):
        enlargements(pair()[:1])
    other = pair()[1]
    spec = other.spec.model_copy(update={"tolerance": 0.1})
    with pytest.raises(ValueError, match="of the same capabilities"):
        enlargements([pair()[0], Result(spec, other.rows, other.facts)])
