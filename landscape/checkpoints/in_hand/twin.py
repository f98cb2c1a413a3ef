"""A model in hand, and its twin: a module of our own over the very weights of somebody's model.

Whatever is done with the twin (evaluation mode, gradients, hooks, settings of generation) the other model does not
see. Only the weights are shared, and who moves them puts them back bit for bit.
"""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from accelerate import init_empty_weights
from torch import nn
from transformers import AutoModelForCausalLM

from landscape.checkpoints import parameters
from landscape.checkpoints.stored.architecture import explained

_SAVE_IT = "save it with save_pretrained and name the folder"


def unwrapped(model: Any) -> Any:
    """Return the model without what torch.compile and (distributed) data parallelism wrap around it.

    Raises:
        ValueError: it cannot be measured in hand, in one sentence: no transformers model; quantised; sharded; not in
            memory; on several devices; of several number formats.
    """
    while True:
        if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            model = model.module
        elif isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):
            model = inner
        else:
            break
    if not isinstance(model, nn.Module) or not hasattr(model, "save_pretrained") or not hasattr(model, "config"):
        raise ValueError(
            f"expected a checkpoint's name, its folder or a transformers model, got {type(model).__name__}"
        )
    if why := _why_not(model):
        raise ValueError(f"the model in hand {why}")
    return model


def _why_not(model: Any) -> str:
    """Why a model cannot be measured in hand, as the end of a sentence; "" where it can."""
    weights = list(model.parameters())
    sharded = type(model).__name__ == "FullyShardedDataParallel"
    if sharded or any(hasattr(weight, "ds_id") or hasattr(weight, "device_mesh") for weight in weights):
        return f"is sharded over processes: {_SAVE_IT}"
    if any(weight.is_meta for weight in weights) or not weights:
        return "has weights that are not in memory (on the device meta, or offloaded): load it whole"
    floats = [weight for weight in weights if weight.is_floating_point() and type(weight.data) is torch.Tensor]
    if len(floats) < len(weights) or getattr(model.config, "quantization_config", None):
        return f"is quantised, and the weights that it computes with are no numbers that move: {_SAVE_IT}"
    if len(devices := sorted({str(weight.device) for weight in weights})) > 1:
        return f"lies on several devices ({', '.join(devices)}): {_SAVE_IT}"
    if len(formats := sorted({str(weight.dtype).removeprefix("torch.") for weight in weights})) > 1:
        return f"has weights of several number formats ({', '.join(formats)}): cast it to one, with model.to(…)"
    return ""


def config_of(model: Any) -> Any:
    """Return a copy of a model's config, as `save_pretrained` writes it."""
    config = copy.deepcopy(model.config)
    weight = next(model.parameters())
    config.dtype, config.architectures = str(weight.dtype).removeprefix("torch."), [type(model).__name__]
    return config


def twin_of(model: Any, weights: Mapping[str, nn.Parameter] | None = None) -> Any:
    """Return a module of the model's config that shares its weights, as if it were loaded from its saved folder.

    `weights`: those of the model by name, if they are not its parameters as they are (under an adapter). Buffers that
    are not saved are computed anew, as they are when a folder is loaded: `model.to(torch.bfloat16)` rounds them too.

    Raises:
        ValueError: the config makes another model than this one: of another class, with other weights or ties.
    """
    config = config_of(model)
    with explained("the model in hand"):
        with init_empty_weights():
            twin: Any = AutoModelForCausalLM.from_config(config)
        twin.apply(twin._init_weights)  # buffers in full precision, as where a folder is loaded; weights are on meta
        twin.tie_weights()
    found = dict(model.named_parameters(remove_duplicate=False)) if weights is None else weights
    _require_same(model, twin, found)
    shared: dict[int, nn.Parameter] = {}
    for name, weight in found.items():
        _replace(twin, name, shared.setdefault(id(weight), nn.Parameter(weight.data, requires_grad=False)))
    device, saved, buffers = next(iter(found.values())).device, model.state_dict(), dict(model.named_buffers())
    for name, buffer in list(twin.named_buffers()):
        kept = buffers[name].detach().clone() if name in saved and name in buffers else buffer.to(device)
        owner, _, leaf = name.rpartition(".")
        twin.get_submodule(owner)._buffers[leaf] = kept
    if model.can_generate() and model.generation_config is not None:
        twin.generation_config = _savable(model.generation_config)
    return twin.eval()


def _savable(settings: Any) -> Any:
    """Return a copy of settings of generation; of those that transformers refuses to save, where a text ends.

    A temperature without sampling is enough for that, and greedy texts go by none of them but this.
    """
    try:
        settings.validate(strict=True)
    except ValueError:
        return type(settings)(bos_token_id=settings.bos_token_id, eos_token_id=settings.eos_token_id)
    return copy.deepcopy(settings)


def _replace(module: nn.Module, name: str, weight: nn.Parameter) -> None:
    owner, _, leaf = name.rpartition(".")
    setattr(module.get_submodule(owner), leaf, weight)


def _require_same(model: Any, twin: Any, found: Mapping[str, nn.Parameter]) -> None:
    """Raises ValueError where a model's saved folder would be loaded as another model."""
    if type(twin) is not type(model):
        one, other = type(model).__name__, type(twin).__name__
        raise ValueError(
            f"the model in hand is a {one}, and its config is that of a {other}: expected the class that its saved "
            "folder is loaded as"
        )
    wanted = dict(twin.named_parameters(remove_duplicate=False))
    shapes = [{name: tuple(weight.shape) for name, weight in each.items()} for each in (wanted, found)]
    if differing := sorted(dict(shapes[0].items() ^ shapes[1].items())):
        raise ValueError(
            f"the model in hand has other weights than its config asks for ({differing[0]}): merge or remove what was "
            "put onto it, or give peft's own model"
        )
    if _ties(found) != parameters.aliases(twin):
        raise ValueError(
            "the model in hand ties other weights than its config says (tie_word_embeddings), so that its saved folder "
            "would be another model: set it to what the model does"
        )


def _ties(found: Mapping[str, nn.Parameter]) -> dict[str, str]:
    """The same of weights by name as `parameters.aliases` of a module."""
    first: dict[int, str] = {}
    return {name: first[id(w)] for name, w in found.items() if first.setdefault(id(w), name) != name}
