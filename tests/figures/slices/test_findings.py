"""The titles of slices: true of one draw, two, an even count with infinities, none finished, and any scores."""

import math
import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape.basins.boundaries import RAYS_NEEDED, RayEnds, find_boundary
from landscape.figures.slices.findings import end_text, ends_of, rank_of, slice_finding
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import SliceSpec
from tests.figures.slices.known_slice import made

N = 20


def ends(found: Sequence[float], followed: float = 0.03) -> RayEnds:
    at = np.array(found, float)
    return RayEnds(at, np.full(len(at), followed), np.tile(at, (50, 1)), 0, 0.0)


def slice_of(curves: dict[str, list[list[float]]], upto: int | None = None) -> Result[SliceSpec]:
    """By capability, the scores of each draw at α = 0, 1, 2, …; a share of N examples is right."""
    draws, points = len(next(iter(curves.values()))), len(next(iter(curves.values()))[0])
    alphas = tuple(float(place) for place in range(points))
    spec = SliceSpec(
        checkpoint="demo:base", directions=tuple(Gaussian(seed=seed) for seed in range(draws)), alphas=alphas,
        capabilities=tuple(curves),
    )  # fmt: skip
    rows = [
        {"direction": "gaussian", "seed": seed, "alpha": alpha, "realised_alpha": alpha, "capability": name,
         "score": round(score * N) / N, "loss": 1.0, "n": N, "seconds": 0.1,
         "outcomes": (np.arange(N) < round(score * N)).astype(np.uint8)}
        for name, each in curves.items()
        for seed, scores in enumerate(each)
        for alpha, score in list(zip(alphas, scores, strict=True))[:upto]
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, chance=dict.fromkeys(curves, 0.0)))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([0.012], "holds to α ≈ 0.012"),
        ([math.inf], "holds over the whole range"),
        ([0.01, 0.02], "ends at α = 0.01 to 0.02"),
        ([0.012, 0.012], "ends at α = 0.012"),
        ([0.012, math.inf], "is lost in 1 of 2, from α = 0.012 on"),
        ([0.01, 0.012, math.inf, math.inf], "is lost in 2 of 4, from α = 0.01 on"),
        ([math.inf] * 4, "holds over the whole range in all 4"),
        ([0.01] * 3 + [math.inf] * 3, "is lost in 3 of 6, from α = 0.01 on"),
        ([0.01] * 6 + [math.inf] * 2, "ends at α ≈ 0.01 [0.01, beyond] (never in 2 of 8)"),
        ([0.01] * 8, "ends at α ≈ 0.01 [0.01, 0.01]"),
    ],
)
def test_where_draws_end_is_said_by_rank(found: list[float], said: str) -> None:
    assert end_text(ends(found)) == said


def test_one_direction_has_the_interval_of_its_examples() -> None:
    rng = np.random.default_rng(0)
    again = 0.01 * np.exp(0.1 * rng.standard_normal((2000, 1)))
    found = RayEnds(np.array([0.01]), np.array([0.03]), again, 100, 5.0)
    assert end_text(found) == "holds to α ≈ 0.01 [0.0082, 0.012]"
    assert end_text(found, unit=0.1) == "holds to α / rms ≈ 0.1 [0.082, 0.12]"
    few = RayEnds(np.array([0.01]), np.array([0.03]), again, 5, 0.25)
    assert end_text(few) == "holds to α ≈ 0.01", "resamples of five examples say nothing"


def test_the_known_slice_is_told_in_full() -> None:
    assert slice_finding(made(), "gaussian") == "2 random directions: basic ends at α = 0.015 to 0.021"
    assert slice_finding(made(), "towards demo:assistant") == "Towards assistant: basic holds over the whole range"


def test_a_capability_that_the_origin_lacks_ends_nowhere() -> None:
    assert ends_of(made(), "gaussian", "safety") is None
    assert "safety" not in slice_finding(made(), "gaussian")


def test_a_draw_counts_once_its_points_up_to_the_boundary_are_measured() -> None:
    early = slice_of({"basic": [[1, 1, 0.5, 0], [1, 1, 1, 0]]}, upto=3)
    found = ends_of(early, "gaussian", "basic")
    assert found is not None
    assert len(found.found) == 1, "the second has not met its boundary, and is not measured to the end"
    assert slice_finding(slice_of({"basic": [[1, 1, 1, 1]]}, upto=2), "gaussian") == "One random direction"


def test_a_single_direction_towards_a_checkpoint_is_told_of_that_checkpoint() -> None:
    spec = SliceSpec(
        checkpoint="demo:base", directions=(Towards(checkpoint="demo:assistant"),), alphas=(0.0, 0.1),
        capabilities=("basic",),
    )  # fmt: skip
    assert slice_finding(Result(spec, tidy(spec, [])), "towards demo:assistant") == "Towards assistant"


SCORES = st.lists(st.integers(0, N).map(lambda right: right / N), min_size=4, max_size=4)


@given(st.lists(SCORES, min_size=1, max_size=8), st.lists(SCORES, min_size=1, max_size=8))
def test_every_title_is_true_of_the_draws(basic: list[list[float]], math_: list[list[float]]) -> None:
    """Two capabilities over as many draws, with any scores: rising, lost at once, or below guessing."""
    draws = min(len(basic), len(math_))
    curves = {"basic": basic[:draws], "math": math_[:draws]}
    result = slice_of(curves)
    said = slice_finding(result, "gaussian")
    assert not any(word in said for word in ("nan", "inf ", "None"))
    for name, each in curves.items():
        held = [scores for scores in each if scores[0] - 0.05 > 1e-9]
        if not held:
            assert name not in said
            continue
        found = [find_boundary(range(4), scores, scores[0] - 0.05).alpha for scores in held]
        left = sorted(alpha for alpha in found if alpha is not None)
        own = said.partition(f"{name} ")[2].partition(";")[0]
        if lost := re.fullmatch(r"is lost in (\d+) of (\d+), from α = ([\d.]+) on", own):
            assert (int(lost[1]), int(lost[2])) == (len(left), len(found))
            assert float(lost[3]) == pytest.approx(left[0], rel=0.06)
        if ended := re.fullmatch(r"ends at α = ([\d.]+)(?: to ([\d.]+))?", own):
            assert float(ended[1]) == pytest.approx(left[0], rel=0.06)
            assert float(ended[2] or ended[1]) == pytest.approx(left[-1], rel=0.06)
            assert len(left) == len(found) < RAYS_NEEDED
        if own.startswith("holds over the whole range"):
            assert not left


@given(st.lists(st.one_of(st.just(math.inf), st.floats(1e-3, 0.03)), min_size=1, max_size=9))
def test_ends_are_ordered_by_a_median_that_a_draw_has(found: list[float]) -> None:
    middle, nearest = rank_of(ends(found))
    assert middle in found
    assert nearest == min(found)
    assert sum(end <= middle for end in found) * 2 >= len(found)
