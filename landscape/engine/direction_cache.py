"""A cache of directions that a search has found: safetensors files, each named by the hash of its recipe.

A direction is stored in bfloat16. Rounding turns it by less than 0.2°, and the rounded direction is what is measured.
"""

import hashlib
import json
import math
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from landscape.engine.direction_tensors import StoredDirection
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Computed, Worst, label_of


@dataclass(frozen=True)
class CachedDirection:
    """A direction with the notes of its search. `digest` is the hash of its tensors, which identifies it."""

    direction: StoredDirection
    digest: str
    notes: dict[str, Any]


class DirectionCache:
    """Folders of directions. The first is written to, the others are only read."""

    def __init__(self, *folders: Path) -> None:
        """Remember the folders; nothing is read or created yet."""
        self.folders = folders

    def has(self, key: str) -> bool:
        """Whether the direction is stored and undamaged."""
        return self._file(key) is not None

    def load(self, key: str, like: Mapping[str, Tensor]) -> CachedDirection | None:
        """Return the direction, on the devices of `like`; None if it is not stored."""
        file = self._file(key)
        if file is None:
            return None
        tensors, noted = _read(file, like)
        return CachedDirection(StoredDirection(tensors), noted["digest"], noted["notes"])

    def load_nearest(
        self, direction: Computed, keys: Mapping[Computed, str], like: Mapping[str, Tensor]
    ) -> CachedDirection | None:
        """Return what ends nearest all that a direction hurts: itself, or another of the directions with these keys.

        A search that hurts more, or spares something, also answers the search of a direction that does not. Where it
        came nearer, on the half of the examples that both use, its direction is the worst one found for both, and the
        notes say by whom it was `found_by`. So a search that spares never shows a nearer end than one that need not.
        """
        best = direction
        if isinstance(direction, Worst) and not direction.spared:
            hurt = set(direction.capabilities)
            others = (d for d in keys if isinstance(d, Worst) and hurt <= set(d.capabilities) and self.has(keys[d]))
            best = min([direction, *others], key=lambda one: self._end(keys[one], map(name_of, hurt)))
        found = self.load(keys[best], like)
        if found is None or best == direction:
            return found
        return replace(found, notes=found.notes | {"found_by": label_of(best)})

    def _end(self, key: str, capabilities: Iterable[str]) -> float:
        """Where a direction that was searched for has ended all of the capabilities; infinity if it has not."""
        ends = self.notes(key)["ends"]
        found = [ends[name] for name in capabilities]
        return math.inf if None in found else max(found)

    def notes(self, key: str) -> dict[str, Any]:
        """Return the notes of a direction that is stored."""
        file = self._file(key)
        assert file is not None, "callers search for the direction first"
        notes: dict[str, Any] = _read(file, {})[1]["notes"]
        return notes

    def save(self, key: str, direction: Mapping[str, Tensor], notes: Mapping[str, Any]) -> None:
        """Store a direction (flat tensors of unit RMS together), atomically."""
        rounded = {name: tensor.to("cpu", torch.bfloat16) for name, tensor in direction.items()}
        self._write(f"{key}.safetensors", rounded, {"digest": _digest(rounded), "notes": dict(notes)})

    # --- the state of an unfinished search ---------------------------------------------------------

    def save_state(self, key: str, part: str, direction: Mapping[str, Tensor], notes: Mapping[str, Any]) -> None:
        """Store the state of a search exactly (fp32), so that another process can continue it."""
        self._write(f"{key}.{part}.state", {name: t.to("cpu") for name, t in direction.items()}, dict(notes))

    def load_state(self, key: str, part: str, like: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], Any] | None:
        """Return what `save_state` wrote; None if there is nothing, or it is damaged."""
        file = self.folders[0] / f"{key}.{part}.state"
        return _read(file, like) if _is_whole(file) else None

    def forget_state(self, key: str) -> None:
        """Delete the state of a search that has ended."""
        for file in self.folders[0].glob(f"{key}.*.state"):
            file.unlink(missing_ok=True)

    def _file(self, key: str) -> Path | None:
        return next((file for f in self.folders if _is_sound(file := f / f"{key}.safetensors")), None)

    def _write(self, name: str, tensors: dict[str, Tensor], notes: dict[str, Any]) -> None:
        folder = self.folders[0]
        partial = folder / f".{name}.{secrets.token_hex(4)}"  # hosts that share the folder share process numbers
        try:
            folder.mkdir(parents=True, exist_ok=True)
            save_file(tensors, partial, {"landscape": json.dumps(notes)})
            os.replace(partial, folder / name)
        except (SafetensorError, OSError) as error:
            with suppress(OSError):
                partial.unlink()
            hint = ": free some space there" if "space" in str(error) else ""
            raise OSError(f"a direction cannot be kept in {folder} ({error}){hint}") from None


def _read(file: Path, like: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], Any]:
    with safe_open(file, framework="pt") as stored:
        tensors = {name: stored.get_tensor(name).to(like[name].device) for name in like if name in stored.keys()}  # noqa: SIM118
        return tensors, json.loads(stored.metadata()["landscape"])


def _is_sound(file: Path) -> bool:
    """Whether the file is complete and its tensors have the digest that was written: a disk may have damaged them."""
    return _is_whole(file) and _as_written(file, file.stat().st_mtime_ns, file.stat().st_size)


@lru_cache(maxsize=64)
def _as_written(file: Path, modified: int, size: int) -> bool:
    with safe_open(file, framework="pt") as stored:
        noted = json.loads(stored.metadata()["landscape"])["digest"]
        return bool(noted == _digest({name: stored.get_tensor(name) for name in stored.keys()}))  # noqa: SIM118


def _is_whole(file: Path) -> bool:
    try:
        with safe_open(file, framework="pt"):  # checks the header and that the file is complete
            return True
    except (FileNotFoundError, SafetensorError):
        return False


def _digest(tensors: Mapping[str, Tensor]) -> str:
    seen = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        seen.update(name.encode())
        seen.update(tensor.view(torch.uint8).numpy().tobytes())
    return seen.hexdigest()
