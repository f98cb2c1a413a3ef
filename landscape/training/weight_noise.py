"""Training under Gaussian weight noise (GO), which widens basins: around any torch optimiser, in anyone's own loop.

    optimizer = GaussianAugmented(torch.optim.AdamW(model.named_parameters()), sigma=0.02, seed=0)
    with optimizer.noised():
        model(**batch).loss.backward()
    optimizer.step()

The gradient taken at θ + ε, ε ~ N(0, σ²I), is on average that of the smoothed loss E L(θ + ε) (Chen et al. 2025,
arXiv 2505.17646). Evaluate and save outside the block: there the weights are clean.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from landscape.checkpoints.parameters import narrow
from landscape.engine.direction_tensors import GaussianDirection
from landscape.engine.mover import Mover
from landscape.training.copy_free_noise import copy_free_noise

_KEY = "gaussian"  # of our own part of a state_dict


def noise_direction(seed: int, number: int) -> GaussianDirection:
    """Return the noise of one micro-batch as a direction; seed and number alone determine it."""
    digest = hashlib.sha256(f"noise {seed}:{number}".encode()).digest()
    return GaussianDirection(int.from_bytes(digest[:8], "little") >> 1)


@contextmanager
def noise(weights: Mapping[str, Tensor], direction: GaussianDirection, sigma: float) -> Iterator[float]:
    """Move the weights to θ + σ·direction within the block; yields the realised RMS change per weight.

    A copy of θ is held meanwhile, and θ is restored bit for bit, also after an exception. Autograd refuses a backward
    pass after the block (RuntimeError), since it would mix noisy and clean weights.
    """
    moved = {name: weight.detach() for name, weight in weights.items()}  # unlike .data, autograd sees it written
    torch.clear_autocast_cache()  # half-precision copies of the clean weights
    try:
        origin = {name: weight.clone() for name, weight in moved.items()}  # on the same device: all of it is needed
        with Mover(moved, origin).at([(direction, sigma)]) as realised:
            yield realised
    finally:
        torch.clear_autocast_cache()  # and of the noisy ones


class GaussianAugmented(torch.optim.Optimizer):
    """An optimiser whose gradients are taken at θ + ε, with ε ~ N(0, σ²) for each weight.

    It shares groups, state and defaults with the optimiser it wraps, so schedulers, gradient scalers and clipping work
    as before. Every `noised` block draws fresh noise; with gradient accumulation, use one block for each micro-batch.
    With σ = 0 it equals the wrapped optimiser bit for bit.

    `sigma` may be set between two blocks, like a learning rate. `draws` counts the blocks so far.
    """

    # A fused optimiser sets this, and a gradient scaler then leaves unscaling and infinities to the optimiser it was
    # given. That is this one, which does neither.
    _step_supports_amp_scaling = False

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        sigma: float,
        seed: int,
        *,
        only: Sequence[str] = (),
        exclude: Sequence[str] = (),
    ) -> None:
        """`only` and `exclude` are globs over names, for which the optimiser is built from `named_parameters()`.

        Raises:
            ValueError: a σ that is negative or not finite, globs without names, a glob that matches nothing,
                or nothing left that is a floating-point weight.
        """
        self.optimizer = optimizer
        self.sigma, self.seed, self.draws = checked_sigma(sigma), seed, 0
        self._only, self._exclude = tuple(only), tuple(exclude)
        self._inside = False
        self._noised_weights()  # refuses bad globs now

    @contextmanager
    def noised(self) -> Iterator[float]:
        """Use this around one forward and backward pass; yields the realised RMS change per weight.

        A copy of the weights is held meanwhile. In half precision, rounding removes noise that is small beside the
        weights: compare what is yielded with σ.

        Raises:
            RuntimeError: within another block of this optimiser.
        """
        with self._draw() as direction, noise(self._noised_weights(), direction, checked_sigma(self.sigma)) as realised:
            yield realised

    @contextmanager
    def noised_in_passing(self, model: nn.Module) -> Iterator[None]:
        """Give the same noise and gradients as `noised` without a copy; noise is drawn twice (see `copy_free_noise`).

        For models whose weights are only used in the forward pass of their own modules, as in nearly all.

        Raises:
            RuntimeError: within another block of this optimiser, or at the end if a weight was used without noise.
        """
        with self._draw() as direction:
            if not checked_sigma(self.sigma):
                yield
                return
            with copy_free_noise(model, self._noised_weights(), direction, self.sigma):
                yield

    @contextmanager
    def _draw(self) -> Iterator[GaussianDirection]:
        """The noise of the next block."""
        if self._inside:
            raise RuntimeError("expected one block of noise at a time, got one within another")
        self._inside = True
        try:
            direction = noise_direction(self.seed, self.draws)
            self.draws += 1
            yield direction
        finally:
            self._inside = False

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take the wrapped optimiser's step, from the clean weights; a closure runs in a `noised` block of its own.

        Raises:
            RuntimeError: within a `noised` block, which would undo the step.
        """
        if self._inside:
            raise RuntimeError("expected step() after the noised() block, got it within: its end would undo the step")
        if closure is None:
            return self.optimizer.step()

        def noised_closure() -> Any:
            with self.noised():
                return closure()

        return self.optimizer.step(noised_closure)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As the wrapped optimiser's."""
        self.optimizer.zero_grad(set_to_none)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As the wrapped optimiser's; the new weights are noised too."""
        self.optimizer.add_param_group(param_group)

    def state_dict(self) -> dict[str, Any]:
        """Return the wrapped optimiser's state and, under "gaussian", σ, the seed and the number of blocks so far."""
        own = {"sigma": self.sigma, "seed": self.seed, "draws": self.draws}
        return {**self.optimizer.state_dict(), _KEY: own}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Load what `state_dict` returned. A bare optimiser's state is accepted too, and leaves σ, seed and draws."""
        own = state_dict.get(_KEY)
        self.optimizer.load_state_dict({key: value for key, value in state_dict.items() if key != _KEY})
        if own is not None:
            self.sigma, self.seed, self.draws = own["sigma"], own["seed"], own["draws"]

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The wrapped optimiser's, not a copy."""
        return self.optimizer.param_groups

    @property
    def state(self) -> Any:  # type: ignore[override]
        """The wrapped optimiser's, not a copy."""
        return self.optimizer.state

    @property
    def defaults(self) -> dict[str, Any]:  # type: ignore[override]
        """The wrapped optimiser's, not a copy."""
        return self.optimizer.defaults

    def __getattr__(self, name: str) -> Any:
        """Everything else, hooks included, is the wrapped optimiser's."""
        if name == "optimizer":  # not set yet, as while unpickling
            raise AttributeError(name)
        return getattr(self.optimizer, name)

    def __getstate__(self) -> dict[str, Any]:
        """For copies: everything, including the wrapped optimiser."""
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """See __getstate__."""
        self.__dict__.update(state)

    def __repr__(self) -> str:
        """Show σ, the seed and the wrapped optimiser."""
        return f"GaussianAugmented(sigma={self.sigma:g}, seed={self.seed}, {self.optimizer!r})"

    def _noised_weights(self) -> dict[str, Tensor]:
        named = dict(_named(self.param_groups))
        if (self._only or self._exclude) and not all("param_names" in group for group in self.param_groups):
            raise ValueError("only and exclude need names: expected an optimiser built from model.named_parameters()")
        return narrow({name: p for name, p in named.items() if p.is_floating_point()}, self._only, self._exclude)


def checked_sigma(sigma: float) -> float:
    """Return σ. Raises ValueError unless it is finite and not negative."""
    if not 0 <= sigma < float("inf"):
        raise ValueError(f"expected a finite sigma ≥ 0, got {sigma}")
    return sigma


def _named(groups: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the parameters with the optimiser's names for them; without names, with their places in it."""
    for number, group in enumerate(groups):
        names = group.get("param_names") or [f"{number}.{index}" for index in range(len(group["params"]))]
        yield from zip(names, group["params"], strict=True)
