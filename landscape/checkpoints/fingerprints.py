"""The fingerprint of a checkpoint: a hash of what its files hold, whatever their names and shards."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from landscape.checkpoints.adapters.readings import read_alike_before
from landscape.checkpoints.config import read_json
from landscape.checkpoints.files import resolve
from landscape.checkpoints.safetensors import tensors

_CONFIGS = ("config.json", "adapter_config.json", "generation_config.json", "tokenizer_config.json")
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "special_tokens_map.json",
                    "chat_template.jinja")  # fmt: skip
_VOLATILE = {"transformers_version", "_name_or_path", "use_cache"}  # config fields that change no output


def fingerprint(name: str) -> str:
    """Return the SHA-256 of a checkpoint's content: tensors, config, tokenizer (and adapter). Shards do not matter.

    Raises:
        ValueError: as `resolve`.
    """
    source = resolve(name)
    parts = [_folder_digest(source.folder, _stamp(source.folder))]
    parts += [_folder_digest(adapter, _stamp(adapter)) for adapter in source.adapters]
    if source.adapters and not _read_alike_before(source.folder, source.adapters, tuple(parts)):
        parts.append("as read since 0.7")  # what was measured before is not of this model
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return names, sizes and times of a folder's files. While these are the same, the digest is."""
    return tuple(sorted((f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in folder.iterdir() if f.is_file()))


@lru_cache(maxsize=32)
def _read_alike_before(base: Path, adapters: tuple[Path, ...], contents: tuple[str, ...]) -> bool:
    return read_alike_before(base, adapters)


@lru_cache(maxsize=32)
def _folder_digest(folder: Path, stamp: tuple[tuple[str, int, int], ...]) -> str:
    seen = hashlib.sha256()
    for config in _CONFIGS:
        if (folder / config).is_file():
            plain = {key: value for key, value in read_json(folder / config).items() if key not in _VOLATILE}
            seen.update(json.dumps(plain, sort_keys=True).encode())
    for tokenizer in _TOKENIZER_FILES:
        if (folder / tokenizer).is_file():
            seen.update(tokenizer.encode() + (folder / tokenizer).read_bytes())
    for name, tensor in tensors(folder).items():
        seen.update(f"{name} {tensor.dtype} {tensor.shape}".encode())
        with tensor.file.open("rb") as handle:
            handle.seek(tensor.start)
            for left in range(tensor.stop - tensor.start, 0, -(2**22)):
                seen.update(handle.read(min(left, 2**22)))
    return seen.hexdigest()
