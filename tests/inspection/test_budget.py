"""A budget under an artificial clock: what is begun, cut short and left out, what the report says of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landscape.basins.search.boundary_search import next_step
from landscape.basins.standings import Standing
from landscape.checkpoints.comparison import compare
from landscape.inspection import interim_looks, rules
from landscape.inspection.evidence import Evidence
from landscape.inspection.left_out import budget_notes, left_out
from landscape.inspection.parts import parts_of
from landscape.inspection.rules import judge_score
from landscape.inspection.verdict import verdict_of
from landscape.intervals import dropped_by_more_than, wilson
from landscape.reports import inspection as report
from landscape.runs import worker
from landscape.runs.costs.inspection_parts import PartCosts
from landscape.runs.inspection_evidence import collect_evidence
from landscape.runs.inspection_loop import InspectionLoop
from landscape.runs.measured_content import content_of
from landscape.schema.directions import Gaussian
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.points import Point
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, ComparisonSpec, InspectionSpec, SliceSpec, Thresholds
from landscape.store.records import Run
from landscape.store.store import Store

MINUTE = 60.0


class Clock:
    """A clock that only the measured points move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pair(checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path) -> InspectionSpec:
    """Ten minutes for two checkpoints whose examples are asked 120 times over, so that interim looks pay."""
    lines = own_answers.read_text().splitlines()
    many = tmp_path / "many.jsonl"
    many.write_text("\n".join((lines * 120)[:120]))
    return InspectionSpec(
        checkpoint=str(checkpoint), other=str(finetuned), capabilities=(str(many),), budget=10 * MINUTE, draws=4,
        device="cpu",
    )  # fmt: skip


def inspected(
    store: Store, spec: InspectionSpec, monkeypatch: pytest.MonkeyPatch, point: float, foreseen: Callable[[Spec], float]
) -> tuple[dict[str, Any], Run, list[str]]:
    """Inspect with points that take so many seconds: what the loop says, the run, and the parts that were begun."""
    clock, begun = Clock(), list[str]()
    monkeypatch.setattr(PartCosts, "seconds", lambda self, part: foreseen(part))
    run_id = store.submit(spec)
    server = worker._Worker(store, "auto", None, lambda run: None, None)
    claimed = store.claim(server.name, run_id=run_id)
    assert claimed is not None
    claimed = replace(claimed, content=content_of(spec))
    assert claimed.content is not None
    store.record_content(run_id, server.name, claimed.content)

    def serve(part: Run, watch: Callable[[], None]) -> None:
        begun.append(part.id)

        def ticking() -> None:
            clock.now += point if isinstance(part.spec, PointSpec) else 0.0
            watch()

        server.next_report = 0.0
        monkeypatch.setattr(worker, "REPORTING", 1e9)  # every point is reported
        server.serve_part(part, ticking)

    found = InspectionLoop(store, claimed, spec, server.name, serve, lambda run: None, clock).run_to_end()
    store.finish(run_id, server.name, "done", artifact=found)
    names = {run: name for name, run in found["parts"].items()}
    return found, store.run(run_id), [names[run] for run in begun if store.run(run).kind != "responses"]


def test_a_first_word_on_every_question_comes_before_the_last_on_one(
    pair: InspectionSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a budget of ten minutes, points of 40 s: both scores, the way and a first direction, and no part more."""
    store = Store(str(tmp_path / "s.sqlite"))
    found, run, begun = inspected(store, pair, monkeypatch, 40.0, lambda part: 1e6)
    assert begun == ["delta", "scores 50", "tuned scores 50", "way few", "base basin 1"]
    evidence, _ = collect_evidence(store, run)
    (judged,) = verdict_of(pair, evidence).capabilities
    assert judged.drop.n == 50
    low, high = wilson(judged.base, judged.drop.independent or 50)
    shown = f"{judged.base:.3f} [{low:.3f}, {high:.3f}]"
    markdown = report.as_markdown(pair, verdict_of(pair, evidence), evidence).replace("\\", "")
    assert shown in markdown
    assert shown in report.as_html(pair, verdict_of(pair, evidence), evidence)
    assert {"score", "barrier", "basin"} <= {finding.rule for finding in judged.findings}
    said = next(finding.text for finding in judged.findings if finding.rule == "basin")
    assert "along one direction, the only random one that was measured" in said
    assert "radius" not in said
    assert f"- many: {said}" in markdown
    assert "The fine-tune is at α = " in markdown
    assert not {"scores", "base basin", "moves", "layer 0"} & found["parts"].keys()
    assert {"scores", "tuned scores", "base basin", "headroom", "moves", "layer 0"} <= set(found["cut"])
    assert found["took"] <= pair.budget + 2 * 40.0


def test_what_cannot_end_in_time_is_not_begun_and_what_can_is(
    pair: InspectionSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    long = lambda part: 1e6 if isinstance(part, BasinSpec) else 0.5  # noqa: E731
    found, run, begun = inspected(store, pair, monkeypatch, 0.5, long)
    assert {"way", "moves", "scores", "tuned scores", "delta ranks"} <= set(begun)
    assert {"base basin", "headroom", "base basin 3", "layer 0"} <= set(found["cut"])
    assert "base basin 1" in begun, "of a first look what is there counts"
    evidence, _ = collect_evidence(store, run)
    assert evidence.scores is not None
    assert evidence.scores.rows["n"].tolist() == [120]
    assert evidence.delta is not None
    assert any(tensor["effective_rank"] for tensor in evidence.delta["tensors"]), "the ranks came last"


def test_an_overrun_is_said_with_both_times(
    pair: InspectionSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    found, run, begun = inspected(store, pair, monkeypatch, 400.0, lambda part: 1.0)
    assert begun == ["delta", "scores 50", "tuned scores 50"], "the scores are measured whatever they take"
    evidence, _ = collect_evidence(store, run)
    assert evidence.took == found["took"] > pair.budget
    verdict = verdict_of(pair, evidence)
    minutes = round(found["took"] / 60)
    for text in (report.as_markdown(pair, verdict, evidence), report.as_html(pair, verdict, evidence)):
        assert f"The budget was 10 min, and it took {minutes} min" in text.replace("\\", "")
        assert text.count("Not measured within the budget:") == 1
    assert "layer 0" not in report.as_markdown(pair, verdict, evidence)
    assert json.loads(report.as_json(pair, verdict, evidence))["seconds"] == found["took"]


@pytest.mark.parametrize(("took", "said"), [(None, False), (599.0, False), (601.0, False), (660.0, True)])
def test_no_overrun_is_said_where_there_is_none(pair: InspectionSpec, took: float | None, said: bool) -> None:
    assert any("it took" in note for note in budget_notes(pair, Evidence(took=took))) == said
    assert not budget_notes(pair.model_copy(update={"budget": None}), Evidence(took=took))


def test_what_is_left_out_is_one_line_by_kind() -> None:
    layers, modules = [f"layer {i}" for i in range(30)], [f"module m{i}" for i in range(7)]
    cut = (
        "scores 200",
        "tuned scores 200",
        "way",
        "base basin 3",
        "base basin",
        "headroom",
        "moves",
        *layers,
        *modules,
    )
    assert left_out(Evidence(delta={}, cut=cut)) == (
        "the scores, the line between the two, the basin of the base, the basin of the fine-tune, deployment moves, "
        "30 layers moved alone, 7 types of module moved alone"
    )
    known = Evidence(delta={}, cut=("way", "delta ranks", "layer 3", "module up"), parts={"way few": object()})  # type: ignore[dict-item]
    assert left_out(known) == (
        "the ranks of what changed, more points on the line between the two, 1 layer moved alone, "
        "1 type of module moved alone"
    )
    assert left_out(Evidence()) == ""


def test_without_a_budget_the_parts_are_those_of_version_0_6(pair: InspectionSpec) -> None:
    spec = pair.model_copy(update={"budget": None})
    delta = {
        "alpha": 0.01, "radius": 1.0, "tensors": [{"name": "a", "layer": 0, "module": "up"}],
    }  # fmt: skip
    parts = parts_of(spec, Evidence(delta=delta))
    names = ["delta", "scores", "tuned scores", "base basin", "headroom", "way", "moves", "layer 0", "module up"]
    assert list(parts) == names
    text = " ".join(part.model_dump_json() for part in parts.values())
    assert "precision" not in text
    assert "ranks" not in text
    way = parts["way"]
    assert isinstance(way, SliceSpec)
    assert way.alphas == (0.0, 0.0025, 0.005, 0.0075, 0.0125, 0.015, 0.02)


@pytest.mark.parametrize(("n", "lost", "limit"), [(200, 10, 0.05), (20, 1, 0.05), (1000, 100, 0.1)])
def test_at_exactly_tau_no_number_of_examples_decides(n: int, lost: int, limit: float) -> None:
    before, after = np.ones(n), np.ones(n)
    after[:lost] = 0
    drop = dropped_by_more_than(before, after, limit)
    whole, less = (Standing(score, n, n, 0.0, limit) for score in (1.0, 1 - limit))
    finding = judge_score(Thresholds(max_drop=limit), drop, whole, less)
    assert finding.outcome == "insufficient"
    assert finding.text.endswith(f"at a change of exactly −{limit:g} no number of examples decides")
    assert "more are needed" not in finding.text
    one_more = after.copy()
    one_more[lost] = 0
    said = rules.examples_missing(dropped_by_more_than(before, one_more, limit), limit)
    assert "needed" in said


def test_a_coarse_look_halves_less_and_a_finer_one_goes_on_at_its_points() -> None:
    def taken(precision: float) -> list[float]:
        spec = BasinSpec(
            checkpoint="a", directions=(Gaussian(seed=0),), capabilities=("one",), reach=0.016, precision=precision
        )
        known = {Point(0, 0.0): {"one": 1.0}}
        while points := next_step(spec, Facts(10, 1.0, chance={"one": 0.0}), known).points:
            known |= {point: {"one": float(point.alpha < 0.0059)} for point, _ in points}
        return [point.alpha for point in known]

    coarse, fine = taken(0.2), taken(0.02)
    assert len(coarse) == 1 + 5 + 2
    assert set(coarse) < set(fine)


def test_delta_without_ranks_is_delta(pair: InspectionSpec) -> None:
    whole, quick = (
        compare(ComparisonSpec(checkpoint=pair.checkpoint, other=pair.other, device="cpu", ranks=ranks))
        for ranks in (True, False)
    )
    ranked = [tensor.pop("effective_rank") for tensor in whole["tensors"]]
    assert any(ranked)
    assert not any(tensor.pop("effective_rank") for tensor in quick["tensors"])
    for one in (whole, quick):
        for tensor in one["tensors"]:
            tensor.pop("stable_rank")
    assert quick == whole


def test_the_first_looks_are_smaller_where_a_scoring_takes_long(pair: InspectionSpec) -> None:
    part = SliceSpec(
        checkpoint="a", directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=("one.jsonl",), limit=50
    )
    row = {"direction": "gaussian", "seed": 0, "alpha": 0.0, "realised_alpha": 0.0, "capability": "one", "score": 1.0,
           "loss": 0.1, "n": 50, "seconds": 0.1, "outcomes": np.ones(50, np.uint8)}  # fmt: skip
    look = Result(part, tidy(part, [row]), None)
    assert interim_looks.examples_around(pair, look) == 50
    for budget, n in ((3.1, 50), (2.9, 25)):  # 15 scorings in half of it
        assert interim_looks.examples_around(pair.model_copy(update={"budget": budget}), look) == n


def test_what_parts_take_is_learnt_from_the_first_ones(pair: InspectionSpec) -> None:
    parts = parts_of(pair, Evidence(delta={"alpha": 0.0, "tensors": []}))
    costs = PartCosts()
    first = costs.seconds(parts["scores 50"])
    costs.note(parts["scores 50"], 10 * first)
    assert costs.seconds(parts["tuned scores 50"]) == pytest.approx(12 * first, rel=0.2)
