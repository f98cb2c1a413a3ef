"""Gaussian weight noise in a `transformers.Trainer`: `callbacks=[GaussianCallback(sigma=0.02, seed=0)]`."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from landscape.checkpoints.parameters import narrow
from landscape.training.weight_noise import checked, draw_of, noise


class GaussianCallback(TrainerCallback):
    """Every micro-batch goes forward and backward at θ + ε, ε ~ N(0, σ²I); steps, saves and evaluations see θ.

    The noise depends on the seed, the number of the micro-batch and the process alone: a run that resumes from a
    checkpoint goes on as if it had not stopped. Only weights that are trained are noised. Weights that are sharded over
    processes (FSDP, ZeRO-3) are not supported. After an exception in `train()`, call `restore()`: the callback is not
    told of it.
    """

    def __init__(self, sigma: float, seed: int, *, only: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """`only`, `exclude`: globs over names. ValueError: a σ that is negative or not finite."""
        self.sigma, self.seed = checked(sigma), seed
        self.only, self.exclude = tuple(only), tuple(exclude)
        self._place = ExitStack()
        self._part = 0  # of the optimiser's step: the micro-batches since it began

    def restore(self) -> None:
        """Put θ back; nothing happens where it is already."""
        self._place.close()

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The first micro-batch of a step comes next."""
        self._part = 0
        self._move(args, state, kwargs["model"])

    def on_substep_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Another micro-batch of the same step comes next: fresh noise."""
        self._part += 1
        self._move(args, state, kwargs["model"])

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The gradient is complete; the step is taken from θ."""
        self.restore()

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Where a stream ended between two micro-batches of a step: what saves and evaluates comes next."""
        self.restore()

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Where training stopped between two micro-batches of a step."""
        self.restore()

    def _move(self, args: TrainingArguments, state: TrainerState, model: nn.Module) -> None:
        self.restore()
        trained = {n: p for n, p in model.named_parameters() if p.requires_grad and p.is_floating_point()}
        batch = state.global_step * args.gradient_accumulation_steps + self._part
        line = draw_of(self.seed, batch * args.world_size + args.process_index)
        self._place.enter_context(noise(narrow(trained, self.only, self.exclude), line, self.sigma))
