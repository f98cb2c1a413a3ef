"""The JSON files of a checkpoint are checked where they are read: what is wrong is said by file and field."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from landscape.checkpoints import compatibility, files, models
from landscape.checkpoints import config as checkpoint_config


@pytest.fixture
def copy(checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoint, tmp_path / "copy"))


def edit(file: Path, **fields: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"vocab_size": 2**70}, r"vocab_size: Input should be less than"),
        ({"intermediate_size": 2**70}, "a number of 71 bits"),
        ({"rope_parameters": {"deep": [{"er": -(2**63)}]}}, "a number of 64 bits"),
        ({"vocab_size": "320"}, "vocab_size: Input should be a valid integer"),
        ({"vocab_size": True}, "vocab_size: Input should be a valid integer"),
        ({"vocab_size": 320.0}, "vocab_size: Input should be a valid integer"),
        ({"hidden_size": -32}, "hidden_size: Input should be greater"),
        ({"hidden_size": []}, "hidden_size: Input should be a valid integer"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers: Input should be less"),
        ({"num_hidden_layers": 4_000}, "config.json asks for 4000 layers, and 2 are stored"),
        ({"num_hidden_layers": 3}, "layers.2.*missing"),
        ({"architectures": "LlamaForCausalLM"}, "architectures: Input should be a valid list"),
        ({"architectures": [7]}, r"architectures\.0: Input should be a valid string"),
        ({"model_type": ["llama"]}, "model_type: Input should be a valid string"),
        ({"tie_word_embeddings": "yes"}, "tie_word_embeddings: Input should be a valid boolean"),
        ({"quantization_config": "nf4"}, "quantization_config: Input should be a valid dictionary"),
        ({"text_config": "small"}, "text_config: Input should be a valid dictionary"),
        ({"eos_token_id": "</s>"}, "eos_token_id"),
        ({"transformers_weights": "../model.safetensors"}, r"expected \.\./model\.safetensors"),
        ({"hidden_act": "none"}, "cannot load .*none"),
        ({"rms_norm_eps": -1e308}, "computes NaN or infinite logits"),
    ],
)
def test_a_field_of_the_config_that_is_wrong_is_named(fields: dict[str, Any], message: str, copy: Path) -> None:
    edit(copy / "config.json", **fields)
    with pytest.raises(ValueError, match=message) as refusal:
        models.load(str(copy), device="cpu")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[",
        "[" * 100_000,
        "7",
        "null",
        '{"a": ' * 50_000,
        "\ufeff{}",
        "{'a': 1}",
        '{"vocab_size": 1' + "0" * 5000 + "}",
    ],
)
def test_a_config_that_is_no_object_is_named(content: str, copy: Path) -> None:
    (copy / "config.json").write_text(content)
    with pytest.raises(ValueError, match=r"config\.json is damaged .*: download or save it again"):
        files.describe(str(copy))


def test_a_file_that_cannot_be_read_as_text_is_named(copy: Path) -> None:
    (copy / "config.json").write_bytes(b'{"a": "\xff\xfe"}')
    with pytest.raises(ValueError, match=r"config\.json is damaged"):
        files.describe(str(copy))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"eos_token_id": "</s>"}, "eos_token_id"),
        ({"eos_token_id": [2, "x"]}, "eos_token_id"),
        ({"pad_token_id": 2**64}, "pad_token_id"),
        ({"max_length": 2**64}, "a number of 65 bits"),
        ({"output_hidden_states": "yes"}, "output_hidden_states"),
    ],
)
def test_a_wrong_field_of_the_generation_config_is_named(fields: dict[str, Any], message: str, copy: Path) -> None:
    edit(copy / "generation_config.json", **fields)
    with pytest.raises(ValueError, match=rf"generation_config\.json is damaged \(.*{message}"):
        models.load(str(copy), device="cpu")


def test_a_tokenizer_that_panics_is_refused_in_a_sentence(copy: Path) -> None:
    """Its template names a token that it does not define; Rust ends in a PanicException, which is no Exception."""
    file = copy / "tokenizer.json"
    content = json.loads(file.read_text())
    content["post_processor"]["special_tokens"] = {}
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"cannot load the tokenizer of .*: copy the tokenizer files of the model"):
        models.load(str(copy), device="cpu")


@pytest.mark.parametrize(
    ("model", "added"),
    [
        ({"vocab": {"a": "0"}}, []),
        ({"vocab": {"a": -1}}, []),
        ({"vocab": {"a": 2**70}}, []),
        ({"vocab": ["a", "b"]}, []),
        ({"vocab": [["a"]]}, []),
        ({"vocab": "a"}, []),
        ({"vocab": {}}, {}),
        ({"vocab": {}}, [{"content": "a"}]),
        ({"vocab": {}}, [{"content": "a", "id": "1"}]),
        ({"vocab": {}}, ["a"]),
    ],
)
def test_a_vocabulary_that_is_none_is_named(model: dict[str, Any], added: object, checkpoint: Path, copy: Path) -> None:
    (copy / "tokenizer.json").write_text(json.dumps({"model": model, "added_tokens": added}))
    with pytest.raises(ValueError, match=r"tokenizer\.json is damaged"):
        compatibility.mismatches(str(checkpoint), str(copy))


def test_vocabularies_of_both_forms_are_read(copy: Path) -> None:
    file = copy / "tokenizer.json"
    file.write_text(
        json.dumps({"model": {"vocab": [["a", -1.5], ["b", 0]]}, "added_tokens": [{"content": "c", "id": 7}]})
    )
    assert checkpoint_config.vocabulary(copy) == {"a": 0, "b": 1, "c": 7}
    file.write_text(json.dumps({"model": {"vocab": {"a": 3}}}))
    assert checkpoint_config.vocabulary(copy) == {"a": 3}


HEADERS = {
    "a name twice": ('{"a": X, "a": X}', "'a' occurs twice in its header|truncated or damaged"),
    "more than 64 bits": (
        '{"a": {"dtype": "F32", "shape": [18446744073709551616], "data_offsets": [0, 16]}}',
        "damaged",
    ),
    "a negative size": ('{"a": {"dtype": "F32", "shape": [-4], "data_offsets": [0, 16]}}', "damaged"),
    "a type of its own": ('{"a": {"dtype": "F31", "shape": [4], "data_offsets": [0, 16]}}', "damaged"),
    "offsets beyond the file": ('{"a": {"dtype": "F32", "shape": [8], "data_offsets": [0, 32]}}', "damaged"),
    "no object": ("[]", "damaged"),
    "nested too deep": ('{"a":' * 100_000, "damaged"),
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_damaged_header_is_named(header: str, copy: Path) -> None:
    text, message = HEADERS[header]
    encoded = text.replace("X", '{"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}').encode()
    file = copy / "model.safetensors"
    file.write_bytes(len(encoded).to_bytes(8, "little") + encoded + bytes(16))
    with pytest.raises(ValueError, match=message) as refusal:
        files.describe(str(copy))
    assert "model.safetensors" in str(refusal.value)
