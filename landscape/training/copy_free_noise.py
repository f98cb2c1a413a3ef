"""Weight noise without a copy of the weights: θ is never overwritten, and θ + ε is computed where it is needed.

Each module computes θ + ε when it runs and frees it afterwards. Where autograd would save a noisy weight for the
backward pass, only its name is saved, and the noise is drawn again from its seed: one noisy tensor is in memory at a
time.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from landscape.engine.direction_tensors import DirectionTensors

# What autograd saves: a tensor as it is, or the name of a noisy weight with the shape, strides and offset of a view.
_Saved = Tensor | tuple[str, torch.Size, tuple[int, ...], int]


@contextmanager
def copy_free_noise(
    model: nn.Module, weights: Mapping[str, Tensor], direction: DirectionTensors, sigma: float
) -> Iterator[None]:
    """Within the block, modules of the model compute with θ + σ·direction: bit for bit the weights that `Mover` writes.

    Gradients reach the parameters as usual. Autocast keeps half-precision copies of weights, so less memory is saved.

    Raises:
        RuntimeError: at the end, if a weight was used outside the forward pass of its own module, and so without noise.
            This is detected where the weight's whole gradient comes from such a use, or where autograd saves the weight
            for the backward pass, as for a tied head written as `F.linear(hidden, embedding.weight)`. It is not
            detected for a bias or a lookup that is used in both ways.
    """
    noisy = _NoisyModules(weights, direction, sigma)
    with ExitStack() as hooks, torch.autograd.graph.saved_tensors_hooks(noisy.pack, noisy.unpack):
        for module in model.modules():
            own = {key: noisy.names[id(p)] for key, p in module._parameters.items() if id(p) in noisy.names}
            if own:
                for handle in noisy.follow(module, own):
                    hooks.callback(handle.remove)
        for name, weight in weights.items():
            hooks.callback(weight.register_hook(noisy.noted(name)).remove)
        yield
    if clean := sorted(noisy.clean | (noisy.graded - noisy.reached)):
        raise RuntimeError(
            f"{clean[0]} was used outside the forward pass of its own module, without noise: use noised() instead"
        )


class _NoisyModules:
    """Keeps track of which weights running modules see with noise, and which of them the backward pass reached."""

    def __init__(self, weights: Mapping[str, Tensor], direction: DirectionTensors, sigma: float) -> None:
        self.weights, self.direction, self.sigma = weights, direction, sigma
        self.names = {id(weight): name for name, weight in weights.items()}
        self.shown: dict[int, str] = {}  # address of a noisy storage that a running module holds → name
        self.reached: set[str] = set()  # names that a gradient through the noise reached
        self.graded: set[str] = set()  # names that any gradient reached
        self.clean: set[str] = set()  # names of weights that autograd saved without noise
        whole = {name: w for name, w in weights.items() if w.untyped_storage().nbytes() == w.nbytes > 0}
        self.stored = {weight.untyped_storage().data_ptr(): name for name, weight in whole.items()}

    def made(self, name: str) -> Tensor:
        """Return θ + ε of one parameter: summed in fp32, then cast once."""
        weight = self.weights[name].detach()
        noisy, start = torch.empty(weight.shape, dtype=weight.dtype, device=weight.device), weight.reshape(-1)
        for part, chunk in self.direction.chunks(name, weight):
            noisy.view(-1)[part] = torch.add(start[part].float(), chunk, alpha=self.sigma)
        return noisy

    def follow(self, module: nn.Module, own: Mapping[str, str]) -> Iterator[Any]:
        """Give the module noisy weights while it runs: attributes of the instance that hide its parameters."""

        def before(*_: Any) -> None:
            for key, name in own.items():
                moved = _AddNoise.apply(self.weights[name], self, name)
                module.__dict__[key] = moved
                self.shown[moved.untyped_storage().data_ptr()] = name

        def after(*_: Any) -> None:
            for key in own:
                if (noisy := module.__dict__.pop(key, None)) is not None:
                    self.shown.pop(noisy.untyped_storage().data_ptr(), None)  # the address may be reused

        yield module.register_forward_pre_hook(before)
        yield module.register_forward_hook(after, always_call=True)

    def noted(self, name: str) -> Callable[[Tensor], None]:
        """Return a hook that notes that a parameter received a gradient."""
        return lambda gradient: self.graded.add(name)

    def pack(self, tensor: Tensor) -> _Saved:
        """Return what autograd saves of a tensor: for a noisy weight, how to compute it again."""
        address = tensor.untyped_storage().data_ptr()
        if address in self.stored:
            self.clean.add(self.stored[address])
        name = self.shown.get(address)
        if name is None or tensor.dtype != self.weights[name].dtype:
            return tensor
        return name, tensor.shape, tensor.stride(), int(tensor.storage_offset())

    def unpack(self, saved: _Saved) -> Tensor:
        """Return the tensor that was packed."""
        return saved if isinstance(saved, Tensor) else self.made(saved[0]).as_strided(*saved[1:])


class _AddNoise(torch.autograd.Function):
    """θ ↦ θ + ε with a gradient of one, for which nothing has to be saved."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, noisy: _NoisyModules, name: str) -> Tensor:
        ctx.noisy, ctx.name = noisy, name
        return noisy.made(name)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        ctx.noisy.reached.add(ctx.name)
        return gradients[0], None, None
