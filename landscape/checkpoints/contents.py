"""What a checkpoint holds, parameter by parameter, as its model would load it; the weights stay on disk."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from landscape.checkpoints import files, models
from landscape.checkpoints import safetensors as checkpoint_safetensors
from landscape.checkpoints.lora import Adapter, read_adapter
from landscape.checkpoints.models import ArchitectureSpec
from landscape.checkpoints.tensors import Weight, same

Stored = dict[str, checkpoint_safetensors.Tensor]


@dataclass(frozen=True)
class Contents:
    """The distinct parameters of a checkpoint, named as by `parameters.select`; adapters are merged when read."""

    name: str
    weights: dict[str, Weight]
    aliases: dict[str, str]  # another name of a tied parameter → its name in `weights`
    ignored: tuple[str, ...] = ()  # stored tensors that are no parameters, and that transformers ignores
    fused: tuple[str, ...] = ()  # parameters that the model fuses from several stored tensors
    unfused: frozenset[str] = frozenset()  # these stored tensors, which `weights` holds instead

    def find(self, name: str) -> Weight:
        """Return the weight of any of its names. Raises ValueError where there is none."""
        found = self.weights.get(name) or self.weights.get(self.aliases.get(name, ""))
        if found is None:
            raise ValueError(f"{self.name!r} holds no {name}")
        return found

    @property
    def dtype(self) -> str:
        """In which dtypes its parameters are stored: `bfloat16`, or `bfloat16 and float32`."""
        return " and ".join(sorted({weight.dtype for weight in self.weights.values()}))


def contents(name: str) -> Contents:
    """Return a checkpoint's contents; for an adapter, those of its base with it merged. Reads headers and tied heads.

    Raises:
        ValueError: as `models.architecture` and `read_adapter`; tensors that the architecture does not know, lacks, or
            has in another shape (each named).
    """
    source = files.resolve(name)
    architecture = models.architecture(name)
    found, ignored, fused = _by_parameter(name, checkpoint_safetensors.tensors(source.folder), architecture)
    ties = {
        alias: first
        for alias, first in architecture.aliases.items()
        if not (alias in found and first in found and not same(found[alias], found[first]))
    }
    adapter = Adapter()
    if source.adapter is not None:
        adapter = read_adapter(source.adapter, [*found, *ties, *ties.values()], architecture.transposed)
    still_tied = {alias: first for alias, first in ties.items() if not {alias, first} & adapter.split}
    for alias, first in ties.items():
        shared = found.get(first) or found[alias]  # a tied parameter may be stored under either name
        found |= {first: shared, alias: shared}
    weights = {key: _weight(key, found[key], adapter, still_tied) for key in found if key not in still_tied}
    order = {key: place for place, key in enumerate([*architecture.shapes, *architecture.aliases])}
    ordered = sorted(weights, key=lambda key: order.get(key, len(order)))
    unfused = weights.keys() - architecture.shapes.keys() - architecture.aliases.keys()
    return Contents(name, {key: weights[key] for key in ordered}, still_tied, ignored, fused, frozenset(unfused))


def parameters_to_untie(first: str, others: Sequence[str]) -> tuple[str, ...]:
    """Return the names of parameters that the first checkpoint ties and one of the others does not.

    A checkpoint that `contents` refuses is left out.
    """
    ties = _contents_or_nothing(first).aliases if others else {}
    own = {name for other in others for name in _contents_or_nothing(other).weights} if ties else set()
    return tuple(alias for alias in ties if alias in own)


def _contents_or_nothing(name: str) -> Contents:
    try:
        return contents(name)
    except ValueError:  # whoever loads it will say what is wrong with it
        return Contents(name, {}, {})


def _by_parameter(
    name: str, table: Stored, architecture: ArchitectureSpec
) -> tuple[Stored, tuple[str, ...], tuple[str, ...]]:
    """Return (stored tensors by parameter, names of those that are ignored, parameters that are fused).

    Tensors that transformers would fuse into one parameter (experts) keep their stored names.
    """
    found: Stored = {}
    rest: Stored = {}
    ignored = []
    for key, tensor in table.items():
        parameter = architecture.renamed(key)
        if parameter in architecture.shapes or parameter in architecture.aliases:
            found[parameter] = tensor
        elif architecture.ignores(parameter):
            ignored.append(key)
        else:
            rest[key] = tensor
    filled = {architecture.aliases.get(parameter, parameter) for parameter in found}
    missing = sorted(architecture.shapes.keys() - filled)
    fused = sum(math.prod(architecture.shapes[parameter]) for parameter in missing)
    if rest and fused == sum(math.prod(tensor.shape) for tensor in rest.values()):
        return found | rest, tuple(ignored), tuple(missing)
    wrong = [f"{parameter} missing" for parameter in missing] + [f"{key} unexpected" for key in rest]
    shapes = architecture.shapes | {alias: architecture.shapes[first] for alias, first in architecture.aliases.items()}
    wrong += [f"{key} of another shape" for key, tensor in found.items() if tensor.shape != shapes[key]]
    if wrong:
        raise ValueError(f"the weights of {name!r} do not fill its architecture: {', '.join(wrong[:3])}")
    return found, tuple(ignored), ()


def _weight(name: str, stored: checkpoint_safetensors.Tensor, adapter: Adapter, ties: dict[str, str]) -> Weight:
    """Return one parameter, with all that the adapter does to it under any of its names."""
    names = [name, *(alias for alias, first in ties.items() if first == name)]
    factors = tuple(factors for one in names for factors in adapter.added.get(one, ()))
    instead = next((adapter.replaced[one] for one in names if one in adapter.replaced), None)
    if instead is None:
        return Weight(stored, factors)
    if instead.shape != stored.shape:
        raise ValueError(
            f"the adapter of {name!r} does not fit this base: {instead.shape} against {stored.shape}; name its own base"
        )
    return Weight(instead, factors, like=stored)
