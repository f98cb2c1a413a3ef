"""The checkpoints on this machine that a picker offers. Only folders are listed: nothing is opened, nobody is asked."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from landscape.assets import PREFIX, REAL_PREFIX

_MOST = 200  # of a folder's entries that are looked at
_CONFIGS = ("config.json", "adapter_config.json")


def offers(used: Iterable[str]) -> list[str]:
    """Return checkpoints to offer: those `used` before, what lies beside them, and what the hub's cache holds.

    Left out are local folders that are gone.
    """
    known = [name for name in used if not _is_path(name) or Path(name).expanduser().exists()]
    beside = [str(each) for name in known if _is_path(name) for each in _around(Path(name).expanduser())]
    return list(dict.fromkeys([*known, *beside, *in_hub_cache(), *map(str, below(Path()))]))


def below(folder: Path, depth: int = 2) -> list[Path]:
    """Return the checkpoints in a folder: folders with a config, of weights or of an adapter, and GGUF files."""
    return sorted(_below(folder, depth))


def in_hub_cache() -> list[str]:
    """Return the hub ids of the models in the local cache, those that are whole enough to have a config."""
    from huggingface_hub.constants import HF_HUB_CACHE  # read now: the environment may name another place

    found = []
    for folder in _entries(Path(HF_HUB_CACHE)):
        kind, _, name = folder.name.partition("--")
        if kind == "models" and any(is_checkpoint(each) for each in _entries(folder / "snapshots")):
            found.append(name.replace("--", "/", 1))
    return sorted(found)


def _is_path(name: str) -> bool:
    path = Path(name).expanduser()
    return not name.startswith((PREFIX, REAL_PREFIX)) and (path.is_absolute() or path.exists())


def _around(checkpoint: Path) -> Iterator[Path]:
    """Yield the checkpoints beside one, and those within it: the snapshots and adapters of a training."""
    if checkpoint.exists():
        yield from (each for each in below(checkpoint.parent, 1) if each != checkpoint)
        yield from below(checkpoint, 1) if checkpoint.is_dir() else ()


def _below(folder: Path, depth: int) -> Iterator[Path]:
    for each in _entries(folder):
        if is_checkpoint(each):
            yield each
        elif depth > 1 and each.is_dir():
            yield from _below(each, depth - 1)


def is_checkpoint(path: Path) -> bool:
    """Return whether a path is a folder with a config, or a GGUF file. What the files hold is not asked."""
    return path.suffix == ".gguf" or any((path / name).is_file() for name in _CONFIGS)


def _entries(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(each.path) for each in islice(entries, _MOST) if not each.name.startswith("."))
    except OSError:
        return []
