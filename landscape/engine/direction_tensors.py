"""The tensors of a direction: a recipe becomes one tensor per parameter, chunk by chunk.

A random direction is a seed. Each tensor has a generator of its own, seeded by seed and name, so the order does not
matter; it is drawn in fixed chunks on the tensor's device, so a 70B direction needs the memory of one chunk. CPU and
GPU generators differ, which is why a point's key holds the device type. On a CPU, to draw a direction again takes
longer than to add it, so between the points of a ray it is kept where memory has room.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from landscape.checkpoints.parameters import CHUNK
from landscape.outside import memory

WORTH_KEEPING = 10_000_000  # weights: fewer are drawn in no time
SHARE = 0.25  # of the memory that is available: what kept directions may take in all as a session begins, and new ones


class DirectionTensors(Protocol):
    """A direction of unit RMS that yields each parameter's flat tensor in fp32 chunks."""

    def chunks(self, name: str, origin: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """Yield (range of the flat tensor, fp32 chunk), in ascending order. What no chunk covers does not move."""
        ...


def generator(seed: int, name: str, device: torch.device) -> torch.Generator:
    """Return the generator of one tensor of a random direction."""
    number = int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "little") >> 1
    return torch.Generator(device=device).manual_seed(number)


def gaussian_chunks(seed: int, name: str, like: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Yield N(0, 1) for every element of `like`, as (range of the flat tensor, fp32 chunk)."""
    draws = generator(seed, name, like.device)
    size = CHUNK[like.device.type]
    for start in range(0, like.numel(), size):
        stop = min(start + size, like.numel())
        yield slice(start, stop), torch.randn(stop - start, generator=draws, device=like.device)


@dataclass(frozen=True)
class GaussianDirection:
    """N(0, 1) per weight, drawn again whenever it is needed."""

    seed: int

    def chunks(self, name: str, origin: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """See DirectionTensors."""
        return gaussian_chunks(self.seed, name, origin)


@dataclass(frozen=True)
class ScaledDirection:
    """A Gaussian scaled to the norm of the weights that it moves, by tensor (`layer`) or by row (`filter`)."""

    seed: int
    rows: bool

    def chunks(self, name: str, origin: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """See DirectionTensors. The whole tensor is one chunk, for its norm. By rows, 1-D tensors do not move."""
        if self.rows and origin.ndim < 2:
            return
        noise = torch.cat([chunk for _, chunk in gaussian_chunks(self.seed, name, origin)])
        shape = (origin.shape[0], -1) if self.rows else (1, -1)
        grid, weights = noise.view(shape), origin.reshape(shape).float()
        scale = weights.norm(dim=1, keepdim=True) / grid.norm(dim=1, keepdim=True)
        yield slice(0, origin.numel()), (grid * scale).flatten()


@dataclass(frozen=True)
class TowardsDirection:
    """Δθ·√d/‖Δθ‖ with Δθ = target − θ₀. `alpha` is the target's own α = ‖Δθ‖/√d.

    Movement along it interpolates, θ₀ + (α/alpha)·Δθ, so the target itself is reached bit for bit.
    """

    target: Mapping[str, Tensor]
    alpha: float

    def end(self, name: str, origin: Tensor) -> Tensor:
        """The target's tensor."""
        return self.target[name]

    def chunks(self, name: str, origin: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """See DirectionTensors."""
        return _difference(origin, self.target[name], self.alpha)


@dataclass(frozen=True)
class DeploymentDirection:
    """As TowardsDirection, with a target that is computed from θ₀ tensor by tensor whenever it is needed.

    alpha = 0 means that the move changes no weight, so nothing can move along it.
    """

    move: Callable[[str, Tensor], Tensor]  # (name, tensor of θ₀) → the moved tensor
    alpha: float
    changes: Mapping[str, float] = field(default_factory=dict)  # by name of a touched tensor: RMS of its change

    def end(self, name: str, origin: Tensor) -> Tensor:
        """The moved tensor; `origin` itself where the move does not touch it."""
        return self.move(name, origin)

    def chunks(self, name: str, origin: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """See DirectionTensors. Yields nothing for a tensor that the move does not touch."""
        end = self.move(name, origin) if self.alpha else origin
        return iter(()) if end is origin else _difference(origin, end, self.alpha)


@dataclass(frozen=True)
class MatchedDirection:
    """Gaussian noise on the tensors that a deployment move changes, of the same RMS in each; drawn whenever needed.

    `alpha` is the move's own: there the noise is as large as the move, in every tensor and so in total.
    """

    seed: int
    move: str  # each move has draws of its own
    alpha: float
    changes: Mapping[str, float]  # by name of a touched tensor: RMS of its change

    def chunks(self, name: str, origin: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """See DirectionTensors. Yields nothing for a tensor that the move leaves as it is."""
        if size := self.changes.get(name, 0.0):
            for part, chunk in gaussian_chunks(self.seed, f"{self.move} {name}", origin):
                yield part, chunk * (size / self.alpha)


TargetedDirection = TowardsDirection | DeploymentDirection  # has a target, which is reached bit for bit
SizedDirection = TargetedDirection | MatchedDirection  # has an α of its own, 0 where it changes nothing


def _difference(origin: Tensor, end: Tensor, alpha: float) -> Iterator[tuple[slice, Tensor]]:
    """Yield (end − origin) / alpha in chunks."""
    flat, target = origin.flatten(), end.flatten()
    size = CHUNK[origin.device.type]
    for start in range(0, flat.numel(), size):
        part = slice(start, min(start + size, flat.numel()))
        yield part, (target[part].float() - flat[part].float()) / alpha


@dataclass(frozen=True)
class StoredDirection:
    """A direction that is held in memory: flat tensors, of unit RMS together."""

    tensors: Mapping[str, Tensor]

    def chunks(self, name: str, origin: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """See DirectionTensors."""
        flat, size = self.tensors[name], CHUNK[origin.device.type]
        for start in range(0, flat.numel(), size):
            part = slice(start, min(start + size, flat.numel()))
            yield part, flat[part].float()


def flat_tensor(direction: DirectionTensors, name: str, origin: Tensor) -> Tensor:
    """Return a direction's whole tensor for one parameter: flat, fp32, on the device of `origin`."""
    flat = torch.zeros(origin.numel(), device=origin.device)
    for part, chunk in direction.chunks(name, origin):
        flat[part] = chunk
    return flat


class KeptDirection:
    """A random direction whose tensors are drawn once and held from then on: the same numbers, bit for bit."""

    def __init__(self, drawn: GaussianDirection | ScaledDirection) -> None:
        """Nothing is drawn yet."""
        self.drawn = drawn
        self._held: dict[str, Tensor] = {}

    def chunks(self, name: str, origin: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """See DirectionTensors."""
        if name not in self._held:
            self._held[name] = flat_tensor(self.drawn, name, origin)
        return StoredDirection(self._held).chunks(name, origin)


class KeptDirections:
    """Keeps the random directions of the latest points, as many as memory has room for."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        """`weights` (by name) are those that move."""
        count = sum(weight.numel() for weight in weights.values())
        pays = count >= WORTH_KEEPING and all(w.device.type == "cpu" for w in weights.values())  # a GPU draws fast
        self._bytes = 4 * count
        self.room = self._fitting() if pays else 0
        self._kept: dict[int, KeptDirection] = {}  # by place in the frame, the latest used last

    def of(self, directions: Mapping[int, DirectionTensors]) -> list[DirectionTensors]:
        """The directions of one point, by their place in the frame; drawn ones from memory where they are kept."""
        drawn = {i: d for i, d in directions.items() if isinstance(d, GaussianDirection | ScaledDirection)}
        new = drawn.keys() - self._kept.keys()
        if len(drawn) <= self.room and len(new) <= self._fitting():  # others may take memory meanwhile
            used = {
                i: self._kept.pop(i) if i in self._kept else KeptDirection(direction) for i, direction in drawn.items()
            }
            others = list(self._kept.items())
            self._kept = dict(others[max(0, len(used) + len(others) - self.room) :]) | used
        return [self._kept.get(i, direction) for i, direction in directions.items()]

    def _fitting(self) -> int:
        """How many directions have room in their share of the memory that is available now."""
        return int(SHARE * memory.left() / self._bytes)
