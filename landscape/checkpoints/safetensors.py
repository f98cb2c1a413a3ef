"""The safetensors files of a checkpoint: which tensors they hold, and where. No torch."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from landscape.checkpoints.config import read_json

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")

DTYPES = {"F64": "float64", "F32": "float32", "BF16": "bfloat16", "F16": "float16"}


@dataclass(frozen=True)
class Tensor:
    """One entry of a safetensors header; its bytes are [start, stop) of the file."""

    file: Path
    dtype: str  # safetensors' word: F32, BF16, …
    shape: tuple[int, ...]
    start: int
    stop: int


def no_safetensors(folder: Path, expected: str = "model.safetensors or sharded safetensors") -> ValueError:
    """Return the error for a folder without safetensors; it says how to convert pickle weights, if there are any."""
    pickles = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
    if not pickles:
        return ValueError(f"no weights in {folder}: expected {expected}")
    return ValueError(
        f"{folder} holds only pickle weights ({pickles[0]}), which can run any code when read. If you trust them, "
        'convert once: python -c "from transformers import AutoModelForCausalLM as M; '
        f"M.from_pretrained('{folder}', use_safetensors=False).save_pretrained('{folder}-safetensors')\" "
        "and copy the tokenizer files"
    )


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files of the weights: one, or all shards that the index lists."""
    index = folder / "model.safetensors.index.json"
    if (folder / "model.safetensors").is_file() or not index.is_file():
        return sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("*.safetensors"))
    shards = sorted(set(read_json(index, needs="weight_map")["weight_map"].values()))
    missing = [shard for shard in shards if not (folder / shard).is_file()]
    if missing:
        listed = ", ".join(missing[:3])
        raise ValueError(f"{folder} lacks {len(missing)} of its {len(shards)} shards ({listed}): download it again")
    return [folder / shard for shard in shards]


def tensors(folder: Path) -> dict[str, Tensor]:
    """Return the tensor table of a folder, by name, from the headers alone.

    Raises:
        ValueError: a file is truncated or no safetensors file.
    """
    return dict(sorted(entry for file in weight_files(folder) for entry in _header(file)))


def tensors_in(file: Path) -> dict[str, Tensor]:
    """Return the tensor table of one file, by name, from its header alone. Raises ValueError as `tensors`."""
    return dict(sorted(_header(file)))


def _header(file: Path) -> Iterator[tuple[str, Tensor]]:
    try:
        with safe_open(file, framework="np"):  # checks that the header is sound and the file complete
            pass
        with file.open("rb") as handle:  # safetensors layout: u64 length, JSON header, bytes
            length = int.from_bytes(handle.read(8), "little")
            header = json.loads(handle.read(length))
    except (SafetensorError, OSError, ValueError) as error:
        raise ValueError(f"{file} is truncated or damaged ({error}): download or save it again") from None
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = (8 + length + offset for offset in entry["data_offsets"])
            yield name, Tensor(file, entry["dtype"], tuple(entry["shape"]), start, stop)
