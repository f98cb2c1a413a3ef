"""Checkpoints of different skill, compared at a τ that is a share of each score at θ₀."""

import json

import numpy as np
import pytest
from rich.console import Console

from landscape.basins.radii import basins_of
from landscape.enlarge.radius_ratios import enlargements
from landscape.reports.enlarge import basins_by_checkpoint, compared, comparison_dict
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec

SKILL = {"demo:base-02000": 0.4, "demo:base": 1.0}  # score at θ₀; both fall to 0 along a straight line, at α = END
END, TAU = 0.08, 0.1


def search(checkpoint: str) -> Result[BasinSpec]:
    spec = BasinSpec(
        checkpoint=checkpoint, directions=tuple(Gaussian(seed=seed) for seed in range(8)), capabilities=("basic",),
        reach=END, tolerance=TAU,
    )  # fmt: skip
    rows = [
        {"direction": "gaussian", "seed": seed, "alpha": alpha, "realised_alpha": alpha, "capability": "basic",
         "score": SKILL[checkpoint] * (1 - alpha / END), "loss": 1.0, "n": 400, "seconds": 0.1}
        for seed in range(8)
        for alpha in np.linspace(0, END, 9)
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, chance={"basic": 0.0}))


SEARCHES = [search("demo:base"), search("demo:base-02000")]


def test_as_a_share_both_lose_the_same_at_the_same_distance_and_as_a_drop_the_weaker_seems_wider() -> None:
    by_drop, by_share = (
        enlargements(SEARCHES, basins_by_checkpoint(SEARCHES, share_of_score=share))[0] for share in (False, True)
    )
    assert by_drop.in_alpha is not None
    assert by_share.in_alpha is not None
    assert by_drop.in_alpha.value == pytest.approx(1 / 0.4)
    assert by_share.in_alpha.value == pytest.approx(1.0)
    assert by_share.other.radius is not None
    assert by_share.other.radius.median == pytest.approx(TAU * END)


def test_the_function_is_that_of_the_page_basins() -> None:
    for one in SEARCHES:
        read = basins_by_checkpoint([one], share_of_score=True)[one.spec.checkpoint]
        assert read[0].radius == basins_of(one, TAU, share_of_score=True)[0].radius


@pytest.mark.parametrize("share", [False, True])
def test_the_json_and_the_table_say_which(share: bool) -> None:
    found = json.loads(json.dumps(comparison_dict(SEARCHES, [], share_of_score=share), allow_nan=False))
    assert found["tolerance_of"] == ("share of each score at θ₀" if share else "score")
    (pair,) = found["enlargements"]
    assert pair["wider"] == pytest.approx(1.0 if share else 2.5)
    console = Console(width=200)
    with console.capture() as shown:
        console.print(compared(SEARCHES, share_of_score=share))
    assert ("τ = 0.1 × each score at θ₀" in " ".join(shown.get().split())) == share
