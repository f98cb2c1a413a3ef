"""What a measurement without a range measures: as far as the model bears, wherever that is, against closed forms."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from landscape.basins.search.probing import FIRST, USUAL, WIDENED, WIDER, probe
from landscape.runs.kinds import plan_of
from landscape.schema.default_ranges import given_reach, is_probed, with_known_range, with_reach
from landscape.schema.directions import Gaussian, Layer, Towards
from landscape.schema.frames import PointSpec
from landscape.schema.points import Point
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, PlaneSpec, SliceSpec

NAMES = {"checkpoint": "demo:base", "capabilities": ("basic",)}
TWO = {**NAMES, "directions": (Gaussian(seed=0), Gaussian(seed=1))}
SPECS = {"basin": BasinSpec(**TWO), "slice": SliceSpec(**TWO), "plane": PlaneSpec(**TWO, grid=17)}  # type: ignore[arg-type]
FACTS = Facts(100, 1.4, chance={"basic": 0.0}, matrices_rms=0.034)  # as where gains of norms dominate
Score = Callable[[float], float]


def bowl(edge: float) -> Score:
    """τ is lost at the edge, half at edge · √10."""
    return lambda size: max(0.0, 1 - 0.05 * (size / edge) ** 2)


def searched(spec: PointSpec, score: Score, facts: Facts = FACTS) -> dict[Point, dict[str, float]]:
    found: dict[Point, dict[str, float]] = {}
    while points := plan_of(spec).next_step(spec, facts, found).points:
        for point, names in points:
            assert not set(names) <= found.get(point, {}).keys(), "nothing is measured twice"
            found.setdefault(point, {}).update({name: score(math.hypot(point.alpha, point.beta)) for name in names})
    return found


@pytest.mark.parametrize("share", [2e-6, 3e-5, 1e-3, 0.02, 0.13, 0.6, 1.1])  # of a typical weight
def test_a_basin_is_found_within_two_percent_wherever_it_ends(share: float) -> None:
    edge = share * 0.034
    found = searched(SPECS["basin"], bowl(edge))
    for index in (0, 1):
        along = sorted((p.alpha, s["basic"]) for p, s in found.items() if p.direction == index)
        inside, outside = max(a for a, s in along if s >= 0.95), min(a for a, s in along if s < 0.95)
        assert inside <= edge <= outside
        assert outside - inside <= 0.0202 * edge
    reach = probe(SPECS["basin"], FACTS, found).reach
    assert edge * math.sqrt(10) <= reach <= 2.01 * edge * math.sqrt(10), "half is lost in the last half of the range"


@pytest.mark.parametrize("kind", SPECS)
def test_what_a_probe_measures_is_used_again(kind: str) -> None:
    found = searched(SPECS[kind], bowl(0.004))
    reach = probe(SPECS[kind], FACTS, found).reach
    given = with_reach(SPECS[kind], reach, {})
    assert not is_probed(given)
    alone = searched(given, bowl(0.004))
    further = found.keys() - alone.keys()
    assert len(further) <= USUAL
    if kind != "plane":
        assert {reach, reach / 2} <= {p.alpha for p in found if not p.direction}


def test_a_capability_that_is_never_lost_ends_the_probe_at_four_typical_weights() -> None:
    found = searched(SPECS["basin"], lambda size: 1.0)
    ended = probe(SPECS["basin"], FACTS, found)
    assert ended.reach == pytest.approx(3e-5 * WIDER**WIDENED)  # a thousandth of 0.034, to one digit
    assert not ended.ends
    assert ended.reach >= 3.5 * 0.034
    assert len(found) <= 2 + 8 + WIDENED


def test_the_last_of_several_capabilities_is_waited_for_and_one_that_is_lacking_is_not() -> None:
    spec = BasinSpec(**(TWO | {"capabilities": ("basic", "math", "code")}))  # type: ignore[arg-type]
    facts = replace(FACTS, chance={"basic": 0.0, "math": 0.0, "code": 0.25})
    scores = {"basic": bowl(0.001), "math": bowl(0.02), "code": lambda size: 0.25}
    found: dict[Point, dict[str, float]] = {}
    while (now := probe(spec, facts, found)).point is not None:
        found[now.point] = {name: score(now.point.alpha) for name, score in scores.items()}
    assert 0.02 * math.sqrt(10) <= now.reach <= 0.041 * math.sqrt(10)


def test_a_search_by_loss_is_probed_by_loss() -> None:
    spec = BasinSpec(**TWO, loss_tolerance=0.1)  # type: ignore[arg-type]
    found: dict[Point, dict[str, float]] = {}
    while (now := probe(spec, FACTS, found)).point is not None:
        found[now.point] = {"basic": -0.1 * (now.point.alpha / 0.004) ** 2}  # ten times τ at 0.004 · √10
    assert 0.004 * math.sqrt(10) <= now.reach <= 0.0081 * math.sqrt(10)


def test_nothing_but_ways_reaches_as_far_again_beyond_them_and_layers_count_from_one() -> None:
    way = SliceSpec(**NAMES, directions=(Towards(checkpoint="demo:assistant"),))  # type: ignore[arg-type]
    known = {Point(0, 0.0): {"basic": 1.0}}
    assert probe(way, replace(FACTS, alpha_of={"demo:assistant": 0.007}), known).reach == 0.014
    layer = SliceSpec(**NAMES, directions=(Layer(seed=0),))  # type: ignore[arg-type]
    assert probe(layer, FACTS, known).point == Point(0, FIRST)


def test_a_plane_shows_the_checkpoints_in_it_and_a_range_that_is_given_stays() -> None:
    spec = PlaneSpec(**TWO, x=(-0.1, 0.2))  # type: ignore[arg-type]
    found = with_reach(spec, 0.01, {"demo:assistant": [0.0, -0.04, 0.0]})
    assert (found.x, found.y) == ((-0.1, 0.2), (-0.05, 0.01))


@pytest.mark.parametrize("kept", [1, 3, 5, 9])
@pytest.mark.parametrize("kind", SPECS)
def test_a_killed_run_goes_on_to_the_same_points(kind: str, kept: int) -> None:
    whole = searched(SPECS[kind], bowl(0.004))
    found = dict(list(whole.items())[:kept])
    while points := plan_of(SPECS[kind]).next_step(SPECS[kind], FACTS, found).points:
        found |= {point: {"basic": bowl(0.004)(math.hypot(point.alpha, point.beta))} for point, _ in points}
    assert found == whole


def test_a_result_has_the_range_that_was_found_and_before_that_what_was_measured() -> None:
    spec = SPECS["basin"]
    rows = [
        {"direction": "gaussian", "seed": 0, "alpha": alpha, "realised_alpha": alpha, "capability": "basic", "score": 1.0,
         "loss": None, "n": 9, "seconds": 0.1} for alpha in (0.0, 3e-5)
    ]  # fmt: skip
    result = Result(spec, tidy(spec, rows), FACTS)
    assert with_known_range(result).spec.reach == 3e-5
    found = with_known_range(replace(result, facts=replace(FACTS, reach=0.02)))
    assert (found.spec.reach, found.to_dict()["spec"]["reach"]) == (0.02, 0.02)


def test_a_reach_of_nothing_is_refused_where_somebody_gives_it() -> None:
    with pytest.raises(ValueError, match="expected a reach above 0"):
        given_reach(0.0)
    assert (given_reach(None), given_reach(0.1)) == (0.0, 0.1)
