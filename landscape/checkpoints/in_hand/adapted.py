"""A model of peft in hand: its base and its adapter, apart."""

from collections.abc import Mapping
from typing import Any

from torch import nn

_WRAPPED = {"base_layer", "original_module"}  # parts of the names that peft gives to what it wraps


def is_adapted(model: Any) -> bool:
    """Whether a model is peft's own."""
    return hasattr(model, "peft_config") and hasattr(model, "get_base_model")


def adapter_of(model: Any) -> str:
    """Return the name of the one adapter that is in use.

    Raises:
        ValueError: there are several; or it is merged into the base, whose weights are then not its own.
    """
    active = model.active_adapters if isinstance(model.active_adapters, list) else [model.active_adapter]
    if len(active) != 1:
        raise ValueError(f"the model in hand uses {len(active)} adapters: expected one (set_adapter)")
    if any(getattr(module, "merged", False) is True for module in model.modules()):
        raise ValueError("the adapter of the model in hand is merged into its base: call unmerge_adapter() first")
    return str(active[0])


def base_weights(base: Any) -> Mapping[str, nn.Parameter]:
    """Return the weights of a base by their own names, without what an adapter has put beside them."""
    found = {}
    for name, weight in base.named_parameters(remove_duplicate=False):
        parts = name.split(".")
        if _is_of_base(base, parts):
            found[".".join(part for part in parts if part not in _WRAPPED)] = weight
    return found


def _is_of_base(base: Any, parts: list[str]) -> bool:
    """Whether a parameter lies in no part of a wrapper other than what it wraps."""
    module = base
    for part in parts[:-1]:
        wrapped = _WRAPPED & dict(module.named_children()).keys()
        if wrapped and part not in wrapped:
            return False
        module = module.get_submodule(part)
    return not (_WRAPPED & dict(module.named_children()).keys())
