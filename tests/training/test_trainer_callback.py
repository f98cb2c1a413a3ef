"""The Trainer callback: the same noise and exactness in a loop that is not ours."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import IterableDataset
from transformers import LlamaForCausalLM, Trainer, TrainerCallback, TrainingArguments

from landscape.checkpoints import parameters
from landscape.engine import mover
from landscape.training.trainer_callback import GaussianCallback
from landscape.training.weight_noise import noise_direction
from tests.conftest import make_model
from tests.training.bits import bits, same

EXAMPLES = [{"input_ids": row, "labels": row} for row in torch.arange(96).view(8, 12)]


class StopAt(TrainerCallback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        control.should_training_stop = state.global_step >= self.step


def trained(
    folder: Path, callbacks: list[TrainerCallback], *, resume: bool = False, data: Any = EXAMPLES, **changes: Any
) -> LlamaForCausalLM:
    model = make_model()
    options = {
        "output_dir": str(folder),
        "max_steps": 4,
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 2,
        "learning_rate": 1e-2,
        "save_steps": 2,
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "logging_strategy": "no",
    }
    trainer = Trainer(model, TrainingArguments(**(options | changes)), train_dataset=data, callbacks=callbacks)
    trainer.train(resume_from_checkpoint=resume)
    return model


class Stream(IterableDataset):
    """As many examples as nobody knows."""

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        return iter(EXAMPLES[:5])


class Sees(TrainerCallback):
    """Whether the weights stood still while an epoch was saved."""

    def __init__(self) -> None:
        self.saved: list[list[torch.Tensor]] = []

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.saved.append(bits(kwargs["model"]))


def test_what_is_saved_at_the_end_of_a_stream_is_clean(tmp_path: Path) -> None:
    """Five micro-batches, two a step: the last is not followed by another."""
    noisy, clean = Sees(), Sees()
    options = {"data": Stream(), "max_steps": 5, "save_strategy": "epoch", "learning_rate": 0.0}
    trained(tmp_path / "a", [GaussianCallback(sigma=0.5, seed=0), noisy], **options)
    trained(tmp_path / "b", [clean], **options)
    assert len(noisy.saved) == len(clean.saved) >= 1
    assert all(same(one, other) for one, other in zip(noisy.saved, clean.saved, strict=True))


def test_with_sigma_zero_the_trainer_does_what_it_did(tmp_path: Path) -> None:
    with_noise = trained(tmp_path / "a", [GaussianCallback(sigma=0.0, seed=0)])
    assert same(bits(with_noise), bits(trained(tmp_path / "b", [])))


def test_a_run_that_stopped_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    undisturbed = trained(tmp_path / "a", [GaussianCallback(sigma=0.05, seed=1)])
    trained(tmp_path / "b", [GaussianCallback(sigma=0.05, seed=1), StopAt(2)])
    resumed = trained(tmp_path / "b", [GaussianCallback(sigma=0.05, seed=1)], resume=True)
    assert same(bits(resumed), bits(undisturbed))
    assert not same(bits(resumed), bits(trained(tmp_path / "c", [GaussianCallback(sigma=0.05, seed=2)])))


def test_every_micro_batch_is_computed_at_noise_of_its_own(tmp_path: Path) -> None:
    """One step of plain SGD over two micro-batches, against gradients computed by hand."""
    callback = GaussianCallback(sigma=0.05, seed=3, only=["*mlp*"])
    plain = {"optim": "sgd", "lr_scheduler_type": "constant", "max_grad_norm": 0.0, "max_steps": 1}
    order = {"train_sampling_strategy": "sequential"}
    model = trained(tmp_path, [callback], **plain, **order)
    reference = make_model()
    gradients = [torch.zeros_like(p) for p in reference.parameters()]
    for number, example in enumerate(EXAMPLES[:2]):
        noisy = copy.deepcopy(reference).train()
        with mover.Mover(parameters.select(noisy, only=["*mlp*"])).at([(noise_direction(3, number), 0.05)]):
            noisy(input_ids=example["input_ids"][None], labels=example["labels"][None]).loss.backward()
        for total, parameter in zip(gradients, noisy.parameters(), strict=True):
            assert parameter.grad is not None
            total += parameter.grad / 2
    for found, start, gradient in zip(model.parameters(), reference.parameters(), gradients, strict=True):
        assert torch.allclose(found, start - 1e-2 * gradient, rtol=1e-5, atol=1e-6)


def test_after_an_error_restore_puts_the_weights_back(tmp_path: Path) -> None:
    class Breaks(LlamaForCausalLM):
        def forward(self, *args: Any, **kwargs: Any) -> Any:
            raise ArithmeticError

    model = Breaks(make_model().config)
    before, callback = bits(model), GaussianCallback(sigma=0.1, seed=0)
    quiet = {"report_to": "none", "use_cpu": True, "disable_tqdm": True, "dataloader_pin_memory": False}
    arguments = TrainingArguments(output_dir=str(tmp_path), remove_unused_columns=False, **quiet)
    with pytest.raises(ArithmeticError):
        Trainer(model, arguments, train_dataset=EXAMPLES, callbacks=[callback]).train()
    assert not same(before, bits(model))
    callback.restore()
    assert same(before, bits(model))


def test_a_sigma_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="finite sigma ≥ 0"):
        GaussianCallback(sigma=-1.0, seed=0)
