"""The plane of two directions: Gram–Schmidt by inner products alone, without a third direction in memory."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from landscape.checkpoints.parameters import CHUNK, count
from landscape.engine.direction_tensors import DirectionTensors, TowardsDirection, flat_tensor

COLLINEAR = 1e-4  # sin² of the angle below which two directions span no plane


def inner(u: DirectionTensors, v: DirectionTensors, origin: Mapping[str, Tensor]) -> float:
    """Return ⟨u, v⟩/d over all parameters, summed in fp64."""
    total = 0.0
    for name, weight in origin.items():
        one, two = flat_tensor(u, name, weight), flat_tensor(v, name, weight)
        size = CHUNK[weight.device.type]
        total += sum(float(a.double() @ b.double()) for a, b in zip(one.split(size), two.split(size), strict=True))
    return total / count(origin)


@dataclass(frozen=True)
class Axes:
    """e₁ = u and e₂ = (v − slope·u)·scale: orthogonal, each as long as a direction (√d, if u and v are absolute)."""

    slope: float
    scale: float
    cosine: float  # of u and v
    lengths: tuple[float, float]  # ⟨e₁, e₁⟩/d and ⟨e₂, e₂⟩/d

    def coefficients(self, x: float, y: float) -> tuple[float, float]:
        """Return (a, b) such that x·e₁ + y·e₂ = a·u + b·v."""
        return x - y * self.scale * self.slope, y * self.scale

    def point_of(self, a: float, b: float) -> tuple[float, float]:
        """Return (x, y) such that x·e₁ + y·e₂ = a·u + b·v."""
        return a + b * self.slope, b / self.scale


def orthonormal(u: DirectionTensors, v: DirectionTensors, origin: Mapping[str, Tensor], *, relative: bool) -> Axes:
    """Return the axes of the plane that u and v span.

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
    """Return [x, y, distance to the plane] of a checkpoint, in units of α. (x, y) is its orthogonal projection."""
    along_u, along_v = (inner(target, axis, origin) * target.alpha for axis in (u, v))
    x = along_u / axes.lengths[0]
    y = (along_v - axes.slope * along_u) * axes.scale / axes.lengths[1]
    left = target.alpha**2 - x**2 * axes.lengths[0] - y**2 * axes.lengths[1]
    return [x, y, math.sqrt(max(0.0, left))]
