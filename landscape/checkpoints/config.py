"""The JSON files of a checkpoint: config, vocabulary, chat template, quantisation. What is read of them is checked."""

import json
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from landscape.assets import STARTER
from landscape.schema.capability_names import ASKED_IN_CHAT

_Count = Annotated[int, Field(ge=1, le=2**12)]  # of layers, heads: more would be built for minutes
_Size = Annotated[int, Field(ge=1, le=2**31 - 1)]
_Token = Annotated[int, Field(ge=-1, le=2**31 - 1)]  # −1: none, in some older files
_Checked = TypeVar("_Checked", bound=BaseModel)


class _Strict(BaseModel):
    """Takes no text for a number and no number for a flag; fields that are not read here may be anything."""

    model_config = ConfigDict(strict=True)


class _Generation(_Strict):
    """What is read of generation_config.json, or of config.json where there is none."""

    bos_token_id: _Token | list[_Token] | None = None
    eos_token_id: _Token | list[_Token] | None = None
    pad_token_id: _Token | list[_Token] | None = None
    output_hidden_states: bool | list[int] | None = None
    output_attentions: bool | list[int] | None = None


class _Config(_Generation):
    """What is read of config.json, and what would take for ever to build."""

    architectures: list[str] | None = None
    model_type: str | None = None
    auto_map: dict[str, Any] | None = None
    text_config: dict[str, Any] | None = None
    quantization_config: dict[str, Any] | None = None
    transformers_weights: str | None = None
    tie_word_embeddings: bool | None = None
    vocab_size: _Size | None = None
    hidden_size: _Size | None = None
    n_embd: _Size | None = None
    max_position_embeddings: _Size | None = None
    n_positions: _Size | None = None
    num_hidden_layers: _Count | None = None
    n_layer: _Count | None = None
    n_layers: _Count | None = None
    num_layers: _Count | None = None
    num_attention_heads: _Count | list[int] | None = None
    n_head: _Count | None = None


class _AddedToken(_Strict):
    content: str
    id: Annotated[int, Field(ge=0, lt=2**32)]


_Piece = Annotated[tuple[str, float], Field(strict=False)]  # JSON has lists for tuples


class _Vocabulary(_Strict):
    vocab: dict[str, Annotated[int, Field(ge=0, lt=2**32)]] | list[_Piece] = {}


class _NamedTemplate(_Strict):
    name: str
    template: str


class _Tokenizer(_Strict):
    """What is read of tokenizer.json."""

    model: _Vocabulary
    added_tokens: list[_AddedToken] = []


def read_json(file: Path, *, needs: str = "") -> dict[str, Any]:
    """Return the object in a JSON file, whose field `needs` must be an object too. Raises ValueError if damaged."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or (needs and not isinstance(content.get(needs), dict)):
            raise ValueError(f"expected an object{needs and f' with {needs}'}")
    except (ValueError, OSError, RecursionError) as error:
        raise _damaged(file, str(error)) from None
    return content


def checked(schema: type[_Checked], content: Any, file: Path) -> _Checked:
    """Return a part of a file as the schema that it has to have. Raises ValueError that names file and field."""
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"] if "[" not in str(part) and "-" not in str(part))
        raise _damaged(file, f"{where}: {first['msg']}" if where else first["msg"]) from None


def _damaged(file: Path, why: str) -> ValueError:
    return ValueError(f"{file} is damaged ({why}): download or save it again")


def require_sound_generation(folder: Path) -> None:
    """Raises ValueError where generation_config.json is damaged, or a field of it is of the wrong type."""
    file = folder / "generation_config.json"
    if file.exists():
        content = read_json(file)
        checked(_Generation, content, file)
        _require_64_bits(content, file)


def _read_config(folder: Path) -> dict[str, Any]:
    """Return the whole of config.json. Raises ValueError for a field of the wrong type or beyond 64 bits."""
    file = folder / "config.json"
    content = read_json(file)
    for part in (content, content.get("text_config") or {}):
        checked(_Config, part, file)
    _require_64_bits(content, file)
    _require_no_kernels(content, file)
    return content


def _require_no_kernels(content: dict[str, Any], file: Path) -> None:
    """Raises ValueError where the library kernels, if it is installed, would download compiled code and run it."""
    fallback = find_spec("kernels") is not None and find_spec("flash_attn") is None
    for key, value in _settings_in(content):
        named = key.endswith(("attn_implementation", "experts_implementation")) and isinstance(value, str)
        fetched = named and ("/" in value or (fallback and value.startswith("flash_attention")))
        if fetched or (key in ("use_kernels", "kernel_config") and value):
            raise ValueError(
                f"{file} asks for compiled code from a hub ({key}: {value!r}), which is never fetched here: take that "
                "field out"
            )


def _settings_in(content: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every (name, value) of nested objects; what an object says for its parts counts as its own name's."""
    for key, value in content.items():
        name = above or key
        yield name, value
        if isinstance(value, dict):
            yield from _settings_in(value, name if name.endswith("_implementation") else "")


def _require_64_bits(content: Any, file: Path) -> None:
    """Raises ValueError for an integer that fits no tensor."""
    if (found := _beyond_64_bits(content)) is not None:
        raise _damaged(file, f"a number of {found.bit_length()} bits is in it, and 64 is the most")


def _beyond_64_bits(content: Any) -> int | None:
    """Return an integer within nested JSON that fits no tensor's size; None where all do."""
    if isinstance(content, int):
        return content if abs(content) >= 2**63 else None
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return next((found for part in parts if (found := _beyond_64_bits(part)) is not None), None)


def config_of(folder: Path) -> dict[str, Any]:
    """Return the config of a folder (of its text model, if it has several), with `architectures` filled in.

    Raises:
        ValueError: the file is damaged, or describes no model.
    """
    config = _read_config(folder)
    architectures = config.get("architectures") or [config.get("model_type")]
    if not architectures[0]:
        raise ValueError(f"{folder / 'config.json'} describes no model: expected architectures or model_type in it")
    return (config.get("text_config") or config) | {"architectures": architectures}


def quantisation(folder: Path) -> str | None:
    """Return the config's name for how a folder's weights are quantised (bitsandbytes, …); None if they are not."""
    config = _read_config(folder).get("quantization_config")
    return str(config.get("quant_method") or "quantised") if config else None


def vocabulary(folder: Path) -> dict[str, int] | None:
    """Return token → id of a folder's tokenizer.json, added tokens included; None where there is none.

    Raises:
        ValueError: the file is damaged.
    """
    file = folder / "tokenizer.json"
    if not file.is_file():
        return None
    tokenizer = checked(_Tokenizer, read_json(file, needs="model"), file)
    vocabulary = tokenizer.model.vocab
    if isinstance(vocabulary, list):  # unigram models list [token, log-probability]
        vocabulary = {token: index for index, (token, _) in enumerate(vocabulary)}
    return vocabulary | {token.content: token.id for token in tokenizer.added_tokens}


def chat_template(folder: Path) -> str | dict[str, str] | None:
    """Return the chat template of a folder's tokenizer, or several by name, as transformers does; None for none.

    Raises:
        ValueError: the file is damaged.
    """
    places = [("default", folder / "chat_template.jinja")]
    places += [(file.stem, file) for file in sorted(folder.glob("additional_chat_templates/*.jinja"))]
    found: Any = {name: file.read_text(encoding="utf-8") for name, file in places if file.is_file()}
    if found:
        return found["default"] if found.keys() == {"default"} else found
    file = folder / "tokenizer_config.json"
    found = read_json(file).get("chat_template") if file.is_file() else None
    if not isinstance(found, list):
        return found if isinstance(found, str) or found is None else str(found)
    listed = [checked(_NamedTemplate, each, file) for each in found]
    return {each.name: each.template for each in listed} or None


def starter_capabilities(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which starter capabilities suit a checkpoint, and which do not, since they ask for a chat template.

    `folder`: that of its chat template (`Source.templated`).

    Raises:
        ValueError: the file is damaged.
    """
    asked = ASKED_IN_CHAT if chat_template(folder) is None else frozenset()
    return tuple(name for name in STARTER if name not in asked), tuple(name for name in STARTER if name in asked)


def generation_settings(folder: Path, fields: Sequence[str]) -> dict[str, Any]:
    """Return which of the fields a folder's generation_config.json has, or without that file its config.json.

    Raises:
        ValueError: the file is damaged.
    """
    file = folder / "generation_config.json"
    asked = read_json(file if file.is_file() else folder / "config.json")
    return {field: asked[field] for field in fields if field in asked}
