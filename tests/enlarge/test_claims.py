"""What is claimed of enlarged basins: what may refute a claim, and what may not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from landscape.enlarge.claims import Claim, claims_of
from landscape.enlarge.forgetting import CapabilityChange
from landscape.enlarge.radius_ratios import Enlargement, enlargements
from tests.basins.known_rays import REACH, made
from tests.enlarge.known_pairs import named, pair


def row(right: int) -> pd.Series:
    outcomes = (np.arange(100) < right).astype(np.uint8)
    return pd.Series({"score": right / 100, "loss": 0.1, "n": 100, "outcomes": outcomes})


def fate(base: str, before: int, after: int) -> CapabilityChange:
    return CapabilityChange(base, f"{base}-tuned", "basic", True, row(before), row(after))


def forgotten(base: tuple[int, int], other: tuple[int, int]) -> Claim:
    claims = claims_of(enlargements(pair()), [fate("demo:base", *base), fate("demo:benign", *other)])
    return next(claim for claim in claims if claim.claim == "The same fine-tune forgets less")


def test_forgetting_is_what_was_lost_and_not_what_was_scored() -> None:
    """The second scores higher after, but it lost more."""
    claim = forgotten((60, 55), (97, 75))
    assert claim.outcome == "does not hold"
    assert "basic 0.97 → 0.75 against 0.60 → 0.55: −0.17" in claim.measured
    assert forgotten((97, 10), (97, 75)).outcome == "holds"
    assert forgotten((97, 97), (97, 97)).outcome == "open"  # both keep everything
    assert forgotten((97, 95), (97, 96)).outcome == "open"


def scoring(score: float) -> list[Enlargement]:
    (one,) = enlargements(pair(grown=1.0))
    radius = one.other.radius
    assert radius is not None
    far = replace(radius, median=10 * radius.median, low=10 * radius.low, high=10 * radius.high)
    return [Enlargement(replace(one.reference, score=0.95), replace(one.other, score=score, radius=far))]


@pytest.mark.parametrize(
    ("score", "outcome"), [(0.95, "holds"), (0.99, "holds"), (0.93, "holds"), (0.92, "does not hold")]
)
def test_a_higher_score_refutes_no_width(score: float, outcome: str) -> None:
    wider, relative, *_ = claims_of(scoring(score), [])
    assert (wider.outcome, relative.outcome) == (outcome, outcome)


def test_a_basin_that_outlasts_the_search_leaves_a_claim_open() -> None:
    base, narrow = pair(ratio=1.2)
    far = named(made({"basic": [2 * REACH] * 8}), "demo:adversarial", 0.1)
    assert claims_of(enlargements([base, narrow]), [])[0].outcome == "does not hold"
    wider = claims_of(enlargements([base, narrow, far]), [])[0]
    assert wider.outcome == "open"
    assert wider.measured.endswith("how far adversarial holds was not searched")
