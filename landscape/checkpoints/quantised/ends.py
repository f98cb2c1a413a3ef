"""Which quantised folders can be the end of a way, and where their plain folder lies. No torch."""

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from landscape.checkpoints import files
from landscape.checkpoints.config import quantisation, read_json
from landscape.checkpoints.fingerprints import fingerprint
from landscape.checkpoints.safetensors import tensors
from landscape.checkpoints.stored.made_folders import Making, made, root

_CONVERSION = "landscape.checkpoints.quantised.conversion"
_BITS = {"gptq": (2, 4, 8), "awq": (4,)}  # of which a whole number fits an integer of 32
_FORMATS = {"gptq": ("gptq", "gptq_v2"), "awq": ("gemm",)}


def end_of(name: str) -> str:
    """Return the checkpoint that holds the plain weights of one: itself, or for a quantised folder a plain one.

    Raises:
        ValueError: as `files.resolve`, `require_readable` and `made`.
    """
    source = files.resolve(name)
    if source.adapters or quantisation(source.folder) is None:
        return name
    require_readable(name, source.folder)
    weights = _weights(source.folder)
    making = Making(source.folder, weights, 4 * weights, _CONVERSION, lambda folder: _folder_of(str(folder)))
    return str(made(making, lambda: end_of(name)))


def _folder_of(name: str) -> Path:
    return root() / fingerprint(name)[:32] / Path(name).name  # which is how it is called on pages


def settings_of(folder: Path) -> dict[str, Any]:
    """Return what a folder's config says of how it is quantised."""
    found: dict[str, Any] = read_json(folder / "config.json")["quantization_config"]
    return found


def require_readable(name: str, folder: Path) -> None:
    """Raises ValueError where nothing here de-quantises a folder."""
    settings, method = settings_of(folder), quantisation(folder)
    if method == "bitsandbytes":
        if find_spec("bitsandbytes") is None:
            raise ValueError(f"{name!r} is quantised by bitsandbytes, which reads it: pip install bitsandbytes")
        return
    if method not in _BITS:
        raise ValueError(
            f"{name!r} is quantised ({method}), and only bitsandbytes, gptq and awq are de-quantised here for the end "
            "of a line: de-quantise it with the library that made it, save that, and name it"
        )
    kind = settings.get("checkpoint_format", "gptq") if method == "gptq" else settings.get("version", "gemm")
    bits = settings.get("bits", settings.get("w_bit"))
    if bits not in _BITS[method] or str(kind).lower() not in _FORMATS[method]:
        raise ValueError(
            f"{name!r} is quantised by {method} to {bits} bits in the format {kind!r}; those of "
            f"{' or '.join(map(str, _BITS[method]))} bits in {' or '.join(_FORMATS[method])} are de-quantised here"
        )


def _weights(folder: Path) -> int:
    """Return about how many weights a folder holds: codes are packed into integers of 8 or 32 bits."""
    settings = settings_of(folder)
    bits = settings.get("bits", settings.get("w_bit", 4 if settings.get("load_in_4bit") else 8))
    packed = {"I32": 32 // bits, "U8": 8 // bits}
    return sum(math.prod(entry.shape) * packed.get(entry.dtype, 1) for entry in tensors(folder).values())
