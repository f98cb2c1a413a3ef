"""Training methods: where an update takes its gradient (plain, under noise, SAM), and averaging of the weights."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from landscape.checkpoints import parameters
from landscape.engine import mover
from landscape.engine.direction_tensors import StoredDirection
from landscape.training.weight_noise import GaussianAugmented

Backward = Callable[[int, int], float]  # (part, parts): one forward and backward pass of that part of the batch → loss


class Method(Protocol):
    """One way of training. Its only state is that of the optimiser and of the average."""

    def optimiser(self, inner: torch.optim.Optimizer, seed: int) -> torch.optim.Optimizer:
        """Return the optimiser to step with: the given one, or a wrapper around it."""
        ...

    def gradient(self, update: int, optimizer: torch.optim.Optimizer, model: nn.Module, backward: Backward) -> float:
        """Set the gradient of this update on the parameters without moving them; return the loss."""
        ...

    def average(self, model: nn.Module) -> AveragedModel | None:
        """Return a mean of the weights, if training is to end there."""
        ...

    def collects(self, update: int) -> bool:
        """Whether the weights after this update enter the mean."""
        ...


@dataclass(frozen=True)
class Plain:
    """Plain training: the gradient at θ."""

    def optimiser(self, inner: torch.optim.Optimizer, seed: int) -> torch.optim.Optimizer:
        """Return the given optimiser."""
        return inner

    def gradient(self, update: int, optimizer: torch.optim.Optimizer, model: nn.Module, backward: Backward) -> float:
        """See Method."""
        return backward(0, 1)

    def average(self, model: nn.Module) -> AveragedModel | None:
        """Return None."""
        return None

    def collects(self, update: int) -> bool:
        """Return False."""
        return False


@dataclass(frozen=True)
class Noise(Plain):
    """GO: the gradient at θ + ε, ε ~ N(0, σ²I), a fresh ε for each of `draws` micro-batches of the batch.

    σ rises linearly over the first `rise` updates: what is learned under little noise is then made to bear more.
    """

    sigma: float
    rise: int = 0
    draws: int = 1

    def optimiser(self, inner: torch.optim.Optimizer, seed: int) -> torch.optim.Optimizer:
        """Return a `GaussianAugmented`."""
        return GaussianAugmented(inner, self.sigma, seed)

    def gradient(self, update: int, optimizer: torch.optim.Optimizer, model: nn.Module, backward: Backward) -> float:
        """See Method."""
        assert isinstance(optimizer, GaussianAugmented)
        optimizer.sigma = self.sigma * min(1.0, (update + 1) / max(1, self.rise))
        loss = 0.0
        for part in range(self.draws):
            with optimizer.noised():
                loss += backward(part, self.draws)
        return loss


@dataclass(frozen=True)
class Sharpness(Plain):
    """SAM (Foret et al. 2021): the gradient at θ + ρ·g/‖g‖, where g is the gradient at θ. Two passes an update."""

    rho: float

    def gradient(self, update: int, optimizer: torch.optim.Optimizer, model: nn.Module, backward: Backward) -> float:
        """See Method."""
        loss = backward(0, 1)
        slopes = {name: p.grad.flatten() for name, p in model.named_parameters() if p.grad is not None}
        optimizer.zero_grad()
        length = parameters.rms(slopes) * math.sqrt(parameters.count(slopes))
        with mover.Mover(_trained(model)).at([(StoredDirection(slopes), self.rho / length)]):
            backward(0, 1)
        return loss


@dataclass(frozen=True)
class Average:
    """Training by another method that ends at the mean of the weights after update `since` (from 0) and all later."""

    since: int
    of: Method = Plain()

    def optimiser(self, inner: torch.optim.Optimizer, seed: int) -> torch.optim.Optimizer:
        """See Method."""
        return self.of.optimiser(inner, seed)

    def gradient(self, update: int, optimizer: torch.optim.Optimizer, model: nn.Module, backward: Backward) -> float:
        """See Method."""
        return self.of.gradient(update, optimizer, model, backward)

    def average(self, model: nn.Module) -> AveragedModel | None:
        """Return a mean of no weights yet."""
        return AveragedModel(model)

    def collects(self, update: int) -> bool:
        """Whether the update is number `since` or later."""
        return update >= self.since


def _trained(model: nn.Module) -> Mapping[str, Tensor]:
    return {name: p.data for name, p in model.named_parameters() if p.requires_grad}
