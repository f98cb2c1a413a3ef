"""The lesson on walks, told of a single fine-tune: every answer is found here again, from the measured scores alone."""

import math
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from landscape.bundled import results, specs
from landscape.lessons import paths
from landscape.lessons.course import LESSONS
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import PlaneSpec

N, TAU = 20, 0.05
LINES = 0.01  # between two lines of the grid
(LESSON,) = [lesson for lesson in LESSONS if lesson.name == "paths"]


def plane(
    way: list[float], end: tuple[float, float], sideways: list[float], second: object = None
) -> Result[PlaneSpec]:
    """A plane of base, an end at (α, score), and a random direction: scores at the lines 0, 1, 2, … of each axis."""
    spec = PlaneSpec(
        checkpoint="demo:base", capabilities=("math",), x=(-0.08, 0.08), y=(-0.08, 0.08), grid=17,
        directions=(Towards(checkpoint="demo:tuned"), second or Gaussian(seed=0)),
    )  # fmt: skip
    points = {(LINES * i, 0.0): score for i, score in enumerate(way)} | {(end[0], 0.0): end[1]}
    points |= {(0.0, LINES * i): score for i, score in enumerate(sideways) if i}
    points |= {(LINES * i, LINES * 2): 0.0 for i in (-1, 1)} | {(-LINES, 0.0): 0.0}  # on neither
    rows = [
        {"x": x, "y": y, "realised_alpha": 0.0, "capability": "math", "score": np.nan_to_num(score), "loss": 1.0,
         "n": N, "not_finite": N if math.isnan(score) else 0, "seconds": 0.1}
        for (x, y), score in points.items()
    ]  # fmt: skip
    facts = Facts(1_000, 0.1, places={"demo:tuned": [end[0], 0.0, 0.0]}, chance={"math": 0.0})
    return Result(spec, tidy(spec, rows), facts)


def lost(score: float, start: float) -> bool:
    return math.isnan(score) or round(score * N) < round(start * N) - 1  # of 20 examples, τ is one


shares = st.integers(0, N).map(lambda right: right / N)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(shares, min_size=1, max_size=5), st.sampled_from([0.004, 0.015, 0.02, 0.035]), shares,
    st.lists(shares, min_size=1, max_size=5),
)  # fmt: skip
@example([1.0, 1.0, 0.0], 0.035, 1.0, [1.0, 1.0, 1.0, 1.0])  # lost on the way, and back at the end
@example([1.0], 0.004, 0.0, [1.0, 1.0])  # a short walk, of which only the ends were measured
@example([1.0], 0.004, 1.0, [1.0, 0.0])  # sideways it ends somewhere before the first line: not known where
@example([1.0, 1.0], 0.02, float("nan"), [1.0, 1.0, 1.0])
@example([1.0, 1.0], 0.035, 1.0, [1.0, 0.0, 1.0, 1.0])  # sideways it is left, and entered again
@example([0.0], 0.02, 1.0, [0.0, 0.0, 0.0])  # nothing to lose
@example([1.0, 1.0, 1.0], 0.035, 0.0, [1.0, 1.0, 1.0])  # sideways too little was measured
def test_the_walk_of_one_fine_tune(
    drawn: list[float], alpha: float, at_end: float, side: list[float]
) -> None:  # fmt: skip
    start = drawn[0]
    way = [score for place, score in enumerate(drawn) if LINES * place < alpha - 1e-9]
    side = [start, *side[1:]]
    result = plane(way, (alpha, at_end), side)
    names = LESSON.choices(result)

    ends = [place for place, score in enumerate(side) if lost(score, start)]
    held_to = LINES * ((ends[0] - 1) if ends else (len(side) - 1))
    left_at = LINES * ends[0] if ends else math.inf
    sideways = True if held_to >= alpha - 1e-9 else False if left_at <= alpha + 1e-9 else None
    something = lost(0.0, start) and round(start * N) > 5  # clearly above what guessing scores
    if len(side) < 2 or sideways is None:
        assert not names
        return
    if something:
        assert names == ["math"]
    for name in names:
        telling = LESSON.narrate(result, name)
        question = telling.question
        right = question.options[question.right]
        wanted = {
            (True, True): "At both places",
            (True, False): "At tuned, but not sideways",
            (False, True): "Sideways, but not at tuned",
            (False, False): "At neither",
        }
        assert right == wanted[not lost(at_end, start), sideways]
        assert len(question.options) == 4
        assert f"α = {alpha:.2g}"[:9] in question.text.replace("0.020", "0.02")
        measured = [*way, at_end]
        reveal = question.reveal
        if len(measured) == 2:
            assert "Between the two nothing was measured" in reveal
        elif not any(lost(score, start) for score in measured):
            assert f"holds at all {len(measured)} places measured" in reveal
        else:
            first = next(place for place, score in enumerate(measured) if lost(score, start))
            share = 1.0 if first == len(way) else LINES * first / alpha
            said = re.search(
                r"the first where it is lost lies (\d+) % of the way out(; at the end it is back)?", reveal
            )
            assert said is not None
            assert float(said[1]) == pytest.approx(100 * share, abs=0.51)
            assert (said[2] is not None) == (not lost(at_end, start))
        assert ("the direction that decides" in reveal) == (sideways and lost(at_end, start))
        assert not re.search(r"\bnan\b|None|\binf\b", " ".join((*telling.idea, telling.gist, reveal, question.short)))


def test_a_plane_of_two_random_directions_or_of_a_model_off_the_plane_is_not_told() -> None:
    whole = plane([1.0, 1.0], (0.02, 1.0), [1.0, 1.0, 1.0])
    assert LESSON.choices(whole) == ["math"]
    for directions in ((Gaussian(seed=1), Gaussian(seed=0)), (Gaussian(seed=0), Towards(checkpoint="demo:tuned"))):
        other = Result(whole.spec.model_copy(update={"directions": directions}), whole.rows, whole.facts)
        assert not LESSON.choices(other)
    off = Facts(1_000, 0.1, places={"demo:tuned": [0.02, 0.0, 0.01]}, chance={"math": 0.0})
    assert not LESSON.choices(Result(whole.spec, whole.rows, off))


def test_the_shipped_plane_of_the_demo_pair_is_told_with_the_scores_that_were_measured() -> None:
    """Around assistant towards base, and in a random direction; read by hand from the rows."""
    result = results.shipped(specs.DEMO_PLANE)
    assert result is not None
    assert result.facts is not None
    end = result.facts.places["demo:base"][0]
    for name in paths.choices(result):
        rows = result.rows[result.rows["capability"] == name]
        origin = float(rows[(rows["x"] == 0) & (rows["y"] == 0)]["score"].iloc[0])
        there = float(rows[(rows["y"] == 0) & ((rows["x"] - end).abs() < 1e-9)]["score"].iloc[0])
        up = rows[(rows["x"] == 0) & (rows["y"] >= 0)].sort_values("y")
        gone = up[up["score"] < origin - TAU - 1e-9]["y"]
        sideways = gone.empty or float(gone.iloc[0]) > end
        telling = paths.narrate(result, name)
        right = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}
        assert telling.question.right == right[there >= origin - TAU - 1e-9, sideways]
        assert f"has {100 * there:.0f} % of {name} right" in telling.question.reveal
    assert set(paths.choices(result)) == {"basic", "math", "code", "safety"}
