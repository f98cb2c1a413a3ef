"""Movement to θ(α) = θ₀ + Σ αᵢ·dᵢ in place, and back bit for bit. No other module writes parameters."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from landscape.checkpoints.parameters import chunks_of, count
from landscape.engine import offload
from landscape.engine.direction_tensors import DirectionTensors, SizedDirection, TargetedDirection
from landscape.outside.interrupts import uninterrupted

_away: set["Mover"] = set()  # those whose weights are not at θ₀


def restore_all() -> None:
    """Write θ₀ back wherever weights are away from it: for who was interrupted on the way back."""
    for mover in list(_away):
        mover.restore()


class Mover:
    """Moves selected parameters of a model to θ(α) and back.

    Holds one copy of θ₀ (of the selected parameters) and no other memory than a chunk: θ(α) is computed from θ₀ in
    fp32, cast to the parameter's dtype and written into the parameter's own storage. Since the storage stays the same,
    a compiled model or a captured CUDA graph can be used at every point.
    """

    def __init__(self, weights: Mapping[str, Tensor], origin: Mapping[str, Tensor] | None = None) -> None:
        """`weights`: what `select` returned; they are at θ₀ now. `origin`: a copy of them, if the caller has one."""
        self.weights = dict(weights)
        self.origin = offload.snapshot(weights) if origin is None else origin

    @contextmanager
    def at(self, coordinates: Sequence[tuple[DirectionTensors, float]]) -> Iterator[float]:
        """Move the weights to θ₀ + Σ αᵢ·dᵢ within the block; yields the realised RMS change per weight.

        θ₀ is restored afterwards bit for bit, also after an exception.

        Raises:
            ValueError: α ≠ 0 along a deployment move that changes nothing.
        """
        moving = [(direction, alpha) for direction, alpha in coordinates if alpha != 0]
        if not moving:
            yield 0.0
            return
        for direction, alpha in moving:
            if isinstance(direction, SizedDirection) and direction.alpha == 0:
                raise ValueError(f"expected α = 0 along a move that changes no weight, got {alpha:g}")
        _away.add(self)
        try:
            squares = sum(self._move(name, moving) for name in self.weights)
            yield math.sqrt(squares / count(self.weights))
        finally:
            self.restore()

    def restore(self) -> None:
        """Write θ₀ back, all of it, whatever the keyboard says meanwhile."""
        with uninterrupted():
            for name, weight in self.weights.items():
                weight.copy_(self.origin[name])
            _away.discard(self)

    def _move(self, name: str, coordinates: Sequence[tuple[DirectionTensors, float]]) -> float:
        """Move one parameter; return the sum of squares of its actual change."""
        weight, origin = self.weights[name], self.origin[name]
        if len(coordinates) > 1:
            return _move_all(name, weight, origin, coordinates)
        (direction, alpha) = coordinates[0]
        if isinstance(direction, TargetedDirection):
            end = direction.end(name, origin)
            return 0.0 if end is origin else _interpolate(weight, origin, end, alpha / direction.alpha)
        flat, start = weight.view(-1), origin.flatten()
        squares = 0.0
        for part, chunk in direction.chunks(name, origin):
            squares += _write(flat[part], start[part], torch.add(start[part].float(), chunk, alpha=alpha))
        return squares


def _move_all(
    name: str, weight: Tensor, origin: Tensor, coordinates: Sequence[tuple[DirectionTensors, float]]
) -> float:
    """Move one parameter along several directions. Their chunks may differ in size, so one fp32 tensor sums them."""
    place = origin.flatten().to(torch.float32, copy=True)
    for direction, alpha in coordinates:
        for part, chunk in direction.chunks(name, origin):
            place[part] += alpha * chunk
    return _write(weight.view(-1), origin.flatten(), place)


def _interpolate(weight: Tensor, origin: Tensor, target: Tensor, t: float) -> float:
    """weight ← origin + t·(target − origin); at t = 1 the target bit for bit (torch.lerp). Returns Σ change²."""
    squares = 0.0
    for now, a, b in zip(chunks_of(weight), chunks_of(origin), chunks_of(target), strict=True):
        squares += _write(now, a, torch.lerp(a.float(), b.to(a.device).float(), t))
    return squares


def _write(weight: Tensor, origin: Tensor, place: Tensor) -> float:
    """Cast the fp32 `place` into the parameter's own storage; return the sum of squares of the actual change."""
    weight.copy_(place)
    change = torch.sub(weight, origin, out=place) if place.dtype == weight.dtype else weight.float() - origin.float()
    return float(change.square_().sum())
