"""The parameters of a model: which of them move, how many there are, and their norms."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor, nn

from landscape.checkpoints.files import is_factor

CHUNK = {"cpu": 2**18, "mps": 2**22, "cuda": 2**24}  # elements; part of what a seed means, never to be changed

_PACKED_ROWS = 32  # of a matrix, which bitsandbytes packs together for a CPU with AVX512-BF16
_LAYER = re.compile(r"\.(\d+)\.(.+)$")


def select(
    model: nn.Module, only: Sequence[str] = (), exclude: Sequence[str] = (), *, adapter: bool = False
) -> dict[str, Tensor]:
    """Return the distinct floating-point parameters by name; a tied tensor comes once, under its first name.

    Quantised parameters are excluded, even where their dtype claims to be float (torchao).

    `adapter`: return only the A and B of unmerged LoRA adapters.

    Raises:
        ValueError: a glob that matches nothing, or nothing left.
    """
    parameters = {name: p.data for name, p in model.named_parameters()}
    weights = {name: p for name, p in parameters.items() if p.is_floating_point() and type(p) is Tensor}
    if adapter:
        weights = {name: weight for name, weight in weights.items() if is_factor(name)}
        if not weights:
            raise ValueError("the adapter has no LoRA tensors A and B to move")
    return narrow(weights, only, exclude)


def narrow(weights: Mapping[str, Tensor], only: Sequence[str] = (), exclude: Sequence[str] = ()) -> dict[str, Tensor]:
    """Return the weights whose name matches a glob of `only` (if there is any) and none of `exclude`.

    Raises:
        ValueError: a glob that matches nothing, or nothing left.
    """
    for glob in (*only, *exclude):
        if not any(fnmatchcase(name, glob) for name in weights):
            raise ValueError(f"{glob!r} matches no parameter: expected globs over names such as {next(iter(weights))}")
    chosen = {
        name: weight
        for name, weight in weights.items()
        if (not only or any(fnmatchcase(name, glob) for glob in only))
        and not any(fnmatchcase(name, glob) for glob in exclude)
    }
    if not chosen:
        raise ValueError("only and exclude leave no parameter to move")
    return chosen


def detach_from_files(model: nn.Module) -> None:
    """Give a model on the CPU memory of its own: what safetensors maps would follow a file that is written in place."""
    for weight in model.parameters():
        if weight.device.type == "cpu" and weight.is_floating_point():
            weight.data = weight.data.clone()


def require_finite(name: str, model: nn.Module) -> None:
    """Raises ValueError where the model of a checkpoint has NaN or infinite weights."""
    for key, weight in select(model).items():
        if not torch.isfinite(weight.sum(dtype=torch.float32)):  # one pass, no mask in memory
            bad = int((~torch.isfinite(weight)).sum())
            if bad:
                raise ValueError(f"{name!r} has {bad} NaN or infinite weights in {key}: expected finite weights")


def require_cpu_packing(name: str, model: nn.Module) -> None:
    """Raises ValueError where bitsandbytes would fail to repack 4-bit weights for a CPU with AVX512-BF16.

    There its first forward pass brings each matrix into another order, which needs whole blocks in every row.
    """
    for prefix, module in model.named_modules():
        weight: Any = getattr(module, "weight", None)
        state = getattr(weight, "quant_state", None)
        if state is None or weight.device.type != "cpu" or not getattr(module, "support_avx512bf16_for_cpu", False):
            continue
        rows, columns = state.shape
        if rows % _PACKED_ROWS or columns % state.blocksize:
            needs = f"a multiple of {_PACKED_ROWS} rows and of {state.blocksize} columns"
            raise ValueError(
                f"{name!r} is quantised to 4 bits in a shape that bitsandbytes cannot use on this CPU (AVX512-BF16): "
                f"{prefix} is {rows} × {columns}, expected {needs}. Use a GPU, or quantise to 8 bits"
            )


def aliases(model: nn.Module) -> dict[str, str]:
    """Return, by each further name of a tied parameter, its first name: the one that `select` returns it under."""
    first = {id(p): name for name, p in model.named_parameters()}
    every = model.named_parameters(remove_duplicate=False)
    return {name: first[id(p)] for name, p in every if first[id(p)] != name}


def over_shared_rows(weight: Tensor, other: Tensor) -> Tensor:
    """Return the rows of `other` that both have, and after them the rest of `weight`: a tensor of its shape."""
    if other.shape == weight.shape:
        return other
    shared = min(len(other), len(weight))
    return torch.cat([other[:shared].to(weight.device, weight.dtype), weight[shared:]])


def rms(tensors: Mapping[str, Tensor]) -> float:
    """Return the root mean square over all elements, summed in fp64 by chunks."""
    return math.sqrt(squares(tensors, tensors) / count(tensors))


def matrices_rms(tensors: Mapping[str, Tensor]) -> float | None:
    """Return the root mean square over the matrices alone, tensors of two dimensions or more; None without any."""
    matrices = {name: tensor for name, tensor in tensors.items() if tensor.ndim >= 2}
    return rms(matrices) if matrices else None


def squares(tensors: Mapping[str, Tensor], names: Iterable[str]) -> float:
    """Return Σ of the squares of the named tensors, in fp64 by chunks, one tensor at a time: they may be offloaded."""
    return sum(square for name in names for square in _squares(tensors[name]))


def rms_difference(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> float:
    """Return ‖a − b‖₂/√d over the names of a: the α of one checkpoint seen from another."""
    return math.sqrt(sum(squared_difference(tensor, b[name]) for name, tensor in a.items()) / count(a))


def squared_difference(a: Tensor, b: Tensor) -> float:
    """Return ‖a − b‖₂² of two tensors of one shape, summed in fp64 by chunks."""
    parts = zip(chunks_of(a), chunks_of(b), strict=True)
    return sum(float((one.double() - two.to(one.device).double()).square().sum()) for one, two in parts)


def place_of(name: str) -> dict[str, Any]:
    """Return where a parameter is in the model: its layer (None outside the layers) and module."""
    found = _LAYER.search(name.removesuffix(".weight"))
    module = found[2] if found else name.removesuffix(".weight").split(".")[-1]
    return {"layer": int(found[1]) if found else None, "module": module}


def count(tensors: Mapping[str, Tensor]) -> int:
    """Return d, the number of weights that move."""
    return sum(tensor.numel() for tensor in tensors.values())


def _squares(tensor: Tensor) -> list[float]:
    """Return the sum of squares of each chunk; a list, so that nothing holds on to the tensor."""
    return [float(part.double().square().sum()) for part in chunks_of(tensor)]


def chunks_of(tensor: Tensor) -> Sequence[Tensor]:
    """Return the tensor's elements in chunks, as flat views (a copy of each chunk takes little memory)."""
    return tensor.flatten().split(CHUNK[tensor.device.type])
