"""A model in hand is measured as its saved folder is, once, and is afterwards what it was."""

import random
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import peft
import pytest
import torch
from torch import nn
from transformers import GPTJConfig, GPTJForCausalLM, LlamaModel, MixtralConfig, MixtralForCausalLM
from transformers.utils import logging

from landscape import api
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import models
from landscape.checkpoints.fingerprints import fingerprint
from landscape.checkpoints.in_hand.folders import ModelsInHand
from landscape.checkpoints.in_hand.twin import twin_of
from landscape.engine import mover
from landscape.engine.mover import Mover
from landscape.runs import worker
from landscape.store.store import Store
from tests.conftest import make_gpt2, make_model, make_tokenizer, save
from tests.training.bits import bits, same

AROUND = {"directions": 1, "alphas": "0:0.02:3", "limit": 8}


def saved(place: Path) -> list[Path]:
    return [folder for folder in (place / "cache" / "in-hand").glob("*") if folder.is_dir()]


def outcomes(found: api.Slice) -> list[tuple[Any, ...]]:
    rows = found.result.rows
    return [(r.alpha, r.outcomes.tobytes(), r.losses.tobytes(), r.realised_alpha) for r in rows.itertuples()]


def in_training(*, samples: bool = False) -> nn.Module:
    """A model in the midst of a training, with everything set otherwise than a fresh one has it.

    Its settings of generation are such that transformers refuses to save them, unless it `samples`.
    """
    model = make_model().train()
    model.generation_config.temperature, model.generation_config.do_sample = 0.7, samples
    model.config.use_cache = False
    model.activation_checkpointing_enable()
    model.get_parameter("model.norm.weight").requires_grad_(False)
    model(input_ids=torch.arange(9)[None], labels=torch.arange(9)[None]).loss.backward()
    return model


def state_of(model: Any) -> dict[str, Any]:
    parameters = dict(model.named_parameters(remove_duplicate=False))
    return {
        "bits": [p.detach().clone().view(torch.uint8).tolist() for p in parameters.values()],
        "storages": {name: (id(p), p.data_ptr(), p.device, p.requires_grad) for name, p in parameters.items()},
        "gradients": {n: None if p.grad is None else (id(p.grad), p.grad.tolist()) for n, p in parameters.items()},
        "buffers": {name: (id(b), b.tolist()) for name, b in model.named_buffers()},
        "modes": {name: module.training for name, module in model.named_modules()},
        "hooks": {n: (list(m._forward_hooks), list(m._forward_pre_hooks)) for n, m in model.named_modules()},
        "modules": {name: id(module) for name, module in model.named_modules()},
        "settings": (model.generation_config.to_dict(), model.config.to_dict()),
    }


def process() -> tuple[Any, ...]:
    return (
        random.getstate(),
        [part if isinstance(part, str | int | float) else part.tolist() for part in np.random.get_state()],
        torch.get_rng_state().tolist(),
        (torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled()),
        (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)),
        (logging.get_verbosity(), logging.is_progress_bar_enabled()),
    )


@pytest.mark.parametrize("measure", ["slice", "worst", "certify", "moves"])
def test_a_measured_model_is_what_it_was(measure: str, own_answers: Path) -> None:
    model = in_training()
    seen: list[int] = []
    model.register_forward_hook(lambda *_: seen.append(1))
    options = {
        "slice": AROUND,
        "worst": {"directions": 1, "restarts": 1, "steps": 2, "reach": 0.01, "limit": 8},
        "certify": {"sigma": [0.001], "trials": 50, "limit": 8},
        "moves": {"move": "int8", "noise": 0, "limit": 8},
    }[measure]
    logging.set_verbosity_warning()
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        before, around = state_of(model), process()
        getattr(api, measure)(model, tokenizer=make_tokenizer(), capabilities=[own_answers], **options)
        assert state_of(model) == before
        assert process() == around
    finally:
        torch.set_num_threads(threads)
        logging.set_verbosity_error()
    assert not seen  # its hooks are none of the measured model's


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, torch.OutOfMemoryError])
def test_so_it_is_when_the_measurement_is_broken_off(
    error: type[BaseException], own_answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = in_training()
    before, around = state_of(model), process()
    moved = []

    def scored(scorer: Scorer, *rest: Any) -> Any:
        if scorer.place:  # away from θ₀
            moved.append(not same(bits(model), bits(make_model())))
            raise error("stopped")
        return whole(scorer, *rest)

    whole = Scorer.score
    monkeypatch.setattr(Scorer, "score", scored)
    with pytest.raises(error if error is KeyboardInterrupt else RuntimeError):
        api.slice(model, tokenizer=make_tokenizer(), capabilities=[own_answers], **AROUND)
    assert moved[0]
    assert state_of(model) == before
    assert process() == around


def test_an_interrupt_on_the_way_back_waits_until_all_weights_are_back() -> None:
    """Ctrl-C between two tensors of θ₀ would leave half a model behind."""
    model = make_model()
    weights = {name: p.data for name, p in model.named_parameters()}
    before, moving = bits(model), Mover(weights)

    class Interrupts(dict[str, torch.Tensor]):
        def __getitem__(self, name: str) -> torch.Tensor:
            signal.raise_signal(signal.SIGINT)
            return super().__getitem__(name)

    with moving.at([(_direction(), 0.1)]):
        pass
    assert same(bits(model), before)

    def out_and_back() -> None:
        origin = moving.origin
        with moving.at([(_direction(), 0.1)]):
            assert not same(bits(model), before)
            moving.origin = Interrupts(origin)

    with pytest.raises(KeyboardInterrupt):
        out_and_back()
    assert same(bits(model), before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_weights_that_are_still_away_at_the_end_of_a_call_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model()
    before, moving = bits(model), Mover({name: p.data for name, p in model.named_parameters()})
    with monkeypatch.context() as patch:
        patch.setattr(Mover, "restore", lambda self: None)  # interrupted before it began
        with moving.at([(_direction(), 0.1)]):
            pass
    assert not same(bits(model), before)
    mover.restore_all()
    assert same(bits(model), before)


def _direction() -> Any:
    from landscape.engine.direction_tensors import GaussianDirection

    return GaussianDirection(0)


KINDS: dict[str, Callable[[], Any]] = {
    "tied": make_model,
    "untied": lambda: make_model(tied=False),
    "bfloat16 all over": lambda: make_model().to(torch.bfloat16),  # also the buffers that no folder holds
    "GPT-2": make_gpt2,
    "GPT-J in bfloat16": lambda: small(GPTJForCausalLM, GPTJConfig(rotary_dim=4, n_positions=64)).to(torch.bfloat16),
    "Mixtral": lambda: small(MixtralForCausalLM, MixtralConfig(num_local_experts=2, num_key_value_heads=2)),
    "compiled": lambda: compiled(make_model()),
    "data parallel": lambda: nn.DataParallel(make_model()),
    "training": lambda: in_training(samples=True),
}


def small(architecture: Any, config: Any) -> Any:
    """A tiny model: one whose buffers depend on how it is built, and one of experts that are saved apart."""
    sizes = {"vocab_size": 320, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    for name, size in {**sizes, "intermediate_size": 64, "bos_token_id": 1, "eos_token_id": 2}.items():
        setattr(config, name, size)
    torch.manual_seed(0)
    return architecture(config).eval()


def compiled(model: nn.Module) -> Any:
    with warnings.catch_warnings(action="ignore"):  # torch's own, of parts that it imports
        return torch.compile(model)


@pytest.mark.parametrize("kind", KINDS)
def test_its_numbers_are_those_of_its_saved_folder_example_by_example(
    kind: str, own_answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = KINDS[kind]()
    bare = getattr(model, "_orig_mod", model.module if isinstance(model, nn.DataParallel) else model)
    found = api.slice(model, tokenizer=make_tokenizer(), capabilities=[own_answers], **AROUND)
    folder = save(tmp_path / "mine", bare)
    assert fingerprint(str(folder)) == fingerprint(found.result.spec.checkpoint)  # so nothing is measured twice
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "other.sqlite"))
    named = api.slice(folder, capabilities=[own_answers], **AROUND)
    assert outcomes(named) == outcomes(found)
    assert len({row[2] for row in outcomes(found)}) == 3  # it did move
    assert found.result.facts == named.result.facts


def test_its_weights_are_not_loaded_a_second_time(own_answers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any) -> Any:
        raise AssertionError("loaded again")

    model, tuned = make_model(), make_model()
    with torch.no_grad():
        tuned.get_parameter("model.norm.weight").mul_(1.5)
    monkeypatch.setattr(models, "_read", read)
    api.slice(model, towards=tuned, tokenizer=make_tokenizer(), capabilities=[own_answers], **AROUND)
    with pytest.raises(AssertionError):
        models.load_model(Store().runs()[0].spec.checkpoint, device="cpu")  # the call is over


def test_another_number_format_is_loaded_from_its_folder(own_answers: Path) -> None:
    model = make_model()
    before = bits(model)
    options: dict[str, Any] = {"tokenizer": make_tokenizer(), "capabilities": [own_answers], **AROUND}
    found = api.slice(model, dtype="bfloat16", **options)
    assert found.result.facts is not None
    assert found.result.facts.dtype == "bfloat16"
    assert same(bits(model), before)


def test_equal_weights_are_measured_once_and_one_changed_weight_anew(own_answers: Path, own_place: Path) -> None:
    options: dict[str, Any] = {"tokenizer": make_tokenizer(), "capabilities": [own_answers], **AROUND}
    model = make_model()
    first = api.slice(model, **options)
    again, twin = api.slice(model, **options), api.slice(make_model(), **options)
    assert first.result.spec == again.result.spec == twin.result.spec
    assert len(Store().runs()) == len(saved(own_place)) == 1
    with torch.no_grad():
        model.get_parameter("model.layers.1.mlp.up_proj.weight")[3, 5] += 1e-3
    changed = api.slice(model, **options)  # the very same object
    assert changed.result.spec.checkpoint != first.result.spec.checkpoint
    assert [run.measured for run in Store().runs()] == [3, 3]
    assert len(saved(own_place)) == 2
    elsewhere = save(own_place / "elsewhere", model)
    api.slice(elsewhere, capabilities=[own_answers], **AROUND)
    assert sorted(run.measured for run in Store().runs()) == [0, 3, 3]


def test_a_tokenizer_that_was_used_is_the_same_tokenizer(own_answers: Path) -> None:
    tokenizer = make_tokenizer()
    options: dict[str, Any] = {"capabilities": [own_answers], **AROUND}
    api.slice(make_model(), tokenizer=tokenizer, **options)
    tokenizer(["one", "another one"], padding=True, truncation=True, max_length=4)
    assert tokenizer.backend_tokenizer.truncation
    api.slice(make_model(), tokenizer=tokenizer, **options)
    assert len(Store().runs()) == 1
    assert tokenizer.backend_tokenizer.truncation  # its own


def test_whatever_is_set_around_a_call_the_numbers_are_the_same(
    own_answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"tokenizer": make_tokenizer(), "capabilities": [own_answers], **AROUND}
    own = make_model()
    plain = outcomes(api.slice(own, **options))
    contexts = (torch.autocast("cpu", torch.bfloat16), torch.no_grad(), torch.inference_mode(), torch.device("meta"))
    for number, around in enumerate(contexts):
        monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / f"{number}.sqlite"))
        with around:
            model = make_model() if isinstance(around, torch.inference_mode) else own  # weights that nobody may move
            assert outcomes(api.slice(model, **options)) == plain
            assert torch.is_autocast_enabled("cpu") == (number == 0)


def test_a_graph_that_waits_for_its_backward_pass_stays_whole(own_answers: Path) -> None:
    model, tokens = make_model(), torch.arange(9)[None]
    loss = model(input_ids=tokens, labels=tokens).loss
    api.slice(model, tokenizer=make_tokenizer(), capabilities=[own_answers], **AROUND)
    loss.backward()
    alone = make_model()
    alone(input_ids=tokens, labels=tokens).loss.backward()
    for one, other in zip(model.parameters(), alone.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert torch.equal(one.grad, other.grad)


class Quantised(nn.Linear):
    """As a quantised layer holds its weights: integers."""

    def __init__(self) -> None:
        super().__init__(2, 2)
        self.weight = nn.Parameter(torch.zeros(2, 2, dtype=torch.int8), requires_grad=False)


def quantised() -> nn.Module:
    model = make_model()
    model.model.layers[0].mlp.up_proj = Quantised()
    return model


def sharded() -> nn.Module:
    model = make_model()
    model.get_parameter("model.norm.weight").ds_id = 3  # type: ignore[union-attr]  # as ZeRO-3 marks it
    return model


def mixed() -> nn.Module:
    model = make_model()
    model.model.norm.to(torch.bfloat16)
    return model


def untied_by_hand() -> nn.Module:
    model = make_model()
    model.lm_head.weight = nn.Parameter(model.lm_head.weight.detach().clone())
    return model


def with_adapter_inside() -> nn.Module:
    model = make_model()
    model.add_adapter(peft.LoraConfig(r=2, target_modules=["q_proj"]))
    return model


class OfMyOwn(type(make_model())):  # type: ignore[misc]
    """Computes otherwise than what its config says."""


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "meta": (lambda: make_model().to("meta"), "not in memory"),
    "sharded": (sharded, "sharded over processes"),
    "quantised": (quantised, "is quantised"),
    "mixed formats": (mixed, r"several number formats \(bfloat16, float32\)"),
    "untied": (untied_by_hand, "ties other weights than its config says"),
    "adapter inside": (with_adapter_inside, "other weights than its config asks for"),
    "own class": (lambda: OfMyOwn(make_model().config), "is a OfMyOwn, and its config is that of a LlamaForCausalLM"),
    "no head": (lambda: LlamaModel(make_model().config), "is a LlamaModel"),
    "no model": (lambda: nn.Linear(2, 2), "or a transformers model, got Linear"),
    "nothing": (lambda: 7, "or a transformers model, got int"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_measured_in_hand_is_refused_in_a_sentence(
    kind: str, own_answers: Path, own_place: Path
) -> None:
    make, why = REFUSED[kind]
    with pytest.raises(ValueError, match=why) as refused:
        api.slice(make(), tokenizer=make_tokenizer(), capabilities=[own_answers], **AROUND)
    assert "\n" not in str(refused.value)
    assert not saved(own_place)


def test_a_model_needs_a_tokenizer_and_a_name_none(checkpoint: Path, own_answers: Path) -> None:
    with pytest.raises(ValueError, match=r"expected tokenizer=… with a model in hand \(LlamaForCausalLM\)"):
        api.slice(make_model(), capabilities=[own_answers], **AROUND)
    with pytest.raises(ValueError, match="leave it out"):
        api.slice(checkpoint, tokenizer=make_tokenizer(), capabilities=[own_answers], **AROUND)


def test_a_folder_is_whole_or_absent_and_goes_if_nobody_keeps_it(
    own_answers: Path, own_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    with monkeypatch.context() as patch:
        patch.setattr(type(tokenizer), "save_pretrained", _after(type(tokenizer).save_pretrained, 1))
        with pytest.raises(OSError, match="no space"):
            api.slice(model, tokenizer=tokenizer, capabilities=[own_answers], **AROUND)
    assert not saved(own_place)
    (own_place / "cache" / "in-hand" / "llama-1234.77.part").mkdir()  # of a process that was killed
    found = api.slice(model, tokenizer=tokenizer, capabilities=[own_answers], keep=False, **AROUND)
    assert not saved(own_place)
    with pytest.raises(ValueError, match="held a model from Python, and was removed .*: measure that model again"):
        fingerprint(found.result.spec.checkpoint)
    kept = api.slice(model, tokenizer=tokenizer, capabilities=[own_answers], **AROUND)
    assert kept.result.spec == found.result.spec
    assert len(Store().runs()) == 1  # what was known of it is known
    api.slice(model, tokenizer=tokenizer, capabilities=[own_answers], keep=False, **AROUND)
    assert len(saved(own_place)) == 1  # it was there before


def _after(save_pretrained: Any, times: int) -> Any:
    """`save_pretrained`, which fails after so many times."""
    left = iter(range(times))

    def saving(tokenizer: Any, place: Any) -> Any:
        if next(left, None) is None:
            raise OSError("no space left on device")
        return save_pretrained(tokenizer, place)

    return saving


def test_a_disk_without_room_is_told(own_answers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(ValueError, match="the model in hand, saved, takes .* GB, and .* make room"):
        api.slice(make_model(), tokenizer=make_tokenizer(), capabilities=[own_answers], **AROUND)


def test_what_trains_it_meanwhile_is_noticed() -> None:
    model = make_model()
    with ModelsInHand() as hand:
        name = hand.name_of(model, make_tokenizer())
        assert same(bits(models.load_model(name, device="cpu")), bits(model))
        with torch.no_grad():
            model.get_parameter("model.norm.weight")[0] += 1
        with pytest.raises(ValueError, match="changed while it was measured"):
            models.load_model(name, device="cpu")


def test_a_twin_shares_weights_and_nothing_else() -> None:
    model = in_training()
    twin = twin_of(model)
    shared = zip(twin.parameters(), model.parameters(), strict=True)
    assert all(one.data_ptr() == other.data_ptr() and one is not other for one, other in shared)
    assert twin.lm_head.weight is twin.model.embed_tokens.weight
    assert not twin.training
    twin.model.norm.weight.requires_grad_(True).sum().backward()
    assert model.get_parameter("model.norm.weight").grad is None
    assert not model.get_parameter("model.norm.weight").requires_grad


def adapted() -> Any:
    torch.manual_seed(0)
    config = peft.LoraConfig(r=4, target_modules=["q_proj", "up_proj"], init_lora_weights=False, lora_dropout=0.1)
    with warnings.catch_warnings(action="ignore"):
        return peft.get_peft_model(make_model(), config)


def test_a_model_of_peft_is_its_adapter_on_its_base(own_answers: Path, own_place: Path) -> None:
    model = adapted()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    options: dict[str, Any] = {"capabilities": [own_answers], **AROUND}
    found = api.slice(model, tokenizer=make_tokenizer(), **options)
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())
    adapter, _, base = found.result.spec.checkpoint.partition("+")
    assert same(bits(models.load_model(base, device="cpu")), bits(make_model()))
    merged = save(own_place / "merged", adapted().merge_and_unload())
    named = api.slice(merged, **options)
    assert [row[:2] for row in outcomes(named)] == [row[:2] for row in outcomes(found)]
    factors = api.slice(model, tokenizer=make_tokenizer(), adapter=True, **options)
    assert factors.result.facts is not None
    assert factors.result.facts.parameters == sum(p.numel() for n, p in model.named_parameters() if "lora_" in n)
    model.merge_adapter()
    with pytest.raises(ValueError, match="unmerge_adapter"):
        api.slice(model, tokenizer=make_tokenizer(), **options)


def test_another_worker_of_the_store_measures_the_saved_folder(own_answers: Path) -> None:
    """The page's worker may claim the run first: it knows the folder alone."""
    options: dict[str, Any] = {"tokenizer": make_tokenizer(), "capabilities": [own_answers], **AROUND}
    found = api.slice(make_model(), **options)
    store = Store()
    changed = found.result.spec.model_copy(update={"limit": 4})
    worker.work(store, run_id=store.submit(changed))
    assert store.runs_of(changed)[0].status == "done"
