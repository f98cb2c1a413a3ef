"""Whether there is anything to lose at θ₀: at zero, at chance, just above it, and at the ceiling."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.basins.inside import can_lose, has_basin
from landscape.basins.losses import read_by_loss
from landscape.basins.radii import basins_of, nestings
from landscape.basins.standings import Standing, standing_notes
from landscape.figures.slices.findings import known_ends
from landscape.figures.slices.slice import slice_figure
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, SliceSpec

CEILING = "at the ceiling: every example is answered; harder examples would show more"


@pytest.mark.parametrize(
    ("score", "n", "chance", "said"),
    [
        (0.27, 300, 0.25, "nothing to lose here: 0.27 of 300, chance is 0.25"),
        (0.10, 300, 0.25, "nothing to lose here: 0.1 of 300, chance is 0.25"),
        (0.40, 20, 0.25, "nothing to lose here: 0.4 of 20, chance is 0.25; more examples may tell"),
        (0.29, 5000, 0.25, "nothing to lose here: 0.29 of 5,000, no more than 0.05 above chance, 0.25"),
        (0.0, 300, 0.25, "nothing to lose here: none of 300 examples is answered, chance is 0.25"),
        (0.0, 1, 0.0, "nothing to lose here: none of 1 example is answered"),
        (0.04, 300, 0.0, "nothing to lose here: 0.04 of 300, no more than the drop of 0.05 that counts as lost"),
        (0.06, 300, 0.0, ""),
        (0.40, 300, 0.25, ""),
        (1.0, 20, 0.5, ""),
    ],
)
def test_a_reason_says_what_the_score_was_held_against(score: float, n: int, chance: float, said: str) -> None:
    standing = Standing(score, n, n, chance)
    assert standing.nothing == said
    assert standing.held == (not said)


def test_the_interval_decides_and_repeated_requests_widen_it() -> None:
    """Wilson's lower end of 0.33 is 0.280 from 300 examples, and 0.220 from 60: above and below chance, 0.25."""
    assert can_lose(0.33, 300, 0.25)
    assert not can_lose(0.33, 60, 0.25)
    assert has_basin(0.33, 0.25), "measured all the same: more examples may tell"
    assert Standing(0.33, 300, 60, 0.25).unsure
    assert not Standing(0.33, 300, 300, 0.25).unsure


@pytest.mark.parametrize(("score", "n", "at"), [(1.0, 20, True), (299 / 300, 300, False), (0.5, 300, False)])
def test_the_ceiling_is_where_no_gain_could_be_seen(score: float, n: int, at: bool) -> None:
    assert Standing(score, n, n, 0.0).ceiling == (CEILING if at else "")


def test_a_score_that_is_written_as_all_does_not_say_that_every_example_is_answered() -> None:
    said = Standing(4999 / 5000, 5000, 5000, 0.0).ceiling
    assert said == "at the ceiling: all but 1 of 5,000 are answered; harder examples would show more"


def measured(kind: type, share: float, chance: float, n: int = 300, **fields: object) -> Result:
    """Three capabilities on two directions: one at `share`, one that holds all, one that ends at once."""
    names = ("four", "all", "narrow")
    spec = kind(checkpoint="base", directions=(Gaussian(seed=0), Gaussian(seed=1)), capabilities=names, **fields)
    scores = {"four": lambda a: share, "all": lambda a: 1.0, "narrow": lambda a: 0.8 if a < 0.01 else 0.2}
    rows = [
        {"direction": "gaussian", "seed": seed, "alpha": alpha, "realised_alpha": alpha, "capability": name,
         "score": scores[name](alpha), "loss": 1.0 + 100 * alpha, "n": n, "seconds": 0.1,
         "outcomes": (np.arange(n) < round(scores[name](alpha) * n)).astype(np.uint8)}
        for seed in (0, 1) for alpha in (0.0, 0.005, 0.01, 0.02, 0.04, 0.08) for name in names
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 1.0, chance={"four": chance}))


def test_a_basin_at_chance_has_no_radius_and_is_nested_in_none() -> None:
    by_name = {basin.capability: basin for basin in basins_of(measured(BasinSpec, 0.27, 0.25, reach=0.08))}
    four = by_name["four"]
    assert (four.radius, four.rays, four.bounded) == (None, (), False)
    assert four.why == "nothing to lose here: 0.27 of 300, chance is 0.25"
    assert set(nestings(list(by_name.values()))) == {("all", "narrow"), ("narrow", "all")}
    assert CEILING in by_name["all"].warnings
    assert CEILING not in by_name["narrow"].warnings


def test_a_score_that_few_examples_do_not_tell_from_guessing_has_no_radius() -> None:
    few, many = (basins_of(measured(BasinSpec, 0.40, 0.25, n, reach=0.08))[0] for n in (20, 300))
    assert (few.radius, many.radius is None) == (None, False)


def test_a_slice_names_it_below_the_axis_and_claims_nothing_of_it() -> None:
    result = measured(SliceSpec, 0.27, 0.25, alphas=(0.0, 0.005, 0.01, 0.02, 0.04, 0.08))
    assert set(known_ends(result, "gaussian")) == {"all", "narrow"}
    figure = slice_figure(result, "gaussian")
    assert {trace.name for trace in figure.data if trace.name} == {"all", "narrow"}
    said = " ".join(note.text for note in figure.layout.annotations).replace("<br>", " ")
    assert "Not shown: four; base does not have it, as far as these examples tell." in said
    assert "four" not in figure.layout.title.text
    assert standing_notes(result) == [
        "four: nothing to lose here: 0.27 of 300, chance is 0.25.",
        f"all: {CEILING}.",
    ]


def test_by_loss_it_can_rise_and_the_note_says_that_no_ability_is_lost_by_it() -> None:
    result = measured(BasinSpec, 0.27, 0.25, reach=0.08)
    losses = [np.full(300, 1.0 + 100 * alpha, np.float32) for alpha in result.rows["alpha"]]
    rows = result.rows.assign(losses=losses)
    four = basins_of(read_by_loss(replace(result, rows=rows)), 0.5)[0]
    assert four.bounded
    assert four.warnings[0] == (
        "by score nothing to lose here: 0.27 of 300, chance is 0.25. "
        "Its loss can still rise, which is then no loss of an ability"
    )
