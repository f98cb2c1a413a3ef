"""The memory that comparing two checkpoints takes, and that more layers need no more of it.

The checkpoints are Llamas of a chosen shape in bfloat16, written shard by shard; no model is built.
"""

import json
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import torch

from landscape.bench.memory import peak_in_child, peak_memory

SHAPE_OF_7B = (4096, 11008, 32000)  # width, inner width, vocabulary

Shapes = dict[str, tuple[int, ...]]


def growth_of_peak_with_layers(width: int) -> float:
    """Return the peak resident set of comparing two checkpoints of 4 layers ÷ that of 2 layers."""
    (_, two), (_, four) = peaks_of_comparing((width, 3 * width, 4096))
    return four / two


def peaks_of_comparing(shape: tuple[int, int, int], layers: tuple[int, ...] = (2, 4)) -> list[tuple[float, float]]:
    """Return (resident bytes before, peak) of comparing two checkpoints of so many layers, each in a fresh process.

    Needs 4 bytes of disk per weight. Only the embeddings and the first layer differ: a decomposition takes time, and
    memory by a matrix's shape alone.

    Raises:
        RuntimeError: a comparison failed.
    """
    found = []
    for count in layers:
        with tempfile.TemporaryDirectory() as name:
            first, second = Path(name) / "first", Path(name) / "second"
            for folder, moved in ((first, 0.0), (second, 1e-3)):
                write_checkpoint(folder, shape, count, moved)
            found.append(peak_in_child(peak_of_comparing, str(first), str(second)))
    return found


def peak_of_comparing(first: str, second: str) -> tuple[float, float]:
    """Return this process's resident bytes (before, peak): with all libraries loaded, and during a comparison."""
    from landscape.checkpoints.comparison import compare  # its imports belong to the first number
    from landscape.schema.specs import ComparisonSpec

    before = psutil.Process().memory_info().rss
    spec = ComparisonSpec(checkpoint=first, other=second, device="cpu")
    return before, peak_memory(lambda: compare(spec), torch.device("cpu"))


def write_checkpoint(folder: Path, shape: tuple[int, int, int], layers: int, moved: float) -> None:
    """Write a Llama of random weights (rms 0.02), one shard a layer, with embeddings and layer 0 moved."""
    width, inner, vocabulary = shape
    folder.mkdir()
    index: dict[str, str] = {}
    for number, tensors in enumerate(_shards(width, inner, vocabulary, layers)):
        name = f"model-{number:05}.safetensors"
        _write_shard(folder / name, tensors, seed=number, moved=moved if number < 2 else 0.0)
        index |= dict.fromkeys(tensors, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": vocabulary}
    config |= {"hidden_size": width, "intermediate_size": inner, "num_hidden_layers": layers}
    config |= {"num_attention_heads": width // 32, "tie_word_embeddings": False, "dtype": "bfloat16"}
    (folder / "config.json").write_text(json.dumps(config))


def _shards(width: int, inner: int, vocabulary: int, layers: int) -> Iterator[Shapes]:
    outside = dict.fromkeys(("model.embed_tokens.weight", "lm_head.weight"), (vocabulary, width))
    yield {**outside, "model.norm.weight": (width,)}
    attention: Shapes = {f"self_attn.{x}_proj": (width, width) for x in "qkvo"}
    mlp: Shapes = {"mlp.gate_proj": (inner, width), "mlp.up_proj": (inner, width), "mlp.down_proj": (width, inner)}
    norms: Shapes = dict.fromkeys(("input_layernorm", "post_attention_layernorm"), (width,))
    for layer in range(layers):
        yield {f"model.layers.{layer}.{name}.weight": size for name, size in (attention | mlp | norms).items()}


def _write_shard(file: Path, tensors: Shapes, *, seed: int, moved: float) -> None:
    """Write a safetensors file: u64 length of the header, the header as JSON, the bytes."""
    header, start = {}, 0
    for name, shape in tensors.items():
        stop = start + 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [start, stop]}
        start = stop
    text = json.dumps(header).encode()
    draws, moves = (torch.Generator().manual_seed(2 * seed + which) for which in (0, 1))
    with file.open("wb") as handle:
        handle.write(len(text).to_bytes(8, "little") + text)
        for shape in tensors.values():
            weight = 0.02 * torch.randn(shape, generator=draws)
            if moved:
                weight += moved * torch.randn(shape, generator=moves)
            handle.write(weight.bfloat16().view(torch.uint8).numpy().tobytes())
