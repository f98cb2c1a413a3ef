"""The parameters of a model: which of them move, how many there are, and their norms."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from torch import Tensor, nn

from landscape.checkpoints.files import is_factor

CHUNK = {"cpu": 2**18, "mps": 2**22, "cuda": 2**24}  # elements; part of what a seed means, never to be changed

_LAYER = re.compile(r"\.(\d+)\.(.+)$")


def select(
    model: nn.Module, only: Sequence[str] = (), exclude: Sequence[str] = (), *, adapter: bool = False
) -> dict[str, Tensor]:
    """The distinct floating-point parameters by name; a tied tensor comes once, under its first name.

    Quantised ones are none of them, whatever they call themselves (torchao's, a subclass of Tensor, say float).

    `adapter`: only the A and B of unmerged LoRA adapters.

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
    """Those whose name matches one of `only`, if there is any, and none of `exclude`.

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


def aliases(model: nn.Module) -> dict[str, str]:
    """Another name of a tied parameter → its first name, the one that `select` knows it by."""
    first = {id(p): name for name, p in model.named_parameters()}
    every = model.named_parameters(remove_duplicate=False)
    return {name: first[id(p)] for name, p in every if first[id(p)] != name}


def rms(tensors: Mapping[str, Tensor]) -> float:
    """Root mean square over all elements, summed in fp64 by chunks."""
    return math.sqrt(squares(tensors, tensors) / count(tensors))


def squares(tensors: Mapping[str, Tensor], names: Iterable[str]) -> float:
    """Σ of the squares of the named tensors, in fp64 by chunks. Holds one tensor at a time: they may be offloaded."""
    return sum(square for name in names for square in _squares(tensors[name]))


def rms_difference(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> float:
    """‖a − b‖₂/√d over the names of a: the α of one checkpoint seen from another."""
    return math.sqrt(sum(squared_difference(tensor, b[name]) for name, tensor in a.items()) / count(a))


def squared_difference(a: Tensor, b: Tensor) -> float:
    """‖a − b‖₂² of two tensors of one shape, summed in fp64 by chunks."""
    parts = zip(_parts(a), _parts(b), strict=True)
    return sum(float((one.double() - two.to(one.device).double()).square().sum()) for one, two in parts)


def place_of(name: str) -> dict[str, Any]:
    """Where a parameter stands in the model: its layer (None outside the layers) and module."""
    found = _LAYER.search(name.removesuffix(".weight"))
    module = found[2] if found else name.removesuffix(".weight").split(".")[-1]
    return {"layer": int(found[1]) if found else None, "module": module}


def count(tensors: Mapping[str, Tensor]) -> int:
    """d: how many weights move."""
    return sum(tensor.numel() for tensor in tensors.values())


def _squares(tensor: Tensor) -> list[float]:
    """Chunk by chunk; a list, so that nothing refers to the tensor any longer."""
    return [float(part.double().square().sum()) for part in _parts(tensor)]


def _parts(tensor: Tensor) -> Sequence[Tensor]:
    return tensor.flatten().split(CHUNK[tensor.device.type])
