"""Repeated examples in a basin search: they are named, and count once wherever an interval or a test is formed."""

import math
from dataclasses import replace

import numpy as np
import pytest

from landscape.basins.boundaries import Curve, radius_of, ray_ends
from landscape.basins.radii import basins_of, levels_of
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from tests.basins.known_rays import NARROW, REACH, WIDE, made

CEILING = "at the ceiling: every example is answered; harder examples would show more"
THRICE = [index - index % 3 for index in range(240)]


def rays(examples: int, repeats: int, count: int = 8) -> list[Curve]:
    """Rays whose examples are lost at random places, each example several times over."""
    rng, alphas = np.random.default_rng(5), np.linspace(0, 2, 60)
    hard = np.exp(0.4 * rng.standard_normal(examples))
    return [
        Curve(alphas, np.repeat(hard >= alphas[:, None] * scale, repeats, axis=1))
        for scale in rng.uniform(1, 1.1, count)
    ]


def test_the_radius_of_repeated_examples_is_as_sure_as_that_of_each_once() -> None:
    once = radius_of(ray_ends(rays(80, 1), 0.05, np.random.default_rng(0)), np.random.default_rng(1))
    curves = rays(80, 3)
    grouped = ray_ends(curves, 0.05, np.random.default_rng(0), requests=THRICE)
    assert grouped.examples == 80
    assert radius_of(grouped, np.random.default_rng(1)) == once
    apart = radius_of(ray_ends(curves, 0.05, np.random.default_rng(0)), np.random.default_rng(1))
    assert apart.high - apart.low < 0.75 * (once.high - once.low)


def with_requests(result: Result[BasinSpec], requests: list[int]) -> Result[BasinSpec]:
    assert result.facts is not None
    return replace(result, facts=replace(result.facts, requests={"math": requests}))


def test_a_search_counts_distinct_requests_where_it_judges_whether_examples_suffice() -> None:
    plain = made({"math": NARROW}, n=240)
    (basin,) = basins_of(plain)
    assert basin.warnings == (CEILING,)
    (grouped,) = basins_of(with_requests(plain, THRICE))
    assert grouped.radius is not None
    assert (grouped.n, grouped.radius.examples) == (240, 80)
    assert grouped.warnings == (
        CEILING,
        "with 80 examples, the 95 % interval of a radius may hold it in no more than 92 % of cases",
    )


def test_a_drop_shown_on_one_request_many_times_over_is_not_shown() -> None:
    result = made({"math": NARROW, "basic": WIDE}, n=240)
    one = with_requests(result, [0] * 240)
    shown = {level.alpha: level.proven for level in levels_of(one) if level.capability == "math"}
    assert shown[REACH] == 0
    assert {level.alpha: level.proven for level in levels_of(result) if level.capability == "math"}[REACH] == 8


def test_lost_beyond_chance_is_corrected_for_as_many_looks_as_directions() -> None:
    """19 of 240 lost has p = 0.019 against a drop of 0.05: shown in one direction, not in one of eight."""

    def searched(count: int) -> int:
        result = made({"math": [2 * REACH] * count}, n=240)
        rows = result.rows.copy()
        few = (rows["alpha"] == REACH) & (rows["seed"] == 0)
        lost = np.r_[np.zeros(20, np.uint8), np.ones(220, np.uint8)]
        rows.loc[few, "score"] = lost.mean()
        rows["outcomes"] = [lost if now else old for now, old in zip(few, rows["outcomes"], strict=True)]
        return levels_of(replace(result, rows=rows))[-1].proven

    assert searched(1) == 1
    assert searched(8) == 0


def test_without_outcomes_the_interval_says_what_it_leaves_out_and_no_order_is_claimed() -> None:
    from landscape.basins.radii import nestings

    result = made({"math": NARROW, "basic": WIDE})
    bare = replace(result, rows=result.rows.assign(outcomes=None))
    for basin in basins_of(bare):
        assert any("leaves out which examples were asked" in warning for warning in basin.warnings)
    assert {found.claim for found in nestings(basins_of(bare)).values()} == {"undecided"}
    assert nestings(basins_of(bare))["math", "basic"].first == 8


@pytest.mark.parametrize("count", [1, 3, 5])
def test_few_directions_have_a_range_and_no_interval(count: int) -> None:
    (basin,) = basins_of(made({"math": NARROW[:count]}, n=20))
    assert basin.radius is not None
    assert math.isnan(basin.radius.low)
    spread = basin.radius.spread
    assert spread == (
        None if count == 1 else (f"range of {count} directions", basin.radius.minimum, basin.radius.maximum)
    )
    assert not any("95 %" in warning for warning in basin.warnings)
