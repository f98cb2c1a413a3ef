"""What a worst-case run says, against hand-made rays whose boundaries are known, on the examples that count."""

import json
import math
from typing import Any

import numpy as np
import pytest

from landscape.basins.boundary_search import ladder
from landscape.reports.worst import worst_dict
from landscape.reports.worst_tables import worst
from landscape.schema.directions import Direction, Eigenvector, Gaussian, Towards, Worst, label_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import computed_of, scores_of, worst_boundaries, worst_of
from landscape.worst.equal_norm import equal_norm_scores
from landscape.worst.overlap import by, cells_of, explained_of

REACH, N, D = 0.064, 200, 10_000
RANDOM, TUNED = 0.016, 0.004  # where random directions end; α of the fine-tunes
NAMES = ("math", "safety")
HARMLESS, HARMFUL = "demo:benign", "demo:adversarial"
MATH, SAFETY = Worst(capabilities=("math",)), Worst(capabilities=("safety",), spared=("math",))
BOTH, TOP = Worst(capabilities=NAMES), Eigenvector(capability="math")
DIRECTIONS: tuple[Direction, ...] = (
    *(Gaussian(seed=seed) for seed in range(8)),
    Towards(checkpoint=HARMLESS),
    Towards(checkpoint=HARMFUL),
    MATH,
    SAFETY,
    BOTH,
    TOP,
)
# label → capability → where (the search's examples, the unseen ones) end
ENDS: dict[str, dict[str, tuple[float, float]]] = {
    "gaussian": {"math": (RANDOM, RANDOM), "safety": (1, 1)},
    f"towards {HARMLESS}": {"math": (0.02, 0.02), "safety": (0.02, 0.02)},
    f"towards {HARMFUL}": {"math": (0.02, 0.02), "safety": (0.003, 0.003)},
    label_of(MATH): {"math": (0.0001, 0.0002), "safety": (0.01, 0.01)},
    label_of(SAFETY): {"math": (1, 0.008), "safety": (0.0005, 0.001)},
    label_of(BOTH): {"math": (0.0005, 0.0005), "safety": (0.002, 0.002)},
    label_of(TOP): {"math": (0.004, 0.004), "safety": (1, 1)},
}
COSINES = {
    HARMLESS: {label_of(MATH): 0.01, label_of(SAFETY): 0.0},
    HARMFUL: {label_of(MATH): -0.1, label_of(SAFETY): 0.5},
}
MASS = [
    {"name": "embed.weight", "layer": None, "module": "embed", "share": 0.1, "weights": 0.5},
    {"name": "layers.0.up.weight", "layer": 0, "module": "up", "share": 0.5, "weights": 0.2},
    {"name": "layers.0.up.bias", "layer": 0, "module": "up", "share": 0.1, "weights": 0.05},
    {"name": "layers.1.up.weight", "layer": 1, "module": "up", "share": 0.3, "weights": 0.25},
]  # fmt: skip


def noted(direction: Worst | Eigenvector) -> dict[str, Any]:
    """What a search of two restarts leaves."""
    if isinstance(direction, Eigenvector):
        return {"eigenvalue": 12.5, "mass": MASS}
    named = [*direction.capabilities, *direction.spared]
    climb = {name: [0.05, 0.04, 0.03] if name in direction.spared else [0.05, 1.0, 9.0] for name in named}
    less = {name: [*losses[:-1], 0.9 * losses[-1]] for name, losses in climb.items()}
    ascents = [{"start": "random 1", "losses": less}, {"start": "random 2", "losses": climb}]
    origin = dict.fromkeys(named, 0.02)
    recipe = direction.model_dump(mode="json")
    return {
        "recipe": recipe,
        "alpha": 0.0005,
        "origin": origin,
        "ascents": ascents,
        "kept": 1,
        "seconds": 3.0,
        "mass": MASS,
    }


def facts(directions: tuple[Direction, ...] = DIRECTIONS) -> Facts:
    computed = [d for d in directions if isinstance(d, Worst | Eigenvector)]
    labels = {label_of(d) for d in directions}
    cosines = {
        f"towards {name}": {label: found.get(label, 0.001) for label in map(label_of, computed)}
        for name, found in COSINES.items()
        if f"towards {name}" in labels
    }
    return Facts(
        D, 0.1, dict.fromkeys((name for name in COSINES if f"towards {name}" in labels), TUNED),
        chance=dict.fromkeys(NAMES, 0.0), searched={name: list(range(N // 2)) for name in NAMES},
        found={label_of(d): noted(d) for d in computed}, cosines=cosines,
    )  # fmt: skip


def outcomes(direction: Direction, name: str, alpha: float) -> np.ndarray:
    """Right until the end of the examples' half; the opposite of a direction is harmless."""
    searched, unseen = ENDS[label_of(direction)][name]
    return np.repeat([alpha < searched, alpha < unseen], N // 2).astype(np.uint8)


def loss(direction: Direction, alpha: float) -> float:
    """A bowl that is steep along what was searched for."""
    return 0.02 + (1e4 if isinstance(direction, Worst) else 1e3) * alpha**2


def alphas_of(spec: WorstSpec, direction: Direction) -> list[float]:
    """The ladder, close to every end, and what is compared at equal norm."""
    ends = [end for both in ENDS[label_of(direction)].values() for end in both if end < REACH]
    close = {factor * end for end in ends for factor in (0.99, 1.01)}
    shadows = {COSINES[name].get(label_of(direction), 0.001) * TUNED for name in COSINES}
    return sorted({0.0, *ladder(spec), *close, TUNED, *(shadows if isinstance(direction, Worst | Eigenvector) else ())})


def made(directions: tuple[Direction, ...] = DIRECTIONS) -> Result[WorstSpec]:
    spec = WorstSpec(checkpoint="demo:assistant", directions=directions, capabilities=NAMES, reach=REACH)
    rows = []
    for direction in directions:
        for alpha in alphas_of(spec, direction):
            for name in NAMES:
                each = outcomes(direction, name, alpha)
                rows.append(
                    {"direction": label_of(direction), "seed": direction.seed if isinstance(direction, Gaussian) else None,
                     "alpha": alpha, "realised_alpha": alpha, "capability": name, "score": float(each.mean()),
                     "loss": loss(direction, alpha), "n": N, "seconds": 0.1, "outcomes": each}
                )  # fmt: skip
    return Result(spec, tidy(spec, rows), facts(directions))


@pytest.fixture(scope="module")
def result() -> Result[WorstSpec]:
    return made()


def cell(result: Result[WorstSpec], direction: Direction, name: str) -> Any:
    return next(e for e in worst_boundaries(result) if (e.direction, e.capability) == (label_of(direction), name))


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
