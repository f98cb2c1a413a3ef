"""Deployment moves (rounding, quantisation, pruning) as directions.

The moved tensor is computed from θ₀ whenever it is needed, and never stored.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from landscape.checkpoints.parameters import CHUNK, count, squared_difference
from landscape.engine import four_bit
from landscape.engine.direction_tensors import DeploymentDirection, MatchedDirection
from landscape.schema.deployments import Deployment, FourBit, Pruning, Quantisation, Rounding
from landscape.schema.directions import MatchedNoise

_TINY = torch.finfo(torch.float32).tiny


def direction_of(move: Deployment, weights: Mapping[str, Tensor], matrices: Mapping[str, bool]) -> DeploymentDirection:
    """Return the direction from θ₀ to the moved checkpoint; its alpha is 0 where the move changes nothing.

    `weights`: the parameters, which are at θ₀ now.

    `matrices`: the weight matrices of linear layers, and which of them are stored transposed (`models.matrices`).

    Raises:
        ValueError: a weight that the number format cannot hold.
    """
    end = partial(_end, move, dict(matrices))
    squares: dict[str, float] = {}
    for name, weight in weights.items():
        moved = end(name, weight)
        if moved is not weight:
            squares[name] = squared_difference(weight, moved)
            if not math.isfinite(squares[name]):
                largest = float(weight.abs().max())
                raise ValueError(f"{move.words} makes weights of {name} infinite, up to {largest:g} now")
    changes = {name: math.sqrt(total / weights[name].numel()) for name, total in squares.items()}
    return DeploymentDirection(end, math.sqrt(sum(squares.values()) / count(weights)), changes)


def noise_like(move: DeploymentDirection, noise: MatchedNoise) -> MatchedDirection:
    """Return Gaussian noise of a move's size, in every tensor that the move changes."""
    return MatchedDirection(noise.seed, noise.move, move.alpha, move.changes)


def touched(move: Deployment, weights: Mapping[str, Tensor], matrices: Mapping[str, bool]) -> float:
    """Return the share of the weights that a move may change."""
    reached = {name: weight for name, weight in weights.items() if isinstance(move, Rounding) or name in matrices}
    return count(reached) / count(weights)


def _end(move: Deployment, matrices: Mapping[str, bool], name: str, weight: Tensor) -> Tensor:
    """Return the moved tensor, of the same shape and dtype; the same object where the move does not touch it."""
    match move:
        case Rounding():
            return weight.to(getattr(torch, move.format)).to(weight.dtype)
        case Quantisation() if name in matrices:
            return quantised(weight, move.bits, move.group, transposed=matrices[name])
        case FourBit() if name in matrices:
            return _by_rows(weight, four_bit.FORMATS[move.format](move.group), transposed=matrices[name])
        case Pruning() if name in matrices:
            return pruned(weight, move.percent)
    return weight


def quantised(weight: Tensor, bits: int, group: int | None, *, transposed: bool = False) -> Tensor:
    """Quantise a matrix (out, in), stored (in, out) if transposed, or a stack of matrices (experts, …, …)."""
    return _by_rows(weight, lambda rows: _rounded(rows.float(), bits, group), transposed=transposed)


def _by_rows(weight: Tensor, rounded: Callable[[Tensor], Tensor], *, transposed: bool) -> Tensor:
    """Round each matrix a few rows at a time: copies are made of them, not of the tensor.

    Where they end, no block of 64 weights ends in the middle, which NF4 counts along the rows.
    """
    moved = torch.empty_like(weight, memory_format=torch.contiguous_format)
    for into, matrix in zip(_each(moved, transposed), _each(weight, transposed), strict=True):
        step = 64 // math.gcd(64, matrix.shape[1])
        rows = step * max(1, CHUNK[weight.device.type] // (step * matrix.shape[1]))
        for there, here in zip(into.split(rows), matrix.split(rows), strict=True):
            there.copy_(rounded(here))
    return moved


def _each(stack: Tensor, transposed: bool) -> tuple[Tensor, ...]:
    """Return a view (out, in) of each matrix of a stack, or of the only one."""
    turned = stack.mT if transposed else stack
    return (turned,) if turned.ndim == 2 else turned.unbind()


def _rounded(rows: Tensor, bits: int, group: int | None) -> Tensor:
    """Round rows (r, in) to the nearest multiple of each group's scale."""
    width = rows.shape[1]
    size = min(group or width, width)
    groups = nn.functional.pad(rows, (0, -width % size)).view(len(rows), -1, size)  # zeros change no maximum
    top = 2 ** (bits - 1) - 1
    scale = (groups.abs().amax(dim=2, keepdim=True) / top).clamp(min=_TINY)  # a group of zeros stays zero
    whole = torch.round(groups / scale).clamp(-top, top)
    return (whole * scale + 0.0).view(len(rows), -1)[:, :width]  # + 0: an integer has no −0


def pruned(weight: Tensor, percent: int) -> Tensor:
    """Set exactly ⌊n·percent/100⌋ weights of a tensor to zero; return the same object where that is none."""
    lost = weight.numel() * percent // 100
    if lost == 0:
        return weight
    size, moved = weight.abs().flatten().float(), weight.flatten().clone()
    limit = size.kthvalue(lost).values
    below = size < limit
    ties = (size == limit).nonzero().flatten()
    moved[below] = 0
    moved[ties[: lost - int(below.sum())]] = 0
    return moved.view(weight.shape)
