"""The plane of two directions: Gram–Schmidt by inner products alone, no third tensor in memory."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from landscape.checkpoints.parameters import CHUNK, count
from landscape.engine.direction_tensors import DirectionTensors, TowardsDirection

COLLINEAR = 1e-4  # sin² of the angle below which two directions span no plane


def inner(u: DirectionTensors, v: DirectionTensors, origin: Mapping[str, Tensor]) -> float:
    """⟨u, v⟩/d over all parameters, summed in fp64."""
    total = 0.0
    for name, weight in origin.items():
        one, two = _flat(u, name, weight), _flat(v, name, weight)
        size = CHUNK[weight.device.type]
        total += sum(float(a.double() @ b.double()) for a, b in zip(one.split(size), two.split(size), strict=True))
    return total / count(origin)


def _flat(line: DirectionTensors, name: str, origin: Tensor) -> Tensor:
    place = torch.zeros(origin.numel(), device=origin.device)
    for part, chunk in line.chunks(name, origin):
        place[part] = chunk
    return place


@dataclass(frozen=True)
class Axes:
    """e₁ = u and e₂ = (v − slope·u)·scale: orthogonal, and as long as a direction is (√d, if both are absolute)."""

    slope: float
    scale: float
    cosine: float  # of u and v as they were given
    lengths: tuple[float, float]  # ⟨e₁, e₁⟩/d and ⟨e₂, e₂⟩/d

    def coefficients(self, x: float, y: float) -> tuple[float, float]:
        """(a, b) such that x·e₁ + y·e₂ = a·u + b·v."""
        return x - y * self.scale * self.slope, y * self.scale

    def point_of(self, a: float, b: float) -> tuple[float, float]:
        """(x, y) such that x·e₁ + y·e₂ = a·u + b·v."""
        return a + b * self.slope, b / self.scale


def orthonormal(u: DirectionTensors, v: DirectionTensors, origin: Mapping[str, Tensor], *, relative: bool) -> Axes:
    """The axes of the plane that u and v span.

    Raises:
        ValueError: they are collinear, or one is a move that changes no weight.
    """
    uu, uv, vv = inner(u, u, origin), inner(u, v, origin), inner(v, v, origin)
    if uu == 0 or vv == 0:
        raise ValueError("a deployment move that changes no weight spans no plane: choose another direction")
    cosine = uv / math.sqrt(uu * vv)
    if 1 - cosine**2 < COLLINEAR:
        raise ValueError(
            f"the two directions are collinear (cosine {cosine:.5f}) and span no plane; three checkpoints on one "
            "line do the same: choose another direction for y, gaussian:0 for instance"
        )
    length = vv if relative else 1.0
    rest = vv - uv**2 / uu  # ‖v − slope·u‖²/d
    return Axes(uv / uu, math.sqrt(length / rest), cosine, (uu, length))


def place(
    target: TowardsDirection, u: DirectionTensors, v: DirectionTensors, axes: Axes, origin: Mapping[str, Tensor]
) -> list[float]:
    """[x, y, distance to the plane] of a checkpoint, in α units: its orthogonal projection, and what is left."""
    along_u, along_v = (inner(target, line, origin) * target.alpha for line in (u, v))
    x = along_u / axes.lengths[0]
    y = (along_v - axes.slope * along_u) * axes.scale / axes.lengths[1]
    left = target.alpha**2 - x**2 * axes.lengths[0] - y**2 * axes.lengths[1]
    return [x, y, math.sqrt(max(0.0, left))]
