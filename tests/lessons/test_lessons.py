"""What the lessons say is what the data say: every number is computed again here, from the JSON files alone."""

import json
import math
import re
from dataclasses import replace
from statistics import NormalDist, median
from typing import Any

import numpy as np
import pandas as pd
import pytest

from landscape import assets
from landscape.bundled import results, specs
from landscape.bundled.texts import shipped_texts
from landscape.lessons import alike, flat, nested, out, paths, promise, tracks
from landscape.lessons import worst as lesson_worst
from landscape.lessons.course import LESSONS, Lesson
from landscape.lessons.narration import Narration
from landscape.schema.directions import Gaussian, Layer, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import SliceSpec
from landscape.ui.learn.method_card import card

RESULTS = assets.DATA / "results"
FILES = {"out": "walk", "alike": "basin", "nested": "basin", "flat": "walk", "needle": "worst", "paths": "paths"}
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:×10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
TAU = 0.05
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def read(name: str) -> tuple[dict[str, Any], pd.DataFrame]:
    held = json.loads((RESULTS / f"{name}.json").read_text())
    return held, pd.DataFrame(held["rows"])


def two(value: float) -> str:
    """Two digits; below a ten-thousandth with a power of ten."""
    if value < 1e-4:
        return length(value)
    return f"{value:#.2g}".rstrip(".")


def loose(value: float) -> str:
    """Two digits without trailing noughts: losses and ratios."""
    if 0 < value < 1e-4:
        return length(value).replace(".0×", "×")
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 100 else np.format_float_positional(rounded, trim="-")


def length(value: float) -> str:
    """A length as the page of guarantees writes it."""
    mantissa, _, power = f"{value:#.2g}".partition("e")
    return f"{mantissa}×10{str(int(power)).translate(RAISED)}" if power else mantissa.rstrip(".")


def lower(value: float) -> str:
    """The same, rounded down: what is proven."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return length(math.floor(value / unit * (1 + 1e-12)) * unit)


def cent(share: float) -> str:
    return f"{100 * share:.0f}"


def edge(rows: pd.DataFrame) -> float:
    """Where a line through the measured scores first passes S(θ₀) − τ."""
    ordered = rows[rows["alpha"] >= 0].sort_values("alpha")
    alphas, scores = ordered["alpha"].tolist(), ordered["score"].tolist()
    floor = scores[0] - TAU
    first = next(i for i, score in enumerate(scores) if score < floor - 1e-9)
    share = (scores[first - 1] - floor) / (scores[first - 1] - scores[first])
    return alphas[first - 1] + max(share, 0.0) * (alphas[first] - alphas[first - 1])


def told(lesson: Lesson, capability: str | None = None) -> Narration:
    result = results.shipped(lesson.shows)
    assert result is not None
    return lesson.narrate(result, capability or lesson.choices(result)[0])


def everything(telling: Narration) -> str:
    question = telling.question
    asked = (question.text, *question.options, question.reveal, question.short)
    texts = (*telling.idea, telling.gist, *asked, telling.finding, telling.before)
    return "\n".join(texts)


def quoted(text: str) -> set[str]:
    return {token.rstrip(",") for token in NUMBER.findall(text)}


BY_NAME = {lesson.name: lesson for lesson in LESSONS}
TOLD = [
    (lesson.name, capability)
    for lesson in LESSONS
    if (shipped := results.shipped(lesson.shows)) is not None
    for capability in lesson.choices(shipped)
]


def test_there_are_seven_lessons_and_all_can_be_told_of_what_ships() -> None:
    assert [lesson.name for lesson in LESSONS] == ["out", "alike", "nested", "flat", "needle", "paths", "promise"]
    assert {name for name, _ in TOLD} == set(BY_NAME)


@pytest.mark.parametrize(("name", "capability"), TOLD)
def test_a_lesson_is_short_whole_and_has_one_right_answer(name: str, capability: str) -> None:
    telling = told(BY_NAME[name], capability)
    assert 2 <= len(telling.idea) <= 4
    assert 2 <= len(telling.question.options) <= 4
    assert len(set(telling.question.options)) == len(telling.question.options)
    text = everything(telling) + telling.reading
    assert not re.search(r"\bNone\b|\bnan\b|\binf\b|!|\{|\}", text)
    assert telling.finding != telling.before
    assert all(len(sentence) < 260 for sentence in telling.idea)


def walk_numbers(capability: str) -> dict[str, Any]:
    held, rows = read("walk")
    own = rows[(rows["capability"] == capability)].sort_values("alpha")
    scores, losses, alphas = (own[column].to_numpy() for column in ("score", "loss", "alpha"))
    at = edge(own)
    half = next((a for a, s in zip(alphas, scores, strict=True) if s <= scores[0] / 2), None)
    between = lambda values, a: float(np.interp(a, alphas, values))  # noqa: E731
    return {
        "d": held["facts"]["parameters"], "n": int(own["n"].iloc[0]), "edge": at, "half": half, "alphas": alphas,
        "scores": scores, "losses": losses, "between": between,
    }  # fmt: skip


@pytest.mark.parametrize("capability", assets.CAPABILITIES)
def test_every_number_of_the_walk_is_the_one_measured(capability: str) -> None:
    telling, known = told(BY_NAME["out"], capability), walk_numbers(capability)
    ends = [known["losses"][0], known["between"](known["losses"], known["edge"]), known["losses"][-1]]
    allowed = {"0", "5", f"{known['d']:,}", str(known["n"]), *map(loose, ends)}
    allowed |= {two(known["edge"]), two(known["alphas"][-1]), *map(cent, (known["scores"][0], known["scores"][-1]))}
    allowed |= {two(known["half"])} if known["half"] else set()
    place = known["half"] or known["alphas"][-1]
    lost, factor = known["scores"][0] - known["between"](known["scores"], place), place / known["edge"]
    allowed |= {cent(lost), loose(factor), loose(lost / TAU), loose(math.sqrt(lost / TAU))}
    assert quoted(everything(telling)) <= allowed
    for needed in (f"α = {two(known['edge'])} it loses at most 5 %", f"begins with {cent(known['scores'][0])} %"):
        assert needed in telling.question.reveal
    power = math.log(factor) / math.log(lost / TAU)
    assert telling.question.right == (0 if power > 0.75 else 1 if power > 0.25 else 2)
    assert f"Losing {cent(lost)} % takes {loose(factor)} times the α at which 5 % are lost" in telling.question.reveal
    result = results.shipped(specs.DEMO_WALK)
    assert result is not None
    for alpha in (0.0, 0.0045, 0.03):
        standing = out.place_text(out.track_of(result, capability), capability, alpha)
        score, loss = (known["between"](known[name], alpha) for name in ("scores", "losses"))
        assert f"{cent(score)} % of {capability} right, loss {loose(loss)}" in standing
        assert ("inside" in standing) == (alpha <= known["edge"])


@pytest.mark.parametrize("capability", assets.CAPABILITIES)
def test_score_loss_and_text_fall_apart_together(capability: str) -> None:
    """On the walk: inside the basin the texts shown are right; where half of the score is gone, so are texts."""
    walk, result, known = shipped_texts(), results.shipped(specs.DEMO_WALK), walk_numbers(capability)
    assert walk is not None
    assert result is not None
    asked = walk.asked[capability]
    at = int(np.abs(known["alphas"] - known["edge"]).argmin())
    counts = [sum(one.right[place] for one in asked) for place in (0, at, -1)]
    said = out.texts_finding(walk, capability, out.track_of(result, capability))
    assert quoted(said) <= {str(len(asked)), *map(str, counts)}
    assert counts[0] == len(asked)
    assert counts[1] >= 4, "six answers scatter about the 95 % of all"
    assert counts[2] < counts[1]
    assert known["losses"][-1] > 10 * known["losses"][0]


@pytest.mark.parametrize("capability", assets.CAPABILITIES)
def test_every_number_about_random_directions_is_the_one_measured(capability: str) -> None:
    telling = told(BY_NAME["alike"], capability)
    held, rows = read("basin")
    drawn = rows[(rows["direction"] == "gaussian") & (rows["capability"] == capability)]
    ends = [edge(own) for _, own in drawn.groupby("seed")]
    d, ratio = held["facts"]["parameters"], max(ends) / min(ends)
    spread, angle = 100 / math.sqrt(2 * d), math.degrees(1 / math.sqrt(d))
    allowed = {"0", "1", "1.5", "3", "2", "7", "8", "90", f"{d:,}", f"{spread:.2g}", f"{angle:.2g}", loose(ratio)}
    allowed |= {two(ends[0]), two(min(ends)), two(max(ends))}
    assert quoted(everything(telling)) <= allowed
    assert f"{loose(ratio)} times as far" in telling.question.reveal
    assert telling.question.right == (0 if ratio < 1.5 else 1 if ratio <= 3 else 2)


def test_lengths_and_angles_concentrate_as_a_simulation_does() -> None:
    rng = np.random.default_rng(0)
    for d in (100, 2_000):
        draws = rng.standard_normal((800, d))
        lengths = np.linalg.norm(draws, axis=1) / math.sqrt(d)
        cosines = (
            (draws[::2] * draws[1::2]).sum(1) / np.linalg.norm(draws[::2], axis=1) / np.linalg.norm(draws[1::2], axis=1)
        )
        assert lengths.std() == pytest.approx(alike.length_spread(d), rel=0.1)
        assert np.degrees(np.arccos(cosines)).std() == pytest.approx(alike.angle_spread(d), rel=0.12)


def radii() -> dict[str, float]:
    _, rows = read("basin")
    drawn = rows[rows["direction"] == "gaussian"]
    return {
        str(name): median(edge(own) for _, own in each.groupby("seed")) for name, each in drawn.groupby("capability")
    }


def test_the_order_of_the_rings_is_the_one_measured() -> None:
    telling, found = told(BY_NAME["nested"]), radii()
    ordered = sorted(found, key=found.__getitem__)
    assert telling.question.options[telling.question.right] == ordered[0]
    places = [telling.question.reveal.index(f"{name} at α = {two(found[name])}") for name in ordered]
    assert places == sorted(places)
    allowed = {two(value) for value in found.values()} | {loose(found[ordered[-1]] / found[ordered[0]]), "8", "3", "1"}
    assert quoted(everything(telling)) <= allowed
    _, rows = read("basin")
    for seed in range(8):
        own = rows[(rows["direction"] == "gaussian") & (rows["seed"] == seed)]
        ends = {name: edge(own[own["capability"] == name]) for name in found}
        assert min(ends, key=ends.__getitem__) == ordered[0], "it is said to end first in all 8"
    assert "in 8 of 8 random directions, in 1 of 3 directions towards checkpoints" in telling.question.reveal


@pytest.mark.parametrize("capability", assets.CAPABILITIES)
def test_every_number_about_score_and_loss_is_the_one_measured(capability: str) -> None:
    telling, known = told(BY_NAME["flat"], capability), walk_numbers(capability)
    losses, scores, between, at = known["losses"], known["scores"], known["between"], known["edge"]
    ratio = between(losses, at) / losses[0]
    allowed = {
        "1.25",
        "3",
        "5",
        "0",
        two(at),
        two(at / 2),
        cent(scores[0]),
        cent(between(scores, at / 2)),
        loose(ratio),
    }
    allowed |= {loose(losses[0]), loose(between(losses, at / 2)), loose(between(losses, at))}
    assert quoted(everything(telling)) <= allowed
    assert telling.question.right == (0 if ratio <= 1.25 else 1 if ratio <= 3 else 2)


@pytest.mark.parametrize("capability", assets.CAPABILITIES)
def test_a_threshold_of_ones_own_makes_another_edge(capability: str) -> None:
    walk, known = shipped_texts(), walk_numbers(capability)
    assert walk is not None
    examples = flat.Examples(known["alphas"], walk.losses[capability])
    losses = pd.DataFrame(walk.losses[capability].astype(float))
    assert losses.mean(axis=1).to_numpy() == pytest.approx(known["losses"], rel=2e-3, abs=1e-5)
    for threshold in (0.1, 1.0):
        passing = (losses <= threshold).mean(axis=1)
        at = edge(pd.DataFrame({"alpha": known["alphas"], "score": passing}))
        said = flat.threshold_text(examples, threshold, capability, known["edge"])
        assert f"{cent(passing[0])} % of the answers of {capability} lie below" in said
        assert f"that basin ends at α = {two(at)} (by right answers: {two(known['edge'])})" in said
    low, high = flat.edge_range(examples) or (0, 0)
    assert 0 < low < high
    assert quoted(flat.edge_range_text(examples)) == {two(low), two(high)}


@pytest.mark.parametrize("capability", assets.CAPABILITIES)
def test_every_number_about_the_needle_is_the_one_measured(capability: str) -> None:
    telling = told(BY_NAME["needle"], capability)
    result = results.shipped(specs.DEMO_WORST)
    assert result is not None
    assert result.facts is not None
    rows = result.rows[result.rows["capability"] == capability]
    random = median(edge(own) for _, own in rows[rows["direction"] == "gaussian"].groupby("seed"))
    unseen = sorted(set(range(240)) - set(result.facts.searched[capability]))
    ends = {}
    for label, own in rows[rows["direction"].str.startswith("worst")].groupby("direction"):
        hurt = str(label).removeprefix("worst ").split(" sparing ")
        looked_at = capability in ", ".join(hurt).replace(",", "").split()
        part = unseen if looked_at else list(range(240))
        ends[label] = edge(own.assign(score=[float(each[part].mean()) for each in own["outcomes"]])), len(part)
    worst, n = min(ends.values())
    d, ratio = result.facts.parameters, random / worst
    allowed = {"10", "100", "8", "1", str(n), f"{d:,}", f"{math.sqrt(d):,.0f}", two(random), two(worst), loose(ratio)}
    assert quoted(everything(telling)) <= allowed
    assert f"α = {two(worst)} in the worst direction found" in telling.question.reveal
    assert telling.question.right == (0 if ratio <= 10 else 1 if ratio <= 100 else 2)


@pytest.mark.parametrize("capability", assets.CAPABILITIES)
def test_every_number_about_the_walks_of_fine_tunes_is_the_one_measured(capability: str) -> None:
    telling = told(BY_NAME["paths"], capability)
    held, rows = read("paths")
    own = rows[rows["capability"] == capability]
    origin = float(own[(own["x"] == 0) & (own["y"] == 0)]["score"].iloc[0])
    found = {}
    for name, (x, y, off) in held["places"].items():
        assert off == pytest.approx(0, abs=1e-6)
        here = own[np.isclose(own["x"], x, rtol=1e-9, atol=0) & np.isclose(own["y"], y, rtol=1e-9, atol=1e-15)]
        found[name.removeprefix("demo:")] = (math.hypot(x, y), float(here["score"].iloc[0]))
    (near, (short, near_score)), (far, (long, far_score)) = sorted(found.items(), key=lambda item: item[1][0])
    allowed = {two(short), two(long), loose(long / short), *map(cent, (origin, near_score, far_score))}
    assert quoted(everything(telling)) <= allowed
    inside = (near_score >= origin - TAU, far_score >= origin - TAU)
    right = {(True, False): far, (False, True): near, (False, False): "Both", (True, True): "Neither"}[inside]
    assert right in telling.question.options[telling.question.right]


@pytest.mark.parametrize("capability", assets.CAPABILITIES)
def test_every_number_about_the_promise_follows_from_the_counts(capability: str) -> None:
    from scipy.stats import beta

    telling = told(BY_NAME["promise"], capability)
    held, rows = read("certificate")
    spec, d, normal = held["spec"], held["facts"]["parameters"], NormalDist()
    each = spec["failure_probability"] / len(spec["sigmas"])
    best = (0.0, 0.0, 0, 0)
    for sigma, own in rows[(rows["capability"] == capability) & (rows["sigma"] > 0)].groupby("sigma"):
        n, right = int(own["n"].sum()), round((own["score"] * own["n"]).sum())
        low = float(beta.ppf(each, right, n - right + 1))
        if n == spec["trials"] and low > spec["threshold"]:
            best = max(best, (sigma * (normal.inv_cdf(low) - normal.inv_cdf(spec["threshold"])), sigma, right, n))
    radius, sigma, right, n = best
    r = {name: alpha * math.sqrt(d) for name, alpha in held["facts"]["alpha_of"].items()}
    nearest = min(r.values())
    allowed = {
        "0.5",
        "0.001",
        "6",
        "7",
        length(sigma),
        f"{right}",
        f"{n:,}",
        lower(radius),
        lower(radius / math.sqrt(d)),
    }
    farther = nearest / radius
    unit = 10.0 ** (math.floor(math.log10(farther)) - 1)
    enough = loose(math.ceil(farther / unit) * unit)  # rounded down, k would not reach
    allowed |= {length(nearest), loose(farther), enough}
    assert quoted(everything(telling)) <= allowed
    assert f"takes k = {enough}." in telling.question.reveal
    assert f"certified to r = {lower(radius)}" in telling.question.reveal
    assert telling.question.options[telling.question.right] == "No, none"
    assert all(distance > radius for distance in r.values())


def test_a_wider_basin_is_promised_by_the_formula_and_said_not_to_be_measured() -> None:
    result = results.shipped(specs.DEMO_CERTIFICATE)
    assert result is not None
    for capability, known in promise.best_certificates(result).items():
        for factor in promise.WIDENINGS:
            assert known.widened(factor) == pytest.approx(factor * known.radius)
            said = promise.enlarged(known, factor, capability)
            assert lower(factor * known.radius) in said
            assert ("This is the formula" in said) == (factor > 1)
        enough = known.needed(known.nearest)
        assert known.widened(enough * 1.001) > known.distances[known.nearest] > known.widened(enough * 0.999)


# --- of other results ---------------------------------------------------------------------------------------------


def made(scores: dict[int, list[float]], losses: list[float] | None = None, **changes: Any) -> Result[SliceSpec]:
    """A slice of given scores by seed (a negative seed: towards), at α = 0, 0.01, 0.02, …"""
    alphas = tuple(round(0.01 * i, 4) for i in range(len(next(iter(scores.values())))))
    directions = tuple(Gaussian(seed=s) if s >= 0 else Towards(checkpoint="demo:assistant") for s in scores)
    spec = SliceSpec(checkpoint="demo:base", directions=directions, alphas=alphas, capabilities=("basic",))
    records = [
        {
            "direction": "gaussian" if seed >= 0 else "towards demo:assistant", "seed": seed if seed >= 0 else None,
            "alpha": alpha, "realised_alpha": alpha, "capability": "basic", "score": score, "n": 100, "seconds": 0.1,
            "loss": (losses or [0.1 * (i + 1) for i in range(9)])[index],
        }
        for seed, line in scores.items()
        for index, (alpha, score) in enumerate(zip(alphas, line, strict=True))
    ]  # fmt: skip
    return Result(spec.model_copy(update=changes), tidy(spec, records), Facts(1_000, 0.1, {"demo:assistant": 0.01}))


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ([1, 0.9, 0.8, 0.7, 0.6, 0.5], 0),  # −10 points a step
        ([1, 0.98, 0.92, 0.82, 0.68, 0.5], 1),  # −2 points times the square of the step
        ([1, 1, 1, 1, 0.2, 0], 2),
        ([1, 1, 1, 1, 1, 0.99], 3),
    ],
)
def test_the_right_answer_of_a_walk_follows_its_shape(line: list[float], right: int) -> None:
    result = made({0: line})
    assert out.choices(result) == ["basic"]
    assert out.narrate(result, "basic").question.right == right
    assert not re.search("None|nan", everything(out.narrate(result, "basic")))


def test_a_parabola_loses_half_at_the_root_of_ten_times_the_edge_and_a_line_at_ten_times() -> None:
    alphas = np.linspace(0, 1, 2_001)
    for power, times in ((1, 10.0), (2, 10**0.5), (20, 10**0.05)):
        track = tracks.Track(Gaussian(seed=0), 100, alphas, 1 - 0.6 * alphas**power, alphas)
        fall = out.fall_of(track)
        assert fall is not None
        assert fall.times == pytest.approx(times, rel=0.01)
        assert fall.power == pytest.approx(1 / power, abs=0.01)
        assert (fall.even, fall.parabola) == pytest.approx((10, 10**0.5), rel=0.01)


def test_a_walk_that_ends_before_its_shape_is_known_is_not_told() -> None:
    assert not out.choices(made({0: [1, 1, 1, 1, 1, 0.9]})), "half of it may be gone at the next step, or never"


@pytest.mark.parametrize(
    ("second", "right"), [([1, 1, 1, 0.5, 0, 0], 0), ([1, 1, 1, 1, 0.5, 0], 0), ([1, 1, 0, 0, 0, 0], 1)]
)
def test_the_right_answer_about_spread_follows_the_ends(second: list[float], right: int) -> None:
    result = made({0: [1, 1, 1, 0.5, 0, 0], 1: second})
    assert alike.choices(result) == ["basic"]
    assert alike.narrate(result, "basic").question.right == right


def test_ends_three_times_apart_and_more_are_all_over_the_place() -> None:
    result = made({0: [1, 1, 0, 0, 0, 0], 1: [1, 1, 1, 1, 0, 0]})
    assert alike.narrate(result, "basic").question.right == 1
    result = made({0: [1, 1, 0, 0, 0, 0], 1: [1, 1, 1, 1, 1, 0]})
    assert alike.narrate(result, "basic").question.right == 2


def test_an_end_before_the_first_point_has_no_ratio_to_another() -> None:
    """Between 0 and the first α it may lie anywhere: read as a line, it would be 40 times nearer."""
    assert not alike.choices(made({0: [1, 1, 1, 0.5, 0, 0], 1: [1, 0, 0, 0, 0, 0]}))


def test_a_result_without_what_a_lesson_takes_is_not_told() -> None:
    one = made({0: [1, 1, 1, 0.5, 0, 0]})
    for lesson in LESSONS:
        assert bool(lesson.choices(one)) == (lesson.name in ("out", "flat")), lesson.name
    assert not alike.choices(made({0: [1, 1, 1, 1, 1, 1], 1: [1, 1, 0, 0, 0, 0]})), (
        "one never leaves: no ratio is known"
    )
    assert not out.choices(made({0: [0.0] * 6})), "nothing to lose"
    relative = replace(one, spec=one.spec.model_copy(update={"directions": (Layer(seed=0),)}))
    assert not out.choices(relative)
    assert not flat.choices(made({0: [1, 1, 1, 0.5, 0, 0]}, losses=[math.nan] * 6))
    for lesson in LESSONS:
        kinds = {other.name for other in LESSONS if other.choices(results.shipped(lesson.shows))}  # type: ignore[arg-type]
        assert lesson.name in kinds


def test_a_slice_towards_a_fine_tune_alone_can_be_walked() -> None:
    result = made({-1: [1, 1, 1, 1, 0.2, 0]})
    assert out.choices(result) == ["basic"]
    assert "line to assistant" in out.narrate(result, "basic").idea[1]
    assert not alike.choices(result)


@pytest.mark.parametrize("name", [spec.checkpoint for spec in specs.emergence_specs()])
def test_the_lessons_can_be_told_of_every_demo_checkpoint(name: str) -> None:
    """Other sentences, other answers; a checkpoint without any capability is left out."""
    result = results.shipped(next(spec for spec in specs.emergence_specs() if spec.checkpoint == name))
    assert result is not None
    for module in (out, alike, nested, flat):
        for capability in module.choices(result):
            assert not re.search("None|nan|inf", everything(module.narrate(result, capability)))
    assert bool(out.choices(result)) == ("00100" not in name)
    assert not lesson_worst.choices(result)
    assert not paths.choices(result)
    assert not promise.choices(result)


def test_the_method_card_states_what_pictures_cannot_show() -> None:
    text = " ".join(f"{heading}: {each}" for heading, each in card(1_122_400).items())
    for claim in ("10⁹", "1,122,400", "direction", "Scale", "Thresholds", "small", "certificate"):
        assert claim in text
