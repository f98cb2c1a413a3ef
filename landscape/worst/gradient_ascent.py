"""Projected gradient ascent over the directions of one length."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from torch import Tensor

from landscape.checkpoints import parameters

FIRST, LAST = 1.0, 0.02  # length of the first step and, almost, of the last, relative to the direction's length

Directions = dict[str, Tensor]  # flat fp32 tensors by parameter name
GradientAt = Callable[[Directions], AbstractContextManager[Mapping[str, Tensor]]]


def ascend(direction: Directions, gradient_at: GradientAt, steps: int, begin: int = 0) -> Iterator[int]:
    """Projected gradient ascent over ‖δ‖ = √d, in place: δ ← √d · (δ + η·∇/rms(∇)) / ‖…‖. Yields the steps taken.

    `gradient_at` gives, within its block, the gradient at a direction, up to a positive factor. η falls linearly from
    FIRST to LAST, both relative to the direction's length, so that the first step already points along the gradient.
    """
    for step in range(begin, steps):
        with gradient_at(direction) as gradient:
            length = (LAST + (FIRST - LAST) * (1 - step / steps)) / parameters.rms(gradient)
            for name, flat in direction.items():
                flat.add_(gradient[name].flatten().float(), alpha=length)
        del gradient  # before the next one is made
        normalised(direction)
        yield step + 1


def mass(direction: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    """Return each tensor's share of ‖δ‖², with its layer, its module and its share of the weights."""
    squares = {name: float(tensor.double().square().sum()) for name, tensor in direction.items()}
    total, d = sum(squares.values()), parameters.count(direction)
    return [
        {"name": name, **parameters.place_of(name), "share": square / total, "weights": direction[name].numel() / d}
        for name, square in squares.items()
    ]


def normalised(direction: Directions) -> Directions:
    """Scale a direction to unit RMS, in place, and return it."""
    size = parameters.rms(direction)
    for flat in direction.values():
        flat.div_(size)
    return direction
