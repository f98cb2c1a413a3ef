"""4-bit formats as their libraries write them: rows (r, in) of a matrix → the rows that are read back.

The few lines of each are here, and tests hold them equal to torchao, bitsandbytes and gguf, bit for bit: so everybody
can ask what a format costs, and none of these libraries has to be installed, or imported, for it.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

_TINY = torch.finfo(torch.float32).tiny
_NF4 = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip  # of bitsandbytes


def torchao(rows: Tensor, group: int) -> Tensor:
    """Asymmetric int4 by groups of input weights, computed in the number format of the weights as torchao does."""
    groups = _groups(rows, group)
    low, high = groups.amin(dim=2, keepdim=True).clamp(max=0), groups.amax(dim=2, keepdim=True).clamp(min=0)
    scale = ((high - low) / 15).clamp(min=torch.finfo(rows.dtype).smallest_normal)
    zero = (-8 - torch.round(low / scale)).clamp(-8, 7)
    codes = (torch.round(groups * (1 / scale)) + zero).clamp(-8, 7)
    return _ungrouped((codes - zero) * scale, rows)


def q4_0(rows: Tensor, group: int) -> Tensor:
    """GGUF's Q4_0: the weight of largest size becomes −8, its scale is kept in fp16."""
    groups = _groups(rows.float(), group)
    scale = groups.gather(2, groups.abs().argmax(dim=2, keepdim=True)) / -8
    inverse = torch.where(scale.abs() < _TINY, 0, 1 / scale)
    codes = torch.trunc(groups * inverse + 8.5).clamp(0, 15) - 8
    return _ungrouped(scale.half().float() * codes + 0.0, rows)  # + 0: no −0, which no way leads to


def nf4(rows: Tensor, group: int) -> Tensor:
    """NF4 of bitsandbytes, without double quantisation: the nearest of 16 levels, by blocks along the rows read on."""
    blocks = _groups(rows.float().reshape(1, -1), group)
    largest = blocks.abs().amax(dim=2, keepdim=True)
    levels = torch.tensor(_NF4, device=rows.device)
    shares = (blocks * (1 / largest.clamp(min=1e-38))).clamp(-1, 1)
    codes = torch.bucketize(shares, (levels[:-1] + levels[1:]) / 2)
    return (levels[codes] * largest).flatten()[: rows.numel()].view(rows.shape)


def _groups(rows: Tensor, group: int) -> Tensor:
    """View rows (r, in) as (r, groups, group), the last filled up with zeros, which change no minimum or maximum."""
    return nn.functional.pad(rows, (0, -rows.shape[1] % group)).view(len(rows), -1, group)


def _ungrouped(groups: Tensor, rows: Tensor) -> Tensor:
    return groups.view(len(rows), -1)[:, : rows.shape[1]]


FORMATS: dict[str, Callable[[int], Callable[[Tensor], Tensor]]] = {
    "torchao": lambda group: partial(torchao, group=group),
    "nf4": lambda group: partial(nf4, group=group),
    "q4_0": lambda group: partial(q4_0, group=group),
}
