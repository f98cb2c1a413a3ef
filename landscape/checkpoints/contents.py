"""What a checkpoint holds, parameter by parameter, as its model would load it; the weights stay on disk."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from landscape.checkpoints import files, models, parameters
from landscape.checkpoints import safetensors as checkpoint_safetensors
from landscape.checkpoints.adapters.lora import Adapter, read_adapter
from landscape.checkpoints.adapters.settings import read_settings
from landscape.checkpoints.stored.architecture import architecture, fill
from landscape.checkpoints.tensors import Weight, read, same


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
        ValueError: as `architecture`, `fill` and `read_adapter`; an adapter that peft cannot put onto its base whole.
    """
    source = files.resolve(name)
    spec = architecture(name)
    filled = fill(name, spec)
    found = dict(filled.stored)
    ties = {
        alias: first
        for alias, first in spec.aliases.items()
        if not (alias in found and first in found and not same(found[alias], found[first]))
    }
    for alias, first in ties.items():
        shared = found.get(first) or found[alias]  # a tied parameter may be stored under either name
        found |= {first: shared, alias: shared}
    if len(source.adapters) > 1 or not all(read_settings(folder).plain for folder in source.adapters):
        weights, still_tied = _merged(name, found, ties)
    else:
        plain = [read_adapter(folder, found, spec.transposed) for folder in source.adapters]
        adapter = plain[0] if plain else Adapter()
        still_tied = {alias: first for alias, first in ties.items() if not {alias, first} & adapter.split}
        weights = {key: _weight(key, found[key], adapter, still_tied) for key in found if key not in still_tied}
        for folder in source.adapters:
            spec.require_fit(folder)
    order = {key: place for place, key in enumerate([*spec.shapes, *spec.aliases])}
    ordered = sorted(weights, key=lambda key: order.get(key, len(order)))
    unfused = weights.keys() - spec.shapes.keys() - spec.aliases.keys()
    return Contents(
        name, {key: weights[key] for key in ordered}, still_tied, filled.ignored, filled.fused, frozenset(unfused)
    )


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


def _merged(
    name: str, found: dict[str, checkpoint_safetensors.Tensor], ties: dict[str, str]
) -> tuple[dict[str, Weight], dict[str, str]]:
    """Return (weights, ties) as peft merges them. The model is built on the CPU; what adapters changed stays in memory.

    Raises:
        ValueError: as `models.load_model`; parameters that are fused from several stored tensors (experts).
    """
    model = models.load_model(name, device="cpu")
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
