"""Adapters of any kind put onto a loaded base with peft: merged into it, beside it, or as tokens in front of it.

Every tensor of an adapter's file is used, or it is refused by name.
"""

import dataclasses
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from landscape.checkpoints.adapters.lora import is_spare
from landscape.checkpoints.adapters.settings import PREFIX, read_settings, read_tensors
from landscape.checkpoints.adapters.virtual_tokens import prepend, reads_virtual_tokens
from landscape.outside import imports

with imports.hidden("bitsandbytes"):  # which peft would load for itself, whatever the checkpoint
    import peft
    from peft.tuners.tuners_utils import BaseTunerLayer

# Tensors that each layer refers to, and that are stored once: peft calls the references missing.
_SHARED = ("vblora_vector_bank", "tinylora_v", "unilora_theta_d")


def merged(model: nn.Module, adapters: Sequence[Path]) -> nn.Module:
    """Return a base with adapters merged into it one after the other, as each was trained on those before it.

    One that puts virtual tokens in front of every prompt does not change weights; the model then reads them first.

    Raises:
        ValueError: an adapter that does not fit what it is put on, or that peft cannot load or merge.
    """
    for adapter in adapters:
        with _explained(adapter, "be loaded onto its base"):
            adapted = _adapted(model, adapter)
        if adapted.active_peft_config.is_prompt_learning:
            model = prepend(adapted)
            continue
        with _explained(adapter, "be merged into its base"):
            model = _merged(adapted)
    return model


def beside(model: nn.Module, adapter: Path, *, zero: bool) -> nn.Module:
    """Return a base with an adapter beside its weights; with B = 0 if `zero`. Raises ValueError as `merged`."""
    with _explained(adapter, "be loaded onto its base"):
        wrapped: nn.Module = _adapted(model, adapter).get_base_model()
    for name, weight in wrapped.named_parameters():
        if zero and ".lora_B." in name:
            weight.data.zero_()
    return wrapped


def scalings(model: nn.Module) -> dict[str, float]:
    """Return by what each adapted module multiplies B·A."""
    layers = ((name, getattr(module, "scaling", None)) for name, module in model.named_modules())
    return {name: float(scaling["default"]) for name, scaling in layers if isinstance(scaling, dict) and scaling}


def require_fit(empty: nn.Module, adapter: Path) -> None:
    """Raises ValueError where an adapter does not fit a base, given without weights (on `meta`), tensor by tensor."""
    with _explained(adapter, "be loaded onto its base"):
        _adapted(empty, adapter, low_cpu_mem_usage=True)


@contextmanager
def _explained(adapter: Path, what: str) -> Iterator[None]:
    """Within the block, what peft raises becomes a ValueError of one sentence, and it warns of nothing."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of what could go wrong all is looked for here
            yield
    except (_Refusal, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:  # peft raises all kinds, for files that anybody may have written
        if "size mismatch" in str(error):
            said = "does not fit this base: its tensors have other shapes; name its own base"
        elif isinstance(error, KeyError):
            said = f"lacks the tensor {error.args[0]}"
        else:
            said = f"cannot {what} by peft ({(str(error) or type(error).__name__).splitlines()[0]})"
        raise ValueError(f"the adapter {adapter} {said}") from None


class _Refusal(ValueError):
    """What is said here already."""


def _adapted(model: Any, adapter: Path, **options: Any) -> Any:
    """Return the PeftModel of a base and an adapter's folder, with every tensor of the two in its place."""
    _require_known(adapter)
    if reads_virtual_tokens(model):
        raise _Refusal(
            f"the adapter {adapter} lies on one that puts virtual tokens in front of prompts: expected that to be last"
        )
    _grow_vocabulary(model, adapter)
    adapted = peft.PeftModel.from_pretrained(model, str(adapter), use_safetensors=True, **options)
    if adapted.active_peft_config.is_prompt_learning:
        stored, wanted = set(read_tensors(adapter)), set(peft.get_peft_model_state_dict(adapted))
        missing, surplus = sorted(wanted - stored), sorted(stored - wanted)
    else:
        again = {"use_safetensors": True, **options}  # for what it says that it found
        found = adapted.load_adapter(str(adapter), "default", **again)
        table = read_tensors(adapter)
        held = [word for word in _SHARED if any(word in key for key in table)]
        missing = [key for key in found.missing_keys if not any(word in key for word in held)]
        surplus = [key for key in found.unexpected_keys if not (key in table and is_spare(key, table))]
    for keys, word in ((surplus, "surplus"), (missing, "missing")):
        if keys:
            listed = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
            raise _Refusal(f"the adapter {adapter} does not fit this base: {listed} {word}; name its own base")
    return adapted


def _require_known(adapter: Path) -> None:
    """Raises ValueError where a config sets a field that this version of peft does not know, and would leave out."""
    settings = read_settings(adapter)
    kind = peft.PEFT_TYPE_TO_CONFIG_MAPPING.get(settings.peft_type)  # type: ignore[call-overload]
    if kind is None:
        raise _Refusal(
            f"the adapter {adapter} is of type {settings.peft_type}, which this version of peft does not know"
        )
    known = {field.name for field in dataclasses.fields(kind)} | {"runtime_config"}
    for key, value in (settings.model_extra or {}).items():
        if value and key not in known:
            wrong = f"the adapter {adapter} ({settings.peft_type}) sets {key} = {value!r}"
            raise _Refusal(f"{wrong}, which is not understood: merge it first")


def _grow_vocabulary(model: Any, adapter: Path) -> None:
    """Give the base as many rows of the vocabulary as the adapter brings; they are overwritten by the adapter's."""
    table = read_tensors(adapter)
    ends = [getattr(model, f"get_{end}_embeddings")() for end in ("input", "output")]
    names = [name for name, module in model.named_modules() if any(module is end for end in ends)]
    places = [[f"{PREFIX}{name}.weight", f"{PREFIX}{name}.base_layer.weight"] for name in names]
    rows = [next((table[place].shape[0] for place in each if place in table), 0) for each in places]
    had = ends[0].weight.shape[0]
    if max(rows, default=0) <= had:
        return
    tied = ends[1] is None or ends[1].weight is ends[0].weight
    if not tied and len(set(rows)) > 1:
        raise _Refusal(
            f"the adapter {adapter} adds {max(rows) - had} tokens, but does not hold their rows of both embedding and "
            "head: merge it where it was trained"
        )
    model.resize_token_embeddings(max(rows), mean_resizing=False)


def _merged(adapted: Any) -> nn.Module:
    """Merge an adapter into its base. Of weights that several modules share, each adapted one changes its own copy."""
    if not hasattr(adapted.base_model, "merge_and_unload"):
        kind = adapted.active_peft_config.peft_type.value
        raise ValueError(f"{kind} changes no weights of its base")
    owners: dict[int, int] = {}
    for _, weight in adapted.named_parameters(remove_duplicate=False):
        owners[id(weight)] = owners.get(id(weight), 0) + 1
    copies: dict[int, list[tuple[nn.Module, str]]] = {}
    for layer in (module.get_base_layer() for module in adapted.modules() if isinstance(module, BaseTunerLayer)):
        for leaf, weight in list(layer.named_parameters(recurse=False)):
            if owners.get(id(weight), 0) > 1:
                copies.setdefault(id(weight), []).append((layer, leaf))
                setattr(layer, leaf, nn.Parameter(weight.detach().clone(), requires_grad=False))
    merged: nn.Module = adapted.merge_and_unload()
    for (first, leaf), *others in copies.values():  # what came out equal is one weight again
        for layer, name in others:
            if torch.equal(getattr(layer, name), getattr(first, leaf)):
                setattr(layer, name, getattr(first, leaf))
    return merged
