"""Weights on disk, read by rows, so that only the rows in use are in memory."""

import math
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from landscape.checkpoints import safetensors as checkpoint_safetensors

_DTYPES = {word: getattr(torch, dtype) for word, dtype in checkpoint_safetensors.DTYPES.items()}


def read(stored: checkpoint_safetensors.Tensor, start: int = 0, stop: int | None = None) -> Tensor:
    """Return rows [start, stop) of a tensor in its own dtype: (rows, row length). A vector has rows of one element.

    Raises:
        ValueError: a dtype that is no plain float; a file that ends early.
    """
    if stored.dtype not in _DTYPES:
        raise ValueError(f"{stored.file} holds {stored.dtype} weights: expected one of {', '.join(_DTYPES)}")
    rows, columns = shape_of(stored)
    stop = rows if stop is None else stop
    width = columns * _DTYPES[stored.dtype].itemsize
    buffer = bytearray((stop - start) * width)
    with stored.file.open("rb") as handle:
        handle.seek(stored.start + start * width)
        if handle.readinto(buffer) < len(buffer):
            raise ValueError(f"{stored.file} is truncated: download or save it again")
    if not buffer:
        return torch.empty(stop - start, columns, dtype=_DTYPES[stored.dtype])
    return torch.frombuffer(buffer, dtype=_DTYPES[stored.dtype]).view(stop - start, columns)


def shape_of(stored: checkpoint_safetensors.Tensor) -> tuple[int, int]:
    """Return (rows, elements of a row)."""
    return rows_and_columns(stored.shape)


def rows_and_columns(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (rows, elements of a row) of a shape."""
    first, *others = shape or (1,)
    return first, math.prod(others)


@dataclass(frozen=True)
class Update:
    """What one LoRA adapter adds to one weight: scaling · left @ right, (rows, r) and (r, columns) in fp32.

    `rounded`: it is cast to the weight's dtype before it is added, as peft does for embeddings.
    """

    left: Tensor
    right: Tensor
    scaling: float
    rounded: bool = False


@dataclass(frozen=True)
class Factors:
    """An `Update` on disk. `flipped`: the weight is stored inputs × outputs, so the product is transposed."""

    left: checkpoint_safetensors.Tensor
    right: checkpoint_safetensors.Tensor | None  # None for a bias, to which `left` itself is added
    scaling: float
    flipped: bool = False
    rounded: bool = False

    def load(self) -> Update:
        """Read the factors into memory."""
        left = read(self.left).float()
        right = torch.ones(1, 1) if self.right is None else read(self.right).float()
        if self.flipped:
            left, right = right.T, left.T
        return Update(left, right, self.scaling, self.rounded)


@dataclass(frozen=True)
class Weight:
    """A parameter on disk: a stored tensor, and the adapters' updates that are merged into it when it is read.

    `like`: the tensor whose dtype it is read in, if not its own. `merged`: what peft makes of the stored tensor, in
    memory; it is read instead.
    """

    stored: checkpoint_safetensors.Tensor
    factors: tuple[Factors, ...] = ()
    updates: tuple[Update, ...] = ()
    like: checkpoint_safetensors.Tensor | None = None
    merged: Tensor | None = field(default=None, compare=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the parameter."""
        return self.stored.shape if self.merged is None else tuple(self.merged.shape)

    @property
    def dtype(self) -> str:
        """The name of the dtype in which it is read."""
        return checkpoint_safetensors.DTYPES.get((self.like or self.stored).dtype, self.stored.dtype)

    def opened(self) -> "Weight":
        """Return this weight with its factors in memory."""
        return replace(self, updates=tuple(factors.load() for factors in self.factors))

    def rows(self, start: int, stop: int) -> Tensor:
        """Return rows [start, stop), merged as peft merges: added in fp32, then rounded to the weight's dtype.

        Call `opened` first. Raises ValueError as `read`.
        """
        assert len(self.updates) == len(self.factors), "callers use `opened` first"
        if self.merged is not None:
            return self.merged[start:stop].reshape(stop - start, -1)
        merged = read(self.stored, start, stop)
        if self.like is not None:
            merged = merged.to(_DTYPES[self.like.dtype])
        for update in self.updates:
            added = update.left[start:stop] @ update.right * update.scaling
            merged = (merged + (added.to(merged.dtype) if update.rounded else added)).to(merged.dtype)
        return merged


def same(one: checkpoint_safetensors.Tensor, two: checkpoint_safetensors.Tensor, rows: int = 2**10) -> bool:
    """Whether two stored tensors are equal, comparing so many rows at a time."""
    if (one.dtype, one.shape) != (two.dtype, two.shape):
        return False
    count, _ = shape_of(one)
    blocks = ((start, min(start + rows, count)) for start in range(0, count, rows))
    return all(torch.equal(read(one, *block), read(two, *block)) for block in blocks)
