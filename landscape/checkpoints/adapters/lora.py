"""What a LoRA adapter does to each weight of its base, read from its folder without building a model.

Tests compare it with peft's own merging. A tensor that is not understood is refused by name, never ignored.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from landscape.checkpoints import safetensors as checkpoint_safetensors
from landscape.checkpoints.adapters.settings import (
    PREFIX,
    AdapterSettings,
    base_parameter,
    read_settings,
    read_tensors,
)
from landscape.checkpoints.tensors import Factors, same

_PART = re.compile(r"(.+)\.(lora_(?:embedding_)?[AB])(?:\.default)?(\.weight|\.bias)?")  # in a state dict: .default


@dataclass(frozen=True)
class Adapter:
    """What an adapter adds to which parameter, and which it replaces; parameters in `split` are no longer tied."""

    added: dict[str, list[Factors]] = field(default_factory=dict)
    replaced: dict[str, checkpoint_safetensors.Tensor] = field(default_factory=dict)
    split: frozenset[str] = frozenset()


def read_adapter(folder: Path, parameters: Iterable[str], transposed: frozenset[str]) -> Adapter:
    """Return what a plain adapter does, from the headers of its folder.

    `parameters`: the names of the base's, tied ones under all their names. `transposed`: those that are stored
    inputs × outputs.

    Raises:
        ValueError: a tensor that is not understood, named.
    """
    settings, table = read_settings(folder), read_tensors(folder)
    known, found = set(parameters), Adapter()
    pairs: dict[str, dict[str, checkpoint_safetensors.Tensor]] = {}
    for key, tensor in table.items():
        part = _PART.fullmatch(key.removeprefix(PREFIX))
        if part and key.startswith(PREFIX):
            pairs.setdefault(part[1], {})[part[2] + (part[3] or "").replace(".weight", "")] = tensor
        elif is_spare(key, table):
            continue
        elif key.startswith(PREFIX) and (plain := base_parameter(key)) in known:
            found.replaced[plain] = tensor
        else:
            raise _not_understood(folder, key)
    for module, parts in pairs.items():
        _add(found.added, folder, module, parts, _scaling(settings, module), transposed)
    for name in found.replaced:  # of a module with factors, peft reads what lies under base_layer, and no other
        if (module := name.rpartition(".")[0]) in pairs and f"{PREFIX}{name}" in table:
            raise _not_understood(folder, f"{name} beside the factors of {module}")
    if unknown := sorted(found.added.keys() - known):
        raise ValueError(f"the adapter {folder} changes {unknown[0]}, which its base lacks")
    own = {name for name in found.replaced if _is_saved(name, settings.modules_to_save or ())}
    return Adapter(found.added, found.replaced, frozenset(own | found.added.keys()))


def is_spare(key: str, table: Mapping[str, checkpoint_safetensors.Tensor]) -> bool:
    """Whether a tensor is one that peft saves once more: a copy of a saved module, or what it stands for."""
    original, copy = (key.replace(f".{word}.", ".") for word in ("original_module", "modules_to_save"))
    return (original != key and original in table) or (copy != key and copy in table and same(table[key], table[copy]))


def _scaling(settings: AdapterSettings, module: str) -> tuple[int, float]:
    """Return (r, scaling) of a module. A pattern is a regular expression for the end of its name; the first counts.

    Raises:
        ValueError: a rank that is no positive integer, a pattern that is no regular expression.
    """
    rank, alpha = (
        next((value for key, value in (patterns or {}).items() if _ends_in(key, module)), plain)
        for patterns, plain in (
            (settings.rank_pattern, 8 if settings.r is None else settings.r),
            (settings.alpha_pattern, 8 if settings.lora_alpha is None else settings.lora_alpha),
        )
    )
    if not isinstance(rank, int) or rank < 1 or isinstance(alpha, list):
        raise ValueError(f"the adapter's rank in {module} is {rank!r}: expected a positive integer")
    return rank, alpha / (math.sqrt(rank) if settings.use_rslora else rank)


def _ends_in(pattern: str, module: str) -> bool:
    try:
        return re.match(rf"(.*\.)?({pattern})$", module) is not None
    except re.error:
        raise ValueError(f"the adapter's pattern {pattern!r} is no regular expression") from None


def _add(
    added: dict[str, list[Factors]],
    folder: Path,
    module: str,
    parts: dict[str, checkpoint_safetensors.Tensor],
    scale: tuple[int, float],
    transposed: frozenset[str],
) -> None:
    """Add what one module's tensors do to `added`. Raises ValueError for tensors that are not understood."""
    (rank, scaling), weight = scale, f"{module}.weight"
    kind = "lora_embedding_" if "lora_embedding_A" in parts else "lora_"
    a, b, bias = parts.get(f"{kind}A"), parts.get(f"{kind}B"), parts.get(f"{kind}B.bias")
    if a is None or b is None or len(parts) > 2 + (bias is not None):
        raise _not_understood(
            folder, f"{module}.{sorted(parts)[-1]} (beside {', '.join(sorted(parts)[:-1]) or 'none'})"
        )
    if (a.shape[0], b.shape[1:]) != (rank, (rank,)):
        raise ValueError(f"the adapter {folder} has rank {a.shape[0]} in {module}, against {rank} in its config")
    embedding = kind == "lora_embedding_"
    added.setdefault(weight, []).append(Factors(b, a, scaling, embedding or weight in transposed, embedding))
    if bias is not None:
        added.setdefault(f"{module}.bias", []).append(Factors(bias, None, scaling))


def _is_saved(name: str, modules: Iterable[str]) -> bool:
    """Whether a parameter is in one of the `modules_to_save`, each named by the end of its path."""
    owners = name.split(".")[:-1]
    paths = [".".join(owners[:end]) for end in range(1, len(owners) + 1)]
    return any(path.endswith(module) for path in paths for module in modules)


def _not_understood(folder: Path, what: str) -> ValueError:
    return ValueError(f"the adapter {folder} holds {what}, which is not understood: merge it into its base first")
