"""The JSON files of a checkpoint: config, vocabulary, chat template, quantisation."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def read_json(file: Path, *, needs: str = "") -> dict[str, Any]:
    """Return the object in a JSON file, whose field `needs` must be an object too. Raises ValueError if damaged."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or (needs and not isinstance(content.get(needs), dict)):
            raise ValueError(f"expected an object{needs and f' with {needs}'}")
    except ValueError as error:
        raise ValueError(f"{file} is damaged ({error}): download or save it again") from None
    return content


def config_of(folder: Path) -> dict[str, Any]:
    """Return the config of a folder (of its text model, if it has several), with `architectures` filled in.

    Raises:
        ValueError: the file is damaged, or describes no model.
    """
    config = read_json(folder / "config.json")
    architectures = config.get("architectures") or [config.get("model_type")]
    if not architectures[0]:
        raise ValueError(f"{folder / 'config.json'} describes no model: expected architectures or model_type in it")
    return config.get("text_config", config) | {"architectures": architectures}


def quantisation(folder: Path) -> str | None:
    """Return the config's name for how a folder's weights are quantised (bitsandbytes, …); None if they are not."""
    config = read_json(folder / "config.json").get("quantization_config")
    return (config.get("quant_method") if isinstance(config, dict) else None) or "quantised" if config else None


def vocabulary(folder: Path) -> dict[str, int] | None:
    """Return token → id of a folder's tokenizer.json, added tokens included; None where there is none.

    Raises:
        ValueError: the file is damaged.
    """
    if not (folder / "tokenizer.json").is_file():
        return None
    tokenizer = read_json(folder / "tokenizer.json", needs="model")
    vocabulary = tokenizer["model"].get("vocab", {})
    if isinstance(vocabulary, list):  # unigram models list [token, log-probability]
        vocabulary = {token: index for index, (token, _) in enumerate(vocabulary)}
    return vocabulary | {token["content"]: token["id"] for token in tokenizer.get("added_tokens", [])}


def chat_template(folder: Path) -> str | None:
    """Return the chat template of a folder's tokenizer, all together if there are several; None where it has none."""
    files = [folder / "chat_template.jinja", *sorted((folder / "additional_chat_templates").glob("*.jinja"))]
    written = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    if written:
        return "\n".join(written)
    file = folder / "tokenizer_config.json"
    found = read_json(file).get("chat_template") if file.is_file() else None
    return found if isinstance(found, str) or found is None else str(found)  # several by name: a list


def generation_settings(folder: Path, fields: Sequence[str]) -> dict[str, Any]:
    """Return which of the fields a folder's generation_config.json has, or without that file its config.json.

    Raises:
        ValueError: the file is damaged.
    """
    file = folder / "generation_config.json"
    asked = read_json(file if file.is_file() else folder / "config.json")
    return {field: asked[field] for field in fields if field in asked}
