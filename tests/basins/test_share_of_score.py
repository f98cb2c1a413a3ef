"""A tolerance that is a share of the score: checkpoints of different skill are judged alike."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.basins.radii import basins_of
from landscape.figures.basins.radii import radii_figure
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from tests.basins.known_rays import LADDER, NARROW, made


def fading(known: int) -> Result[BasinSpec]:
    """Of 200 examples so many are known; the share of them that is left falls from 1 along a line to half at reach."""
    result = made({"math": NARROW}, n=200)
    left = np.round(known * (1 - 0.5 * result.rows["alpha"] / LADDER[-1])).astype(int)
    outcomes = [(np.arange(200) < count).astype(np.uint8) for count in left]
    rows = result.rows.assign(score=left / 200)
    rows["outcomes"] = outcomes
    return replace(result, rows=rows)


def radius(result: Result[BasinSpec], **how: bool) -> float:
    (basin,) = basins_of(result, 0.2, **how)
    assert basin.radius is not None
    return basin.radius.median


def test_the_same_decline_has_the_same_radius_at_any_score() -> None:
    full, half = fading(200), fading(100)
    assert radius(half, share_of_score=True) == pytest.approx(radius(full, share_of_score=True), rel=0.02)
    assert radius(full, share_of_score=True) == radius(full) == pytest.approx(0.4 * LADDER[-1], rel=0.03)
    assert radius(half) == pytest.approx(0.8 * LADDER[-1], rel=0.03), "an absolute τ allows twice the decline"


def test_the_figure_says_which_tolerance_it_is() -> None:
    results = {"full": fading(200), "half": fading(100)}
    share = radii_figure(results, tolerance=0.2, share_of_score=True)
    assert "(τ\u00a0=\u00a00.2\u00a0× each score at\u00a0θ₀)" in share.layout.title.text
    assert list(share.data[0].y) == pytest.approx([share.data[0].y[0]] * 2, rel=0.02)
    assert "(τ\u00a0=\u00a00.2)" in radii_figure(results, tolerance=0.2).layout.title.text
