"""Basins by loss: read off points whose losses are known in closed form, and searched by loss."""

import math
from dataclasses import replace

import numpy as np
import pytest

from landscape.basins.boundaries import Curve, find_boundary, ray_ends
from landscape.basins.losses import as_searched, default_tolerance, read_by_loss
from landscape.basins.radii import basins_of, levels_of, nestings
from landscape.basins.search import boundary_search, bracketing
from landscape.basins.steepness import PARABOLA, cliff_indices
from landscape.bundled import results, specs
from landscape.reports.basins import basin_dict
from landscape.reports.tables import of
from landscape.schema.directions import Gaussian
from landscape.schema.points import Known, Point
from landscape.schema.results import Facts
from landscape.schema.specs import PlaneSpec, canonical_json, parse_spec
from landscape.ui.components.links import pack, unpack
from tests.basins.bowls import CURVATURES, SPREAD, N, bowl, closed_form


@pytest.mark.parametrize("each", [True, False])
@pytest.mark.parametrize("tolerance", [0.01, 0.1, 0.2])
def test_a_bowl_is_left_where_the_closed_form_says_though_its_score_is_0_everywhere(
    tolerance: float, each: bool
) -> None:
    result = bowl(each=each)
    assert [basin.radius for basin in basins_of(result)] == [None, None]  # by score there is nothing to leave
    for basin in basins_of(read_by_loss(result), tolerance):
        assert basin.radius is not None
        assert basin.radius.median == pytest.approx(closed_form(basin.capability, tolerance), rel=0.02)
        assert basin.radius.low < basin.radius.median < basin.radius.high
        assert basin.score_text == "0.300"
        assert not any("too few examples" in warning for warning in basin.warnings)


def test_a_bowl_is_a_parabola_to_the_cliff_index_where_ten_times_as_much_is_lost() -> None:
    result = read_by_loss(bowl())
    found = cliff_indices(result, basins_of(result, 0.02), 0.02)
    assert found["math"].median == pytest.approx(PARABOLA, rel=0.03)
    assert cliff_indices(result, basins_of(result, 2.0), 2.0) == {}  # 20 nats are more than any guess costs


def test_a_shipped_search_read_by_loss_agrees_with_a_slow_reading_of_its_points() -> None:
    result = results.shipped(specs.DEMO_BASIN)
    assert result is not None
    tolerance, rows = 0.1, result.rows
    for basin in basins_of(read_by_loss(result), tolerance):
        ends = []
        for seed in sorted(rows["seed"].dropna().unique()):
            ray = rows[(rows["seed"] == seed) & (rows["capability"] == basin.capability) & (rows["alpha"] >= 0)]
            points = sorted(zip(ray["alpha"], ray["loss"], strict=True))
            most = points[0][1] + tolerance
            (a, low), (b, high) = next(
                pair for pair in zip(points, points[1:], strict=False) if pair[1][1] > most
            )  # the first step that ends outside
            ends.append(a + (b - a) * (most - low) / (high - low))
        assert basin.radius is not None
        assert basin.radius.median == pytest.approx(np.median(ends), rel=1e-4)  # losses ship as float16


def test_the_mean_over_examples_is_the_loss_of_the_point() -> None:
    result = bowl()
    assert -read_by_loss(result).rows["score"].to_numpy() == pytest.approx(result.rows["loss"].to_numpy(), rel=1e-6)


def test_which_basin_ends_first_is_told_by_loss() -> None:
    pairs = nestings(basins_of(read_by_loss(bowl()), 0.1))
    assert (pairs["math", "code"].claim, pairs["math", "code"].first) == ("first", 8)
    assert pairs["math", "code"].ratio == pytest.approx(
        np.median(np.sqrt(CURVATURES["math"] / CURVATURES["code"])), rel=0.03
    )


def test_the_claim_asks_for_more_where_few_examples_bear_the_rise() -> None:
    alphas, rng = np.array([0.0, 0.01, 0.02]), np.random.default_rng(0)
    even, borne = -np.ones((3, 40)), -np.ones((3, 40))
    even[1:] -= 0.5
    borne[1:, :2] -= 10
    assert ray_ends([Curve(alphas, even)], 0.1, rng).losable == pytest.approx(40)
    assert ray_ends([Curve(alphas, borne)], 0.1, rng).losable == pytest.approx(2)


def test_a_capability_without_reference_answers_has_no_loss_and_says_so() -> None:
    result = bowl()
    nothing = result.rows["capability"] == "code"
    losses = [
        np.full(N, np.nan, np.float32) if none else each
        for none, each in zip(nothing, result.rows["losses"], strict=True)
    ]
    rows = result.rows.assign(losses=losses, loss=result.rows["loss"].where(~nothing))
    found = {basin.capability: basin for basin in basins_of(read_by_loss(replace(result, rows=rows)), 0.1)}
    assert found["math"].radius is not None
    assert (found["code"].radius, found["code"].lacking, found["code"].score_text) == (None, "no loss", "none")
    assert found["code"].warnings == ("it has no loss: its examples have no reference answers",)


def test_examples_without_a_reference_are_left_out_and_requests_keep_their_places() -> None:
    result = bowl()
    half = np.arange(N) % 2 == 1
    losses = [np.where(half, each, np.nan).astype(np.float32) for each in result.rows["losses"]]
    requests = {"math": [index // 4 for index in range(N)]}
    searched = {"math": [0, 1, 5]}
    assert result.facts is not None
    facts = replace(result.facts, requests=requests, searched=searched)
    read = read_by_loss(replace(result, rows=result.rows.assign(losses=losses), facts=facts))
    (first, _) = basins_of(read, 0.1)
    assert (first.n, first.ends and first.ends.examples) == (N // 2, N // 4)
    assert read.facts is not None
    assert read.facts.searched["math"] == [0, 2]
    wanted = np.median(np.sqrt(2 * 0.1 / (CURVATURES["math"][:, 0] * SPREAD[0, half].mean())))
    assert first.radius is not None
    assert first.radius.median == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("broken", [1, N])
def test_a_point_whose_logits_are_not_finite_is_outside_and_its_boundary_is_the_last_point_inside(broken: int) -> None:
    result = bowl(names=("math",))
    bad = result.rows["alpha"] >= 0.004
    losses = [
        np.where(np.arange(N) < broken, np.nan, each).astype(np.float32) if none else each
        for none, each in zip(bad, result.rows["losses"], strict=True)
    ]
    rows = result.rows.assign(losses=losses, loss=result.rows["loss"].where(~bad), not_finite=broken * bad.astype(int))
    for each in (True, False):
        known = rows if each else rows.assign(losses=None)
        (basin,) = basins_of(read_by_loss(replace(result, rows=known)), 0.1)
        assert basin.radius is not None
        assert basin.radius.median == pytest.approx(0.0036, abs=1e-9)
        assert (basin.radius.left, basin.radius.at_least) == (8, False)


def test_a_loss_that_is_missing_counts_as_infinite_and_a_score_as_0() -> None:
    assert find_boundary([0, 1, 2], [-1.0, -1.0, math.nan], -1.1).alpha == 1
    assert find_boundary([0, 1, 2], [0.9, 0.9, math.nan], 0.45).alpha == pytest.approx(1.5)


def test_examples_that_scoring_left_out_are_compared_with_themselves() -> None:
    result = bowl(names=("math",))
    rows = result.rows.copy()
    kept = np.arange(N) < 40
    beyond = rows["alpha"] > 0.02
    rows["outcomes"] = [np.where(kept, 0, 255).astype(np.uint8) if far else np.zeros(N, np.uint8) for far in beyond]
    rows["losses"] = [
        np.where(kept, each, np.nan) if far else each for far, each in zip(beyond, rows["losses"], strict=True)
    ]
    (basin,) = basins_of(read_by_loss(replace(result, rows=rows)), 1.0)
    wanted = np.median(np.sqrt(2 * 1.0 / (CURVATURES["math"][:, 0] * SPREAD[0, :40].mean())))
    assert basin.radius is not None
    assert basin.radius.median == pytest.approx(wanted, rel=0.02)


def test_a_search_by_loss_finds_every_boundary_to_2_percent() -> None:
    spec = bowl().spec.model_copy(update={"loss_tolerance": 0.1})
    known: Known = {}
    facts = Facts(100, 0.1)  # no chance level is needed
    while step := boundary_search.next_step(spec, facts, known).points:
        for point, names in step:
            for name in names:
                h = CURVATURES[name][point.direction, 0]
                known.setdefault(point, {})[name] = -(0.3 + 0.5 * h * point.alpha**2)  # type: ignore[index]
    for name, h in CURVATURES.items():
        for ray in range(8):
            along = {
                p.alpha: scores[name] for p, scores in sorted(known.items()) if p.direction == ray and name in scores
            }
            low, high = bracketing.bracket(along, along[0.0] - 0.1)
            assert low <= math.sqrt(2 * 0.1 / h[ray, 0]) <= high <= low * 1.021


def test_a_capability_without_a_loss_is_not_searched_by_loss() -> None:
    spec = bowl().spec.model_copy(update={"loss_tolerance": 0.1})
    known = {Point(index, 0.0): {"math": -math.inf, "code": -math.inf} for index in range(8)}
    assert boundary_search.next_step(spec, Facts(100, 0.1), known).points == []


def test_a_search_by_loss_is_read_by_loss_and_reported_so() -> None:
    result = bowl(spec={"loss_tolerance": 0.2})
    assert (as_searched(result).by_loss, default_tolerance(as_searched(result))) == (True, 0.2)
    assert default_tolerance(read_by_loss(bowl())) == 0.1
    plain = basin_dict(result)
    assert plain["capabilities"]["math"]["radius"] == pytest.approx(closed_form("math", 0.2), rel=0.02)
    assert plain["capabilities"]["math"]["loss"] == pytest.approx(0.3)
    assert "score" not in plain["capabilities"]["math"]
    assert (plain["spec"]["loss_tolerance"], plain["levels"]) == (0.2, [])
    assert levels_of(read_by_loss(result)) == []
    titles = [str(getattr(table, "title", "")) for table in of(result)]
    assert titles[0] == "assistant: basin radius at τ = 0.2 nats of loss, median of 8 directions"


def test_the_spec_of_a_search_by_score_is_written_as_ever_and_one_by_loss_survives_a_link() -> None:
    plane = PlaneSpec(
        checkpoint="demo:base", directions=(Gaussian(seed=0), Gaussian(seed=1)), capabilities=("math",), x=(-1, 1),
        y=(-1, 1),
    )  # fmt: skip
    for spec in (bowl().spec, plane):
        assert "loss_tolerance" not in canonical_json(spec)
        by_loss = spec.model_copy(update={"loss_tolerance": 0.1})
        assert unpack(pack(by_loss)) == by_loss == parse_spec(canonical_json(by_loss)) != spec


@pytest.mark.parametrize("wrong", [0, -0.1, math.inf, math.nan])
def test_a_loss_tolerance_is_a_positive_number(wrong: float) -> None:
    with pytest.raises(ValueError, match="loss_tolerance"):
        bowl(spec={"loss_tolerance": wrong})


def test_a_search_by_loss_scores_every_example() -> None:
    with pytest.raises(ValueError, match="leave out sequential"):
        bowl(spec={"loss_tolerance": 0.1, "sequential": True})
