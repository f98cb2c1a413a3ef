"""Movement: θ(α) = θ₀ + Σ αᵢ·dᵢ in place, and back bit for bit. The only writer of parameters."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor, nn

from landscape import origins
from landscape.checkpoints import is_factor
from landscape.directions import CHUNK, AimedLine, Line

_LAYER = re.compile(r"\.(\d+)\.(.+)$")


def select(
    model: nn.Module, only: Sequence[str] = (), exclude: Sequence[str] = (), *, adapter: bool = False
) -> dict[str, Tensor]:
    """The distinct floating-point parameters by name; a tied tensor comes once, under its first name.

    Quantised ones are none of them, whatever they call themselves (torchao's, a subclass of Tensor, say float).

    `adapter`: only the A and B of unmerged LoRA adapters.

    Raises:
        ValueError: a glob that matches nothing, or nothing left.
    """
    parameters = {name: p.data for name, p in model.named_parameters()}
    weights = {name: p for name, p in parameters.items() if p.is_floating_point() and type(p) is Tensor}
    if adapter:
        weights = {name: weight for name, weight in weights.items() if is_factor(name)}
        if not weights:
            raise ValueError("the adapter has no LoRA tensors A and B to move")
    return narrow(weights, only, exclude)


def narrow(weights: Mapping[str, Tensor], only: Sequence[str] = (), exclude: Sequence[str] = ()) -> dict[str, Tensor]:
    """Those whose name matches one of `only`, if there is any, and none of `exclude`.

    Raises:
        ValueError: a glob that matches nothing, or nothing left.
    """
    for glob in (*only, *exclude):
        if not any(fnmatchcase(name, glob) for name in weights):
            raise ValueError(f"{glob!r} matches no parameter: expected globs over names such as {next(iter(weights))}")
    chosen = {
        name: weight
        for name, weight in weights.items()
        if (not only or any(fnmatchcase(name, glob) for glob in only))
        and not any(fnmatchcase(name, glob) for glob in exclude)
    }
    if not chosen:
        raise ValueError("only and exclude leave no parameter to move")
    return chosen


def aliases(model: nn.Module) -> dict[str, str]:
    """Another name of a tied parameter → its first name, the one that `select` knows it by."""
    first = {id(p): name for name, p in model.named_parameters()}
    every = model.named_parameters(remove_duplicate=False)
    return {name: first[id(p)] for name, p in every if first[id(p)] != name}


def rms(tensors: Mapping[str, Tensor]) -> float:
    """Root mean square over all elements, summed in fp64 by chunks."""
    return math.sqrt(squares(tensors, tensors) / count(tensors))


def squares(tensors: Mapping[str, Tensor], names: Iterable[str]) -> float:
    """Σ of the squares of the named tensors, in fp64 by chunks. Holds one tensor at a time: they may be offloaded."""
    return sum(square for name in names for square in _squares(tensors[name]))


def rms_difference(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> float:
    """‖a − b‖₂/√d over the names of a: the α of one checkpoint seen from another."""
    return math.sqrt(sum(squared_difference(tensor, b[name]) for name, tensor in a.items()) / count(a))


def squared_difference(a: Tensor, b: Tensor) -> float:
    """‖a − b‖₂² of two tensors of one shape, summed in fp64 by chunks."""
    parts = zip(_parts(a), _parts(b), strict=True)
    return sum(float((one.double() - two.to(one.device).double()).square().sum()) for one, two in parts)


def place_of(name: str) -> dict[str, Any]:
    """Where a parameter stands in the model: its layer (None outside the layers) and module."""
    found = _LAYER.search(name.removesuffix(".weight"))
    module = found[2] if found else name.removesuffix(".weight").split(".")[-1]
    return {"layer": int(found[1]) if found else None, "module": module}


def count(tensors: Mapping[str, Tensor]) -> int:
    """d: how many weights move."""
    return sum(tensor.numel() for tensor in tensors.values())


def _squares(tensor: Tensor) -> list[float]:
    """Chunk by chunk; a list, so that nothing refers to the tensor any longer."""
    return [float(part.double().square().sum()) for part in _parts(tensor)]


def _parts(tensor: Tensor) -> Sequence[Tensor]:
    return tensor.flatten().split(CHUNK[tensor.device.type])


class Mover:
    """Puts selected parameters of a model at θ(α), and back.

    Holds one copy of θ₀ (for the selected parameters) and no other memory than a chunk: movement is computed
    from θ₀ in fp32, cast to the parameter's dtype and written into its storage. That stays the same storage, so that
    a compiled model or a captured CUDA graph sees each point without being made anew.
    """

    def __init__(self, weights: Mapping[str, Tensor], origin: Mapping[str, Tensor] | None = None) -> None:
        """`weights`: what `select` returned; they stand at θ₀ now. `origin`: their copy, if the caller keeps it."""
        self.weights = dict(weights)
        self.origin = origins.keep(weights) if origin is None else origin

    @contextmanager
    def at(self, coordinates: Sequence[tuple[Line, float]]) -> Iterator[float]:
        """Stand at θ₀ + Σ αᵢ·dᵢ within the block; yields the realised RMS change per weight.

        θ₀ is back afterwards bit for bit, whatever was raised.

        Raises:
            ValueError: α ≠ 0 along a deployment move that changes nothing.
        """
        moving = [(line, alpha) for line, alpha in coordinates if alpha != 0]
        if not moving:
            yield 0.0
            return
        for line, alpha in moving:
            if isinstance(line, AimedLine) and line.alpha == 0:
                raise ValueError(f"expected α = 0 along a move that changes no weight, got {alpha:g}")
        try:
            squares = sum(self._move(name, moving) for name in self.weights)
            yield math.sqrt(squares / count(self.weights))
        finally:
            self.restore()

    def restore(self) -> None:
        """Write θ₀ back."""
        for name, weight in self.weights.items():
            weight.copy_(self.origin[name])

    def _move(self, name: str, coordinates: Sequence[tuple[Line, float]]) -> float:
        """Move one parameter; returns the sum of squares of its actual change."""
        weight, origin = self.weights[name], self.origin[name]
        if len(coordinates) > 1:
            return _move_all(name, weight, origin, coordinates)
        (line, alpha) = coordinates[0]
        if isinstance(line, AimedLine):
            end = line.end(name, origin)
            return 0.0 if end is origin else _interpolate(weight, origin, end, alpha / line.alpha)
        flat, start = weight.view(-1), origin.flatten()
        squares = 0.0
        for part, chunk in line.chunks(name, origin):
            squares += _write(flat[part], start[part], torch.add(start[part].float(), chunk, alpha=alpha))
        return squares


def _move_all(name: str, weight: Tensor, origin: Tensor, coordinates: Sequence[tuple[Line, float]]) -> float:
    """Several directions at once: their chunks may differ in size, so one fp32 tensor collects them."""
    place = origin.flatten().to(torch.float32, copy=True)
    for line, alpha in coordinates:
        for part, chunk in line.chunks(name, origin):
            place[part] += alpha * chunk
    return _write(weight.view(-1), origin.flatten(), place)


def _interpolate(weight: Tensor, origin: Tensor, target: Tensor, t: float) -> float:
    """weight ← origin + t·(target − origin); at t = 1 the target bit for bit (torch.lerp). Returns Σ change²."""
    squares = 0.0
    for now, a, b in zip(_parts(weight), _parts(origin), _parts(target), strict=True):
        squares += _write(now, a, torch.lerp(a.float(), b.to(a.device).float(), t))
    return squares


def _write(weight: Tensor, origin: Tensor, place: Tensor) -> float:
    """Cast the fp32 `place` into the parameter's own storage; returns the sum of squares of the actual change."""
    weight.copy_(place)
    change = torch.sub(weight, origin, out=place) if place.dtype == weight.dtype else weight.float() - origin.float()
    return float(change.square_().sum())
