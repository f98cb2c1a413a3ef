"""What a checkpoint holds, parameter by parameter, as its model would be given it; the weights stay on disk."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from landscape.checkpoints import files, models
from landscape.checkpoints import safetensors as checkpoint_safetensors
from landscape.checkpoints.lora import Adapter, adapter_of
from landscape.checkpoints.models import Skeleton
from landscape.checkpoints.tensors import Weight, same

Stored = dict[str, checkpoint_safetensors.Tensor]


@dataclass(frozen=True)
class Contents:
    """The distinct parameters of a checkpoint under the names of `weights.select`, adapters merged when read."""

    name: str
    weights: dict[str, Weight]
    aliases: dict[str, str]  # another name of a tied parameter → its name in `weights`
    passed: tuple[str, ...] = ()  # stored tensors that are no parameters, and that transformers passes over
    fused: tuple[str, ...] = ()  # parameters that the model makes of several tensors, which stand in `weights` instead
    loose: frozenset[str] = frozenset()  # those tensors

    def find(self, name: str) -> Weight:
        """The weight under any of its names. Raises ValueError where there is none."""
        found = self.weights.get(name) or self.weights.get(self.aliases.get(name, ""))
        if found is None:
            raise ValueError(f"{self.name!r} holds no {name}")
        return found

    @property
    def dtype(self) -> str:
        """In which dtypes its parameters are stored: `bfloat16`, or `bfloat16 and float32`."""
        return " and ".join(sorted({weight.dtype for weight in self.weights.values()}))


def contents(name: str, *, trust_remote_code: bool = False) -> Contents:
    """Look a checkpoint up; an adapter is that of its base with the adapter merged. Reads headers (and tied heads).

    Raises:
        ValueError: as `models.skeleton` and `adapter_of`; tensors that the architecture does not know, lacks, or
            has in another shape (each named).
    """
    source = files.resolve(name)
    bones = models.skeleton(name, trust_remote_code=trust_remote_code)
    found, passed, fused = _matched(name, checkpoint_safetensors.tensors(source.folder), bones)
    ties = {
        alias: first
        for alias, first in bones.aliases.items()
        if not (alias in found and first in found and not same(found[alias], found[first]))
    }
    adapter = Adapter()
    if source.adapter is not None:
        adapter = adapter_of(source.adapter, [*found, *ties, *ties.values()], bones.transposed)
    kept = {alias: first for alias, first in ties.items() if not {alias, first} & adapter.split}
    for alias, first in ties.items():
        shared = found.get(first) or found[alias]  # a tied parameter may be stored under either name
        found |= {first: shared, alias: shared}
    weights = {key: _weight(key, found[key], adapter, kept) for key in found if key not in kept}
    order = {key: place for place, key in enumerate([*bones.shapes, *bones.aliases])}
    ordered = sorted(weights, key=lambda key: order.get(key, len(order)))
    loose = weights.keys() - bones.shapes.keys() - bones.aliases.keys()
    return Contents(name, {key: weights[key] for key in ordered}, kept, passed, fused, frozenset(loose))


def held_apart(first: str, others: Sequence[str], trusted: Collection[str] = ()) -> tuple[str, ...]:
    """The names of parameters that the first checkpoint ties and one of the others has a tensor of its own for.

    A checkpoint that `contents` does not understand says nothing here.
    """
    ties = _looked_at(first, trusted).aliases if others else {}
    own = {name for other in others for name in _looked_at(other, trusted).weights} if ties else set()
    return tuple(alias for alias in ties if alias in own)


def _looked_at(name: str, trusted: Collection[str]) -> Contents:
    try:
        return contents(name, trust_remote_code=name in trusted)
    except ValueError:  # whoever loads it will say what is wrong with it
        return Contents(name, {}, {})


def _matched(name: str, table: Stored, bones: Skeleton) -> tuple[Stored, tuple[str, ...], tuple[str, ...]]:
    """(stored tensors by parameter, names of those that are passed over, parameters that are fused).

    Where transformers would fuse tensors into parameters of its own (experts), they keep their stored names.
    """
    found: Stored = {}
    rest: Stored = {}
    passed = []
    for key, tensor in table.items():
        parameter = bones.renamed(key)
        if parameter in bones.shapes or parameter in bones.aliases:
            found[parameter] = tensor
        elif bones.stateless(parameter):
            passed.append(key)
        else:
            rest[key] = tensor
    filled = {bones.aliases.get(parameter, parameter) for parameter in found}
    missing = sorted(bones.shapes.keys() - filled)
    fused = sum(math.prod(bones.shapes[parameter]) for parameter in missing)
    if rest and fused == sum(math.prod(tensor.shape) for tensor in rest.values()):
        return found | rest, tuple(passed), tuple(missing)
    wrong = [f"{parameter} missing" for parameter in missing] + [f"{key} unexpected" for key in rest]
    shapes = bones.shapes | {alias: bones.shapes[first] for alias, first in bones.aliases.items()}
    wrong += [f"{key} of another shape" for key, tensor in found.items() if tensor.shape != shapes[key]]
    if wrong:
        raise ValueError(f"the weights of {name!r} do not fill its architecture: {', '.join(wrong[:3])}")
    return found, tuple(passed), ()


def _weight(name: str, stored: checkpoint_safetensors.Tensor, adapter: Adapter, ties: dict[str, str]) -> Weight:
    """One parameter, with all that the adapter does to it under any of its names."""
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
