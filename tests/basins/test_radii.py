"""What a measured basin says, against hand-made rays whose boundaries are known."""

import json
import math

import numpy as np
import pytest

from landscape.basins.radii import basins_of, levels_of, nestings
from landscape.basins.search.boundary_search import ladder
from landscape.reports.basins import basin_dict
from tests.basins.known_rays import LADDER, NARROW, REACH, WIDE, made


def test_the_radius_is_the_median_over_random_directions_only() -> None:
    (math_,) = basins_of(made({"math": NARROW}, towards=0.03))
    assert math_.radius is not None
    assert math_.radius.median == pytest.approx(np.median(NARROW), rel=0.02)
    assert math_.radius.low <= math_.radius.median <= math_.radius.high
    assert [ray.boundary.alpha for ray in math_.rays if ray.seed is None] == [pytest.approx(0.03, rel=0.02)]


def test_a_narrow_basin_ends_before_a_wide_one_and_not_the_reverse() -> None:
    pairs = nestings(basins_of(made({"math": NARROW, "basic": WIDE})))
    assert {pair: found.claim for pair, found in pairs.items()} == {
        ("math", "basic"): "first",
        ("basic", "math"): "last",
    }


def test_nothing_is_claimed_from_one_direction() -> None:
    pairs = nestings(basins_of(made({"math": NARROW[:1], "basic": WIDE[:1]})))
    assert {found.claim for found in pairs.values()} == {"undecided"}


def test_another_tolerance_needs_no_other_measurement() -> None:
    result = made({"math": NARROW})
    (strict,), (lax,) = basins_of(result, 0.01), basins_of(result, 0.5)
    assert strict.radius is not None
    assert lax.radius is not None
    assert strict.radius.median <= lax.radius.median


def test_too_few_examples_say_how_many_are_needed() -> None:
    (basin,) = basins_of(made({"math": NARROW}, n=10))
    assert any("too few examples: 10 cannot resolve a drop of 0.05" in warning for warning in basin.warnings)


def test_rays_never_left_are_said_and_open_the_interval() -> None:
    (basin,) = basins_of(made({"math": [*NARROW[:6], 1.0, 1.0]}))
    assert basin.radius is not None
    assert math.isinf(basin.radius.maximum)
    assert any("never left along 2 of 8 rays within α = 0.064" in warning for warning in basin.warnings)


def test_levels_count_directions_at_every_rung() -> None:
    result = made({"math": NARROW, "basic": WIDE})
    levels = {(level.alpha, level.capability): level for level in levels_of(result)}
    assert {alpha for alpha, _ in levels} == ladder(result.spec) == set(LADDER)
    far, near = levels[REACH / 4, "math"], levels[REACH / 16, "math"]
    assert (far.inside.share, far.proven, far.better.share) == (0.0, 8, 0.0)
    assert (near.inside.share, near.proven, near.better.share, near.mean) == (1.0, 0, 1.0, 1.0)
    assert levels[REACH, "math"].mean == pytest.approx(np.mean(NARROW) / REACH, rel=0.02)


def test_json_has_the_promised_fields_and_no_infinity() -> None:
    plain = basin_dict(made({"math": [*NARROW[:4], 1.0, 1.0, 1.0, 1.0], "basic": WIDE}, towards=0.03))
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    found = plain["capabilities"]["math"]
    promised = {"radius", "radius_low", "radius_high", "boundaries", "relative_radius", "points_measured"}
    assert promised <= set(found)
    assert len(found["boundaries"]) == 9
    assert found["boundaries"][5]["boundary"] is None
    assert found["relative_radius"] == pytest.approx(found["radius"] / 0.1)
    assert found["radius_max"] is None
    assert plain["alpha_of"] == {"demo:base": 0.008}
