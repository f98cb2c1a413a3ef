"""How an update takes its gradient, and where training ends: plainly, under noise, sharpness-aware, averaged."""

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
    """One way of training; everything about it that can change is in the optimiser's or the average's state."""

    def optimiser(self, inner: torch.optim.Optimizer, seed: int) -> torch.optim.Optimizer:
        """What steps, around the optimiser that it is given."""
        ...

    def gradient(self, update: int, optimizer: torch.optim.Optimizer, model: nn.Module, backward: Backward) -> float:
        """Leave the gradient of this update on the parameters, and the parameters where they were; return the loss."""
        ...

    def average(self, model: nn.Module) -> AveragedModel | None:
        """A mean of the weights, if training ends there."""
        ...

    def collects(self, update: int) -> bool:
        """Whether the weights after this update belong to the mean."""
        ...


@dataclass(frozen=True)
class Plain:
    """The gradient where the weights stand."""

    def optimiser(self, inner: torch.optim.Optimizer, seed: int) -> torch.optim.Optimizer:
        """The one given."""
        return inner

    def gradient(self, update: int, optimizer: torch.optim.Optimizer, model: nn.Module, backward: Backward) -> float:
        """See Method."""
        return backward(0, 1)

    def average(self, model: nn.Module) -> AveragedModel | None:
        """None."""
        return None

    def collects(self, update: int) -> bool:
        """Never."""
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
        """The product's own."""
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
    """SAM (Foret et al. 2021): the gradient at θ + ρ·g/‖g‖, g being the one at θ. Two passes an update."""

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
    """Training by a method ends at the mean of the weights after each update from number `since` (from 0) on."""

    since: int
    of: Method = Plain()

    def optimiser(self, inner: torch.optim.Optimizer, seed: int) -> torch.optim.Optimizer:
        """The method's."""
        return self.of.optimiser(inner, seed)

    def gradient(self, update: int, optimizer: torch.optim.Optimizer, model: nn.Module, backward: Backward) -> float:
        """The method's."""
        return self.of.gradient(update, optimizer, model, backward)

    def average(self, model: nn.Module) -> AveragedModel | None:
        """Empty at first."""
        return AveragedModel(model)

    def collects(self, update: int) -> bool:
        """Late in training."""
        return update >= self.since


def _trained(model: nn.Module) -> Mapping[str, Tensor]:
    return {name: p.data for name, p in model.named_parameters() if p.requires_grad}
