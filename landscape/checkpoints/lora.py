"""What a LoRA adapter does to each weight of its base, read from its folder without building a model.

Tests compare it with peft's own merging. A setting or tensor that is not understood is refused by name, never ignored.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landscape.checkpoints import config as checkpoint_config
from landscape.checkpoints import safetensors as checkpoint_safetensors
from landscape.checkpoints.tensors import Factors

_PREFIX = "base_model.model."
_PART = re.compile(r"(.+)\.(lora_(?:embedding_)?[AB])(\.weight|\.bias)?")
# Fields of adapter_config.json that are read here, or that change nothing about what is merged.
_READ = {"r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_rslora", "modules_to_save", "peft_type"}
_READ |= {"init_lora_weights", "bias", "lora_bias"}
_FREE = {"task_type", "inference_mode", "auto_mapping", "base_model_name_or_path", "revision", "peft_version"}
_FREE |= {"target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "lora_dropout"}
_FREE |= {"fan_in_fan_out", "loftq_config", "eva_config", "corda_config", "lora_ga_config", "runtime_config"}
_FREE |= {"qalora_group_size", "megatron_core"}
_KEEPS_BASE = (None, True, False, "gaussian", "eva", "orthogonal")  # initialisations that leave W alone


@dataclass(frozen=True)
class Adapter:
    """What an adapter adds to which parameter, and which it replaces; parameters in `split` are no longer tied."""

    added: dict[str, list[Factors]] = field(default_factory=dict)
    replaced: dict[str, checkpoint_safetensors.Tensor] = field(default_factory=dict)
    split: frozenset[str] = frozenset()


def read_adapter(folder: Path, parameters: Iterable[str], transposed: frozenset[str]) -> Adapter:
    """Return what an adapter does, from the headers of its folder.

    `parameters`: the names of the base's, tied ones under all their names. `transposed`: those that are stored
    inputs × outputs.

    Raises:
        ValueError: no plain LoRA; a setting or a tensor that is not understood, named.
    """
    config = _config(folder)
    known, found = set(parameters), Adapter()
    pairs: dict[str, dict[str, checkpoint_safetensors.Tensor]] = {}
    for key, tensor in checkpoint_safetensors.tensors(folder).items():
        name = key.removeprefix(_PREFIX)
        part = _PART.fullmatch(name)
        if part and key.startswith(_PREFIX):
            pairs.setdefault(part[1], {})[part[2] + (part[3] or "").replace(".weight", "")] = tensor
        elif key.startswith(_PREFIX) and (plain := name.replace(".base_layer.", ".")) in known:
            found.replaced[plain] = tensor
        else:
            raise _not_understood(folder, key)
    for module, parts in pairs.items():
        _add(found.added, folder, module, parts, _scaling(config, module), transposed)
    for name in found.replaced:  # of a module with factors, peft reads what lies under base_layer, and no other
        if (module := name.rpartition(".")[0]) in pairs and f"{_PREFIX}{name}" in checkpoint_safetensors.tensors(
            folder
        ):
            raise _not_understood(folder, f"{name} beside the factors of {module}")
    if unknown := sorted(found.added.keys() - known):
        raise ValueError(f"the adapter {folder} changes {unknown[0]}, which its base lacks")
    own = {name for name in found.replaced if _is_saved(name, config["modules_to_save"] or ())}
    return Adapter(found.added, found.replaced, frozenset(own))


def _config(folder: Path) -> dict[str, Any]:
    """Return the settings, with defaults filled in. Raises ValueError for one that is not understood."""
    config = checkpoint_config.read_json(folder / "adapter_config.json")
    if config.get("peft_type", "LORA") != "LORA":
        raise ValueError(f"the adapter {folder} is of type {config['peft_type']}: expected LORA")
    for key, value in config.items():
        if value and key not in _READ | _FREE:
            raise ValueError(f"the adapter {folder} sets {key} = {value!r}, which is not understood: merge it first")
    if config.get("init_lora_weights") not in _KEEPS_BASE:
        raise ValueError(
            f"the adapter {folder} sets init_lora_weights = {config['init_lora_weights']!r}, which changes the base's "
            "weights as well: save it with path_initial_model_for_weight_conversion, or merge it first"
        )
    defaults: dict[str, Any] = {"r": 8, "lora_alpha": 8, "rank_pattern": {}, "alpha_pattern": {}}
    return defaults | {"use_rslora": False, "modules_to_save": None} | config


def _scaling(config: dict[str, Any], module: str) -> tuple[int, float]:
    """Return (r, scaling) of a module. A pattern is a regular expression for the end of its name; the first counts."""
    rank, alpha = (
        next((value for key, value in config[patterns].items() if re.match(rf"(.*\.)?({key})$", module)), config[plain])
        for patterns, plain in (("rank_pattern", "r"), ("alpha_pattern", "lora_alpha"))
    )
    return rank, alpha / (math.sqrt(rank) if config["use_rslora"] else rank)


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
