"""Trials of a certificate, drawn by the real engine: against a slow loop, and where they must be refused."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model

from landscape.capabilities import examples
from landscape.certificates.sigma_elimination import BATCH
from landscape.certificates.trials import Trials
from landscape.engine.direction_tensors import generator
from landscape.engine.session import Session
from landscape.runs import worker
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.specs import CertificateSpec, SliceSpec
from landscape.store.store import Store
from tests.conftest import make_model, make_tokenizer


def spec_of(checkpoint: Path | str, suite: Path, *targets: Path | str, **fields: object) -> CertificateSpec:
    settings: dict[str, object] = {"sigmas": (0.01, 0.1), "trials": 100, "failure_probability": 0.01}
    settings["directions"] = (Gaussian(seed=5), *(Towards(checkpoint=str(target)) for target in targets))
    return CertificateSpec(
        checkpoint=str(checkpoint),
        capabilities=(str(suite),),
        device="cpu",
        **(settings | fields),  # type: ignore[arg-type]
    )


def trials_of(spec: CertificateSpec) -> tuple[Trials, Session]:
    session = Session(spec.frame)
    return Trials(session, spec), session


def test_a_trial_is_one_fresh_noise_and_one_drawn_example(checkpoint: Path, own_answers: Path) -> None:
    """The same trials by hand: noise added tensor by tensor to a model of its own, the example scored alone."""
    spec, suite = spec_of(checkpoint, own_answers), examples.load(str(own_answers))
    trials, session = trials_of(spec)
    measured = trials.measure(Point(2, 0.05), [suite])[suite.name]
    expected = []
    for trial in range(2 * BATCH, 3 * BATCH):
        model, tokenizer = make_model(), make_tokenizer()
        with torch.no_grad():
            for name, weight in model.named_parameters():
                drawn = generator((5 << 32) + trial, name, weight.device)
                weight += 0.05 * torch.randn(weight.numel(), generator=drawn).view_as(weight)
        example = suite.examples[trials._example(trial, suite)]
        ids = tokenizer(example.prompt)["input_ids"]
        token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
        expected.append(tokenizer(example.prompt + str(example.answer))["input_ids"] == [*ids, token])
    assert measured.outcomes.tolist() == [int(right) for right in expected]
    assert 0 < np.mean(expected) < 1
    assert measured.realised_alpha == pytest.approx(0.05, rel=0.02)
    for name, weight in make_model().named_parameters():
        assert torch.equal(session.weights[name], weight)


def test_examples_are_drawn_uniformly_and_afresh(checkpoint: Path, own_answers: Path) -> None:
    suite = examples.load(str(own_answers))
    trials, _ = trials_of(spec_of(checkpoint, own_answers))
    drawn = [trials._example(trial, suite) for trial in range(4000)]
    counts = np.bincount(drawn, minlength=len(suite.examples))
    expected = 4000 / len(suite.examples)
    assert ((counts - expected) ** 2 / expected).sum() < 2 * len(suite.examples)  # χ² of n − 1 degrees
    assert np.corrcoef(drawn[:-1], drawn[1:])[0, 1] == pytest.approx(0, abs=0.06)


def test_the_clean_score_is_that_of_every_other_run(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    along = SliceSpec(
        checkpoint=str(checkpoint), directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=(str(own_answers),), device="cpu"
    )  # fmt: skip
    for spec in (along, spec_of(checkpoint, own_answers)):
        worker.work(store, run_id=store.submit(spec))
    certified, sliced = store.runs()
    assert sliced.measured == 1
    assert certified.measured == certified.done - 1


def test_more_trials_begin_with_those_that_were_drawn(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    for trials in (100, 200):
        worker.work(store, run_id=store.submit(spec_of(checkpoint, own_answers, sigmas=(0.005,), trials=trials)))
    more, first = store.runs()
    assert (first.measured, more.done, more.measured) == (3, 5, 2)
    again = store.submit(spec_of(checkpoint, own_answers, sigmas=(0.005,), trials=200, threshold=0.6))
    worker.work(store, run_id=again)
    assert store.run(again).measured == 0, "another threshold needs no other trial"


def test_other_noise_is_another_trial(checkpoint: Path, own_answers: Path) -> None:
    suite = examples.load(str(own_answers))
    specs = [
        spec_of(checkpoint, own_answers),
        spec_of(checkpoint, own_answers, only=("*.mlp.*",)),
        spec_of(checkpoint, own_answers, directions=(Gaussian(seed=6),)),
    ]
    points = (Point(0, 0.01), Point(1, 0.01), Point(0, 0.1))
    keys = [trials_of(spec)[0].keys.of(point, suite) for spec in specs for point in points]
    assert len(set(keys)) == 9


def test_a_fine_tune_that_moved_what_the_noise_does_not_reach_is_refused(
    checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    run_id = store.submit(spec_of(checkpoint, own_answers, finetuned, only=("*.mlp.*",)))
    with pytest.raises(ValueError, match=r"confined to 6 tensors, but .*tiny-tuned' also changed 14 others.*not apply"):
        worker.work(store, run_id=run_id)
    inside = make_model()
    with torch.no_grad():
        inside.model.layers[0].mlp.up_proj.weight += 0.001
    inside.save_pretrained(tmp_path / "inside")
    make_tokenizer().save_pretrained(tmp_path / "inside")
    run_id = store.submit(spec_of(checkpoint, own_answers, tmp_path / "inside", only=("*.mlp.*",)))
    worker.work(store, run_id=run_id)
    facts = store.run(run_id).facts
    assert facts is not None
    r = facts.alpha_of[str(tmp_path / "inside")] * facts.parameters**0.5
    assert r == pytest.approx(0.001 * (32 * 64) ** 0.5, rel=1e-3), "r counts what moves, and nothing else moved"


@pytest.fixture
def adapter(checkpoint: Path, tmp_path: Path) -> str:
    """A LoRA adapter on the tiny checkpoint, whose B is not zero."""
    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    with warnings.catch_warnings(action="ignore"), torch.no_grad():  # peft 0.21 asks transformers 5 by an old name
        adapted = get_peft_model(make_model(), config)
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                weight += 0.02 * torch.randn_like(weight)
        adapted.save_pretrained(str(tmp_path / "adapter"))
    return f"{tmp_path / 'adapter'}+{checkpoint}"


def test_noise_in_an_adapters_own_a_and_b(checkpoint: Path, own_answers: Path, adapter: str, tmp_path: Path) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    run_id = store.submit(spec_of(checkpoint, own_answers, adapter, adapter=True, sigmas=(0.001,)))
    worker.work(store, run_id=run_id)
    facts = store.run(run_id).facts
    assert facts is not None
    assert facts.parameters == 2 * (32 * 2 + 2 * 32 + 32 * 2 + 2 * 16), "A and B of two layers' q and v"
    session = Session(spec_of(adapter, own_answers, adapter=True).frame)
    squares = sum(float(w.square().sum()) for name, w in session.weights.items() if ".lora_B." in name)
    assert facts.alpha_of[adapter] * facts.parameters**0.5 == pytest.approx(squares**0.5, rel=1e-5), (
        "r = ‖B‖: A is kept"
    )
    assert set(session.weights) == {name for name in session.weights if ".lora_" in name}


def test_a_base_with_an_adapter_of_zeros_is_the_base(checkpoint: Path, own_answers: Path, adapter: str) -> None:
    suite = examples.load(str(own_answers))
    beside = Session(spec_of(checkpoint, own_answers, adapter, adapter=True).frame)
    plain = Session(spec_of(checkpoint, own_answers).frame)
    one, other = (session.scorer.score(suite) for session in (beside, plain))
    np.testing.assert_allclose(one.losses, other.losses, rtol=1e-5)
    merged = Session(spec_of(adapter, own_answers).frame)
    unmerged = Session(spec_of(adapter, own_answers, adapter=True).frame)
    one, other = (session.scorer.score(suite) for session in (merged, unmerged))
    np.testing.assert_allclose(one.losses, other.losses, rtol=1e-3)
    origin = Point(0, 0.0)
    assert merged.keys.of(origin, suite) != unmerged.keys.of(origin, suite)


def test_adapter_needs_an_adapter(checkpoint: Path, own_answers: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a PEFT adapter to move the A and B of, got .*none has one"):
        Session(spec_of(checkpoint, own_answers, adapter=True).frame)
