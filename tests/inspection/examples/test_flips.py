"""Lost and won examples: their number is that of the paired test, their order is stated, and both are heard."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from landscape.inspection.examples.flips import UNREADABLE, changes, flips_of
from landscape.inspection.examples.responses import responses_specs
from landscape.inspection.parts import parts_of
from landscape.inspection.verdict import verdict_of
from landscape.runs import inspection_loop, worker
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.store.store import Store
from tests.conftest import make_model, save
from tests.inspection.examples.simulated import evidence_of, spec_of, written


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_the_paired_test(tmp_path: Path, seed: int) -> None:
    random, n = np.random.default_rng(seed), 60
    file = written(tmp_path / "math.jsonl", [()] * n)
    before, after = (random.integers(0, 2, n).astype(np.uint8) for _ in range(2))
    requests = [index // 2 * 2 for index in range(n)] if seed % 2 else None
    spec, evidence = spec_of(file), evidence_of(file, before, after, requests=requests)
    (found,), (judged,) = flips_of(spec, evidence), verdict_of(spec, evidence).capabilities
    pairs = [(int(one), int(other)) for one, other in zip(before, after, strict=True)]
    assert (found.lost, found.won, found.n) == (pairs.count((1, 0)), pairs.count((0, 1)), n)
    assert found.n == judged.drop.n
    assert (found.lost - found.won) / found.n == pytest.approx(judged.drop.drop)
    assert ("request" in found.text) == bool(requests)
    if requests:
        lost = {index // 2 for index in range(n) if (before[index], after[index]) == (1, 0)}
        assert found.requests("lost") == len(lost)


def test_the_order_is_lost_before_won_and_then_by_the_rise_of_the_loss() -> None:
    before, after = np.array([1, 1, 0, 0, 1, 1, 1], np.uint8), np.array([0, 0, 1, 1, 0, 1, 0], np.uint8)
    losses, later = np.array([1, 1, 2, 2, np.nan, 1, 3]), np.array([2, 3, 1, 1.5, np.nan, 9, 3.5])
    assert changes(before, after, losses, later) == [
        (1, "lost"), (0, "lost"), (6, "lost"), (4, "lost"), (3, "won"), (2, "won"),
    ]  # fmt: skip
    assert [index for index, _ in changes(before, after, None, None)] == [0, 1, 4, 6, 2, 3]


def test_each_shows_what_its_file_says_and_its_losses(tmp_path: Path) -> None:
    file = written(tmp_path / "math.jsonl", [("easy",), ("hard", "long")])
    losses, later = np.array([0.5, 0.25], np.float32), np.array([2.0, np.nan], np.float32)
    (found,) = flips_of(spec_of(file), evidence_of(file, np.array([1, 0]), np.array([0, 1]), losses, later))
    lost, won = (flip.values() for flip in found.flips)
    assert (lost["prompt"], lost["reference"], lost["tags"]) == ("0 + 1 =", " 1", ["easy"])
    assert (lost["base_loss"], lost["tuned_loss"], lost["loss_rise"]) == (0.5, 2.0, 1.5)
    assert (won["change"], won["tags"], won["tuned_loss"], won["loss_rise"]) == ("won", ["hard", "long"], None, None)
    assert (won["base_said"], found.texts) == (None, 0)


def test_examples_that_changed_since_are_not_shown_as_those_that_were_asked(tmp_path: Path) -> None:
    file = written(tmp_path / "math.jsonl", [()] * 4)
    evidence = evidence_of(file, np.array([1, 1, 1, 1]), np.array([0, 1, 1, 1]))
    object.__setattr__(evidence, "digests", {str(file): "the digest of what was measured"})
    (found,) = flips_of(spec_of(file), evidence)
    assert (found.lost, found.lacking, found.flips[0].example) == (1, UNREADABLE, None)
    assert (found.flips[0].number, found.flips[0].values()["prompt"]) == ("#1", None)
    file.unlink()
    assert flips_of(spec_of(file), evidence)[0].lacking == UNREADABLE


def test_what_overflows_is_not_measurable_and_has_no_flips(tmp_path: Path) -> None:
    file = written(tmp_path / "math.jsonl", [()] * 4)
    evidence = evidence_of(file, np.ones(4), np.zeros(4))
    assert evidence.tuned is not None
    evidence.tuned.rows["not_finite"] = 4
    assert flips_of(spec_of(file), evidence) == []
    assert responses_specs(spec_of(file), evidence) == {}


@pytest.fixture(scope="module")
def inspected(
    tmp_path_factory: pytest.TempPathFactory, checkpoint: Path, own_answers: Path
) -> tuple[Store, InspectionSpec]:
    """An inspection of a tiny checkpoint and one that lost much: exact answers, texts for an oracle, and choices."""
    folder = tmp_path_factory.mktemp("flips")
    model = make_model()
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.1 * torch.randn_like(weight)
    save(folder / "tuned", model)
    own = [json.loads(line) for line in own_answers.read_text().splitlines()]
    own = [one for one in own if not one["prompt"].endswith(" ")]  # a space that is read as the answer's
    judged = [
        {"prompt": o["prompt"], "answer": o["answer"], "oracle": "contains", "max_new_tokens": 6} for o in own[:12]
    ]
    (folder / "exact.jsonl").write_text("\n".join(map(json.dumps, own)))
    (folder / "text.jsonl").write_text("\n".join(map(json.dumps, judged)))
    options = [{"prompt": o["prompt"], "choices": [" qqq", o["answer"], " zz zz"], "answer": 1} for o in own[:20]]
    (folder / "choice.jsonl").write_text("\n".join(map(json.dumps, options)))
    names = tuple(str(folder / f"{name}.jsonl") for name in ("exact", "text", "choice"))
    spec = InspectionSpec(
        checkpoint=str(checkpoint), other=str(folder / "tuned"), capabilities=names, draws=1, device="cpu", budget=0.01
    )
    store = Store(str(folder / "store.sqlite"))
    worker.work(store, run_id=store.submit(spec))  # only the scores
    evidence, _ = collect_evidence(store, next(run for run in store.runs() if run.kind == "inspection"))
    for part in responses_specs(spec, evidence).values():
        worker.work(store, run_id=store.submit(part))
    return store, spec


def test_both_are_heard_on_every_flip_and_as_transformers_writes(inspected: tuple[Store, InspectionSpec]) -> None:
    store, spec = inspected
    evidence, _ = collect_evidence(store, next(run for run in store.runs() if run.kind == "inspection"))
    found = {one.capability: one for one in flips_of(spec, evidence)}
    assert {name: one.lost > 0 for name, one in found.items()} == {"exact": True, "text": True, "choice": True}
    tokenizer = AutoTokenizer.from_pretrained(spec.checkpoint)
    for who, name in (("base_said", spec.checkpoint), ("tuned_said", spec.other)):
        model = AutoModelForCausalLM.from_pretrained(name).eval()
        for one in found.values():
            assert one.texts == len(one.flips)
            for flip in one.flips:
                values, said = flip.values(), getattr(flip, who)
                ids = torch.tensor([tokenizer(values["prompt"])["input_ids"]])
                if one.capability == "choice":
                    assert said == min(
                        values["choices"], key=lambda option: mean_nll(model, tokenizer, ids, values, option)
                    )
                    continue
                new = 16 if one.capability == "exact" else 6
                out = model.generate(
                    ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, do_sample=False, pad_token_id=2
                )
                assert said == tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)
                right = (flip.change == "lost") == (who == "base_said")
                fits = (
                    said.startswith(values["reference"])
                    if one.capability == "exact"
                    else values["reference"].strip() in said
                )
                assert fits == right


def mean_nll(model: torch.nn.Module, tokenizer: object, ids: torch.Tensor, values: dict, option: str) -> float:
    joint = torch.tensor([tokenizer(values["prompt"] + option)["input_ids"]])  # type: ignore[operator]
    pairs = enumerate(zip(joint[0].tolist(), ids[0].tolist(), strict=False))
    start = next((place for place, (one, other) in pairs if one != other), ids.shape[1])  # where the option begins
    with torch.no_grad():
        logs = model(joint).logits[0, start - 1 : -1].log_softmax(-1)
    return float(-logs.gather(1, joint[0, start:, None]).mean())


def test_an_inspection_without_a_budget_asks_both_by_itself(
    tmp_path: Path, checkpoint: Path, finetuned: Path, own_answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {"delta", "scores", "tuned scores", "layer 0"}  # the others take their time, and change no flip
    planned = lambda *args: {name: part for name, part in parts_of(*args).items() if name in few}  # noqa: E731
    monkeypatch.setattr(inspection_loop, "parts_of", planned)
    served: list[str] = []
    serve = worker._Worker.serve_part

    def noted(self: worker._Worker, part: Run, watch: Callable[[], None]) -> None:
        served.append(part.kind)
        serve(self, part, watch)

    monkeypatch.setattr(worker._Worker, "serve_part", noted)
    spec = InspectionSpec(
        checkpoint=str(checkpoint),
        other=str(finetuned),
        capabilities=(str(own_answers),),
        draws=1,
        limit=12,
        device="cpu",
    )
    store = Store(str(tmp_path / "store.sqlite"))
    worker.work(store, run_id=(run_id := store.submit(spec)))
    evidence, _ = collect_evidence(store, store.run(run_id))
    (found,) = flips_of(spec, evidence)
    assert found.flips
    assert found.texts == len(found.flips)
    assert served == ["comparison", "slice", "slice", "responses", "responses", "basin"]  # before what breaks first
    asked = [run for run in store.runs() if run.kind == "responses"]
    assert [run.status for run in asked] == ["done", "done"]
    worker.work(store, run_id=store.submit(spec))
    assert len([run for run in store.runs() if run.kind == "responses"]) == 2  # cached


def test_a_stopped_run_goes_on_from_what_both_said_before(
    inspected: tuple[Store, InspectionSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    from landscape.capabilities.writing import responses

    store, spec = inspected
    (part, *_) = [
        run.spec for run in store.runs() if run.kind == "responses" and run.spec.capability.endswith("exact.jsonl")
    ]
    whole = store.artifact(next(run.id for run in store.runs_of(part)))
    later = part.model_copy(update={"examples": (*part.examples, 0)[-3:]})
    run_id, asked = store.submit(later), []
    store.claim("w", run_id=run_id)
    first = str(later.examples[0])
    store.keep(run_id, "w", {first: {"text": "kept"}})
    store.release(run_id, "w")
    once = responses._respond

    def counted(scorer: object, capability: object, wanted: list[int]) -> dict:
        asked.extend(wanted)
        return once(scorer, capability, wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(responses, "_respond", counted)
    worker.work(store, run_id=run_id)
    assert asked == [index for index in later.examples if str(index) != first]
    found = store.artifact(run_id)
    assert found is not None
    assert found[first] == {"text": "kept"}
    assert whole is not None
    assert all(found[index] == whole[index] for index in found if index != first and index in whole)
