"""Tables, JSON and Markdown, held against generated results that are read here by hand."""

import io
import json
import math
import re
from statistics import median
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console
from scipy.stats import beta, norm

from landscape.basins.boundaries import RAYS_NEEDED
from landscape.cli import output
from landscape.enlarge.forgetting import capability_changes
from landscape.enlarge.radius_ratios import enlargements, ratio_finding
from landscape.inspection.evidence import Evidence
from landscape.inspection.verdict import Verdict
from landscape.intervals import wilson
from landscape.reports import comparison, enlarge, inspection, tables, worst_tables
from landscape.reports.basins import basin_dict, radius_cell
from landscape.reports.certificates import guarantee_dict
from landscape.reports.deployment import moves_dict
from landscape.reports.worst import worst_dict
from landscape.schema.results import Result
from landscape.schema.specs import InspectionSpec
from landscape.slices.deployment_survival import survivals_of
from tests.figures.handmade import standing
from tests.figures.inspection.known_verdicts import judged, part
from tests.generated import (
    AT_ONCE,
    HELD,
    LATE,
    RISES,
    STEP,
    N,
    certificate_result,
    curves,
    falls,
    line_result,
    plane_result,
    same_start,
    scores,
    worst_result,
)
from tests.slices.known_moves import made as moved

FEW = settings(max_examples=5, deadline=None)
NO_NUMBER = re.compile(r"\b(nan|inf|None)\b")


def printed(*shown: Any) -> str:
    console = Console(file=io.StringIO(), width=250, record=True)
    for each in shown:
        console.print(each)
    text = console.export_text()
    assert not NO_NUMBER.search(text), text
    return text


def cells(table: Any) -> list[dict[str, str]]:
    """The rows of a table, each by the heading of its column."""
    heads = [str(column.header) for column in table.columns]
    each = [list(column.cells) for column in table.columns]
    return [dict(zip(heads, map(str, row), strict=True)) for row in zip(*each, strict=True)]


def bracket(curve: list[float]) -> tuple[float, float]:
    for place, score in enumerate(curve):
        if round(score * N) < round(curve[0] * N) - 1:
            return STEP * (place - 1), STEP * place
    return STEP * (len(curve) - 1), math.inf


@FEW
@given(falls, falls, st.sampled_from([0.0, 0.9]))
@example((1.0, [LATE[1:]]), (1.0, [AT_ONCE[1:]]), 0.0)  # one draw
@example((1.0, [LATE[1:], HELD[1:]]), (1.0, [HELD[1:], HELD[1:]]), 0.0)  # an even count without ends
@example((0.5, [RISES[1:]] * 2), (0.5, [LATE[1:]] * 2), 0.9)  # guessing scores more
@example((1.0, [LATE[1:]] * 7), (1.0, [HELD[1:]] * 7), 0.0)
@example((1.0, [AT_ONCE[1:]] * 7), (1.0, [LATE[1:]] * 7), 0.0)  # all lost at the first step, with an interval
def test_a_search_is_printed_as_it_was_measured(
    one: tuple[float, list[list[float]]], other: tuple[float, list[list[float]]], chance: float
) -> None:
    draws = min(len(one[1]), len(other[1]))
    drawn = {"basic": same_start(one)[:draws], "math": same_start(other)[:draws]}
    result = line_result(drawn, basin=True, chance=chance)
    shown = tables.of(result)
    text, table = printed(*shown), shown[0]
    assert not isinstance(table, str)
    assert ("median of" in str(table.title)) == (draws > 1 and "no random" not in str(table.title))
    assert not re.search(r"\b1 directions", text)
    for row in cells(table):
        each = drawn[row[""]]
        assert float(row["score"]) == pytest.approx(each[0][0], abs=6e-4)
        surely_above = chance == 0 or wilson(each[0][0], N)[0] > chance + 1e-9
        if each[0][0] - 0.05 <= chance + 1e-9 or not surely_above:
            assert row["radius, α"] == ""
            continue
        ends = [bracket(curve) for curve in each]
        held = sorted(inside for inside, _ in ends)
        never = sum(math.isinf(out) for _, out in ends)
        bound = row["radius, α"].startswith("≥")
        assert bound == (2 * never >= draws)
        radius = float(row["radius, α"].removeprefix("≥ "))
        if bound:
            assert (
                radius <= sorted(out if math.isfinite(out) else inside for inside, out in ends)[(draws - 1) // 2] + 1e-9
            )
        else:
            assert median(held) * 0.99 - 1e-9 <= radius <= median([out for _, out in ends]) * 1.01
        assert bool(row["95 %"]) == (draws >= RAYS_NEEDED)
        assert row["range"].endswith("beyond") == (never > 0)
    said = tables.warnings(result)
    assert ("have a range" in said) == (1 < draws < RAYS_NEEDED)
    assert ("neither a range nor" in said) == (draws == 1)
    for found in re.findall(r"never left along (\d+) of (\d+) rays", said):
        assert int(found[1]) == draws
        assert int(found[0]) in {sum(math.isinf(bracket(c)[1]) for c in each) for each in drawn.values()}
    written = json.loads(orjson.dumps(basin_dict(result)))
    for name, known in written["capabilities"].items():
        for boundary, curve in zip(known["boundaries"], drawn[name], strict=False):
            inside, out = bracket(curve)
            assert boundary["inside"] == pytest.approx(inside)
            assert (boundary["boundary"] is None) == math.isinf(out)
    for pair in written["nesting"]:
        ends = {n: [bracket(c) for c in each] for n, each in drawn.items()}
        before = sum(a[1] <= b[0] + 1e-9 for a, b in zip(ends[pair["inner"]], ends[pair["outer"]], strict=True))
        assert pair["first"] >= before
        assert draws >= RAYS_NEEDED or pair["claim"] == "undecided"


@FEW
@given(st.lists(curves, min_size=1, max_size=4), curves)
@example([HELD], AT_ONCE)
def test_a_slice_is_printed_with_the_mean_and_ends_of_its_directions(
    drawn: list[list[float]], way: list[float]
) -> None:
    result = line_result({"math": drawn}, ways={"demo:assistant": way})
    table, *notes = tables.of(result)
    printed(table, *notes)
    for place, row in enumerate(cells(table)):
        here = [curve[place] for curve in drawn]
        assert row["math\n→ assistant"] == f"{way[place]:.3f}"
        mean, *spread = row["math\ngaussian"].split(" ")
        assert float(mean) == pytest.approx(sum(here) / len(here), abs=6e-4)
        assert spread == ([f"({min(here):.2f}–{max(here):.2f})"] if len(here) > 1 else [])


@FEW
@given(
    st.dictionaries(st.sampled_from([0.002, 0.005]), st.lists(st.integers(0, 50), min_size=1, max_size=4), min_size=1)
)
@example({0.002: [50] * 4})
@example({0.002: [50] * 2, 0.005: [0] * 4})
def test_a_certificate_promises_no_more_than_its_counts_prove(right: dict[float, list[int]]) -> None:
    result = certificate_result(right, {"demo:near": 1e-5})
    printed(*tables.of(result))
    table = tables.of(result)[0]
    assert not isinstance(table, str)
    proven = {}
    for row in cells(table):
        sigma, count = float(row["σ"]), sum(right[float(row["σ"])])
        low = float(beta.ppf(0.001 / len(right), count, 50 * len(right[sigma]) - count + 1)) if count else 0.0
        assert row["right"] == f"{count:,} of {50 * len(right[sigma]):,}"
        if len(right[sigma]) < 4:
            assert row["p_A ≥"] == ""
            assert row["radius r"] in ("unfinished", "given up")
        elif low < 0.5:
            assert row["radius r"] == "abstains"
        else:
            assert float(row["p_A ≥"]) <= low + 1e-9
            exact = sigma * float(norm.ppf(low))
            assert 0.98 * exact <= float(row["radius r"]) <= exact * (1 + 1e-9)
            proven[sigma] = exact
    starred = [float(row["σ"]) for row in cells(table) if row[""].endswith("*")]
    assert starred == ([max(proven, key=lambda sigma: proven[sigma])] if proven else [])
    best = guarantee_dict(result)["capabilities"]["math"]["best"]
    assert (best is None) == (not proven)
    orjson.dumps(guarantee_dict(result))


@FEW
@given(st.lists(curves.map(lambda c: [1.0, *c[1:]]), min_size=1, max_size=3), curves.map(lambda c: [1.0, *c[1:]]))
@example([LATE], AT_ONCE)
@example([LATE, HELD], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
@example([HELD, HELD], HELD)
def test_a_worst_direction_is_printed_with_what_is_known_of_its_end(
    drawn: list[list[float]], searched: list[float]
) -> None:
    result = worst_result(drawn, searched)
    (table,) = worst_tables.worst(result)
    printed(*tables.of(result))
    found, middle = (row["math"] for row in cells(table))
    inside, out = (part * 1e-4 / STEP for part in bracket(searched))
    if math.isinf(out):
        assert found.startswith("≥")
    elif inside == 0:
        assert found.startswith("<")
    else:
        low, _, high = found.partition(" (")[0].replace("*", "").partition("–")
        assert inside * 0.94 <= float(low) <= float(high or low) <= out * 1.06
    never = sum(math.isinf(bracket(curve)[1]) for curve in drawn)
    assert middle.startswith("≥") == (2 * never >= len(drawn))
    assert ("≥" in found.partition("(")[2]) <= (2 * never >= len(drawn) or inside == 0)
    orjson.dumps(worst_dict(result))


@FEW
@given(scores, scores)
@example(0.0, 0.0)
@example(0.5, 1.0)
def test_a_plane_is_printed_with_the_share_that_is_inside(origin: float, other: float) -> None:
    result = plane_result(origin, {"demo:benign": (0.04, 0.0, other), "demo:adversarial": (0.0, 0.04, origin)})
    shown = tables.of(result)
    printed(*shown)
    (row,) = cells(shown[0])
    assert (
        row["inside, share of the plane"] == "nothing to lose here"
        if origin <= 0.05
        else row["inside, share of the plane"][-1] == "%"
    )
    assert float(row["score at θ₀"]) == pytest.approx(origin, abs=6e-4)


@FEW
@given(st.dictionaries(st.sampled_from(["int8", "int4"]), st.tuples(st.just(0.005), st.integers(0, 200)), min_size=1))
@example({"int4": (0.0, 0)})
def test_a_deployment_move_is_kept_or_lost_as_counted(lost: dict[str, tuple[float, int]]) -> None:
    result = moved(lost)
    survivals = survivals_of(result)
    printed(*tables.of(result), *tables.of(Result(result.spec, result.rows, None)))
    written = moves_dict(result, survivals)
    assert not NO_NUMBER.search(written["finding"])
    for move, (_, gone) in lost.items():
        known = written["moves"][move]["capabilities"]["basic"]
        assert known["kept"] == (gone <= 10)
        assert known["score"] == pytest.approx(1 - gone / 200)
        assert known["predicted_kept"] is None
    orjson.dumps(written)


@FEW
@given(falls, falls, scores)
@example((1.0, [LATE[1:]]), (1.0, [HELD[1:]]), 0.5)
@example((1.0, [LATE[1:]] * 7), (1.0, [LATE[1:]] * 3 + [HELD[1:]] * 4), 0.0)
@example((0.0, [HELD[1:]]), (1.0, [AT_ONCE[1:]]), 1.0)
@example((0.0, [HELD[1:]] * 7), (0.1, [[0.0] * 5] * 7), 1.0)  # of two examples answered, other draws keep none or four
def test_compared_checkpoints_are_printed_with_bounds_where_ends_are_open(
    one: tuple[float, list[list[float]]], other: tuple[float, list[list[float]]], after: float
) -> None:
    draws = min(len(one[1]), len(other[1]))
    results = [line_result({"basic": same_start(fall)[:draws]}, basin=True) for fall in (one, other)]
    results[1] = Result(
        results[1].spec.model_copy(update={"checkpoint": "demo:other"}), results[1].rows, results[1].facts
    )
    changes = capability_changes(results[0], standing("demo:tuned", {"basic": (after, 0.5)}))
    table = enlarge.compared(results)
    printed(table, enlarge.forgotten(changes), *ratio_finding(enlargements(results)))
    assert ("one random direction" in str(table.caption)) == (draws == 1)
    open_ = [sum(math.isinf(bracket(c)[1]) for c in same_start(fall)[:draws]) for fall in (one, other)]
    for row, never in zip(cells(table), open_, strict=False):
        assert row["radius α"].startswith("≥") == (2 * never >= draws) or row["radius α"] == "none"
        median_of, _, _ = row["radius α"].partition(
            " ("
        )  # the interval may end beyond: other examples may be kept there
        assert "beyond" not in median_of or never
    for row in cells(enlarge.forgotten(changes)):
        assert row["score"].startswith(f"{one[0]:.3f} → {after:.3f} (")
    orjson.dumps(enlarge.comparison_dict(results, changes))


@FEW
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1]), st.sampled_from([0.0, 0.01])), min_size=1, max_size=3))
@example([(0.0, 0.01)])  # a bias of zeros that was trained
def test_a_tensor_of_zeros_that_moved_is_not_said_to_have_moved_by_nothing(each: list[tuple[float, float]]) -> None:
    tensors = [
        {"name": f"[red]t{place}", "alpha": alpha, "relative": alpha / rms if rms else 0.0, "shape": [2]}
        for place, (rms, alpha) in enumerate(each)
    ]
    table = comparison.moved_most({"tensors": tensors})
    printed(table)
    for row in cells(table):
        rms, alpha = each[int(row["tensor"][-1])]
        assert row["relative"] == ("from zero" if alpha and not rms else f"{alpha / rms if rms else 0:.2%}")


@FEW
@given(st.lists(st.tuples(st.sampled_from(["pass", "warn", "fail", "insufficient"]), scores), max_size=3))
@example([])
@example([("pass", 0.0), ("fail", 1.0)])
@example([("insufficient", 0.0), ("fail", 1.0)])
def test_a_verdict_is_titled_by_the_gravest_of_its_findings(found: list[tuple[Any, float]]) -> None:
    verdict = Verdict(tuple(judged(f"c{i}", outcome, drop) for i, (outcome, drop) in enumerate(found)), ())
    spec = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=("basic",))
    text = inspection.as_markdown(spec, verdict, Evidence())
    assert not NO_NUMBER.search(text)
    head, *rows = text.splitlines()
    outcomes = {outcome for outcome, _ in found}
    assert ("Fail: " in head) == ("fail" in outcomes)
    assert ("Pass: " in head) <= (outcomes <= {"pass"})
    for place, (outcome, drop) in enumerate(found):
        (row,) = [line for line in rows if line.startswith(f"| c{place} |")]
        assert outcome in row
        assert f"{1 - drop:.3f}" in row


@FEW
@given(st.dictionaries(st.sampled_from(["math", "code"]), st.sampled_from([-1.0, 0.02, 1.0]), min_size=1))
@example({"math": 1.0})
@example({"math": -1.0})
def test_a_part_that_never_ends_is_a_bound_in_the_report(ends: dict[str, float]) -> None:
    evidence = Evidence(parts={"layer 0": part(ends)})
    shown = inspection.brittle_texts(evidence)["layer 0"]
    for name, end in ends.items():
        assert not NO_NUMBER.search(shown[name])
        if end < 0:
            assert shown[name] == "nothing to lose here"
        elif end == 1.0:
            assert shown[name] == "≥ 0.10 (0.10 or more over 3 directions)"
        else:
            assert shown[name].startswith(("0.02", "0.021"))
    assert radius_cell(None) == ""


def test_flatness_that_is_not_finite_is_a_word() -> None:
    one = dict.fromkeys(
        ("loss", "eigenvalue", "trace", "trace_error", "sharpness", "sharpness_error", "quadratic", "curvature_spread",
         "curvature_spread_error", "slope", "smallest_eigenvalue")
    )  # fmt: skip
    found = {"parameters": 10, "alpha": 0.1, "probes": 2, "directions": 2, "capabilities": {"math": one}}
    text = printed(worst_tables.flatness(found), *worst_tables.spreads(found))
    assert "not finite" in text
    assert "do not tell its trace from 0" in text


def test_the_command_line_prints_the_same_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(file=io.StringIO(), width=250, record=True)
    monkeypatch.setattr(output, "out", console)
    result = line_result({"math": [LATE], "basic": [HELD]}, basin=True)
    output.print_tables(result)
    assert console.export_text().split() == printed(*tables.of(result)).split()
    assert np.isfinite(result.rows["score"]).all()
