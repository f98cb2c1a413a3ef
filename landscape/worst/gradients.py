"""Gradients of capabilities' losses, and Hessian–vector products, at the model's present weights."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

from landscape.capabilities.encoding import TeacherForced
from landscape.capabilities.examples import Capability, requests_of, search_split
from landscape.capabilities.scoring import Scorer, smaller_batch
from landscape.engine import offload
from landscape.outside import memory

STORED_SHARE = 0.5  # of the memory that can be had: activations that would take more are recomputed
DEARER = 4  # how many times the memory of a forward pass a backward pass takes, per token
SCALES = 6  # attempts to bring a half-precision gradient into range, each by 2⁸

T = TypeVar("T")


class Gradients:
    """∇ of the mean NLL of the reference answers, over the examples that searches use (`search_split`).

    Raises:
        ValueError: a capability without reference answers, or with too few examples to split.
    """

    def __init__(self, scorer: Scorer, moving: Mapping[str, Tensor], capabilities: Sequence[Capability]) -> None:
        """`moving`: the parameters to differentiate by, by name."""
        self._scorer = scorer
        self._parameters = {name: p for name, p in scorer.model.named_parameters() if name in moving}
        self._answers = {capability.name: _references(scorer, capability) for capability in capabilities}
        self._tokens = max(1, scorer.tokens_per_batch // DEARER)
        self.scale = 1.0  # of the loss, and so of the gradient: it keeps a half-precision gradient finite

    @contextmanager
    def at(self, shares: Mapping[str, float]) -> Iterator[tuple[dict[str, float], dict[str, Tensor]]]:
        """Yield (losses by capability, Σ share·∇loss up to a positive factor by parameter); freed after the block.

        Memory: one gradient in the model's dtype, and the activations of one batch.

        Raises:
            RuntimeError: a loss that is not finite, a gradient that overflows, or too little memory for one example.
        """
        with self._differentiable():
            losses, gradient = self._in_range(shares)
            yield losses, gradient

    def _in_range(self, shares: Mapping[str, float]) -> tuple[dict[str, float], dict[str, Tensor]]:
        """Return losses and gradient. The loss is scaled to keep a half-precision gradient finite and above zero."""
        least = 2.0**-6 if torch.float16 in {p.dtype for p in self._parameters.values()} else 0.0
        overflowed = False
        for _ in range(2 * SCALES):
            losses = self._fitting(lambda: self._pass(shares))
            gradient = {name: _gradient_of(p) for name, p in self._parameters.items()}
            peak = max(float(max(g.max(), -g.min())) for g in gradient.values())
            if math.isfinite(peak) and peak > (0.0 if overflowed else least):
                return losses, gradient
            overflowed = overflowed or not math.isfinite(peak)
            self.scale *= 2.0**8 if math.isfinite(peak) else 2.0**-8
        raise RuntimeError("the gradient overflows in this number format: use --dtype float32 or bfloat16")

    @torch.no_grad()
    def losses(self) -> dict[str, float]:
        """Return the losses alone, by capability."""
        return self._fitting(lambda: {name: self._total(r, _nothing) for name, r in self._answers.items()})

    def hessian_times(self, vector: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return H·v of the (single) capability's loss, by double backward: flat fp32 tensors, as `vector` is."""
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

        (answers,) = self._answers.values()
        self._total(answers, backward)
        return product

    def _pass(self, shares: Mapping[str, float]) -> dict[str, float]:
        for parameter in self._parameters.values():
            parameter.grad = None

        def backward(share: float, loss: Tensor) -> None:
            if share:
                (loss * (share * self.scale)).backward()

        return {n: self._total(r, partial(backward, shares.get(n, 0.0))) for n, r in self._answers.items()}

    def _fitting(self, run: Callable[[], T]) -> T:
        """Return what `run` returns. When memory runs out, it begins again with half the batch."""
        longest = max(len(answer.ids) for answers in self._answers.values() for answer in answers)
        while True:
            try:
                return run()
            except torch.OutOfMemoryError:
                self._tokens = smaller_batch(self._tokens, longest, self._scorer.device)

    def _total(self, answers: Sequence[TeacherForced], use: Callable[[Tensor], None]) -> float:
        """Return the mean loss. `use` is called with each batch's part of it."""
        order, total = sorted(answers, key=lambda r: -len(r.ids)), 0.0
        while order:
            size = max(1, self._tokens // len(order[0].ids))
            loss = self._loss(order[:size]) / len(answers)
            total += float(loss.detach())
            use(loss)
            del order[:size]
        if not math.isfinite(total):
            raise RuntimeError("the loss is not finite here: use --dtype float32 or bfloat16, or a smaller α")
        return total

    def _loss(self, batch: Sequence[TeacherForced]) -> Tensor:
        """Return the sum over the batch of each answer's mean NLL."""
        logits, target, lengths = self._scorer.answers(batch)
        weight = torch.tensor([1 / n for n in lengths for _ in range(n)], device=logits.device)
        return (functional.cross_entropy(logits, target, reduction="none") * weight).sum()

    @cached_property
    def _recomputes(self) -> bool:
        """Whether activations are recomputed: that takes a third longer, and memory has no room for them otherwise."""
        return self._activations() > STORED_SHARE * _room(self._scorer.device)

    def _activations(self) -> float:
        """Bytes that a batch would store for its backward pass: those of the longest answer, times the batch.

        Infinity where there is no room for one answer.
        """
        longest = max((a for answers in self._answers.values() for a in answers), key=lambda a: len(a.ids))
        weights = {parameter.untyped_storage().data_ptr() for parameter in self._scorer.model.parameters()}
        stored: dict[int, int] = {}

        def note(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in weights:
                stored[storage.data_ptr()] = storage.nbytes()
            return tensor

        for parameter in self._parameters.values():
            parameter.requires_grad_(True)
        try:
            with torch.enable_grad(), saved_tensors_hooks(note, lambda tensor: tensor):
                self._loss([longest])
        except torch.OutOfMemoryError:
            return math.inf
        finally:
            for parameter in self._parameters.values():
                parameter.requires_grad_(False)
        return sum(stored.values()) * max(1, self._tokens // len(longest.ids))

    @contextmanager
    def _differentiable(self) -> Iterator[None]:
        """Within the block, the moving parameters require gradients; activations are recomputed if memory needs it."""
        layers = _recomputing(self._scorer.model) if self._recomputes else []
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


def _gradient_of(parameter: Tensor) -> Tensor:
    """Return the parameter's gradient; zeros, in no memory of their own, where the loss does not depend on it."""
    return parameter.new_zeros(1).expand_as(parameter) if parameter.grad is None else parameter.grad


def _nothing(loss: Tensor) -> None:
    return


def _references(scorer: Scorer, capability: Capability) -> list[TeacherForced]:
    """Return the reference answers of the examples that searches use."""
    half = search_split(capability)
    if half.all() or not half.any():
        raise ValueError(
            f"{capability.name} has {_count(capability)}: expected more, to search on some, confirm on others"
        )
    found = [r for r in scorer.encode(capability).teacher_forced if r.reference and half[r.example]]
    if not found:
        raise ValueError(f"{capability.name} has no reference answers: expected an answer whose loss can be raised")
    return found


def _count(capability: Capability) -> str:
    """`12 examples`, or `12 examples of 3 requests` where several ask the same: those are not divided."""
    n, requests = len(capability.examples), len(set(requests_of(capability)))
    asked = f" of {requests} request{'s' * (requests > 1)}" if requests < n else ""
    return f"{n} example{'s' * (n > 1)}{asked}"


def _recomputing(model: nn.Module) -> list[Any]:
    """Return the layers that can recompute their activations."""
    return [module for module in model.modules() if hasattr(module, "gradient_checkpointing")]


def _room(device: torch.device) -> int:
    """Bytes that activations may take in all."""
    return offload.free(device) if device.type == "cuda" else memory.left()
