"""Load a checkpoint's model and tokenizer. Only here are checkpoints read with transformers and peft."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from peft import PeftModel
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import WeightRenaming, rename_source_key
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging

from landscape.checkpoints import files, parameters
from landscape.checkpoints.config import quantisation as quantisation_of
from landscape.checkpoints.fingerprints import fingerprint

logging.disable_progress_bar()  # we show a progress bar of our own
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Loaded:
    """A model in evaluation mode on its device, with what identifies it."""

    model: nn.Module
    tokenizer: PreTrainedTokenizerBase
    fingerprint: str
    dtype: str
    untied: tuple[str, ...] = ()  # parameters that the checkpoint ties, and that are separate tensors here
    quantisation: str | None = None
    device: str = "auto"  # as requested: further checkpoints are loaded onto the same


def best_device(device: str = "auto", here: str = "auto") -> str:
    """Return the device that `auto` (cuda, mps or cpu, the first that is there) or any other name stands for.

    `here`: the device of the worker. There `auto` means this device, and so does `cuda` if it is cuda:1, say.

    Raises:
        ValueError: a device that this machine lacks.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    device = here if device in ("auto", here.partition(":")[0]) else device
    if device == "auto":
        return next(name for name, there in present.items() if there)
    kind, _, index = device.partition(":")
    indices = {"", *map(str, range(torch.cuda.device_count()))} if kind == "cuda" else {""}
    if not present.get(kind) or index not in indices:
        there = ", ".join(name for name, is_there in present.items() if is_there)
        raise ValueError(f"no device {device!r} here: expected one of auto, {there}")
    return device


def load(
    name: str,
    *,
    dtype: str = "auto",
    device: str = "auto",
    trust_remote_code: bool = False,
    unmerged: str | None = None,
    untied: tuple[str, ...] = (),
) -> Loaded:
    """Load the model of a checkpoint (see `load_model`) and its tokenizer.

    `untied`: tied parameters that become separate tensors. The outputs stay the same; the weight space is larger.

    Raises:
        ValueError: what `load_model` raises; no tokenizer, or a damaged one; files that changed meanwhile.
    """
    content = fingerprint(name)
    model = load_model(name, dtype=dtype, device=device, trust_remote_code=trust_remote_code, unmerged=unmerged)
    tokenizer = _tokenizer(name, trust_remote_code)
    for parameter in untied:
        owner, _, leaf = parameter.rpartition(".")
        module = model.get_submodule(owner)
        setattr(module, leaf, nn.Parameter(getattr(module, leaf).detach().clone(), requires_grad=False))
    stored = str(next(model.parameters()).dtype).removeprefix("torch.")
    if fingerprint(name) != content:
        raise ValueError(f"{name!r} changed while it was loaded: wait until it is complete")
    return Loaded(model, tokenizer, content, stored, untied, quantisation_of(files.resolve(name).folder), device)


def load_model(
    name: str,
    *,
    dtype: str = "auto",
    device: str = "auto",
    trust_remote_code: bool = False,
    unmerged: str | None = None,
) -> nn.Module:
    """Load the model of a checkpoint: adapters merged into their base, all weights finite. Needs no tokenizer.

    dtype `auto` keeps the stored one. A model larger than one GPU is spread over all (`device_map="auto"`).
    `unmerged` names a PEFT checkpoint: adapters are then not merged, and a checkpoint without an adapter gets that
    one's A with B = 0, which changes no output. A quantised base stays as it is stored.

    Raises:
        ValueError: what `files.resolve` raises; an adapter to merge into a quantised base, or no library that reads
            it, or 4-bit weights in a shape that this CPU cannot use; NaN or infinite weights; code that is not
            trusted; a config that transformers refuses; weights that do not fill the architecture; an adapter of
            another base.
    """
    source, device = files.resolve(name), best_device(device)
    quantisation = quantisation_of(source.folder)
    if quantisation and source.adapter and unmerged is None:
        raise ValueError(
            f"{name!r} has a quantised base ({quantisation}), into which none merges: {files.ADAPTER_ONLY_HINT}"
        )
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code, "use_safetensors": True}
    options["ignore_mismatched_sizes"] = True  # they are refused below, by name
    if device == "cuda" and _larger_than_one_gpu(source.folder, dtype):
        options["device_map"] = "auto"
    elif quantisation:
        options["device_map"] = {"": device}  # what is quantised cannot be sent to a device afterwards
    with _explained(name):
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            str(source.folder), dtype=DTYPES.get(dtype, "auto"), output_loading_info=True, **options
        )
    model, report = loaded
    absent = [f"{key} missing" for key in sorted(report["missing_keys"])]
    absent += [f"{key} of another shape" for key in sorted(key for key, *_ in report["mismatched_keys"])]
    if absent:
        raise ValueError(f"the weights of {name!r} do not fill its architecture: {', '.join(absent[:3])}")
    if unmerged is not None:
        model = _wrapped(model, source.adapter or _adapter_folder(unmerged), zero=source.adapter is None)
    elif source.adapter is not None:
        model = _merge(model, str(source.adapter))
    if "device_map" not in options:
        model.to(device)
    parameters.detach_from_files(model)
    parameters.require_cpu_packing(name, model)
    parameters.require_finite(name, model)
    return model.eval().requires_grad_(False)


def matrices(model: nn.Module) -> dict[str, bool]:
    """Return the weight matrices of linear layers, experts included, by name: True if stored transposed (in, out).

    Embeddings and head are not among them, tied or not. Stacks of experts are (experts, out, in).
    """
    transformers_model: Any = model
    ends = [getattr(transformers_model, f"get_{end}_embeddings", lambda: None)() for end in ("input", "output")]
    outside = {inner for end in ends if end is not None for inner in end.modules()}
    found: dict[str, bool] = {}
    for prefix, module in model.named_modules():
        linear = isinstance(module, nn.Linear | Conv1D)
        if module not in outside and (linear or hasattr(module, "is_transposed")):  # as transformers' experts have
            turned = getattr(module, "is_transposed", isinstance(module, Conv1D))
            own = module.named_parameters(prefix, recurse=False)
            found |= {name: bool(turned) for name, weight in own if weight.ndim == (2 if linear else 3)}
    return found


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Within the block, what transformers raises for a checkpoint becomes a ValueError of one line."""
    try:
        yield
    except (ValueError, OSError, KeyError, ImportError, StrictDataclassError) as error:
        raise ValueError(f"cannot load {name!r}: {_first_line(error)}") from None


@dataclass(frozen=True)
class ArchitectureSpec:
    """What an architecture says of its weights without loading any: names as in `parameters.select`, shapes, ties."""

    shapes: dict[str, tuple[int, ...]]  # the distinct floating-point parameters
    aliases: dict[str, str]  # another name of a tied parameter → its name in `shapes`
    transposed: frozenset[str]  # weights that are stored inputs × outputs (GPT-2's)
    ignores: Callable[[str], bool]  # whether a stored name is a buffer, or one that transformers ignores
    renamed: Callable[[str], str]  # a stored name → the name of its parameter


def architecture(name: str, *, trust_remote_code: bool = False) -> ArchitectureSpec:
    """Return the parameters that a checkpoint's config asks for (for an adapter, its base's). Takes no memory.

    Raises:
        ValueError: what `files.resolve` raises; a quantised checkpoint; code that is not trusted; a config that
            transformers refuses.
    """
    folder = files.resolve(name).folder
    if quantisation := quantisation_of(folder):
        raise ValueError(f"{name!r} is quantised ({quantisation}): its weights are no tensors of numbers to compare")
    with _explained(name), torch.device("meta"):
        config = AutoConfig.from_pretrained(str(folder), trust_remote_code=trust_remote_code)
        model: Any = AutoModelForCausalLM.from_config(config, trust_remote_code=trust_remote_code)
    selected = parameters.select(model)
    aliases = parameters.aliases(model)
    modules = [name for name, module in model.named_modules() if isinstance(module, Conv1D)]
    ignored = [re.compile(pattern) for pattern in model._keys_to_ignore_on_load_unexpected or ()]
    ignored += [re.compile(r"rotary_emb\.inv_freq$"), re.compile(r"(^|\.)position_ids$")]  # buffers of older versions
    buffers = {name for name, _ in model.named_buffers()}
    known = dict.fromkeys([*selected, *aliases, *buffers], True)
    renamings = [rule for rule in get_model_conversion_mapping(model) if isinstance(rule, WeightRenaming)]
    return ArchitectureSpec(
        shapes={name: tuple(weight.shape) for name, weight in selected.items()},
        aliases=aliases,
        transposed=frozenset(f"{name}.weight" for name in modules),
        ignores=lambda name: name in buffers or any(pattern.search(name) for pattern in ignored),
        renamed=lambda name: rename_source_key(name, renamings, [], model.base_model_prefix, known)[0],
    )


def _tokenizer(name: str, trust_remote_code: bool) -> PreTrainedTokenizerBase:
    folder = files.resolve(name).folder
    try:
        return AutoTokenizer.from_pretrained(str(folder), trust_remote_code=trust_remote_code)
    except Exception as error:  # all that tokenizers raises for a damaged file
        hint = f"copy the tokenizer files of the model it was trained from into {folder}"
        raise ValueError(f"cannot load the tokenizer of {name!r} ({_first_line(error).rstrip(':')}): {hint}") from None


def _first_line(error: Exception) -> str:
    """Return the first line of an error, and the option that allows what transformers asks for."""
    hint = "; pass --trust-remote-code if you trust its code" if "trust_remote_code" in str(error) else ""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return (" ".join(lines[:2]) if lines[0].endswith(":") else lines[0]) + hint


def _merge(model: nn.Module, adapter: str) -> nn.Module:
    """Merge a PEFT adapter into its base. Raises ValueError for an adapter of another base."""
    adapted = _adapted(model, adapter)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*no longer tied after merging.*")  # that is what was trained
        merged: nn.Module = adapted.merge_and_unload()
    return merged


def _wrapped(model: nn.Module, adapter: Path, *, zero: bool) -> nn.Module:
    """Put a PEFT adapter beside its base's weights; with B = 0 if `zero`."""
    wrapped: nn.Module = _adapted(model, str(adapter)).get_base_model()
    for name, weight in wrapped.named_parameters():
        if zero and ".lora_B." in name:
            weight.data.zero_()
    return wrapped


def _adapter_folder(name: str) -> Path:
    adapter = files.resolve(name).adapter
    if adapter is None:
        raise ValueError(f"expected a PEFT adapter, got {name!r}, which has none")
    return adapter


def _adapted(model: nn.Module, adapter: str) -> Any:
    """Return the PeftModel of a base and an adapter's folder. Raises ValueError for an adapter of another base."""
    with warnings.catch_warnings():  # peft 0.21 still asks transformers 5 by an old name
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        warnings.filterwarnings("ignore", message=".*tie_word_embeddings=True.*")  # an adapter may have its own head
        try:
            return PeftModel.from_pretrained(model, adapter, use_safetensors=True)
        except RuntimeError as error:
            if "size mismatch" not in str(error):
                raise
            raise ValueError(
                f"the adapter {adapter} does not fit this base: its tensors have other shapes; name its own base"
            ) from None


def _larger_than_one_gpu(folder: Path, dtype: str) -> bool:
    """Whether a checkpoint, in the dtype it is loaded in, leaves a GPU too little room. Adapters are not counted."""
    size = files.size(folder, DTYPES[dtype].itemsize if dtype in DTYPES else None)
    return size > 0.8 * torch.cuda.mem_get_info()[0]


class Pool:
    """Holds the last model, so that several runs on one checkpoint load it once."""

    def __init__(self, here: str = "auto") -> None:
        """Start empty. `here`: see `best_device`."""
        self._here = here
        self._key: tuple[str, ...] = ()
        self._loaded: Loaded | None = None

    def get(
        self,
        name: str,
        *,
        dtype: str,
        device: str,
        trust_remote_code: bool = False,
        unmerged: str | None = None,
        untied: tuple[str, ...] = (),
    ) -> Loaded:
        """Return the model of `load`; it is loaded again only if name, content, dtype or device have changed."""
        device, adapter = best_device(device, self._here), fingerprint(unmerged) if unmerged else ""
        key = (name, fingerprint(name), dtype, device, str(trust_remote_code), adapter, *untied)
        if self._loaded is None or key != self._key:
            self._key, self._loaded = (), None  # free the last model before the next is built
            options: dict[str, Any] = {"trust_remote_code": trust_remote_code, "unmerged": unmerged, "untied": untied}
            self._loaded, self._key = load(name, dtype=dtype, device=device, **options), key
        return self._loaded
