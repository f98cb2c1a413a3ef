"""The search for boundaries against closed forms: how near, at what cost, and what it must notice."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.basins.radii import basins_of
from landscape.basins.search.boundary_search import PRECISION, RUNGS, next_step
from landscape.basins.search.bracketing import bracket
from landscape.schema.directions import Gaussian, Towards, Worst
from landscape.schema.points import Known, Point
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec

REACH = 0.06


def spec_of(**fields: object) -> BasinSpec:
    defaults = {"checkpoint": "demo:base", "directions": (Gaussian(seed=0),), "capabilities": ("basic",)}
    return BasinSpec(**(defaults | {"reach": REACH} | fields))


def facts(spec: BasinSpec) -> Facts:
    return Facts(100, 0.1, chance=dict.fromkeys(spec.capabilities, 0.0))


def searched(spec: BasinSpec, score: dict[str, object], known: dict | None = None) -> dict[Point, dict[str, float]]:
    """Measure what the search asks for until it asks no more; `score` maps a capability to a function of the point."""
    found: dict[Point, dict[str, float]] = {point: dict(scores) for point, scores in (known or {}).items()}
    while (step := next_step(spec, facts(spec), found)).points:
        for point, names in step.points:
            lacking = [name for name in names if name not in found.get(point, {})]
            assert lacking, "a point that is known is not asked for again"
            found.setdefault(point, {}).update({name: score[name](point) for name in names})  # type: ignore[operator]
    return found


def step_at(edge: float):
    return lambda point: 1.0 if abs(point.alpha) < edge else 0.0


def alphas(found: Known, direction: int = 0) -> list[float]:
    return sorted(point.alpha for point in found if point.direction == direction)


EDGES = np.random.default_rng(0).uniform(REACH / 16, REACH, 40).tolist()


@pytest.mark.parametrize("edge", EDGES)
def test_a_radius_within_two_percent_costs_at_most_twelve_points(edge: float) -> None:
    found = searched(spec_of(), {"basic": step_at(edge)})
    scores = {point.alpha: s["basic"] for point, s in sorted(found.items())}
    low, high = bracket(scores, 0.95)
    assert low <= edge <= high
    assert high - low <= PRECISION * edge * 1.01
    assert len(found) <= 12


def test_a_grid_of_forty_one_points_is_less_accurate_everywhere() -> None:
    """A grid's bracket is one spacing wide, wherever the edge lies."""
    assert all(REACH / (points - 1) > PRECISION * edge for points in range(2, 42) for edge in EDGES)


def test_capabilities_share_the_ladder_and_equal_brackets() -> None:
    names = ("basic", "math", "code")
    together = searched(
        spec_of(capabilities=names), {"basic": step_at(0.02), "math": step_at(0.02), "code": step_at(0.004)}
    )
    apart = [searched(spec_of(capabilities=(n,)), {n: step_at(e)}) for n, e in (("basic", 0.02), ("code", 0.004))]
    assert len(together) == len(set(apart[0]) | set(apart[1]))
    middle = [point for point, scores in together.items() if set(scores) == {"basic", "math"}]
    assert middle, "a point that only two capabilities need is not scored on the third"


def test_a_basin_that_is_left_and_entered_again_is_noticed() -> None:
    found = searched(spec_of(), {"basic": lambda p: 0.2 if 0.008 < p.alpha < 0.02 else 1.0})
    (basin,) = reading(spec_of(), found)
    assert basin.rays[0].boundary.alpha == pytest.approx(0.008, rel=PRECISION)
    assert any("re-entered along 1 of 1 rays" in warning for warning in basin.warnings)


def test_a_basin_wider_than_the_reach_is_at_least_the_reach() -> None:
    found = searched(spec_of(), {"basic": lambda p: 1.0})
    (basin,) = reading(spec_of(), found)
    assert basin.radius is not None
    assert (basin.radius.median, basin.radius.at_least) == (REACH, True)
    assert len(found) == RUNGS + 1


def test_a_basin_narrower_than_the_ladder_is_found_by_halving() -> None:
    edge = REACH / 1000
    (basin,) = reading(spec_of(), searched(spec_of(), {"basic": step_at(edge)}))
    assert basin.rays[0].boundary.alpha == pytest.approx(edge, rel=2 * PRECISION)


def test_a_capability_that_the_origin_lacks_is_not_searched_and_says_so() -> None:
    spec = spec_of(capabilities=("basic", "math"))
    found = searched(spec, {"basic": step_at(0.02), "math": lambda p: 0.04})
    assert [point for point, scores in found.items() if "math" in scores] == [Point(0, 0.0)]
    _, math = reading(spec, found)
    assert math.radius is None
    assert math.warnings == ("nothing to lose here: 0.04 of 240, no more than the drop of 0.05 that counts as lost",)


def test_nan_scores_are_outside() -> None:
    found = searched(spec_of(), {"basic": lambda p: 1.0 if p.alpha < 0.01 else float("nan")})
    (basin,) = reading(spec_of(), found)
    assert basin.rays[0].boundary.alpha == pytest.approx(0.01, rel=PRECISION)


def test_both_signs_are_rays_of_their_own() -> None:
    spec = spec_of(both_signs=True)
    found = searched(spec, {"basic": lambda p: float(-0.01 < p.alpha < 0.02)})
    (basin,) = reading(spec, found)
    ends = {ray.sign: ray.boundary.alpha for ray in basin.rays}
    assert ends == {1: pytest.approx(0.02, rel=PRECISION), -1: pytest.approx(0.01, rel=PRECISION)}
    assert [ray.random for ray in basin.rays] == [True, False]  # opposites are no independent draws


def test_known_points_narrow_the_bracket_from_the_start() -> None:
    known = {Point(0, 0.0199): {"basic": 1.0}, Point(0, 0.0201): {"basic": 0.0}}
    found = searched(spec_of(), {"basic": step_at(0.02)}, known)
    assert len(found) == len(known) + RUNGS + 1


@pytest.mark.parametrize("kept", [0, 1, 4, 7, 9])
def test_a_killed_search_ends_where_an_undisturbed_one_does(kept: int) -> None:
    spec = spec_of(directions=(Gaussian(seed=0), Gaussian(seed=1)))
    score = {"basic": lambda p: float(p.alpha < 0.013 + 0.004 * p.direction)}
    whole = searched(spec, score)
    assert searched(spec, score, dict(list(whole.items())[:kept])) == whole


def test_the_steps_foresee_about_what_is_still_to_come() -> None:
    found: dict[Point, dict[str, float]] = {}
    foreseen = []
    while (step := next_step(spec_of(), facts(spec_of()), found)).points:
        foreseen.append(len(found) + len(step.points) + step.remaining_estimate)
        found |= {point: {"basic": step_at(0.02)(point)} for point, _ in step.points}
    assert all(0.8 * len(found) <= total <= 1.3 * len(found) for total in foreseen)


def smooth(edge: float, power: float):
    """A score that has lost τ at an edge, where what is lost grows with a power of α."""
    return lambda point: max(1 - 0.05 * (abs(point.alpha) / edge) ** power, 0.0)


@pytest.mark.parametrize("power", [1, 1.5, 2, 4, 10])
def test_along_random_directions_alike_a_ray_takes_fewer_than_eight_points(power: float) -> None:
    spec = spec_of(directions=tuple(Gaussian(seed=seed) for seed in range(8)))
    ends = 0.013 * np.exp(np.random.default_rng(3).normal(0, 0.1, 8))
    found = searched(spec, {"basic": lambda p: smooth(ends[p.direction], power)(p)})
    assert (len(found) - 8) / 8 <= 8
    for index, end in enumerate(ends):
        scores = {p.alpha: s["basic"] for p, s in sorted(found.items()) if p.direction == index}
        low, high = bracket(scores, 0.95)
        assert low <= end <= high
        assert high - low <= PRECISION * end * 1.01


def test_the_first_two_random_directions_take_every_rung_and_the_others_every_second() -> None:
    directions = (*(Gaussian(seed=seed) for seed in range(4)), Towards(checkpoint="demo:assistant"))
    found = searched(spec_of(directions=directions), {"basic": lambda p: 1.0})
    every = [0.0, *(REACH / 2**rung for rung in reversed(range(RUNGS)))]
    assert [alphas(found, index) for index in range(5)] == [
        every,
        every,
        [0.0, *every[1::2]],
        [0.0, *every[1::2]],
        every,
    ]


def test_a_basin_left_and_entered_again_is_seen_where_it_is_at_a_rung_of_the_ray() -> None:
    spec = spec_of(directions=tuple(Gaussian(seed=seed) for seed in range(3)))
    hole = {"basic": lambda p: 0.2 if 0.016 < p.alpha < 0.04 else 1.0}  # ends between reach/2 and the reach
    (basin,) = reading(spec, searched(spec, hole))
    assert [ray.boundary.reentered for ray in basin.rays] == [REACH, REACH, REACH]
    alone = {"basic": lambda p: 0.2 if p.direction == 2 and 0.016 < p.alpha < 0.04 else 1.0}
    (basin,) = reading(spec, searched(spec, alone))
    assert basin.rays[2].boundary.alpha is None, "between rungs a factor of four apart, in one direction alone"


@pytest.mark.parametrize("order", range(6))
def test_what_is_measured_does_not_depend_on_the_order_in_which_points_come(order: int) -> None:
    spec = spec_of(directions=tuple(Gaussian(seed=seed) for seed in range(4)), capabilities=("basic", "math"))
    score = {
        name: lambda p, e=e: smooth(e + 0.001 * p.direction, 2)(p) for name, e in (("basic", 0.02), ("math", 0.006))
    }
    rng, found = np.random.default_rng(order), {}
    while points := next_step(spec, facts(spec), found).points:
        for at in rng.permutation(len(points))[: 1 + order]:
            point, names = points[at]
            found.setdefault(point, {}).update({name: score[name](point) for name in names})
    assert found == searched(spec, score)


def test_a_search_never_takes_more_than_three_points_beyond_halving_however_it_is_misled() -> None:
    rng = np.random.default_rng(1)
    for edge in EDGES:
        inside, outside = rng.uniform(0.951, 1, 100), rng.uniform(0, 0.949, 100)
        found = searched(spec_of(), {"basic": lambda p, e=edge: float(rng.choice(inside if p.alpha < e else outside))})  # noqa: B023
        assert len(found) <= 12 + 3


def test_a_worst_direction_is_first_tried_where_its_search_saw_it_end() -> None:
    worst = Worst(capabilities=("basic",))
    spec = spec_of(directions=(worst,))
    seen = replace(facts(spec), found={"worst basic": {"ends": {"basic": 1.1e-4}}})
    counts = []
    for known_facts in (facts(spec), seen):
        found: dict[Point, dict[str, float]] = {}
        while points := next_step(spec, known_facts, found).points:
            found |= {point: {"basic": smooth(1e-4, 2)(point)} for point, _ in points}
        scores = {p.alpha: s["basic"] for p, s in sorted(found.items())}
        low, high = bracket(scores, 0.95)
        assert low <= 1e-4 * (1 + 1e-9) <= high * (1 + 1e-9)
        assert high - low <= PRECISION * high
        counts.append(len(found) - 1 - RUNGS)
    assert counts[1] < counts[0] <= 12, "halving alone would take five to get there, then six"
    assert counts[1] <= 8


def reading(spec: BasinSpec, found: Known):
    rows = [
        {"direction": "gaussian", "seed": spec.directions[p.direction].seed, "alpha": p.alpha, "capability": name,
         "score": score, "n": 240, "loss": None, "realised_alpha": p.alpha, "seconds": 0.1}
        for p, scores in found.items() for name, score in scores.items()
    ]  # fmt: skip
    return basins_of(Result(spec, tidy(spec, rows), facts(spec)))


def test_towards_a_checkpoint_the_boundary_is_given_but_no_radius() -> None:
    spec = spec_of(directions=(Towards(checkpoint="demo:assistant"),))
    found = searched(spec, {"basic": step_at(0.02)})
    rows = [
        {"direction": "towards demo:assistant", "seed": None, "alpha": p.alpha, "capability": "basic", "score": s["basic"],
         "n": 240, "loss": None, "realised_alpha": p.alpha, "seconds": 0.1}
        for p, s in found.items()
    ]  # fmt: skip
    (basin,) = basins_of(Result(spec, tidy(spec, rows), facts(spec)))
    assert basin.radius is None
    assert basin.rays[0].boundary.alpha == pytest.approx(0.02, rel=PRECISION)
