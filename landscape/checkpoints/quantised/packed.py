"""The weights that GPTQ and AWQ pack into 32-bit integers: scale · (code − zero), in fp32, which is exact."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

_AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)  # which of the eight nibbles of an integer holds the 1st, 2nd, … column
PARTS = ("qweight", "qzeros", "scales", "g_idx")


def gptq(parts: Mapping[str, Tensor], bits: int, *, shifted: bool) -> Tensor:
    """Return a weight, (outputs, inputs). Codes are packed along the inputs, zeros along the outputs.

    `shifted`: zeros are stored less one, as in the first version of the format. `g_idx`: the group of each input.
    """
    codes = _fields(parts["qweight"].T, bits).T  # (inputs, outputs)
    zeros = _fields(parts["qzeros"], bits) + int(shifted)  # (groups, outputs)
    scales = parts["scales"].float()
    groups = parts.get("g_idx")
    if groups is None:
        groups = torch.arange(len(codes)) // -(-len(codes) // len(scales))
    return (scales[groups.long()] * (codes - zeros[groups.long()])).T.contiguous()


def awq(parts: Mapping[str, Tensor]) -> Tensor:
    """Return a weight, (outputs, inputs), of 4-bit codes that are packed along the outputs in AWQ's order."""
    codes, zeros = (_fields(parts[name], 4, _AWQ_ORDER) for name in ("qweight", "qzeros"))
    scales = parts["scales"].float()
    groups = torch.arange(len(codes)) // (len(codes) // len(scales))
    return (scales[groups] * (codes - zeros[groups])).T.contiguous()


def _fields(packed: Tensor, bits: int, order: Sequence[int] | None = None) -> Tensor:
    """Return the fields of the integers of each row, from the lowest bits on or in another order: (rows, fields)."""
    shifts = torch.tensor(order or range(32 // bits), dtype=torch.int32) * bits
    fields = (packed.unsqueeze(-1) >> shifts) & (2**bits - 1)
    return fields.reshape(len(packed), -1)
