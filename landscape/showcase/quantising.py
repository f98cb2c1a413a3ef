"""The fine-tune of the showcase in 4 bits, as a GGUF file: what somebody who ships it would hand out."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import MODEL_ARCH, GGMLQuantizationType, GGUFReader, GGUFWriter, get_tensor_name_map
from gguf.quants import quantize

KIND = GGMLQuantizationType.Q4_0
_LEFT = (GGMLQuantizationType.F32, GGMLQuantizationType.Q8_0)  # norms, and the table of tokens: kept as they are


def quantise(base: Path, model: Any, file: Path) -> None:
    """Write a fine-tune of a Llama that came as a GGUF file: the base's file, its matrices those of `model` in Q4_0.

    Settings, tokenizer, and the tensors that the base stores in more bits are copied.
    """
    read, config = GGUFReader(base), model.config
    names = get_tensor_name_map(MODEL_ARCH.LLAMA, config.num_hidden_layers)
    weights = {names.get_name(key, try_suffixes=(".weight",)): tensor for key, tensor in model.state_dict().items()}
    writer = GGUFWriter(file, "llama")
    for field in read.fields.values():
        if not field.name.startswith("GGUF.") and field.name != "general.architecture":
            writer.add_key_value(field.name, field.contents(), field.types[0], field.types[-1])
    for tensor in read.tensors:
        if tensor.tensor_type in _LEFT:
            writer.add_tensor(tensor.name, np.array(tensor.data), raw_dtype=tensor.tensor_type)
        else:
            values = _in_order_of_llama_cpp(tensor.name, weights[tensor.name].float(), config).numpy()
            writer.add_tensor(tensor.name, quantize(values, KIND), raw_dtype=KIND)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _in_order_of_llama_cpp(name: str, weight: torch.Tensor, config: Any) -> torch.Tensor:
    """The rows of queries and keys with the two halves of each head interleaved, as its rotary positions take them."""
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}.get(name.split(".")[-2])
    if heads is None:
        return weight.contiguous()
    return weight.unflatten(0, (heads, 2, -1)).transpose(1, 2).flatten(0, 2).contiguous()
