"""Looks under a budget: finer ones only where the verdict is unclear, and an error that keeps to what is allowed."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from landscape.capabilities import examples
from landscape.capabilities.scoring import Scorer
from landscape.inspection import interim_looks, rules
from landscape.inspection.evidence import Evidence, merge_looks
from landscape.inspection.parts import parts_of
from landscape.inspection.verdict import verdict_of
from landscape.runs import worker
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.frames import Spec
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, InspectionSpec, SliceSpec, Thresholds
from landscape.store.store import Store
from tests.conftest import make_model, make_tokenizer, save

ALPHA = 0.01
DELTA = {"alpha": ALPHA, "radius": 1.0, "tensors": []}


@pytest.fixture
def suites(tmp_path: Path) -> tuple[str, str]:
    """Two capability files, `one` and `two`, of 400 examples."""
    for name in ("one", "two"):
        lines = (json.dumps({"prompt": f"{name} {i} is ", "answer": str(i)}) for i in range(400))
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    return str(tmp_path / "one.jsonl"), str(tmp_path / "two.jsonl")


def spec_of(suites: tuple[str, ...], **fields: object) -> InspectionSpec:
    """Of the demo's sizes, which say how far to search; nothing is loaded."""
    return InspectionSpec(
        checkpoint="demo:base", other="demo:assistant", capabilities=suites, **({"budget": 60.0} | fields)
    )


def scores_of(part: Spec, lost: dict[str, float], n: int) -> dict[str, Result[SliceSpec]]:
    """A look at a base that is always right, and at its fine-tune, which loses a share of each capability."""
    assert isinstance(part, SliceSpec)
    found = {}
    for kind, shares in (("scores", dict.fromkeys(lost, 0.0)), ("tuned scores", lost)):
        rows = []
        for name in map(name_of, part.capabilities):
            outcomes = (np.arange(n) >= round(shares[name] * n)).astype(np.uint8)
            rows.append(
                {"direction": "gaussian", "seed": 0, "alpha": 0.0, "realised_alpha": 0.0, "capability": name,
                 "score": outcomes.mean(), "loss": 0.1, "n": n, "seconds": 0.1, "outcomes": outcomes}
            )  # fmt: skip
        found[kind] = Result(part, tidy(part, rows), Facts(100, 1.0, chance=dict.fromkeys(lost, 0.0)))
    return found


def looked(evidence: Evidence, look: str, found: dict[str, Result[SliceSpec]]) -> Evidence:
    """With both halves of a look at the scores."""
    for kind, result in found.items():
        evidence = evidence.plus(f"{kind} {look}", result)
    return evidence


def basin_of(part: BasinSpec, ends: dict[str, float]) -> Result[BasinSpec]:
    """Steps where each capability ends; towards the fine-tune it never does."""
    rows = []
    for direction in part.directions:
        for capability in part.capabilities:
            name = Path(capability).stem
            for alpha in (0.0, 0.002, 0.004, 0.008, 0.012, 0.02, 0.03, 0.06):
                right = alpha <= ends[name] or not isinstance(direction, Gaussian)
                rows.append(
                    {"direction": "gaussian" if isinstance(direction, Gaussian) else "towards x",
                     "seed": getattr(direction, "seed", None), "alpha": alpha, "realised_alpha": alpha,
                     "capability": name, "score": float(right), "loss": 0.1, "n": 50, "seconds": 0.1,
                     "outcomes": np.full(50, right, np.uint8)}
                )  # fmt: skip
    return Result(part, tidy(part, rows), Facts(100, 1.0, {"demo:assistant": ALPHA}, chance=dict.fromkeys(ends, 0.0)))


def test_without_a_budget_nothing_is_looked_at_twice(suites: tuple[str, str]) -> None:
    parts = parts_of(spec_of(suites, budget=None), Evidence(delta=DELTA))
    assert [name for name in parts if name != "delta"][:4] == ["scores", "tuned scores", "base basin", "headroom"]
    assert interim_looks.confidence_at_last(spec_of(suites, budget=None)) == pytest.approx(0.95)


@pytest.mark.parametrize(("limit", "taken"), [(99, []), (100, [50]), (399, [50]), (None, [50, 200])])
def test_a_look_is_taken_where_it_can_save_half(suites: tuple[str, str], limit: int | None, taken: list[int]) -> None:
    assert interim_looks.limits_of(spec_of(suites, limit=limit)) == taken


def test_more_examples_go_to_what_is_unclear_alone(suites: tuple[str, str]) -> None:
    spec, evidence = spec_of(suites), Evidence(delta=DELTA)
    assert list(parts_of(spec, evidence)) == ["delta", "scores 50", "tuned scores 50"]
    first = parts_of(spec, evidence)["scores 50"]
    assert isinstance(first, SliceSpec)
    assert (first.limit, first.capabilities) == (50, suites)
    evidence = looked(evidence, "50", scores_of(first, {"one": 0.5, "two": 0.04}, 50))
    second = parts_of(spec, evidence)["scores 200"]
    assert isinstance(second, SliceSpec)
    assert second.capabilities == suites[1:], "half is lost of one: 50 examples show it"
    evidence = looked(evidence, "200", scores_of(second, {"two": 0.04}, 200))
    last = parts_of(spec, evidence)["scores unclear"]
    assert isinstance(last, SliceSpec)
    assert (last.limit, last.capabilities) == (None, suites[1:])
    judged = {one.capability: one for one in verdict_of(spec, evidence).capabilities}
    assert (judged["one"].drop.n, judged["two"].drop.n) == (50, 200), "each at its latest look"
    assert judged["one"].outcome == "fail"


def test_where_all_is_unclear_all_examples_come_next(suites: tuple[str, str]) -> None:
    spec, evidence = spec_of(suites, limit=120), Evidence(delta=DELTA)
    part = parts_of(spec, evidence)["scores 50"]
    evidence = looked(evidence, "50", scores_of(part, {"one": 0.04, "two": 0.04}, 50))
    around = ["way few", "base basin 1"]  # a first word on every question comes before the last on one
    assert list(parts_of(spec, evidence))[3:8] == [*around, "scores", "tuned scores", "way"]


def test_more_directions_go_to_what_is_unclear_alone(suites: tuple[str, str]) -> None:
    spec, evidence = spec_of(suites), Evidence(delta=DELTA)
    first = parts_of(spec, evidence)["scores 50"]
    evidence = looked(evidence, "50", scores_of(first, {"one": 0.5, "two": 0.5}, 50))
    parts = parts_of(spec, evidence)
    assert list(parts)[3:9] == ["way few", "base basin 1", "way", "base basin 3", "headroom 3", "moves"]
    cheap = parts["base basin 3"]
    assert isinstance(cheap, BasinSpec)
    assert (cheap.limit, len(cheap.directions)) == (50, 4)
    ends = {"one": 0.045, "two": 0.01}  # of one the fine-tune is well inside; of two it stands at the edge
    for name in ("base basin 3", "headroom 3"):
        evidence = evidence.plus(name, basin_of(parts[name], ends))  # type: ignore[arg-type]
    parts = parts_of(spec, evidence)
    assert list(parts)[8:10] == ["base basin unclear", "headroom unclear"]
    assert parts["base basin unclear"].capabilities == suites[1:]  # type: ignore[union-attr]
    assert len(parts["base basin unclear"].directions) == 9  # type: ignore[union-attr]
    assert parts["base basin unclear"].limit is None  # type: ignore[union-attr]
    evidence = evidence.plus("base basin unclear", basin_of(parts["base basin unclear"], ends))  # type: ignore[arg-type]
    radii = {one.capability: one.base_radius for one in verdict_of(spec, evidence).capabilities}
    assert radii["one"] is not None
    assert radii["two"] is not None
    assert (radii["one"].rays, radii["two"].rays) == (3, 8)


def test_the_whole_parts_end_the_list_as_without_a_budget(suites: tuple[str, str]) -> None:
    with_budget, without = spec_of(suites), spec_of(suites, budget=None)
    evidence = Evidence(delta=DELTA)
    look = scores_of(parts_of(with_budget, evidence)["scores 50"], {"one": 0.5, "two": 0.5}, 50)
    evidence = looked(evidence, "50", look)
    parts, whole = parts_of(with_budget, evidence), parts_of(without, evidence)
    ranked = {"delta": parts.pop("delta ranks")}  # Δ alone comes first
    assert parts.pop("delta") == whole["delta"].model_copy(update={"ranks": False})
    assert whole.items() <= (parts | ranked).items()


def test_half_a_look_at_the_scores_does_not_count() -> None:
    spec = SliceSpec(checkpoint="a", directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=("one.jsonl",))
    early, late = (scores_of(spec, {"one": 0.1}, n) for n in (50, 100))
    evidence = looked(Evidence(), "50", early).plus("scores", late["scores"])
    assert evidence.scores is early["scores"]
    assert evidence.plus("tuned scores", late["tuned scores"]).tuned.rows["n"].tolist() == [100]  # type: ignore[union-attr]


def test_the_latest_look_counts() -> None:
    spec = SliceSpec(
        checkpoint="a", directions=(Towards(checkpoint="x"),), alphas=(0.0,), capabilities=("one.jsonl", "two.jsonl")
    )
    first = scores_of(spec, {"one": 0.1, "two": 0.2}, 50)["scores"]
    later = scores_of(spec.model_copy(update={"capabilities": ("two.jsonl",)}), {"two": 0.3}, 100)["scores"]
    merged = merge_looks([first, later])
    assert merged is not None
    assert merged.rows.groupby("capability")["n"].max().to_dict() == {"one": 50, "two": 100}
    assert merge_looks([]) is None


@pytest.mark.parametrize("drop", [0.05, 0.0500001])
def test_all_looks_together_keep_to_the_error_that_is_allowed(suites: tuple[str, str], drop: float) -> None:
    """A fine-tune at the very threshold: any decision is an error of the procedure, and 5 % may be."""
    spec = spec_of(suites[:1])
    chances = np.random.default_rng(0)
    limit, decided, trials = spec.thresholds.max_drop, 0, 3000
    for _ in range(trials):
        lost = chances.random(400) < drop + 0.05
        gained = ~lost & (chances.random(400) < 0.05 / (1 - drop - 0.05))
        before = np.where(gained, 0, 1).astype(np.uint8)
        after = np.where(lost, 0, 1).astype(np.uint8)
        taken = [(n, interim_looks.confidence_between(spec)) for n in (50, 200)] + [
            (400, interim_looks.confidence_at_last(spec))
        ]
        for n, confidence in taken:
            interval = rules.dropped_by_more_than(before[:n], after[:n], limit, confidence)
            if interval.low > limit or interval.high < limit:
                decided += 1
                break
    assert decided / trials < 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5


def test_a_strict_confidence_leaves_strict_looks(suites: tuple[str, str]) -> None:
    spec = spec_of(suites, thresholds=Thresholds(confidence=0.999))
    assert interim_looks.confidence_between(spec) == pytest.approx(1 - 0.02 * 0.001)
    assert interim_looks.confidence_at_last(spec) == pytest.approx(1 - 0.9 * 0.001)


def test_the_time_goes_where_the_verdict_is_unclear(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    """Measured: what is lost without doubt is scored on 50 examples only, until everything else is decided."""
    tuned = make_model()
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in tuned.parameters():
            weight += 0.05 * torch.randn_like(weight)
    right = Scorer(tuned, make_tokenizer()).score(examples.load(str(own_answers))).outcomes
    lines = own_answers.read_text().splitlines()
    both = [line for line, ok in zip(lines, right, strict=True) if ok]
    only_base = [line for line, ok in zip(lines, right, strict=True) if not ok]
    lost, kept = tmp_path / "lost.jsonl", tmp_path / "kept.jsonl"
    lost.write_text("\n".join((only_base * 120)[:120]))
    kept.write_text("\n".join((both * 120)[:120]))
    store = Store(str(tmp_path / "s.sqlite"))
    spec = InspectionSpec(
        checkpoint=str(checkpoint), other=str(save(tmp_path / "tuned", tuned)), capabilities=(str(lost), str(kept)),
        budget=3600, draws=4, device="cpu",
    )  # fmt: skip
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    evidence, ids = collect_evidence(store, store.run(run_id))
    order = [name for name, _ in sorted(ids.items(), key=lambda item: store.run(item[1]).started or 0)]
    around = ["way few", "base basin 1"]
    assert order[:7] == ["delta", "scores 50", "tuned scores 50", *around, "scores unclear", "tuned scores unclear"]
    assert evidence.parts["scores unclear"].rows["capability"].unique().tolist() == ["kept"]
    assert evidence.parts["scores unclear"].rows["n"].unique().tolist() == [120]
    assert order.index("scores") > order.index("moves")
    assert store.artifact(run_id)["cut"] == []  # type: ignore[index]
    judged = {one.capability: one for one in verdict_of(spec, evidence).capabilities}
    assert (judged["lost"].tuned, judged["kept"].tuned) == (0, 1)
