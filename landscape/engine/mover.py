"""Movement: θ(α) = θ₀ + Σ αᵢ·dᵢ in place, and back bit for bit. The only writer of parameters."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from landscape.checkpoints.parameters import _parts, count
from landscape.engine import offload
from landscape.engine.direction_tensors import DirectionTensors, TargetedDirection


class Mover:
    """Puts selected parameters of a model at θ(α), and back.

    Holds one copy of θ₀ (for the selected parameters) and no other memory than a chunk: movement is computed
    from θ₀ in fp32, cast to the parameter's dtype and written into its storage. That stays the same storage, so that
    a compiled model or a captured CUDA graph sees each point without being made anew.
    """

    def __init__(self, weights: Mapping[str, Tensor], origin: Mapping[str, Tensor] | None = None) -> None:
        """`weights`: what `select` returned; they stand at θ₀ now. `origin`: their copy, if the caller keeps it."""
        self.weights = dict(weights)
        self.origin = offload.snapshot(weights) if origin is None else origin

    @contextmanager
    def at(self, coordinates: Sequence[tuple[DirectionTensors, float]]) -> Iterator[float]:
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
            if isinstance(line, TargetedDirection) and line.alpha == 0:
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

    def _move(self, name: str, coordinates: Sequence[tuple[DirectionTensors, float]]) -> float:
        """Move one parameter; returns the sum of squares of its actual change."""
        weight, origin = self.weights[name], self.origin[name]
        if len(coordinates) > 1:
            return _move_all(name, weight, origin, coordinates)
        (line, alpha) = coordinates[0]
        if isinstance(line, TargetedDirection):
            end = line.end(name, origin)
            return 0.0 if end is origin else _interpolate(weight, origin, end, alpha / line.alpha)
        flat, start = weight.view(-1), origin.flatten()
        squares = 0.0
        for part, chunk in line.chunks(name, origin):
            squares += _write(flat[part], start[part], torch.add(start[part].float(), chunk, alpha=alpha))
        return squares


def _move_all(
    name: str, weight: Tensor, origin: Tensor, coordinates: Sequence[tuple[DirectionTensors, float]]
) -> float:
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
