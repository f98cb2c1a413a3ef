"""Which settings of a GGUF file a config of transformers must hold, so that its model computes what the file's does.

transformers reads most of them. What it leaves at a default is set here, and what neither it nor this module
understands is refused: a setting that is passed over changes what a model computes, without a word.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from landscape.checkpoints.gguf.header import ROPE_FREQUENCIES, Header

# llama.cpp's names of the architectures whose files are held, in tests, equal to the model they were made from.
ARCHITECTURES = ("llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2", "starcoder2", "stablelm")
ORIGINAL = "name the folder of transformers that it was made from, or the hub's org/name"
_FIELDS = {  # setting → the config's field, whatever the architecture calls it
    "context_length": ("max_position_embeddings", "n_positions"),
    "embedding_length": ("hidden_size", "n_embd"),
    "block_count": ("num_hidden_layers", "n_layer"),
    "feed_forward_length": ("intermediate_size", "n_inner"),
    "attention.head_count": ("num_attention_heads", "n_head"),
    "attention.head_count_kv": ("num_key_value_heads", "num_attention_heads"),
    "attention.key_length": ("head_dim",),
    "attention.value_length": ("head_dim",),
    "attention.layer_norm_rms_epsilon": ("rms_norm_eps",),
    "attention.layer_norm_epsilon": ("layer_norm_epsilon", "norm_epsilon", "layer_norm_eps"),
    "attention.sliding_window": ("sliding_window",),
    "attn_logit_softcapping": ("attn_logit_softcapping",),
    "final_logit_softcapping": ("final_logit_softcapping",),
    "use_parallel_residual": ("use_parallel_residual",),
    "vocab_size": ("vocab_size",),
}
_SAID_ALREADY = {"tensor_data_layout", "rope.scaling.finetuned"}  # of how the file was made: they change nothing
_NEUTRAL = {"attention.causal": True, "rope.scaling.attn_factor": 1.0, "logit_scale": 1.0, "expert_count": 0,
            "expert_used_count": 0}  # fmt: skip
_LARGEST_GEMMA = {"gemma2": 46, "gemma3": 62}  # layers of the 27B, whose attention alone is scaled by hidden / heads
_USUAL_BASE = 10000.0  # which llama.cpp takes where a file says none
_LOW, _HIGH, _FORMER_CONTEXT = 1.0, 4.0, 8192  # of Llama 3's scaling, in all models that have it


def require_known(header: Header) -> None:
    """Raises ValueError for an architecture whose files are not read."""
    if header.architecture not in ARCHITECTURES:
        raise ValueError(
            f"{header.file} is of the architecture {header.architecture!r}, which is not read from a GGUF file (those "
            f"that are: {', '.join(ARCHITECTURES)}): {ORIGINAL}"
        )


def complete(header: Header, config: Any, frequencies: Sequence[float] | None = None) -> None:
    """Make a config of transformers, in place, say all that the file says. `frequencies`: of ROPE_FREQUENCIES.

    Raises:
        ValueError: a setting that the architecture's config has no field for.
    """
    _fill_in(header, config)
    said = {key.removeprefix(start): value for key, value in header.settings.items()
            if key.startswith(start := f"{header.architecture}.")}  # fmt: skip
    for name, value in said.items():
        if name in _FIELDS:
            _set(header, config, name, value)
        elif not (name in _SAID_ALREADY or name.startswith("rope.") or _same(value, _NEUTRAL.get(name))):
            raise _not_read(header, name, value)
    _set_rope(header, config, said)
    if frequencies is not None and max(frequencies) != 1:
        _set_frequencies(header, config, frequencies)


def _fill_in(header: Header, config: Any) -> None:
    """Set what tensors say, and what llama.cpp knows by the size of a model."""
    named = {tensor.name for tensor in header.tensors}
    if header.architecture == "llama":
        config.attention_bias, config.mlp_bias = "blk.0.attn_q.bias" in named, "blk.0.ffn_up.bias" in named
    if header.architecture == "stablelm":
        config.qk_layernorm = "blk.0.attn_q_norm.weight" in named
    if header.architecture in _LARGEST_GEMMA:
        head = header.setting("attention.key_length") or config.head_dim
        largest = config.num_hidden_layers == _LARGEST_GEMMA[header.architecture]
        config.query_pre_attn_scalar = config.hidden_size // config.num_attention_heads if largest else head
    config.pad_token_id = header.settings.get("tokenizer.ggml.padding_token_id")


def _set(header: Header, config: Any, name: str, value: Any) -> None:
    if isinstance(value, list):  # one a layer
        if len(set(value)) > 1:
            raise _not_read(header, name, value)
        value = value[0]
    field = next((field for field in _FIELDS[name] if hasattr(config, field)), None)
    if field is not None and not (field == "num_attention_heads" and name.endswith("_kv")):
        setattr(config, field, value)
        return
    usual = _head_size(config) if field is None and "_length" in name else getattr(config, field or "", None)
    if not _same(value, usual):
        raise _not_read(header, name, value)


def _head_size(config: Any) -> int:
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def _set_rope(header: Header, config: Any, said: Mapping[str, Any]) -> None:
    """Set the base, width and scaling of rotary positions."""
    rope = {name.removeprefix("rope."): value for name, value in said.items() if name.startswith("rope.")}
    kind, factor = rope.pop("scaling.type", "none"), rope.pop("scaling.factor", rope.pop("scale_linear", None))
    former = rope.pop("scaling.original_context_length", None)
    places = _rope_places(config)
    scaling: dict[str, Any] = {"rope_type": "default"}
    if factor not in (None, 0, 1) and kind in ("linear", "yarn", "none"):
        scaling = {"rope_type": "linear" if kind == "none" else kind, "factor": float(factor)}
    elif kind not in ("none", "linear", "yarn"):
        raise _not_read(header, "rope.scaling.type", kind)
    if scaling["rope_type"] == "yarn":
        scaling["original_max_position_embeddings"] = former or config.max_position_embeddings
    base, inner = rope.pop("freq_base", _USUAL_BASE), rope.pop("freq_base_swa", _USUAL_BASE)
    width = rope.pop("dimension_count", _head_size(config))
    left = {name: value for name, value in rope.items() if not _same(value, _NEUTRAL.get(f"rope.{name}"))}
    left = {name: value for name, value in left.items() if f"rope.{name}" not in _SAID_ALREADY}
    if left:
        raise _not_read(header, f"rope.{next(iter(left))}", next(iter(left.values())))
    for kind_of_layer, place in places.items():
        slides = kind_of_layer == "sliding_attention" and len(places) > 1
        place |= {"rope_theta": float(inner)} if slides else scaling | {"rope_theta": float(base)}
        if width != round(_head_size(config) * place.get("partial_rotary_factor", 1.0)):
            place["partial_rotary_factor"] = width / _head_size(config)


def _rope_places(config: Any) -> dict[str, dict[str, Any]]:
    """Return the settings of rotary positions by kind of layer; one entry where all layers have the same."""
    found = getattr(config, "rope_parameters", None) or {}
    nested = {name: value for name, value in found.items() if isinstance(value, dict)}
    return nested or ({"": found} if found else {})


def _set_frequencies(header: Header, config: Any, factors: Sequence[float]) -> None:
    """Set Llama 3's scaling, of which a file keeps nothing but the factors that it gives."""
    [place], largest = _rope_places(config).values(), max(factors)
    size = 2 * len(factors)
    for index, factor in enumerate(factors):
        wave = 2 * math.pi * place["rope_theta"] ** (2 * index / size)
        smooth = (_FORMER_CONTEXT / wave - _LOW) / (_HIGH - _LOW)
        expected = 1 / ((1 - (share := min(1.0, max(0.0, smooth)))) / largest + share)
        if not math.isclose(factor, expected, rel_tol=1e-4):
            raise _not_read(header, ROPE_FREQUENCIES, f"{factor:.6g} at frequency {index}")
    place |= {"rope_type": "llama3", "factor": float(largest), "low_freq_factor": _LOW, "high_freq_factor": _HIGH,
              "original_max_position_embeddings": _FORMER_CONTEXT}  # fmt: skip


def _same(value: Any, other: Any) -> bool:
    numbers = all(isinstance(each, int | float) for each in (value, other))
    return math.isclose(value, other, rel_tol=1e-6) if numbers else value == other


def _not_read(header: Header, name: str, value: Any) -> ValueError:
    return ValueError(
        f"{header.file} says {name} = {value} of its {header.architecture} model, which transformers does not read "
        f"from a GGUF file, so that another model would be measured: {ORIGINAL}"
    )
