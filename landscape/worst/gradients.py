"""The gradient of capabilities' losses, and Hessian–vector products, at the weights as they stand."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

from landscape.capabilities.encoding import Reading
from landscape.capabilities.examples import Capability, search_split
from landscape.capabilities.scoring import Scorer

LARGE = 100_000_000  # weights from which a layer's activations are computed again instead of kept
DEARER = 4  # times the memory of a token that is only read
SCALES = 6  # tries to bring a half-precision gradient into range, each by 2⁸

T = TypeVar("T")


class Gradients:
    """∇ of the mean NLL of reference answers over the half of the examples that searches use (`searched`).

    Raises:
        ValueError: a capability without reference answers, or with too few examples to split.
    """

    def __init__(self, scorer: Scorer, moving: Mapping[str, Tensor], wanted: Sequence[Capability]) -> None:
        """`moving`: the parameters to differentiate by, by name."""
        self._scorer = scorer
        self._parameters = {name: p for name, p in scorer.model.named_parameters() if name in moving}
        self._readings = {capability.name: _references(scorer, capability) for capability in wanted}
        self._tokens = max(1, scorer.tokens_per_batch // DEARER)
        self._scale = 1.0  # of the loss: keeps a half-precision gradient finite, and nothing else depends on it

    @contextmanager
    def at(self, shares: Mapping[str, float]) -> Iterator[tuple[dict[str, float], dict[str, Tensor]]]:
        """(losses by capability, Σ share·∇loss up to a positive factor, by parameter); freed after the block.

        Memory: one gradient in the model's dtype, and the activations of one batch.

        Raises:
            RuntimeError: a loss that is not finite, a gradient that overflows, or too little memory for one example.
        """
        with self._differentiable():
            losses, gradient = self._in_range(shares)
            yield losses, gradient

    def _in_range(self, shares: Mapping[str, float]) -> tuple[dict[str, float], dict[str, Tensor]]:
        """Losses and gradient, the loss scaled until half precision holds it: finite, and above what rounds to zero."""
        least = 2.0**-6 if torch.float16 in {p.dtype for p in self._parameters.values()} else 0.0
        overflowed = False
        for _ in range(2 * SCALES):
            losses = self._fitting(lambda: self._pass(shares))
            gradient = {name: _slope(p) for name, p in self._parameters.items()}
            peak = max(float(max(g.max(), -g.min())) for g in gradient.values())
            if math.isfinite(peak) and peak > (0.0 if overflowed else least):
                return losses, gradient
            overflowed = overflowed or not math.isfinite(peak)
            self._scale *= 2.0**8 if math.isfinite(peak) else 2.0**-8
        raise RuntimeError("the gradient overflows in this number format: use --dtype float32 or bfloat16")

    @torch.no_grad()
    def losses(self) -> dict[str, float]:
        """The losses alone."""
        return self._fitting(lambda: {name: self._total(r, _nothing) for name, r in self._readings.items()})

    def hessian_times(self, vector: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """H·v of the (single) capability's loss by double backward, fp32 per parameter. `vector`: flat tensors."""
        with self._differentiable(), sdpa_kernel(SDPBackend.MATH):  # the fused kernels have no second derivative
            return self._fitting(lambda: self._product(vector))

    def _product(self, vector: Mapping[str, Tensor]) -> dict[str, Tensor]:
        product = {name: torch.zeros(p.numel(), device=p.device) for name, p in self._parameters.items()}
        parameters = list(self._parameters.values())

        def backward(loss: Tensor) -> None:
            slopes = torch.autograd.grad(loss, parameters, create_graph=True, materialize_grads=True)
            along = [(s.flatten() * vector[n].to(s)).sum() for n, s in zip(self._parameters, slopes, strict=True)]
            twice = torch.autograd.grad(torch.stack(along).sum(), parameters, materialize_grads=True)
            for name, part in zip(self._parameters, twice, strict=True):
                product[name] += part.flatten().float()

        (readings,) = self._readings.values()
        self._total(readings, backward)
        return product

    def _pass(self, shares: Mapping[str, float]) -> dict[str, float]:
        for parameter in self._parameters.values():
            parameter.grad = None

        def backward(share: float, loss: Tensor) -> None:
            if share:
                (loss * (share * self._scale)).backward()

        return {n: self._total(r, partial(backward, shares.get(n, 0.0))) for n, r in self._readings.items()}

    def _fitting(self, run: Callable[[], T]) -> T:
        """What `run` returns; out of memory, it begins again with half the batch."""
        longest = max(len(reading.ids) for readings in self._readings.values() for reading in readings)
        while True:
            try:
                return run()
            except torch.OutOfMemoryError:
                if self._tokens <= longest:
                    hint = "use a shorter one or more memory"
                    raise RuntimeError(f"out of memory with a single example: {hint}") from None
                self._tokens //= 2
                if self._scorer.device.type == "cuda":
                    torch.cuda.empty_cache()

    def _total(self, readings: Sequence[Reading], use: Callable[[Tensor], None]) -> float:
        """The mean loss; `use` gets each batch's part of it."""
        order, total = sorted(readings, key=lambda r: -len(r.ids)), 0.0
        while order:
            size = max(1, self._tokens // len(order[0].ids))
            loss = self._loss(order[:size]) / len(readings)
            total += float(loss.detach())
            use(loss)
            del order[:size]
        if not math.isfinite(total):
            raise RuntimeError("the loss is not finite here: use --dtype float32 or bfloat16, or a smaller α")
        return total

    def _loss(self, batch: Sequence[Reading]) -> Tensor:
        """Σ over the batch of each answer's mean NLL."""
        logits, target, lengths = self._scorer.answers(batch)
        weight = torch.tensor([1 / n for n in lengths for _ in range(n)], device=logits.device)
        return (functional.cross_entropy(logits, target, reduction="none") * weight).sum()

    @contextmanager
    def _differentiable(self) -> Iterator[None]:
        """Gradients for the parameters that move, recomputed activations for a large model; all as it was after."""
        layers = _recomputing(self._scorer.model) if _size(self._scorer.model) >= LARGE else []
        try:
            for layer in layers:
                layer._gradient_checkpointing_func = partial(checkpoint, use_reentrant=False)
                layer.gradient_checkpointing = layer.training = True  # of the layer alone: no dropout begins
            for parameter in self._parameters.values():
                parameter.requires_grad_(True)
            with torch.enable_grad():
                yield
        finally:
            for parameter in self._parameters.values():
                parameter.requires_grad_(False)
                parameter.grad = None
            for layer in layers:
                layer.gradient_checkpointing = layer.training = False


def _slope(parameter: Tensor) -> Tensor:
    """Its gradient; a zero, shown as large as it, where the loss does not depend on it."""
    return parameter.new_zeros(1).expand_as(parameter) if parameter.grad is None else parameter.grad


def _nothing(loss: Tensor) -> None:
    return


def _references(scorer: Scorer, capability: Capability) -> list[Reading]:
    """The reference answers of the examples that searches use."""
    half = search_split(capability)
    if half.all() or not half.any():
        raise ValueError(
            f"{capability.name} has {len(half)} examples: expected more, to search on some, confirm on others"
        )
    found = [r for r in scorer.encode(capability).read if r.reference and half[r.example]]
    if not found:
        raise ValueError(f"{capability.name} has no reference answers: expected an answer whose loss can be raised")
    return found


def _recomputing(model: nn.Module) -> list[Any]:
    """The layers that can compute their activations again."""
    return [module for module in model.modules() if hasattr(module, "gradient_checkpointing")]


def _size(model: nn.Module) -> int:
    return int(np.sum([p.numel() for p in model.parameters()]))
