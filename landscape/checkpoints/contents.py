"""What a checkpoint holds, parameter by parameter, as its model would load it; the weights stay on disk."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch

from landscape.checkpoints import files, models, parameters
from landscape.checkpoints import safetensors as checkpoint_safetensors
from landscape.checkpoints.adapters.lora import Adapter, read_adapter
from landscape.checkpoints.adapters.settings import read_settings
from landscape.checkpoints.models import ArchitectureSpec
from landscape.checkpoints.tensors import Weight, read, same

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


def contents(name: str, *, trust_remote_code: bool = False) -> Contents:
    """Return a checkpoint's contents; for an adapter, those of its base with it merged. Reads headers and tied heads.

    Raises:
        ValueError: as `models.architecture` and `read_adapter`; tensors that the architecture does not know, lacks, or
            has in another shape (each named).
    """
    source = files.resolve(name)
    architecture = models.architecture(name, trust_remote_code=trust_remote_code)
    found, ignored, fused = _by_parameter(name, checkpoint_safetensors.tensors(source.folder), architecture)
    ties = {
        alias: first
        for alias, first in architecture.aliases.items()
        if not (alias in found and first in found and not same(found[alias], found[first]))
    }
    for alias, first in ties.items():
        shared = found.get(first) or found[alias]  # a tied parameter may be stored under either name
        found |= {first: shared, alias: shared}
    if len(source.adapters) > 1 or not all(read_settings(folder).plain for folder in source.adapters):
        weights, still_tied = _merged(name, found, ties, trust_remote_code)
    else:
        plain = [read_adapter(folder, found, architecture.transposed) for folder in source.adapters]
        adapter = plain[0] if plain else Adapter()
        still_tied = {alias: first for alias, first in ties.items() if not {alias, first} & adapter.split}
        weights = {key: _weight(key, found[key], adapter, still_tied) for key in found if key not in still_tied}
        for folder in source.adapters:
            architecture.require_fit(folder)
    order = {key: place for place, key in enumerate([*architecture.shapes, *architecture.aliases])}
    ordered = sorted(weights, key=lambda key: order.get(key, len(order)))
    unfused = weights.keys() - architecture.shapes.keys() - architecture.aliases.keys()
    return Contents(name, {key: weights[key] for key in ordered}, still_tied, ignored, fused, frozenset(unfused))


def parameters_to_untie(first: str, others: Sequence[str], trusted: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names of parameters that the first checkpoint ties and one of the others does not.

    A checkpoint that `contents` refuses is left out.
    """
    ties = _contents_or_nothing(first, trusted).aliases if others else {}
    own = {name for other in others for name in _contents_or_nothing(other, trusted).weights} if ties else set()
    return tuple(alias for alias in ties if alias in own)


def _contents_or_nothing(name: str, trusted: Collection[str]) -> Contents:
    try:
        return contents(name, trust_remote_code=name in trusted)
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


def _merged(
    name: str, found: Stored, ties: dict[str, str], trust_remote_code: bool
) -> tuple[dict[str, Weight], dict[str, str]]:
    """Return (weights, ties) as peft merges them. The model is built on the CPU; what adapters changed stays in memory.

    Raises:
        ValueError: as `models.load_model`; parameters that are fused from several stored tensors (experts).
    """
    model = models.load_model(name, device="cpu", trust_remote_code=trust_remote_code)
    weights = {}
    for key, tensor in parameters.select(model).items():
        if key not in found:
            raise ValueError(f"{name!r} has {key}, which is not stored as one tensor: merge its adapters first")
        changed = tuple(tensor.shape) != found[key].shape or not torch.equal(
            read(found[key]).view(tensor.shape), tensor
        )
        weights[key] = Weight(found[key], merged=tensor if changed else None)
    return weights, {alias: first for alias, first in parameters.aliases(model).items() if alias in ties}


def _weight(name: str, stored: checkpoint_safetensors.Tensor, adapter: Adapter, ties: dict[str, str]) -> Weight:
    """Return one parameter, with all that the adapter does to it under any of its names."""
    names = [name, *(alias for alias, first in ties.items() if first == name)]
    factors = tuple(factors for one in names for factors in adapter.added.get(one, ()))
    instead = next((adapter.replaced[one] for one in names if one in adapter.replaced), None)
    if instead is None:
        return Weight(stored, factors)
    grown = len(stored.shape) == 2 and instead.shape[1:] == stored.shape[1:] and instead.shape > stored.shape
    if instead.shape != stored.shape and not grown:  # an adapter may bring rows of the vocabulary
        raise ValueError(
            f"the adapter of {name!r} does not fit this base: {instead.shape} against {stored.shape}; name its own base"
        )
    return Weight(instead, factors, like=stored)
