"""Load a checkpoint's model and tokenizer. Only here are checkpoints read with transformers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedTokenizerBase
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging

from landscape.checkpoints import files, parameters
from landscape.checkpoints.adapters import loading
from landscape.checkpoints.config import chat_template, generation_settings, require_sound_generation
from landscape.checkpoints.config import quantisation as quantisation_of
from landscape.checkpoints.fingerprints import fingerprint
from landscape.checkpoints.in_hand.folders import held_twin
from landscape.checkpoints.stored import names
from landscape.checkpoints.stored.architecture import architecture, explained, fill, first_line
from landscape.outside import imports, trust

logging.disable_progress_bar()  # we show a progress bar of our own
logging.set_verbosity_error()  # and say in one sentence what is wrong, or not loaded
_TRIAL = "A first text, 1 + 2 = 3; é, 猫. " * 32  # what a damaged tokenizer breaks may show only here
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
    remarks: tuple[str, ...] = ()  # sentences: what is stored and not loaded


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
    unmerged: str | None = None,
    untied: tuple[str, ...] = (),
) -> Loaded:
    """Load the model of a checkpoint (see `load_model`) and its tokenizer.

    `untied`: tied parameters that become separate tensors. The outputs stay the same; the weight space is larger.

    Raises:
        ValueError: what `load_model` raises; no tokenizer, or a damaged one; files that changed meanwhile.
    """
    content = fingerprint(name)
    require_sound_generation(files.resolve(name).generation)
    model = load_model(name, dtype=dtype, device=device, unmerged=unmerged)
    _try(name, model)
    tokenizer = tokenizer_of(name)
    for parameter in untied:
        owner, _, leaf = parameter.rpartition(".")
        module = model.get_submodule(owner)
        setattr(module, leaf, nn.Parameter(getattr(module, leaf).detach().clone(), requires_grad=False))
    stored = str(next(model.parameters()).dtype).removeprefix("torch.")
    folder = files.resolve(name).folder
    remarks = tuple(names.read(folder).remarks)
    if fingerprint(name) != content:
        raise ValueError(f"{name!r} changed while it was loaded: wait until it is complete")
    return Loaded(model, tokenizer, content, stored, untied, quantisation_of(folder), device, remarks)


def _try(name: str, model: nn.Module) -> None:
    """Run the model once: what a damaged config breaks may show only here. Raises ValueError where it breaks."""
    parameter = next(model.parameters())
    with explained(name), torch.no_grad():
        logits = model(torch.zeros(1, 2, dtype=torch.long, device=parameter.device)).logits
    if parameter.dtype == torch.float32 and not torch.isfinite(logits).all():
        raise ValueError(f"{name!r} has finite weights, and computes NaN or infinite logits: its config is damaged")


def load_model(
    name: str,
    *,
    dtype: str = "auto",
    device: str = "auto",
    unmerged: str | None = None,
) -> nn.Module:
    """Load the model of a checkpoint: adapters merged into their base, all weights finite. Needs no tokenizer.

    dtype `auto` keeps the stored one. A model larger than one GPU is spread over all (`device_map="auto"`). Of a model
    in hand (`in_hand`) the weights are taken as they lie in memory: who moves them puts them back.
    `unmerged` names a PEFT checkpoint: adapters are then not merged, and a checkpoint without an adapter gets that
    one's A with B = 0, which changes no output. A quantised base stays as it is stored.

    Raises:
        ValueError: what `files.resolve` raises; an adapter to merge into a quantised base, or no library that reads
            it, or 4-bit weights in a shape that this CPU cannot use; NaN or infinite weights; code that is not
            trusted; a config that transformers refuses; weights that do not fill the architecture, or that it does
            not know (see `fill`); an adapter of another base.
    """
    source, device = files.resolve(name), best_device(device)
    quantisation = quantisation_of(source.folder)
    if quantisation in ("bitsandbytes", "quantised"):
        imports.bitsandbytes()
    if quantisation and (source.adapters if unmerged is None else source.adapters[:-1]):
        hint = files.ADAPTER_ONLY_HINT if len(source.adapters) == 1 else "name the base that is not quantised"
        raise ValueError(f"{name!r} has a quantised base ({quantisation}), into which none merges: {hint}")
    if not quantisation:  # before anything is allocated
        fill(name, architecture(name))
    in_hand = held_twin(source.folder, DTYPES.get(dtype), device) if unmerged is None and not source.adapters else None
    model, in_place = _read(name, source, dtype, device) if in_hand is None else (in_hand, True)
    if model.can_generate():
        vars(model.generation_config).update(generation_settings(source.generation, tuple(vars(GenerationConfig()))))
    if unmerged is not None:
        model = loading.merged(model, source.adapters[:-1])
        model = loading.beside(model, source.adapter or _adapter_folder(unmerged), zero=source.adapter is None)
    else:
        model = loading.merged(model, source.adapters)
    if not in_place:
        model.to(device)
    if in_hand is None:
        parameters.detach_from_files(model)
    parameters.require_cpu_packing(name, model)
    parameters.require_finite(name, model)
    return model.eval().requires_grad_(False)


def _read(name: str, source: files.Source, dtype: str, device: str) -> tuple[Any, bool]:
    """Return the model of a checkpoint's whole weights, read from its folder, and whether it is on its device.

    Raises ValueError as `load_model`.
    """
    quantisation = quantisation_of(source.folder)
    options: dict[str, Any] = {"trust_remote_code": trust.is_given(source.folder), "use_safetensors": True}
    options |= {"ignore_mismatched_sizes": True, "generation_config": GenerationConfig()}  # both are looked at below
    if device == "cuda" and _larger_than_one_gpu(source.folder, dtype):
        options["device_map"] = "auto"
    elif quantisation:
        options["device_map"] = {"": device}  # what is quantised cannot be sent to a device afterwards
    with explained(name):
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            str(source.folder), dtype=DTYPES.get(dtype, "auto"), output_loading_info=True, **options
        )
    model, report = loaded
    absent = [f"{key} missing" for key in sorted(report["missing_keys"])]
    absent += [f"{key} of another shape" for key in sorted(key for key, *_ in report["mismatched_keys"])]
    if absent:
        raise ValueError(f"the weights of {name!r} do not fill its architecture: {', '.join(absent[:3])}")
    return model, "device_map" in options


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


def tokenizer_of(name: str) -> PreTrainedTokenizerBase:
    """Return the tokenizer of a checkpoint, with the chat template that was saved last."""
    source = files.resolve(name)
    folder = source.tokenizer
    try:
        found = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=trust.is_given(folder))
        found.decode(found(_TRIAL)["input_ids"])
    except BaseException as error:  # all that tokenizers raises for a damaged file
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":  # which is Rust's own
            raise
        hint = f"copy the tokenizer files of the model it was trained from into {folder}"
        raise ValueError(f"cannot load the tokenizer of {name!r} ({first_line(error).rstrip(':')}): {hint}") from None
    if source.templated != folder:
        found.chat_template = chat_template(source.templated)
    return found


def _adapter_folder(name: str) -> Path:
    adapter = files.resolve(name).adapter
    if adapter is None:
        raise ValueError(f"expected a PEFT adapter, got {name!r}, which has none")
    return adapter


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
        unmerged: str | None = None,
        untied: tuple[str, ...] = (),
    ) -> Loaded:
        """Return the model of `load`; it is loaded again only if name, content, dtype or device have changed."""
        device, adapter = best_device(device, self._here), fingerprint(unmerged) if unmerged else ""
        key = (name, fingerprint(name), dtype, device, adapter, *untied)
        if self._loaded is None or key != self._key:
            self._key, self._loaded = (), None  # free the last model before the next is built
            self._loaded = load(name, dtype=dtype, device=device, unmerged=unmerged, untied=untied)
            self._key = key
        return self._loaded
