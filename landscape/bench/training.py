"""Training updates to measure: the same update of one model with and without weight noise."""

from collections.abc import Callable

import torch
from torch import nn

from landscape.training.weight_noise import GaussianAugmented

ROWS, LENGTH = 8, 128  # of the batch, in tokens: 1,024 an update, far fewer than in real training


def updates(model: nn.Module) -> tuple[Callable[[], None], Callable[[], None], Callable[[], None]]:
    """Return (bare, noised, noised without a copy): AdamW updates of the same weights and optimiser state."""
    model.requires_grad_(True).train()
    inner = torch.optim.AdamW(model.named_parameters(), lr=1e-6)
    optimizer = GaussianAugmented(inner, sigma=1e-3, seed=0)
    device = next(model.parameters()).device
    tokens = (torch.arange(ROWS * LENGTH, device=device).view(ROWS, LENGTH) * 7) % 27

    def gradient() -> None:
        model(input_ids=tokens, labels=tokens).loss.backward()

    def bare() -> None:
        gradient()
        inner.step()
        inner.zero_grad()

    def noised() -> None:
        with optimizer.noised():
            gradient()
        optimizer.step()
        optimizer.zero_grad()

    def copy_free() -> None:
        with optimizer.noised_in_passing(model):
            gradient()
        optimizer.step()
        optimizer.zero_grad()

    return bare, noised, copy_free
