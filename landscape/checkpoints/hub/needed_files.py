"""Which files of a checkpoint decide its outputs: those that a fingerprint is made of, and no others are fetched."""

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from landscape.checkpoints.config import checked, config_of, read_json
from landscape.checkpoints.safetensors import ADAPTER, INDEX, WEIGHTS, Index
from landscape.checkpoints.stored.refusals import nothing_on_hub

ADAPTER_CONFIG = "adapter_config.json"
CONFIGS = ("config.json", ADAPTER_CONFIG, "generation_config.json", "tokenizer_config.json")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "special_tokens_map.json",
                   "chat_template.jinja")  # fmt: skip
_RARER = ("additional_chat_templates/*.jinja", "tokenizer.*.json")
_VOCABULARIES = ("*.model", "*.spm", "*.tiktoken", "tokenizer.model.*", "vocab*.*", "bpe.codes", "dict.txt",
                 "tekken.json")  # fmt: skip
_CODE = "*.py"  # at any depth
_READ_BY_CODE = ("*.json", "*.txt")  # whatever a tokenizer of its own may read


def rarer_files(names: Collection[str], settings: Sequence[dict[str, Any]]) -> set[str]:
    """Return which files decide outputs in some checkpoints only, each where transformers reads it.

    `names`: those of all its files; `settings`: the content of its configs.
    """
    patterns = [*_RARER]
    if not any("added_tokens_decoder" in each for each in settings):
        patterns.append("added_tokens.json")
    if "tokenizer.json" not in names:
        patterns += _VOCABULARIES
    code = {name for name in names if fnmatchcase(name, _CODE)} if brings_code(settings) else set()
    return (_matching(names, patterns) | code) - {*TOKENIZER_FILES}


def brings_code(settings: Iterable[dict[str, Any]]) -> bool:
    """Return whether a config names code of the checkpoint's own."""
    return any("auto_map" in each for each in settings)


def _matching(names: Iterable[str], patterns: Iterable[str]) -> set[str]:
    """Return the names that a pattern matches, a star within one folder only."""
    tried = tuple(patterns)
    return {name for name in names if any(name.count("/") == p.count("/") and fnmatchcase(name, p) for p in tried)}


def needed(repository: str, folder: Path, names: frozenset[str]) -> list[str]:
    """Return which files of a repository to have, as far as those say that are in `folder` already.

    First come configs and the tokenizer, then the index of the shards, then the shards it lists. Nothing else is
    needed: no other precision (`*.fp16.safetensors`), format (`*.bin`, `*.gguf`, `onnx/`) or save (`original/`,
    `consolidated*`) of them.

    Raises:
        ValueError: it holds no weights that can be read, or a config is damaged.
    """
    configs = [name for name in CONFIGS if name in names]
    settings = [read_json(folder / name) for name in configs if (folder / name).is_file()]
    small = [*configs, *(name for name in TOKENIZER_FILES if name in names), *sorted(rarer_files(names, settings))]
    if not {ADAPTER_CONFIG, "config.json"} & names:
        raise nothing_on_hub(repository, names, "config.json")
    if len(settings) < len(configs):
        return small
    if brings_code(settings):
        small += sorted(_matching(names, _READ_BY_CODE) - {*small})
    return [*small, *_weights(repository, folder, names)]


def _weights(repository: str, folder: Path, names: frozenset[str]) -> list[str]:
    """Return the files of weights: as `weight_files` names them for a folder."""
    if ADAPTER_CONFIG in names:
        if ADAPTER not in names:
            raise nothing_on_hub(repository, names, ADAPTER)
        require_one_kind(repository, names)
        return [ADAPTER]
    named = config_of(folder).get("transformers_weights")
    first = named if named else next((name for name in (WEIGHTS, INDEX) if name in names), None)
    if first is None or first not in names:
        raise nothing_on_hub(repository, names, named or f"{WEIGHTS} or {INDEX}")
    if not first.endswith(".json") or not (folder / first).is_file():
        return [first]
    shards = set(checked(Index, read_json(folder / first), folder / first).weight_map.values())
    return [first, *sorted(shards & names)]  # of shards that are missing, the folder's reader tells


def require_one_kind(checkpoint: str, names: Iterable[str]) -> None:
    """Raises ValueError where an adapter's files lie beside whole weights: nobody can tell what they mean together."""
    whole = _matching(names, ("*.safetensors", "pytorch_model*.bin")) if "config.json" in names else set()
    if found := sorted(name for name in whole if not name.startswith("adapter_")):
        raise ValueError(
            f"{checkpoint} holds both whole weights ({found[0]}) and an adapter, and nothing says whether it is merged "
            "into them already: move the adapter's two files to a folder of their own"
        )
