"""The tokenizer of a GGUF file: what transformers makes of it, mended where the file says otherwise."""

import json
import re
from pathlib import Path
from typing import Any

from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

from landscape.checkpoints.config import read_json
from landscape.checkpoints.gguf.header import Header

_UNUSED = 5  # llama.cpp's type of a token that fills the vocabulary up to the rows of the embedding
_FILLER = re.compile(r"\[PAD\d+\]|<pad\d+>")
# How text is split before it is encoded (tokenizer.ggml.pre). transformers knows some ways by name, and splits as GPT-2
# does otherwise: right for some, and for others once every digit is taken by itself.
_AS_GPT2 = {"default", "gpt-2", "phi-2", "olmo", "jais", "mpt"}
_DIGITS = {"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"}
_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def save(header: Header, tokenizer: Any, folder: Path) -> list[str]:
    """Write the tokenizer of a file into a folder. Returns sentences: where it may not be the original's."""
    tokenizer.save_pretrained(folder)
    file, settings = folder / "tokenizer.json", folder / "tokenizer_config.json"
    content, config = read_json(file, needs="model"), read_json(settings)
    _keep_tokens_of_the_file(header, content, config)
    _keep_first_space(header, content)
    remarks = _split_as_llama_cpp(header, content)
    # The class of an architecture would put its own rules in place of those of the file when it is loaded.
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    settings.write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    return remarks


def _of(header: Header, name: str) -> Any:
    return header.settings.get(f"tokenizer.ggml.{name}")


def _keep_tokens_of_the_file(header: Header, content: dict[str, Any], config: dict[str, Any]) -> None:
    """Take out, in place, tokens that transformers adds to those of a file, and fillers that llama.cpp added."""
    tokens, types = _of(header, "tokens") or [], _of(header, "token_type") or []
    fillers = {
        token for token, kind in zip(tokens, types, strict=False) if kind == _UNUSED and _FILLER.fullmatch(token)
    }
    added = [token for token in content["added_tokens"] if token["id"] < len(tokens)]
    foreign = {token["content"] for token in content["added_tokens"]} - {token["content"] for token in added}
    content["added_tokens"] = added
    if isinstance(vocabulary := content["model"].get("vocab"), dict):
        content["model"]["vocab"] = {
            token: index for token, index in vocabulary.items() if index < len(tokens) and token not in fillers
        }
    for name in [name for name, value in config.items() if isinstance(value, str) and value in foreign]:
        del config[name]


def _keep_first_space(header: Header, content: dict[str, Any]) -> None:
    """Put no space before a text, in place, where a file says so and transformers does not look."""
    if _of(header, "add_space_prefix") is False and (content.get("pre_tokenizer") or {}).get("type") == "Metaspace":
        content["pre_tokenizer"]["prepend_scheme"] = "never"
        steps = (content.get("decoder") or {}).get("decoders", [])
        steps[:] = [step for step in steps if step["type"] != "Strip"]


def _split_as_llama_cpp(header: Header, content: dict[str, Any]) -> list[str]:
    """Mend, in place, how text is split; return a sentence where nobody here knows how."""
    way = _of(header, "pre") or "default"
    if _of(header, "model") != "gpt2" or way in _AS_GPT2 or way in GGUF_PRE_TOKENIZER_SPLITS:
        return []
    if way in _DIGITS:
        digits = {"type": "Digits", "individual_digits": True}
        content["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [digits, _BYTE_LEVEL]}
        return []
    return [
        f"The file says that its tokenizer splits text in the way {way!r}, which is not known here: it is split as by "
        "GPT-2, so that its scores may differ from those of the model it was made from"
    ]
