"""Weight noise without a copy of the weights: θ is never written, and θ + ε is made where it is needed.

Each module computes with θ + ε made when it runs and let go when it is done. What autograd would keep of it for the
backward pass is kept as a name and drawn again from its seed, so that one tensor of noise is in memory at a time.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from landscape.engine.direction_tensors import DirectionTensors

_Kept = (
    Tensor | tuple[str, torch.Size, tuple[int, ...], int]
)  # as it is, or the view (shape, strides, offset) of a name


@contextmanager
def passing_noise(
    model: nn.Module, weights: Mapping[str, Tensor], line: DirectionTensors, sigma: float
) -> Iterator[None]:
    """Within the block, modules of the model compute with θ + σ·line, bit for bit the weights that `Mover` writes.

    Gradients arrive at the parameters as usual. Under autocast half-precision copies are kept: it saves less there.

    Raises:
        RuntimeError: at the end, if something other than the forward pass of its own module used a weight, and so used
            it clean. It shows where all of a weight's gradient comes so, or where autograd keeps the weight for its
            backward pass, as a product with something that itself needs a gradient does (a tied head written as
            `F.linear(hidden, embedding.weight)`). A bias or a lookup used in both ways is not noticed.
    """
    passing = _Passing(weights, line, sigma)
    with ExitStack() as hooks, torch.autograd.graph.saved_tensors_hooks(passing.pack, passing.unpack):
        for module in model.modules():
            own = {key: passing.names[id(p)] for key, p in module._parameters.items() if id(p) in passing.names}
            if own:
                for handle in passing.follow(module, own):
                    hooks.callback(handle.remove)
        for name, weight in weights.items():
            hooks.callback(weight.register_hook(passing.noted(name)).remove)
        yield
    if clean := sorted(passing.clean | (passing.graded - passing.reached)):
        raise RuntimeError(
            f"{clean[0]} was used outside the forward pass of its own module, without noise: use noised() instead"
        )


class _Passing:
    """Which weights are noised, which of them a running module sees, and which the backward pass came by."""

    def __init__(self, weights: Mapping[str, Tensor], line: DirectionTensors, sigma: float) -> None:
        self.weights, self.line, self.sigma = weights, line, sigma
        self.names = {id(weight): name for name, weight in weights.items()}
        self.shown: dict[int, str] = {}  # address of a storage that a running module holds → name
        self.reached: set[str] = set()  # by a gradient through the noise
        self.graded: set[str] = set()  # by any gradient
        self.clean: set[str] = set()  # kept for the backward pass as they are
        whole = {name: w for name, w in weights.items() if w.untyped_storage().nbytes() == w.nbytes > 0}
        self.stored = {weight.untyped_storage().data_ptr(): name for name, weight in whole.items()}

    def made(self, name: str) -> Tensor:
        """θ + ε of one parameter: summed in fp32, cast once."""
        weight = self.weights[name].detach()
        noisy, start = torch.empty(weight.shape, dtype=weight.dtype, device=weight.device), weight.reshape(-1)
        for part, chunk in self.line.chunks(name, weight):
            noisy.view(-1)[part] = torch.add(start[part].float(), chunk, alpha=self.sigma)
        return noisy

    def follow(self, module: nn.Module, own: Mapping[str, str]) -> Iterator[Any]:
        """Show the module noisy weights while it runs: an attribute of the instance hides the parameter behind it."""

        def before(*_: Any) -> None:
            for key, name in own.items():
                noisy = _Moved.apply(self.weights[name], self, name)
                module.__dict__[key] = noisy
                self.shown[noisy.untyped_storage().data_ptr()] = name

        def after(*_: Any) -> None:
            for key in own:
                if (noisy := module.__dict__.pop(key, None)) is not None:
                    self.shown.pop(noisy.untyped_storage().data_ptr(), None)  # the address may be given to another now

        yield module.register_forward_pre_hook(before)
        yield module.register_forward_hook(after, always_call=True)

    def noted(self, name: str) -> Callable[[Tensor], None]:
        """A hook that notes the gradient of a parameter."""
        return lambda gradient: self.graded.add(name)

    def pack(self, tensor: Tensor) -> _Kept:
        """What autograd keeps of a tensor: for noisy weights, how to make them again."""
        address = tensor.untyped_storage().data_ptr()
        if address in self.stored:
            self.clean.add(self.stored[address])
        name = self.shown.get(address)
        if name is None or tensor.dtype != self.weights[name].dtype:
            return tensor
        return name, tensor.shape, tensor.stride(), int(tensor.storage_offset())

    def unpack(self, kept: _Kept) -> Tensor:
        """The tensor that was packed."""
        return kept if isinstance(kept, Tensor) else self.made(kept[0]).as_strided(*kept[1:])


class _Moved(torch.autograd.Function):
    """θ ↦ θ + ε with a gradient of one, for which nothing need be kept."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, passing: _Passing, name: str) -> Tensor:
        ctx.passing, ctx.name = passing, name
        return passing.made(name)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        ctx.passing.reached.add(ctx.name)
        return gradients[0], None, None
