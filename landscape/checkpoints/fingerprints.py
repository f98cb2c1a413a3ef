"""The fingerprint of a checkpoint: a hash of what its files hold, whatever their names and shards."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from landscape.checkpoints.adapters.readings import read_alike_before
from landscape.checkpoints.adapters.settings import read_tensors, weight_file
from landscape.checkpoints.config import read_json
from landscape.checkpoints.files import Source, locate
from landscape.checkpoints.gguf import cache
from landscape.checkpoints.hub.needed_files import CONFIGS, TOKENIZER_FILES, brings_code, rarer_files
from landscape.checkpoints.safetensors import tensors, weight_files
from landscape.outside import trust
from landscape.outside.file_stamps import stamp_of

VOLATILE = {"transformers_version", "_name_or_path", "use_cache"}  # config fields that change no output


def fingerprint(name: str) -> str:
    """Return the SHA-256 of a checkpoint's content: tensors, config, tokenizer, adapter, trusted code; not of shards.

    Raises:
        ValueError: as `resolve`; a file cannot be read, or is being written.
    """
    source = locate(name)
    try:
        digests = [_digest_of(folder, is_adapter) for folder, is_adapter in _folders_of(source)]
        if source.adapters and (source.gguf or not _read_alike_before(source.folder, source.adapters, tuple(digests))):
            digests.append("as read since 0.7")  # what was measured before is not of this model
        digests += map(trust.digest, _trusted(source))
    except OSError as error:
        raise _unreadable(name, error) from None
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def stamp(name: str) -> str:
    """Return the stamp of all files that the fingerprint is made of: while it is the same, so is the fingerprint.

    Empty for files that were changed just now. Reads no weights.

    Raises:
        ValueError: as `resolve`; a file cannot be read.
    """
    source = locate(name)
    try:
        found = stamp_of(file for folder, is_adapter in _folders_of(source) for file in _files_of(folder, is_adapter))
        return " ".join([found, *(f"{folder.name} trusted" for folder in _trusted(source))]) if found else found
    except OSError as error:
        raise _unreadable(name, error) from None


def _unreadable(name: str, error: OSError) -> ValueError:
    return ValueError(f"cannot read {name!r}: {error.filename or 'a file of it'}: {error.strerror or error}")


def _folders_of(source: Source) -> list[tuple[Path, bool]]:
    """Return (folder, whether its adapter is read) of all that makes a checkpoint; a GGUF file stands for itself."""
    return [(source.gguf or source.folder, False), *((folder, True) for folder in source.adapters)]


def _trusted(source: Source) -> list[Path]:
    """Return the folders whose own code computes; without trust, that of transformers does."""
    return [folder for folder in source.with_code if trust.is_given(folder)]


@lru_cache(maxsize=256)
def _read_alike_before(base: Path, adapters: tuple[Path, ...], digests: tuple[str, ...]) -> bool:
    return read_alike_before(base, adapters)


def _files_of(folder: Path, is_adapter: bool) -> list[Path]:
    """Return all files that decide the outputs of what lies in a folder."""
    if folder.is_file():
        return [folder]
    named = (folder / name for name in (*CONFIGS, *TOKENIZER_FILES))
    weights = [weight_file(folder)] if is_adapter else weight_files(folder)
    return [*(file for file in named if file.is_file()), *_rarer_files(folder), *weights]


def _rarer_files(folder: Path) -> list[Path]:
    """Return the files that decide outputs in some checkpoints only: each where transformers reads it."""
    settings = [read_json(folder / name) for name in CONFIGS if (folder / name).is_file()]
    patterns = ["*", "additional_chat_templates/*", *(["**/*.py"] if brings_code(settings) else [])]
    files = {file.relative_to(folder).as_posix(): file for pattern in patterns for file in folder.glob(pattern)}
    names = [name for name, file in files.items() if file.is_file()]
    return sorted(files[name] for name in rarer_files(names, settings))


def _digest_of(folder: Path, is_adapter: bool) -> str:
    if folder.is_file():
        return cache.digest(folder)
    stamped = stamp_of(_files_of(folder, is_adapter))
    return _cached_digest(folder, is_adapter, stamped) if stamped else _digest(folder, is_adapter)


@lru_cache(maxsize=256)
def _cached_digest(folder: Path, is_adapter: bool, stamped: str) -> str:
    return _digest(folder, is_adapter)


def _digest(folder: Path, is_adapter: bool) -> str:
    before = _states(folder, is_adapter)
    seen = hashlib.sha256()
    for config in CONFIGS:
        if (folder / config).is_file():
            plain = {key: value for key, value in read_json(folder / config).items() if key not in VOLATILE}
            seen.update(json.dumps(plain, sort_keys=True).encode())
    for tokenizer in TOKENIZER_FILES:
        if (folder / tokenizer).is_file():
            seen.update(tokenizer.encode() + (folder / tokenizer).read_bytes())
    for file in _rarer_files(folder):
        content = file.read_bytes()
        seen.update(f"{file.relative_to(folder)} {len(content)} ".encode() + content)
    for name, tensor in (read_tensors if is_adapter else tensors)(folder).items():
        seen.update(f"{name} {tensor.dtype} {tensor.shape}".encode())
        with tensor.file.open("rb") as handle:
            handle.seek(tensor.start)
            for left in range(tensor.stop - tensor.start, 0, -(2**22)):
                seen.update(handle.read(min(left, 2**22)))
    if _states(folder, is_adapter) != before:
        raise ValueError(f"{folder} is being written: wait until it is complete")
    return seen.hexdigest()


def _states(folder: Path, is_adapter: bool) -> list[tuple[str, int, int, int]]:
    """Return what tells a folder that is being written from one that rests."""
    states = ((str(file), file.stat()) for file in _files_of(folder, is_adapter))
    return [(name, state.st_size, state.st_ino, state.st_ctime_ns) for name, state in states]
