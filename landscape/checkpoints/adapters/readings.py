"""Which adapters were read by version 0.6 as they are now, so that the numbers it stored still hold. No torch."""

import re
from collections.abc import Mapping
from pathlib import Path

from landscape.checkpoints.adapters.settings import PREFIX, base_parameter, read_settings, read_tensors
from landscape.checkpoints.safetensors import Tensor, tensors

_FACTOR = re.compile(
    re.escape(PREFIX) + r"((?:.+\.)?)(\d+)(\..+)\.lora_[AB]\.(?:weight|bias)"
)  # of a module in a layer
_LAYER = re.compile(r"((?:.+?\.)?)(\d+)(\..+)\.weight")
_TOKENS = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "tokenizer_config.json",
    "generation_config.json",
    "chat_template.jinja",
)


def read_alike_before(base: Path, adapters: tuple[Path, ...]) -> bool:
    """Whether version 0.6 loaded the same model and tokenizer from these folders, to generate alike.

    It did for one plain LoRA on matrices within the layers, all layers alike, without a tokenizer or ends of texts
    that differ from its base's. Of others it lost the first of a chain, tensors of other names, or the tokenizer.
    """
    if len(adapters) != 1 or not read_settings(adapters[0]).plain or _has_other_tokens(base, adapters[0]):
        return False
    table, stored = tensors(base), read_tensors(adapters[0])
    factors = [found for key in stored if (found := _FACTOR.fullmatch(key))]
    others = [key for key in stored if not _FACTOR.fullmatch(key)]
    if any(_stored_under(base_parameter(key), table) is None for key in others):
        return False
    here = {(_stored_under(f"{a}{n}{b}.weight", table), b) for a, n, b in (found.groups() for found in factors)}
    wanted = {name for name in table if (found := _LAYER.fullmatch(name)) and found[3] in {end for _, end in here}}
    return {name for name, _ in here} == wanted


def _has_other_tokens(base: Path, adapter: Path) -> bool:
    pairs = ((adapter / name, base / name) for name in _TOKENS if (adapter / name).is_file())
    return any(not theirs.is_file() or own.read_bytes() != theirs.read_bytes() for own, theirs in pairs)


def _stored_under(parameter: str, table: Mapping[str, Tensor]) -> str | None:
    """Return the name under which a base stores a parameter: with or without the first part, as on the hub (GPT-2)."""
    return next((name for name in (parameter, parameter.partition(".")[2]) if name in table), None)
