"""The benchmark of a training update: the same update of one model with and without weight noise."""

from collections.abc import Callable

import torch
from torch import nn

from landscape.bench.memory import bytes_of, peak_in_child, settled_peak
from landscape.bench.models import BenchModel, Ratio
from landscape.bench.timing import time_ratios
from landscape.checkpoints import parameters
from landscape.training.weight_noise import GaussianAugmented

ROWS, LENGTH = 8, 128  # of the batch, in tokens: 1,024 an update, far fewer than in real training


def measure_training(model: BenchModel, *, repeats: int) -> list[Ratio]:
    """Measure what weight noise adds to the time and the memory of a training update."""
    bare, *noisy = updates(model.scorer().model)
    noised, passing = time_ratios(bare, noisy, repeats)
    del bare, noisy
    copied, drawn = (peak_in_child(peak, model) for peak in (peak_of_noise, peak_of_copy_free_noise))
    return [
        Ratio("time of a training update under weight noise ÷ without, 1,024 tokens", noised, at_most=1.25),
        Ratio("the same, without a copy of the weights", passing, at_most=1.5),
        Ratio("peak ÷ weights of what noise adds to a training update", (copied,) * 3, at_most=1.1),
        Ratio("the same, without a copy of the weights", (drawn,) * 3, at_most=0.5),
    ]


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


def peak_of_noise(model: BenchModel, which: int = 1) -> float:
    """Return what noise adds to the peak of a training update ÷ weights. `which`: of `updates`."""
    scorer = model.scorer()
    kinds = updates(scorer.model)
    before = settled_peak(kinds[0], scorer.device)
    return (settled_peak(kinds[which], scorer.device) - before) / bytes_of(parameters.select(scorer.model))


def peak_of_copy_free_noise(model: BenchModel) -> float:
    """Return the same for noise without a copy of the weights."""
    return peak_of_noise(model, which=2)
