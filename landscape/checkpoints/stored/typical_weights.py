"""About how large a typical weight of a checkpoint is, read off samples of its files. No torch."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from math import prod, sqrt

import numpy as np

from landscape.checkpoints import files
from landscape.checkpoints.adapters import settings as adapters
from landscape.checkpoints.safetensors import DTYPES, Tensor
from landscape.checkpoints.stored import names

BLOCKS, BLOCK = 8, 4096  # of each tensor: so many pieces, evenly spaced, of so many weights
_READ_AS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def typical_weight(
    checkpoint: str, only: Sequence[str] = (), exclude: Sequence[str] = (), *, adapter: bool = False
) -> float | None:
    """Return the rms of the matrices that move (without any: of all that move) within about a percent, from samples.

    None where no plain float moves, or what moves is 0. A GGUF file is de-quantised first, unless it was before.

    Raises:
        ValueError: as `files.resolve`.
    """
    source = files.resolve(checkpoint)
    if adapter and source.adapter is not None:
        stored = {key: one for key, one in adapters.read_tensors(source.adapter).items() if files.is_factor(key)}
    else:
        stored = names.read(source.folder).parameters
    floats = {key: one for key, one in stored.items() if one.dtype in DTYPES and 0 not in one.shape}
    moving = [one for key, one in floats.items() if _moves(key, only, exclude)]
    chosen = [one for one in moving if len(one.shape) >= 2] or moving
    weights = sum(map(prod, (one.shape for one in chosen)))
    square = sum(_mean_square(one) * prod(one.shape) for one in chosen)
    return sqrt(square / weights) if square > 0 else None


def _moves(name: str, only: Sequence[str], exclude: Sequence[str]) -> bool:
    within = not only or any(fnmatchcase(name, glob) for glob in only)
    return within and not any(fnmatchcase(name, glob) for glob in exclude)


def _mean_square(stored: Tensor) -> float:
    sample = np.concatenate(list(_blocks(stored)))
    finite = sample[np.isfinite(sample)]
    return float(np.square(finite).mean()) if len(finite) else 0.0


def _blocks(stored: Tensor) -> Iterator[np.ndarray]:
    """Evenly spaced pieces of a tensor in fp64; all of a small one."""
    count, kind = prod(stored.shape), np.dtype(_READ_AS[stored.dtype])
    starts = [0] if count <= BLOCKS * BLOCK else np.linspace(0, count - BLOCK, BLOCKS, dtype=int).tolist()
    size = count if count <= BLOCKS * BLOCK else BLOCK
    with stored.file.open("rb") as handle:
        for start in starts:
            handle.seek(stored.start + start * kind.itemsize)
            read = np.frombuffer(handle.read(size * kind.itemsize), kind)
            if stored.dtype == "BF16":  # the upper half of an fp32
                read = (read.astype(np.uint32) << 16).view(np.float32)
            yield read.astype(float)
