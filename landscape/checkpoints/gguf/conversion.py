"""A GGUF file as a folder that transformers reads: weights de-quantised to safetensors, config, tokenizer."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GgufConfig,
    PreTrainedTokenizerFast,
    modeling_gguf_pytorch_utils,
)
from transformers.utils import logging

from landscape.checkpoints.gguf import settings, tokenizers
from landscape.checkpoints.gguf.header import NOTES, ROPE_FREQUENCIES, Header, Tensor, read

SHARD = "2GB"  # what is written at a time is copied in memory
_HALVES = {"F16": torch.float16, "BF16": torch.bfloat16}


def convert(file: Path, folder: Path) -> None:
    """Write a folder that holds what a file holds, without losing a bit of it.

    Weights that were quantised are stored in fp32, in which llama.cpp computes them too; a file of halves stays one.
    In memory at a time: the model, the file, and its largest tensor.

    Raises:
        ValueError: as `header.read` and `settings.complete`; what transformers refuses; weights of the file that no
            parameter takes, or parameters that it does not fill.
    """
    header = read(file)
    settings.require_known(header)
    try:
        model, report = _load(header)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(str(file.parent), gguf_file=file.name)
    except (ValueError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # a setting that lacks, or is of another kind, may break transformers anywhere
        said = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"transformers cannot read {file} ({said}): {settings.ORIGINAL}") from None
    _require_filled(header, model, report)
    model.hf_quantizer = None  # it is a plain model now
    vars(model.config).pop("quantization_config", None)
    _set_ends(header, model)
    model.save_pretrained(folder, max_shard_size=SHARD)
    remarks = tokenizers.save(header, tokenizer, folder)
    (folder / NOTES).write_text(json.dumps({"file": file.name, "remarks": remarks}), encoding="utf-8")


def _load(header: Header) -> tuple[Any, dict[str, Any]]:
    """Return the model of a file, and what transformers says of its loading."""
    place = {"pretrained_model_name_or_path": str(header.file.parent), "gguf_file": header.file.name}
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    modeling_gguf_pytorch_utils.tqdm = lambda tensors, **_: tensors
    config = AutoConfig.from_pretrained(**place)
    settings.complete(header, config, _frequencies(header))
    found: Any = AutoModelForCausalLM.from_pretrained(
        **place,
        config=config,
        dtype=_dtype(header),
        quantization_config=GgufConfig(dequantize=True),  # otherwise compiled code is fetched from the hub
        ignore_mismatched_sizes=True,
        output_loading_info=True,
    )
    model, report = found
    return model, report


def _dtype(header: Header) -> torch.dtype:
    """Return the narrowest dtype that holds every weight of a file exactly, of those that it is stored in."""
    kinds = {tensor.kind for tensor in header.tensors}
    half = next((kind for kind in _HALVES if kinds <= {kind, "F32"} and kind in kinds), None)
    if half is None or header.architecture.startswith("gemma"):  # whose norms are stored as 1 + w
        return torch.float32
    dtype = _HALVES[half]
    whole = (_floats(header, tensor) for tensor in header.tensors if tensor.kind == "F32")
    return dtype if all(torch.equal(values.to(dtype).float(), values) for values in whole) else torch.float32


def _floats(header: Header, tensor: Tensor) -> torch.Tensor:
    with header.file.open("rb") as handle:
        handle.seek(tensor.start)
        return torch.frombuffer(bytearray(handle.read(tensor.size)), dtype=torch.float32)


def _frequencies(header: Header) -> list[float] | None:
    found = next((tensor for tensor in header.tensors if tensor.name == ROPE_FREQUENCIES), None)
    return None if found is None else _floats(header, found).tolist()


def _require_filled(header: Header, model: nn.Module, report: dict[str, Any]) -> None:
    """Raises ValueError unless every parameter is of the file, and every weight of the file in a parameter."""
    wrong = [f"{key} is missing" for key in sorted(report["missing_keys"])]
    wrong += [f"{key} has another shape" for key in sorted(key for key, *_ in report["mismatched_keys"])]
    if not wrong:
        stored, built = header.weights, sum(parameter.numel() for parameter in model.parameters())
        wrong = [] if stored == built else [f"it holds {stored:,} weights, and its model has {built:,}"]
    if wrong:
        raise ValueError(
            f"{header.file} does not fill a model of {header.architecture} as transformers builds it ({wrong[0]}): "
            f"{settings.ORIGINAL}"
        )


def _set_ends(header: Header, model: Any) -> None:
    """Let a text end at every token at which llama.cpp ends it."""
    ends = [header.settings.get(f"tokenizer.ggml.{name}_token_id") for name in ("eos", "eot", "eom")]
    known = list(dict.fromkeys(end for end in ends if end is not None))
    model.generation_config.eos_token_id = known[0] if len(known) == 1 else known or None
