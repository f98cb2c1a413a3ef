"""The training loop: AdamW on batches that their number alone determines, resumable after any crash."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from landscape.demo.corpus import Batch

SAVE_EVERY = 100  # optimisation steps between two training states: a crash costs seconds


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train; the rate rises linearly, then falls as a cosine to a fiftieth."""

    updates: int
    rate: float
    warmup: int = 0
    decay: float = 0.0  # weight decay of matrices; norms are never decayed

    def rate_at(self, update: int) -> float:
        """Learning rate of the update with this number, counted from 0."""
        if update < self.warmup:
            return self.rate * (update + 1) / self.warmup
        progress = (update - self.warmup) / max(1, self.updates - self.warmup)
        return self.rate * (0.51 + 0.49 * math.cos(math.pi * progress))


def train(
    model: nn.Module,
    batches: Callable[[int], Batch],
    schedule: Schedule,
    state: Path,
    recipe: str,
    after: Callable[[int, float], None],
) -> None:
    """Train the model in place; a state left by an interrupted call with the same recipe is continued.

    Only parameters that require a gradient are trained. The resumed result equals the undisturbed one bit for bit
    (on the same machine and number of threads), because the state holds the weights, the optimiser and the number
    of updates, and `batches(update)` depends on nothing else.

    Args:
        batches: the batch of the update with this number.
        state: the file of the training state, replaced atomically; it stays when training ends.
        recipe: all that determines the result, in words; a state with another recipe is ignored.
        after: called after each update with the number of updates done and the loss. After a crash it is called
            again for the updates since the last state, not for those before.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(_groups(trained, schedule.decay), betas=(0.9, 0.95))
    done = _resume(state, recipe, trained, optimizer)
    model.train()
    for update in range(done, schedule.updates):
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate_at(update)
        loss = _update(model, batches(update), trained, optimizer)
        count = update + 1
        after(count, loss)  # before the state is saved: what a crash undoes is done again, never left out
        if count % SAVE_EVERY == 0 or count == schedule.updates:
            _save(state, recipe, trained, optimizer, count)
    model.eval()


def _groups(parameters: list[nn.Parameter], decay: float) -> list[dict[str, object]]:
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _update(model: nn.Module, batch: Batch, trained: list[nn.Parameter], optimizer: torch.optim.Optimizer) -> float:
    loss = model(input_ids=batch.tokens, labels=batch.labels).loss
    loss.backward()
    nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())


def _save(state: Path, recipe: str, trained: list[nn.Parameter], optimizer: torch.optim.Optimizer, done: int) -> None:
    partial = state.with_suffix(".partial")
    content = {"recipe": recipe, "done": done, "weights": list(trained), "optimizer": optimizer.state_dict()}
    torch.save(content, partial)
    os.replace(partial, state)  # atomic: a kill leaves the old state or the new one


def _resume(state: Path, recipe: str, trained: list[nn.Parameter], optimizer: torch.optim.Optimizer) -> int:
    if not state.is_file():
        return 0
    content = torch.load(state, weights_only=True)
    if content["recipe"] != recipe:
        return 0
    with torch.no_grad():
        for parameter, saved in zip(trained, content["weights"], strict=True):
            parameter.copy_(saved)
    optimizer.load_state_dict(content["optimizer"])
    return int(content["done"])
