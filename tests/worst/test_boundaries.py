"""What a worst-case run says, against hand-made rays whose boundaries are known, on the examples that count."""

import json
import math

import numpy as np
import pytest

from landscape.reports.worst import worst_dict
from landscape.reports.worst_tables import worst
from landscape.schema.directions import label_of
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import computed_of, scores_of, worst_boundaries, worst_of
from landscape.worst.equal_norm import equal_norm_scores
from landscape.worst.overlap import by, cells_of, explained_of
from tests.worst.known_rays import (
    HARMFUL,
    HARMLESS,
    MASS,
    MATH,
    NAMES,
    RANDOM,
    REACH,
    SAFETY,
    TOP,
    TUNED,
    D,
    N,
    cell,
    made,
)


@pytest.fixture(scope="module")
def result() -> Result[WorstSpec]:
    return made()


def test_what_a_search_hurt_is_read_on_the_examples_that_it_never_saw(result: Result[WorstSpec]) -> None:
    math_ = cell(result, MATH, "math")
    assert (math_.held_out, math_.n, math_.role) == (True, N // 2, "hurt")
    assert math_.alpha == pytest.approx(0.0002, rel=0.02)
    assert math_.on_searched.alpha == pytest.approx(0.0001, rel=0.02)
    assert math_.times_nearer == pytest.approx(RANDOM / 0.0002, rel=0.03)


def test_what_was_spared_too_and_anything_else_on_all(result: Result[WorstSpec]) -> None:
    spared = cell(result, SAFETY, "math")
    assert (spared.role, spared.held_out) == ("spared", True)
    assert spared.alpha == pytest.approx(0.008, rel=0.02)
    assert spared.on_searched.alpha is None  # the search kept its own examples whole: no proof for others
    other = cell(result, MATH, "safety")
    assert (other.role, other.held_out, other.n, other.on_searched) == ("other", False, N, None)
    eigen = cell(result, TOP, "math")
    assert (eigen.role, eigen.held_out) == ("hurt", True)


def test_where_random_directions_never_end_a_ratio_is_a_least_one(result: Result[WorstSpec]) -> None:
    safety = cell(result, SAFETY, "safety")
    assert safety.random.at_least
    assert safety.times_nearer == pytest.approx(REACH / 0.001, rel=0.02)
    assert cell(result, TOP, "safety").times_nearer is None  # never left: nothing to compare
    assert cell(result, TOP, "safety").boundary.inside == REACH


def test_the_worst_is_the_nearest_of_all_that_were_found(result: Result[WorstSpec]) -> None:
    endings = worst_boundaries(result)
    assert worst_of(endings, "math").direction == label_of(MATH)  # type: ignore[union-attr]
    assert worst_of(endings, "safety").direction == label_of(SAFETY)  # type: ignore[union-attr]
    assert worst_of(endings, "nothing") is None


def test_parts_of_the_examples_make_up_all_of_them(result: Result[WorstSpec]) -> None:
    lines = {part: scores_of(result, MATH, "math", part) for part in ("all", "held_out", "searched")}
    scores = {part: line[1] for part, line in lines.items() if line is not None}
    np.testing.assert_allclose((scores["held_out"] + scores["searched"]) / 2, scores["all"])


def test_at_equal_norm_a_harmless_tune_is_like_random_and_a_harmful_one_like_the_worst(
    result: Result[WorstSpec],
) -> None:
    found = {(one.checkpoint, one.capability): one for one in equal_norm_scores(result, worst_boundaries(result))}
    assert found[HARMLESS, "safety"].likeness == "random"
    harmful = found[HARMFUL, "safety"]
    assert (harmful.likeness, harmful.own, harmful.middle, harmful.worst) == ("worst", 0, 1, 0)
    assert (harmful.n, harmful.held_out, harmful.direction) == (N // 2, True, label_of(SAFETY))
    assert found[HARMFUL, "math"].likeness == "random"
    assert harmful.others == {HARMLESS: 1.0}


@pytest.mark.parametrize(
    ("own", "random", "worst", "likeness"),
    [
        (0.9, (0.92, 0.93), 0.91, "alike"),
        (0.5, (1.0,), 0.0, "between"),
        (0.0, (1.0,), 0.5, "beyond"),
        (0.53, (1.0,), 0.5, "worst"),
        (1.0, (0.9,), 0.5, "random"),
        (0.5, (), 0.5, "unknown"),
        (0.5, (1.0,), None, "unknown"),
    ],
)
def test_likeness_goes_by_the_numbers_alone(own: float, random: tuple, worst: float | None, likeness: str) -> None:
    from landscape.worst.equal_norm import EqualNormScores

    one = EqualNormScores("a", 0.1, "math", 9, True, 0.05, 1.0, own, random, {}, "worst math", worst)
    assert one.likeness == likeness


def test_the_share_explained_is_the_loss_at_the_projection_over_that_at_the_fine_tune(
    result: Result[WorstSpec],
) -> None:
    found = {(one.checkpoint, one.direction): one for one in explained_of(result)}
    one = found[HARMFUL, label_of(SAFETY)]
    assert one.projection_alpha == pytest.approx(0.5 * TUNED)
    assert one.chance == pytest.approx(1 / math.sqrt(D))
    assert one.loss_change == pytest.approx(1e3 * TUNED**2)
    assert one.share == pytest.approx(1e4 * (0.5 * TUNED) ** 2 / (1e3 * TUNED**2))
    assert found[HARMFUL, label_of(MATH)].projection_alpha == pytest.approx(-0.1 * TUNED)  # away from it
    assert {o.capability for o in explained_of(result) if o.direction == label_of(SAFETY)} == {"safety"}


def test_a_loss_that_did_not_change_has_nothing_to_explain(result: Result[WorstSpec]) -> None:
    rows = result.rows.assign(loss=0.02)
    assert {one.share for one in explained_of(Result(result.spec, rows, result.facts))} == {None}


def test_tensors_of_one_module_are_one_cell() -> None:
    cells = {(cell.layer, cell.module): cell for cell in cells_of(MASS)}
    assert cells[0, "up"].share == pytest.approx(0.6)
    assert cells[0, "up"].density == pytest.approx(0.6 / 0.25)
    assert by(list(cells.values()), "module") == pytest.approx({"embed": 0.1, "up": 0.9})
    assert by(list(cells.values()), "layer") == pytest.approx({"outside": 0.1, "layer 0": 0.6, "layer 1": 0.3})


def test_a_capability_without_a_basin_has_no_boundary(result: Result[WorstSpec]) -> None:
    silent = result.rows.copy()
    silent["outcomes"] = [
        np.zeros(N, np.uint8) if c == "safety" else o
        for c, o in zip(silent["capability"], silent["outcomes"], strict=True)
    ]
    endings = [e for e in worst_boundaries(Result(result.spec, silent, result.facts)) if e.capability == "safety"]
    assert all(not e.bounded and e.boundary is None for e in endings)
    assert worst_of(endings, "safety") is None


def test_without_single_outcomes_nothing_is_said_to_be_unseen(result: Result[WorstSpec]) -> None:
    bare = Result(result.spec, result.rows.assign(outcomes=None), result.facts)
    assert not any(e.held_out for e in worst_boundaries(bare))
    assert {e.n for e in worst_boundaries(bare)} == {N}


def test_a_run_that_has_only_begun_is_no_trouble(result: Result[WorstSpec]) -> None:
    for rows in (result.rows[:0], result.rows[result.rows["alpha"] == 0], result.rows[:40]):
        early = Result(result.spec, rows.reset_index(drop=True), result.facts)
        assert len(computed_of(early)) == 4
        json.dumps(worst_dict(early), allow_nan=False)
        assert worst(early)


def test_the_reading_is_plain_json_without_nan(result: Result[WorstSpec]) -> None:
    found = json.loads(json.dumps(worst_dict(result), allow_nan=False))
    math_ = found["directions"][label_of(MATH)]["boundaries"]["math"]
    assert math_["unseen_examples_only"] is True
    assert math_["boundary"] == pytest.approx(0.0002, rel=0.02)
    assert math_["on_searched_examples"]["boundary"] == pytest.approx(0.0001, rel=0.02)
    assert found["directions"][label_of(TOP)]["eigenvalue"] == 12.5
    assert found["explained"]
    assert {one["like"] for one in found["at_equal_norm"]} >= {"random", "worst"}


def test_terminal_tables_say_boundaries_equal_norm_and_cosines(result: Result[WorstSpec]) -> None:
    boundaries, equal, shared = worst(result)
    assert [column.header for column in boundaries.columns] == ["ends at α =", *NAMES]
    cells = list(boundaries.columns[1].cells)
    assert cells[0] == "0.00020* (80\u00a0× nearer)"
    assert list(boundaries.columns[0].cells)[-1] == "random, median"
    assert list(boundaries.columns[2].cells)[-1] == "≥ 0.064"
    assert "worst" in list(equal.columns[6].cells)
    assert "+0.5000" in list(shared.columns[2].cells)
