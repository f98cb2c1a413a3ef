"""The safetensors files of a checkpoint: which tensors they hold, and where. No torch."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError, safe_open

from landscape.checkpoints.config import checked, config_of, read_json
from landscape.checkpoints.stored.refusals import no_weights

WEIGHTS, INDEX, ADAPTER = "model.safetensors", "model.safetensors.index.json", "adapter_model.safetensors"
DTYPES = {"F64": "float64", "F32": "float32", "BF16": "bfloat16", "F16": "float16"}


@dataclass(frozen=True)
class Tensor:
    """One entry of a safetensors header; its bytes are [start, stop) of the file."""

    file: Path
    dtype: str  # safetensors' word: F32, BF16, …
    shape: tuple[int, ...]
    start: int
    stop: int


class Index(BaseModel):
    """An index of shards, with what transformers reads of it."""

    model_config = ConfigDict(strict=True)
    metadata: dict[str, Any]
    weight_map: Annotated[dict[str, str], Field(min_length=1)]


def weight_files(folder: Path) -> list[Path]:
    """Return the files that transformers loads from a folder: one, or all shards that the index lists.

    Other safetensors files may lie beside them (another precision, an older save, shards that were left over). Of an
    adapter's folder, its one file.

    Raises:
        ValueError: none; a shard that is missing or lies elsewhere; a damaged index or config.
    """
    if not (folder / "config.json").is_file() and (folder / ADAPTER).is_file():
        return [folder / ADAPTER]
    named = config_of(folder).get("transformers_weights")  # a config may name another file
    first = next((folder / name for name in (named, WEIGHTS, INDEX) if name and (folder / name).is_file()), None)
    if first is None or (named and first.name != named):
        raise no_weights(folder, expected=named or f"{WEIGHTS} or {INDEX}")
    if first.suffix != ".json":
        return [first]
    shards = sorted(set(checked(Index, read_json(first), first).weight_map.values()))
    if outside := [shard for shard in shards if not _is_inside(folder, shard)]:
        raise ValueError(f"{first} names {outside[0]!r}, which lies outside of its folder: save it again")
    if missing := [shard for shard in shards if not (folder / shard).is_file()]:
        listed = ", ".join(missing[:3])
        raise ValueError(f"{folder} lacks {len(missing)} of its {len(shards)} shards ({listed}): download it again")
    return [folder / shard for shard in shards]


def _is_inside(folder: Path, name: str) -> bool:
    return name != "" and "\0" not in name and not Path(name).is_absolute() and ".." not in Path(name).parts


def tensors(folder: Path) -> dict[str, Tensor]:
    """Return the tensor table of a folder, by name, from the headers alone.

    Raises:
        ValueError: as `weight_files`; a file is truncated or no safetensors file; a name that occurs twice.
    """
    table: dict[str, Tensor] = {}
    for file in weight_files(folder):
        for name, tensor in _header(file):
            if name in table:
                raise ValueError(f"{folder} holds {name} in {table[name].file.name} and in {file.name}: save it again")
            table[name] = tensor
    return dict(sorted(table.items()))


def tensors_in(file: Path) -> dict[str, Tensor]:
    """Return the tensor table of one file, by name, from its header alone. Raises ValueError as `tensors`."""
    return dict(sorted(_header(file)))


def _header(file: Path) -> Iterator[tuple[str, Tensor]]:
    try:
        with safe_open(file, framework="np"):  # checks types, offsets, and that the file is complete
            pass
        with file.open("rb") as handle:  # safetensors layout: u64 length, JSON header, bytes
            length = int.from_bytes(handle.read(8), "little")
            header = json.loads(handle.read(length), object_pairs_hook=_no_name_twice)
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{file} is truncated or damaged ({error}): download or save it again") from None
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = (8 + length + offset for offset in entry["data_offsets"])
            yield name, Tensor(file, entry["dtype"], tuple(entry["shape"]), start, stop)


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in found if names.count(name) > 1)!r} occurs twice in its header")
    return found
