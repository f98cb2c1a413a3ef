"""The resumable training loop: AdamW or another method, on batches that depend on the number of the update alone."""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from landscape.demo.corpus import Batch
from landscape.demo.methods import Method, Plain

SAVE_EVERY = 100  # updates between two saved states: a crash costs seconds
LOG_EVERY = 50  # updates whose mean loss is an entry of the log; SAVE_EVERY is a multiple, so no mean spans a resume

Entry = dict[str, float]  # of a training log, with the keys of transformers.Trainer: step, loss, learning_rate


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train: the rate rises linearly, then falls as a cosine to the share `final` of it."""

    updates: int
    rate: float
    warmup: int = 0
    decay: float = 0.0  # weight decay of matrices; norms are never decayed
    final: float = 0.02

    def rate_at(self, update: int) -> float:
        """Return the learning rate of an update, counted from 0."""
        if update < self.warmup:
            return self.rate * (update + 1) / self.warmup
        progress = (update - self.warmup) / max(1, self.updates - self.warmup)
        return self.rate * ((1 + self.final) / 2 + (1 - self.final) / 2 * math.cos(math.pi * progress))


def train(
    model: nn.Module,
    batches: Callable[[int], Batch],
    schedule: Schedule,
    state: Path,
    recipe: str,
    after: Callable[[int, float], None],
    *,
    method: Method | None = None,
    seed: int = 0,
    log: list[Entry] | None = None,
) -> None:
    """Train the model in place; a state left by an interrupted call with the same recipe is continued.

    Only parameters that require a gradient are trained. The resumed result equals the undisturbed one bit for bit
    (on the same machine and number of threads), because the state holds the weights, their mean if the method wants
    one, the optimiser and the number of updates, and `batches(update)` depends on nothing else.

    Args:
        batches: the batch of the update with this number.
        state: the file of the training state, replaced atomically; it stays when training ends.
        recipe: all that determines the result, in words; a state with another recipe is ignored.
        after: called after each update with the number of updates done and the loss. After a crash it is called
            again for the updates since the last state, not for those before.
        method: how the gradient is taken, and where training ends; plainly by default.
        seed: of the noise that a method draws.
        log: filled with the mean loss of every LOG_EVERY updates, those before an interruption included.
    """
    run = _Run(model, schedule, method or Plain(), seed, [] if log is None else log)
    done = run.resume(state, recipe)
    model.train()
    for update in range(done, schedule.updates):
        loss = run.update(update, batches(update))
        count = update + 1
        run.note(count, loss)
        after(count, loss)  # before the state is saved, so that after a crash it is called again rather than not at all
        if count % SAVE_EVERY == 0 or count == schedule.updates:
            run.save(state, recipe, count)
    run.finish()
    model.eval()


class _Run:
    """A training in progress: the model, its optimiser, and the mean of its weights if there is one."""

    def __init__(self, model: nn.Module, schedule: Schedule, method: Method, seed: int, log: list[Entry]) -> None:
        self.model, self.schedule, self.method, self.log = model, schedule, method, log
        self.recent: list[float] = []  # losses since the last entry of the log
        self.trained = [p for p in model.parameters() if p.requires_grad]
        inner = torch.optim.AdamW(_groups(self.trained, schedule.decay), betas=(0.9, 0.95))
        self.optimizer = method.optimiser(inner, seed)
        self.mean: AveragedModel | None = method.average(model)

    def update(self, number: int, batch: Batch) -> float:
        """Do one update and return the loss."""

        def backward(part: int, parts: int) -> float:
            tokens, labels = (tensor.tensor_split(parts)[part] for tensor in (batch.tokens, batch.labels))
            loss = self.model(input_ids=tokens, labels=labels).loss / parts
            loss.backward()
            return float(loss.detach())

        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate_at(number)
        loss = self.method.gradient(number, self.optimizer, self.model, backward)
        nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.mean is not None and self.method.collects(number):
            self.mean.update_parameters(self.model)
        return loss

    def note(self, count: int, loss: float) -> None:
        """Note the loss of an update for the log."""
        self.recent.append(loss)
        if count % LOG_EVERY == 0:
            mean, rate = sum(self.recent) / len(self.recent), self.schedule.rate_at(count - 1)
            self.log.append({"step": count, "loss": mean, "learning_rate": rate})
            self.recent.clear()

    def save(self, state: Path, recipe: str, done: int) -> None:
        """Save the state atomically: a kill leaves the old state or the new one."""
        partial = state.with_suffix(".partial")
        content = {"recipe": recipe, "done": done, "weights": self.trained, "optimizer": self.optimizer.state_dict()}
        content["log"] = self.log
        if self.mean is not None:
            content["mean"] = [self.mean.n_averaged, *self.mean.module.parameters()]
        torch.save(content, partial)
        os.replace(partial, state)

    @torch.no_grad()
    def resume(self, state: Path, recipe: str) -> int:
        """Load the saved state; return how many updates it has done."""
        if not state.is_file():
            return 0
        content = torch.load(state, weights_only=True)
        if content["recipe"] != recipe:
            return 0
        _copy(content["weights"], self.trained)
        if self.mean is not None:
            _copy(content["mean"], [self.mean.n_averaged, *self.mean.module.parameters()])
        self.optimizer.load_state_dict(content["optimizer"])
        self.log[:] = content["log"]
        return int(content["done"])

    @torch.no_grad()
    def finish(self) -> None:
        """Set the model to the mean of its weights, if there is one."""
        if self.mean is not None:
            _copy(list(self.mean.module.parameters()), list(self.model.parameters()))


def _copy(saved: list[torch.Tensor], to: Sequence[torch.Tensor]) -> None:
    for one, other in zip(saved, to, strict=True):
        other.copy_(one)


def _groups(parameters: list[nn.Parameter], decay: float) -> list[dict[str, object]]:
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
