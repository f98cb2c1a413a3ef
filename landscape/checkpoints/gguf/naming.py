"""Which GGUF file a checkpoint's name stands for, and what the file says of itself for people."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from landscape.checkpoints.gguf import cache
from landscape.checkpoints.gguf.header import SUFFIX, is_gguf, read
from landscape.checkpoints.gguf.settings import require_known
from landscape.outside.hub import checkpoints as hub
from landscape.outside.hub.names import is_id

_ON_HUB = re.compile(r"([\w.-]+/[\w.-]+(?:@[\w./-]+)?):(\w[\w./ -]*\.gguf)", re.IGNORECASE)


def file_of(name: str, again: Callable[[], object]) -> Path | None:
    """Return the GGUF file that a name stands for, here or on the hub; None for another kind of name.

    Raises:
        ValueError: no such file; NotHere: it is on the hub, and may not be fetched; `again` does so.
    """
    file = Path(name).expanduser()
    if is_gguf(file):
        return file.resolve()
    if (found := on_hub(name)) is not None:
        return hub.file_of(*found, again)
    if name.lower().endswith(SUFFIX) and "+" not in name:
        raise ValueError(f"no file at {name!r}: expected a GGUF file here, or one of the hub as org/name:FILE.gguf")
    return None


def on_hub(name: str) -> tuple[str, str] | None:
    """Return (repository with its revision, file) of a GGUF file's name on the hub; None for another kind of name."""
    found = _ON_HUB.fullmatch(name)
    return (found[1], found[2]) if found and is_id(found[1]) else None


def description(file: Path) -> dict[str, Any]:
    """Return the fields of a `files.Description`, from the header: also of a file that is not de-quantised yet.

    Raises:
        ValueError: as `header.read`; an architecture whose files are not read.
    """
    header = read(file)
    require_known(header)
    stored = f"float{8 * header.width}"
    return {
        "architecture": f"{header.architecture} (GGUF)",
        "parameters": header.weights,
        "bytes": cache.bytes_of(header),
        "dtype": f"{header.quantisation}, de-quantised to {stored}" if header.quantisation else stored,
        "layers": header.setting("block_count"),
        "hidden": header.setting("embedding_length"),
        "vocabulary": len(header.settings.get("tokenizer.ggml.tokens") or ()) or None,
        "context": header.setting("context_length"),
    }
