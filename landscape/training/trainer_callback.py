"""Gaussian weight noise in a `transformers.Trainer`: `callbacks=[GaussianCallback(sigma=0.02, seed=0)]`."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from landscape.checkpoints.parameters import narrow
from landscape.training.weight_noise import checked_sigma, noise, noise_direction


class GaussianCallback(TrainerCallback):
    """Every micro-batch runs forward and backward at θ + ε, ε ~ N(0, σ²I); steps, saves and evaluations use θ.

    The noise depends only on the seed, the number of the micro-batch and the process, so a run that resumes from a
    checkpoint continues as if it had not stopped. Only weights that are trained are noised. Weights that are sharded
    over processes (FSDP, ZeRO-3) are not supported. After an exception in `train()` call `restore()`, since nothing
    tells the callback of it.
    """

    def __init__(self, sigma: float, seed: int, *, only: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """`only`, `exclude`: globs over names. ValueError: a σ that is negative or not finite."""
        self.sigma, self.seed = checked_sigma(sigma), seed
        self.only, self.exclude = tuple(only), tuple(exclude)
        self._noise = ExitStack()
        self._micro_batch = 0  # since the optimiser's step began

    def restore(self) -> None:
        """Restore θ. Does nothing if the weights are at θ already."""
        self._noise.close()

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Move to the noise of the first micro-batch of a step."""
        self._micro_batch = 0
        self._move(args, state, kwargs["model"])

    def on_substep_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Move to fresh noise for another micro-batch of the same step."""
        self._micro_batch += 1
        self._move(args, state, kwargs["model"])

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Restore θ: the gradient is complete, and the step is taken from θ."""
        self.restore()

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Restore θ before saving and evaluation, if the data ended between two micro-batches of a step."""
        self.restore()

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Restore θ if training stopped between two micro-batches of a step."""
        self.restore()

    def _move(self, args: TrainingArguments, state: TrainerState, model: nn.Module) -> None:
        self.restore()
        trained = {n: p for n, p in model.named_parameters() if p.requires_grad and p.is_floating_point()}
        batch = state.global_step * args.gradient_accumulation_steps + self._micro_batch
        direction = noise_direction(self.seed, batch * args.world_size + args.process_index)
        self._noise.enter_context(noise(narrow(trained, self.only, self.exclude), direction, self.sigma))
