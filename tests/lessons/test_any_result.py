"""Every sentence, question and answer of the lessons, held against generated results that are read here by hand."""

import math
import re
from collections.abc import Sequence
from statistics import NormalDist, median

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from landscape.basins.boundaries import RAYS_NEEDED
from landscape.lessons import alike, flat, nested, out, paths, promise, worst
from landscape.lessons.course import LESSONS, Lesson
from landscape.lessons.narration import Narration, percent
from tests import written_numbers
from tests.generated import (
    AT_ONCE,
    HELD,
    LATE,
    RISES,
    STEP,
    N,
    alphas_of,
    certificate_result,
    curves,
    falls,
    line_result,
    losses,
    plane_result,
    same_start,
    scores,
    worst_result,
)

FEW = settings(max_examples=6, deadline=None)
TAU = 0.05
BY_NAME = {lesson.name: lesson for lesson in LESSONS}
NO_NUMBER = re.compile(r"\b(nan|inf|None|infinity)\b|−?inf")


def texts_of(telling: Narration) -> list[str]:
    question = telling.question
    shown = (telling.gist, question.text, *question.options, question.reveal, question.short)
    return [*telling.idea, *shown, telling.finding, telling.before]


def told(lesson: Lesson, result: object) -> dict[str, Narration]:
    """What a lesson tells of each capability; no sentence may hold what is no number."""
    found = {name: lesson.narrate(result, name) for name in lesson.choices(result)}  # type: ignore[arg-type]
    for telling in found.values():
        assert not [text for text in texts_of(telling) if NO_NUMBER.search(text)]
        assert len(set(telling.question.options)) == len(telling.question.options)
    return found


def bracket(curve: Sequence[float]) -> tuple[float, float | None]:
    """The last α inside and the first outside (None: nowhere), by counting examples."""
    for place, score in enumerate(curve):
        if math.isnan(score) or round(score * N) < round(curve[0] * N) - 1:  # of 20 examples, τ is one
            return STEP * (place - 1), STEP * place
    return STEP * (len(curve) - 1), None


def number(text: str) -> float:
    return written_numbers.read(text)


def shown(value: float) -> object:
    """A number as it was written with two digits."""
    return pytest.approx(value, rel=0.051, abs=1e-12)


def test_no_rounding_makes_some_answers_none_or_all() -> None:
    assert [percent(share) for share in (0.0, 1.0, 0.5, 0.97)] == ["0 %", "100 %", "50 %", "97 %"]
    assert [percent(share) for share in (239 / 240, 1 / 240, 0.99999, 1e-9)] == ["99.6 %", "0.4 %", "99.9 %", "0.1 %"]


@FEW
@given(falls, losses, st.sampled_from([0.0, 0.25, 0.9]))
@example((1.0, [HELD[1:]]), [0.1] * 6, 0.0)
@example((1.0, [AT_ONCE[1:]]), [0.1] * 6, 0.0)
@example((0.5, [RISES[1:]]), [0.5, 0.4, 0.3, 0.2, 0.1, 0.1], 0.0)
@example((0.1, [[0.1, 0.05, 0.05, 0.05, 0.05]]), [0.1] * 6, 0.0)  # half is lost, and no more than τ
@example((1.0, [[0.9, 0.8, 0.7, 0.6, 0.5]]), [float("nan")] * 6, 0.0)
@example((0.5, [[0.4, 0.3, 0.2, 0.1, 0.0]]), [0.1] * 6, 0.9)
def test_a_walk_is_told_as_it_was(fall: tuple[float, list[list[float]]], loss: list[float], chance: float) -> None:
    curve = same_start(fall)[0]
    found = told(BY_NAME["out"], line_result({"math": [curve]}, loss=loss, chance=chance))
    if curve[0] - TAU <= chance + 1e-9:
        assert not found, "nothing to lose"
    for telling in found.values():
        inside, outside = bracket(curve)
        right, reveal = telling.question.options[telling.question.right], telling.question.reveal
        assert right.startswith("By no more than 5 %") == (outside is None)
        assert ("never left" in reveal) == (outside is None)
        for alpha, share in re.findall(r"At α = ([\d.]+) it has ([\d.]+) %", reveal):
            assert number(share) == pytest.approx(100 * curve[round(number(alpha) / STEP)], abs=0.51)
        for alpha in re.findall(r"At α = ([\d.]+) half of them or more are gone", reveal):
            place = round(number(alpha) / STEP)
            assert curve[place] <= curve[0] / 2
            assert min(curve[:place]) > curve[0] / 2
        for alpha in re.findall(r"Up to α = ([\d.]+) it loses at most", reveal):
            assert inside * 0.94 <= number(alpha) <= (outside or 0) * 1.06
        if said := re.search(r"The loss is ([\d.,]+) at the start,(?: ([\d.,]+) at the edge,)? ([\d.,]+) at", reveal):
            assert (number(said[1]), number(said[3])) == (shown(loss[0]), shown(loss[-1]))
            assert (said[2] is None) == (outside is None)
        assert ("The loss is" in reveal) == (not any(map(math.isnan, (loss[0], loss[-1]))) and "The loss is" in reveal)
        if right.startswith("Not at all for a while"):
            half = next((STEP * i for i, score in enumerate(curve) if score <= curve[0] / 2), STEP * 5)
            assert inside > 0, "within the first step nobody knows how it fell"
            assert half <= 3 * outside, "a cliff is no long slope"  # type: ignore[operator]
        if right.startswith("Evenly"):
            assert outside is not None
            assert curve[round(outside / STEP)] > curve[0] / 2, "one step shows no even fall"


def test_a_fall_within_the_first_step_is_not_called_even() -> None:
    assert not out.choices(line_result({"math": [AT_ONCE]}))


@FEW
@given(falls)
@example((1.0, [LATE[1:], LATE[1:]]))
@example((1.0, [LATE[1:], AT_ONCE[1:]]))
@example((1.0, [LATE[1:], HELD[1:]]))
@example((1.0, [HELD[1:], HELD[1:]]))
@example((1.0, [LATE[1:]]))
def test_how_far_ends_lie_apart_is_told_of_draws_that_all_end(fall: tuple[float, list[list[float]]]) -> None:
    drawn = same_start(fall)
    found = told(BY_NAME["alike"], line_result({"math": drawn}))
    ends = [bracket(curve) for curve in drawn]
    if len(drawn) < 2 or fall[0] <= TAU or any(out is None or inside == 0 for inside, out in ends):
        assert not found
        return
    (telling,) = found.values()
    said = re.search(
        r"The nearest of (\d+) ends lies at α = ([\d.]+), the farthest at ([\d.]+): ([\d.]+) times", telling.finding
    )
    assert said is not None
    assert int(said[1]) == len(drawn)
    near, far = min(ends), max(ends)
    assert near[0] * 0.94 <= number(said[2]) <= near[1] * 1.06  # type: ignore[operator]
    assert far[0] * 0.94 <= number(said[3]) <= far[1] * 1.06  # type: ignore[operator]
    ratio = number(said[4])
    assert near[0] > 0
    assert far[0] / near[1] * 0.94 <= ratio <= far[1] / near[0] * 1.06  # type: ignore[operator]
    least, most = ((0, 1.51), (1.49, 3.05), (2.95, math.inf))[telling.question.right]
    assert least <= ratio <= most
    assert f"We draw {len(drawn) - 1} more" in telling.question.text


@FEW
@given(falls, falls)
@example((1.0, [LATE[1:]]), (1.0, [[1.0, 1.0, 1.0, 1.0, 0.0]]))  # one draw
@example((1.0, [LATE[1:], HELD[1:]]), (1.0, [HELD[1:], LATE[1:]]))  # two that disagree
@example((1.0, [LATE[1:], AT_ONCE[1:]]), (1.0, [LATE[1:]] * 2))
@example((1.0, [LATE[1:]] * 8), (1.0, [[1.0, 1.0, 1.0, 1.0, 0.0]] * 8))
@example((1.0, [LATE[1:]] * 6 + [[1.0, 1.0, 1.0, 1.0, 0.0]] * 2), (1.0, [LATE[1:]] * 4 + [HELD[1:]] * 4))
def test_which_skill_is_lost_first_is_asked_only_where_it_is_shown(
    one: tuple[float, list[list[float]]], other: tuple[float, list[list[float]]]
) -> None:
    draws = min(len(one[1]), len(other[1]))
    drawn = {"basic": same_start(one)[:draws], "math": same_start(other)[:draws]}
    for name, telling in told(BY_NAME["nested"], line_result(drawn)).items():
        ends = {n: [bracket(curve) for curve in each] for n, each in drawn.items()}
        middle = {n: median([out or math.inf for _, out in each]) for n, each in ends.items()}
        rest = "math" if name == "basic" else "basic"
        assert middle[name] <= middle[rest] + STEP * 1.01
        assert all(inside > 0 for inside, _ in ends[name])
        text, reveal = telling.question.text, telling.question.reveal
        before = [a[1] is not None and a[1] <= b[0] + 1e-9 for a, b in zip(ends[name], ends[rest], strict=True)]
        overlap = [a == b for a, b in zip(ends[name], ends[rest], strict=True)]
        if text == "Which skill is lost first when the weights move away in a random direction?":
            assert draws >= RAYS_NEEDED
            assert sum(before) + sum(overlap) > draws / 2
            assert f"of {draws} random direction" in reveal
        else:
            assert "Too few directions, or too mixed ones" in reveal
            assert ("one random direction" in text) == (draws == 1)
            assert ("median" in reveal) == (draws > 1)


@FEW
@given(falls, losses)
@example((1.0, [LATE[1:]]), [0.5, 0.4, 0.3, 0.2, 0.1, 0.1])  # a loss that falls
@example((1.0, [AT_ONCE[1:]]), [0.1] * 6)
@example((0.5, [[0.9, 1.0, 0.6, 0.1, 0.0]]), [0.1, 0.1, 0.1, 0.1, 3.0, 3.0])  # a score that rises first
def test_score_and_loss_on_the_way_to_the_edge(fall: tuple[float, list[list[float]]], loss: list[float]) -> None:
    curve = same_start(fall)[0]
    for telling in told(BY_NAME["flat"], line_result({"math": [curve]}, loss=loss)).values():
        inside, outside = bracket(curve)
        assert inside > 0
        said = re.search(r"α = ([\d.]+)\) the loss is ([\d.,]+) nats?: ([\d.,]+) times", telling.finding)
        said = said or re.search(
            r"At the edge \(α = ([\d.]+)\) the loss is ([\d.,]+): ([\d.,]+) times", telling.finding
        )
        assert said is not None
        assert inside * 0.94 <= number(said[1]) <= (outside or 0) * 1.06
        there = [loss[round(inside / STEP)], loss[round((outside or 0) / STEP)]]
        assert min(there) * 0.94 <= number(said[2]) <= max(there) * 1.06
        ratio = number(said[2]) / loss[0]
        right = telling.question.options[telling.question.right]
        assert right.startswith("It has hardly risen, or fallen") == (ratio <= 1.25) or abs(ratio - 1.25) < 0.1
        assert right.startswith("It has risen a lot") == (ratio > 3) or abs(ratio - 3) < 0.2


@FEW
@given(st.lists(losses, min_size=1, max_size=6), st.sampled_from([0.005, 0.2, 2.0]))
@example([[float("nan")] * 6], 0.2)
@example([[3.0] * 6], 0.2)  # no answer passes
@example([[0.1] * 6], 0.2)  # all do, everywhere
def test_a_readers_threshold_says_what_it_counts(drawn: list[list[float]], threshold: float) -> None:
    table = np.array(drawn).T
    examples = flat.Examples(np.array(alphas_of()), table)
    said = flat.threshold_text(examples, threshold, "math", 0.02)
    whole = [each for each in drawn if not any(map(math.isnan, each))]
    counted = [sum(each[place] <= threshold for each in whole) / max(len(whole), 1) for place in range(6)]
    assert not NO_NUMBER.search(said + flat.edge_range_text(examples))
    assert number(said.partition(" %")[0]) == pytest.approx(100 * counted[0], abs=0.51)
    left = any(share < counted[0] - TAU - 1e-9 for share in counted)
    assert ("too few to have a basin" in said) == (counted[0] <= TAU)
    assert ("that basin ends at" in said) == (counted[0] > TAU and left)
    if "another edge" in said:
        assert "ends at α = 0.020 (" not in said
    moves = re.search(r"moves from α = ([\d.]+) to ([\d.]+)", flat.edge_range_text(examples))
    assert moves is None or moves[1] != moves[2]


@FEW
@given(st.lists(curves.map(lambda curve: [1.0, *curve[1:]]), min_size=1, max_size=4), curves.map(lambda c: [1.0, *c[1:]]), st.sampled_from([1e-5, 1e-3, 0.02]))  # fmt: skip
@example([LATE], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0], 1e-4)  # one draw
@example([LATE, HELD], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0], 1e-4)  # an even count, one without an end
@example([LATE, LATE], AT_ONCE, 1e-3)  # before the first point: a bound that says too little
@example([LATE, LATE], AT_ONCE, 1e-5)  # and one that says enough
@example([LATE, LATE], [1.0, 1.0, 1.0, 1.0, 0.0, 0.0], 0.02)  # not nearer
@example([AT_ONCE, AT_ONCE], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0], 1e-4)
def test_the_needle_is_as_near_as_measured(drawn: list[list[float]], searched: list[float], nearest: float) -> None:
    found = told(BY_NAME["needle"], worst_result(drawn, searched, nearest=nearest))
    ends = [bracket(curve) for curve in drawn]
    low, high = (part * nearest / STEP if part is not None else None for part in bracket(searched))
    if any(out is not None and inside == 0 for inside, out in ends) or high is None:
        assert not found
    for telling in found.values():
        reveal = telling.question.reveal
        random = [median([inside for inside, _ in ends]), median([out or math.inf for _, out in ends])]
        assert math.isfinite(random[1])
        assert high is not None
        said = re.search(r"ends (at|before) α = (\S+) in the worst direction found, and at (\S+) in", reveal)
        assert said is not None
        assert (said[1] == "before") == (low == 0)
        assert number(said[2]) == pytest.approx(high, rel=0.06) or low * 0.94 <= number(said[2]) <= high * 1.06  # type: ignore[operator]
        assert random[0] * 0.94 <= number(said[3]) <= random[1] * 1.06
        times = re.search(r": (more than )?(\S+) times nearer", reveal)
        assert (times is None) == (": no nearer" in reveal)
        if times:
            assert number(times[2]) >= 1
            assert number(times[2]) == pytest.approx(number(said[3]) / number(said[2]), rel=0.12)
            assert bool(times[1]) == (low == 0)
        assert low != 0 or telling.question.right == 2, "a lower bound says no more than that"
        assert f"along {len(drawn)} random direction" in telling.idea[0]
        assert ("(the median)" in telling.idea[0]) == (len(drawn) > 1)
        assert "20 questions that the search never saw" in reveal


places = st.tuples(st.sampled_from([0.01, 0.02, 0.0201]), st.sampled_from([0.0, 0.01]), scores)


@FEW
@given(scores, places, places)
@example(1.0, (0.01, 0.0, 1.0), (0.01, 0.0, 0.0))  # walks of one length
@example(0.0, (0.01, 0.0, 1.0), (0.02, 0.0, 0.0))  # nothing to lose
@example(1.0, (0.01, 0.0, 0.0), (0.02, 0.0, 1.0))
@example(0.5, (0.01, 0.0, 1.0), (0.02, 0.0, float("nan")))
def test_the_walks_of_fine_tunes(origin: float, one: tuple[float, ...], other: tuple[float, ...]) -> None:
    ends = {"demo:benign": one, "demo:adversarial": other}
    for telling in told(BY_NAME["paths"], plane_result(origin, ends)).values():  # type: ignore[arg-type]
        near, far = sorted(ends.values(), key=lambda end: math.hypot(*end[:2]))
        assert math.hypot(*near[:2]) < math.hypot(*far[:2])
        (times,) = re.findall(r"is ([\d.]+) times as far away", telling.idea[2])
        assert number(times) > 1 or "0.0201" in str(ends)
        assert number(times) == shown(math.hypot(*far[:2]) / math.hypot(*near[:2]))
        left = [math.isnan(end[2]) or round(end[2] * N) < round(origin * N) - 1 for end in (near, far)]
        right = telling.question.options[telling.question.right]
        said = {(False, True): "The longer", (True, False): "The shorter", (True, True): "Both"}
        assert right.startswith(said.get((left[0], left[1]), "Neither"))
        assert ("here the direction decides" in telling.question.reveal) == (left == [True, False])


counts = st.lists(st.integers(0, 50), min_size=4, max_size=4)
far_off = st.dictionaries(st.sampled_from(["demo:near", "demo:far"]), st.sampled_from([1e-7, 1e-5, 0.01]), min_size=1)


@FEW
@given(st.dictionaries(st.sampled_from([0.002, 0.005]), counts, min_size=1), far_off)
@example({0.002: [50] * 4}, {"demo:near": 1e-7})  # within it, one alone
@example({0.002: [50] * 4}, {"demo:near": 1e-7, "demo:far": 0.01})
@example({0.002: [50] * 2}, {"demo:near": 1e-7})  # not complete
@example({0.002: [0] * 4}, {"demo:near": 1e-7})
def test_a_promise_reaches_as_far_as_the_counts_prove(right: dict[float, list[int]], alphas: dict[str, float]) -> None:
    found = told(BY_NAME["promise"], certificate_result(right, alphas))
    normal, proven = NormalDist(), 0.0
    for sigma, each in right.items():
        low = float(beta.ppf(0.001 / len(right), sum(each), 201 - sum(each))) if sum(each) else 0.0
        if len(each) == 4 and low > 0.5:
            proven = max(proven, sigma * normal.inv_cdf(low))
    assert bool(found) == (proven > 0)
    for telling in found.values():
        r = {name.removeprefix("demo:"): alpha * 100 for name, alpha in alphas.items()}
        reveal, nearest = telling.question.reveal, min(r.values())
        answer = telling.question.options[telling.question.right]
        covered = [distance <= proven for distance in r.values()]
        assert answer.startswith("Yes" if all(covered) else "Some" if any(covered) else "No")
        assert ("within it" in reveal) == (nearest <= proven)
        if times := re.search(r"([\d.,]+) times as far", reveal):
            assert number(times[1]) == shown(nearest / proven)
        if k := re.search(r"takes k = ([\d.,]+)\.", reveal):
            assert number(k[1]) >= nearest / proven * (1 - 1e-9), "so much noise would not reach"
        assert "lesson 6" not in telling.question.text
        result = certificate_result(right, alphas)
        for factor in (1, 500):
            said = promise.enlarged(promise.best_certificates(result)["math"], factor, "math")
            assert not NO_NUMBER.search(said)
            assert ("none of the fine-tunes" in said) == all(factor * proven < distance for distance in r.values())


def test_each_lesson_tells_nothing_of_results_that_hold_nothing() -> None:
    empty = line_result({"math": [[0.0] * 6]})
    assert not any(lesson.choices(empty) for lesson in LESSONS)
    assert not alike.choices(line_result({"math": [LATE]}))
    assert not nested.choices(line_result({"math": [LATE] * 8}))
    assert not worst.choices(empty)
    assert not paths.choices(empty)
