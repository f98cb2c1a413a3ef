"""Checkpoints in memory: a name becomes a model and its tokenizer. The only home of transformers and peft."""

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModel
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import logging

from landscape import checkpoints
from landscape.fingerprints import fingerprint

logging.disable_progress_bar()  # a bar per shard is noise under our own
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Loaded:
    """A model in evaluation mode on its device, with what identifies it."""

    model: nn.Module
    tokenizer: PreTrainedTokenizerBase
    fingerprint: str
    dtype: str


def best_device(device: str = "auto") -> str:
    """`auto` → cuda, mps or cpu, whichever is there first.

    Raises:
        ValueError: a device that this machine lacks.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return next(name for name, there in present.items() if there)
    kind, _, index = device.partition(":")
    if not present.get(kind) or (index and int(index) >= torch.cuda.device_count()):
        there = ", ".join(name for name, is_there in present.items() if is_there)
        raise ValueError(f"no device {device!r} here: expected one of auto, {there}")
    return device


def load(name: str, *, dtype: str = "auto", device: str = "auto", trust_remote_code: bool = False) -> Loaded:
    """Build the model of a checkpoint, adapters merged into their base, all weights finite.

    dtype `auto` keeps the stored one. A model larger than one GPU is spread over all (`device_map="auto"`).

    Raises:
        ValueError: what `checkpoints.resolve` raises; NaN or infinite weights; code that is not trusted;
            weights that the architecture does not expect; no tokenizer.
    """
    source, device = checkpoints.resolve(name), best_device(device)
    folder = str(source.folder)
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code, "use_safetensors": True}
    if device == "cuda" and _larger_than_one_gpu(name):
        options["device_map"] = "auto"
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=DTYPES.get(dtype, "auto"), output_loading_info=True, **options
        )
        model, report = loaded
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=trust_remote_code)
    except (ValueError, OSError, KeyError) as error:
        hint = "; pass --trust-remote-code if you trust its code" if "trust_remote_code" in str(error) else ""
        raise ValueError(f"cannot load {name!r}: {str(error).splitlines()[0]}{hint}") from None
    if absent := sorted(report["missing_keys"]) or sorted(key for key, *_ in report["mismatched_keys"]):
        raise ValueError(f"the weights of {name!r} do not fill its architecture: {', '.join(absent[:3])} missing")
    if source.adapter is not None:
        model = _merge(model, str(source.adapter))
    if "device_map" not in options:
        model.to(device)
    _check_finite(name, model)
    stored = str(next(model.parameters()).dtype).removeprefix("torch.")
    return Loaded(model.eval().requires_grad_(False), tokenizer, fingerprint(name), stored)


def _merge(model: nn.Module, adapter: str) -> nn.Module:
    """The base with a PEFT adapter merged into its weights."""
    with warnings.catch_warnings():  # peft 0.21 still asks transformers 5 by an old name
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        return PeftModel.from_pretrained(model, adapter, use_safetensors=True).merge_and_unload()


def _larger_than_one_gpu(name: str) -> bool:
    free, _ = torch.cuda.mem_get_info()
    return checkpoints.describe(name).bytes > 0.8 * free


def _check_finite(name: str, model: nn.Module) -> None:
    for key, weight in model.named_parameters():
        if not torch.isfinite(weight.sum(dtype=torch.float32)):  # one pass, no mask in memory
            bad = int((~torch.isfinite(weight)).sum())
            if bad:
                raise ValueError(f"{name!r} has {bad} NaN or infinite weights in {key}: expected finite weights")


class Pool:
    """Keeps the last model, so that runs on one checkpoint load it once."""

    def __init__(self) -> None:
        """Start empty."""
        self._key: tuple[str, ...] = ()
        self._loaded: Loaded | None = None

    def get(self, name: str, *, dtype: str, device: str, trust_remote_code: bool = False) -> Loaded:
        """The model of `load`; loaded again only when name, content, dtype or device differ from the last."""
        key = (name, fingerprint(name), dtype, best_device(device), str(trust_remote_code))
        if self._loaded is None or key != self._key:
            self._key, self._loaded = (), None  # free the last model before the next is built
            self._loaded = load(name, dtype=dtype, device=device, trust_remote_code=trust_remote_code)
            self._key = key
        return self._loaded
