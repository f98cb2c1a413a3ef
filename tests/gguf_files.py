"""GGUF files as llama.cpp's convert_hf_to_gguf.py writes them, of tiny models; with the library gguf alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from transformers import PreTrainedTokenizerFast

ARCHITECTURES = {"mistral": "llama", "gemma3_text": "gemma3"}  # of transformers → of llama.cpp, where they differ
_TRANSPOSED = ("attn_qkv.weight", "attn_output.weight", "ffn_up.weight", "ffn_down.weight")  # of GPT-2
_NORMAL, _CONTROL, _UNUSED = 1, 3, 5


def permuted(weights: np.ndarray, heads: int) -> np.ndarray:
    """Rows of q or k in llama.cpp's order for rotary positions: the halves of each head interleaved."""
    return np.stack([half for pair in zip(*_halves(weights, heads), strict=True) for half in pair])


def _halves(weights: np.ndarray, heads: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """For each head in turn: the rows of its first half, and of its second."""
    size = len(weights) // heads
    places = [(head * size, head * size + size // 2) for head in range(heads)]
    first = [weights[start + row] for start, _ in places for row in range(size // 2)]
    second = [weights[middle + row] for _, middle in places for row in range(size // 2)]
    return first, second


def tensors_of(model: Any) -> dict[str, np.ndarray]:
    """The tensors of a model under llama.cpp's names, as its converter turns and shifts them."""
    config = model.config
    kind = ARCHITECTURES.get(config.model_type, config.model_type)
    arch = next(arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == kind)
    names = gguf.get_tensor_name_map(arch, config.num_hidden_layers)
    found = {}
    for key, weight in model.state_dict().items():
        if key == "lm_head.weight" and config.tie_word_embeddings:
            continue
        values, name = weight.float().numpy(), names.get_name(key, try_suffixes=(".weight", ".bias"))
        assert name is not None, key
        if kind == "llama" and (".attn_q." in name or ".attn_k." in name):
            values = permuted(values, config.num_attention_heads if "_q." in name else config.num_key_value_heads)
        if kind.startswith("gemma") and name.endswith("norm.weight"):
            values = values + 1
        if kind == "gpt2" and name.endswith(_TRANSPOSED) and name != "output.weight":
            values = values.T
        found[name] = np.ascontiguousarray(values)
    return found


def settings_of(model: Any) -> dict[str, Any]:
    """What the converter writes of a config, without the architecture's name before it."""
    config = model.config
    heads = config.num_attention_heads
    head = getattr(config, "head_dim", None) or config.hidden_size // heads
    rope = getattr(config, "rope_parameters", None) or {}
    rope = rope.get("full_attention", rope)
    found = {
        "context_length": config.max_position_embeddings,
        "embedding_length": config.hidden_size,
        "block_count": config.num_hidden_layers,
        "feed_forward_length": getattr(config, "intermediate_size", None) or 4 * config.hidden_size,
        "attention.head_count": heads,
        "attention.head_count_kv": getattr(config, "num_key_value_heads", None) or heads,
    }
    for key, field in {
        "attention.layer_norm_rms_epsilon": "rms_norm_eps",
        "attention.layer_norm_epsilon": "layer_norm_epsilon",
        "attn_logit_softcapping": "attn_logit_softcapping",
        "final_logit_softcapping": "final_logit_softcapping",
        "use_parallel_residual": "use_parallel_residual",
    }.items():
        if getattr(config, field, None) is not None:
            found[key] = getattr(config, field)
    for field in ("norm_epsilon", "layer_norm_eps"):
        if getattr(config, field, None) is not None:
            found["attention.layer_norm_epsilon"] = getattr(config, field)
    if getattr(config, "sliding_window", None) and config.model_type.startswith(("gemma", "phi3")):
        found["attention.sliding_window"] = config.sliding_window
    if rope:
        found["rope.freq_base"] = float(rope["rope_theta"])
        found["rope.dimension_count"] = int(head * rope.get("partial_rotary_factor", 1.0))
    if config.model_type.startswith(("gemma", "qwen3")):
        found |= {"attention.key_length": head, "attention.value_length": head}
    return found


def vocabulary_of(tokenizer: PreTrainedTokenizerFast, rows: int) -> dict[str, Any]:
    """What the converter writes of a byte-level tokenizer; rows of the embedding beyond it get a filler each."""
    known = {index: token for token, index in tokenizer.get_vocab().items()}
    tokens = [known.get(index, f"[PAD{index}]") for index in range(rows)]
    special = set(tokenizer.all_special_tokens)
    model = __import__("json").loads(tokenizer.backend_tokenizer.to_str())["model"]
    found = {
        "model": "gpt2",
        "pre": "default",
        "tokens": tokens,
        "token_type": [
            _CONTROL if token in special else _NORMAL if index in known else _UNUSED
            for index, token in enumerate(tokens)
        ],
        "merges": [" ".join(pair) for pair in model["merges"]],
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "padding_token_id": tokenizer.pad_token_id,
        "unknown_token_id": tokenizer.unk_token_id,
        "add_bos_token": True,
    }
    return {f"tokenizer.ggml.{key}": value for key, value in found.items() if value is not None}


def write(
    file: Path,
    model: Any,
    tokenizer: PreTrainedTokenizerFast,
    kind: Kind = Kind.F32,
    settings: Mapping[str, Any] | None = None,
    extra: Mapping[str, np.ndarray] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> Path:
    """Write a model. Matrices are of one `kind` (others by name), vectors stay in fp32, as llama.cpp keeps them.

    `settings` (in full) are written beside those of the model, or instead; None leaves one out.
    """
    name = ARCHITECTURES.get(model.config.model_type, model.config.model_type)
    writer = gguf.GGUFWriter(file, name)
    said = {f"{name}.{key}": value for key, value in settings_of(model).items()}
    said |= {"general.name": "Tiny"} | vocabulary_of(tokenizer, model.config.vocab_size) | dict(settings or {})
    for key, value in said.items():
        add(writer, key, value)
    for key, values in (tensors_of(model) | dict(extra or {})).items():
        add_tensor(writer, key, values, (kinds or {}).get(key, kind if values.ndim > 1 else Kind.F32))
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    return file


def add(writer: gguf.GGUFWriter, key: str, value: Any) -> None:
    """Write one setting in the type that llama.cpp gives it."""
    match value:
        case None:
            pass
        case bool():
            writer.add_bool(key, value)
        case int():
            writer.add_uint32(key, value)
        case float():
            writer.add_float32(key, value)
        case str():
            writer.add_string(key, value)
        case _:
            writer.add_array(key, value)


def add_tensor(writer: gguf.GGUFWriter, key: str, values: np.ndarray, kind: Kind) -> None:
    if values.shape[-1] % gguf.GGML_QUANT_SIZES[kind][0]:
        kind = Kind.F32  # as llama.cpp keeps what is no whole number of blocks
    writer.add_tensor(key, gguf.quants.quantize(values.astype(np.float32), kind), raw_dtype=kind)


def dequantised(values: np.ndarray, kind: Kind) -> torch.Tensor:
    """What a file of a kind holds of these values, by the library gguf."""
    return torch.from_numpy(gguf.quants.dequantize(gguf.quants.quantize(values, kind), kind))
