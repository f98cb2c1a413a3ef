"""Adapter files that are damaged, or contradict each other: one clear sentence each."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PromptTuningConfig
from safetensors.torch import load_file, save_file

from landscape.checkpoints import files, models
from tests.checkpoints.adapters.made import edited, make


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"peft_type": 3}, "peft_type: Input should be a valid string"),
        ({"peft_type": None}, "peft_type: Input should be a valid string"),
        ({"r": "x"}, "r: Input should be a valid integer"),
        ({"r": True}, "r: Input should be a valid integer"),
        ({"r": 2.5}, "r: Input should be a valid integer"),
        ({"r": -1}, "r: Input should be greater"),
        ({"r": 2**70}, "r: Input should be less"),
        ({"r": 10**9}, "asks for a size of 1000000000"),
        ({"rank_pattern": {"q_proj": 10**9}}, "asks for a size of 1000000000"),
        ({"rank_pattern": ["q_proj"]}, "rank_pattern: Input should be a valid dictionary"),
        ({"lora_alpha": "16"}, "lora_alpha: Input should be a valid number"),
        ({"lora_alpha": float("inf")}, "lora_alpha: Input should be a finite number"),
        ({"alpha_pattern": {"q_proj": None}}, "alpha_pattern: Input should be a valid number"),
        ({"target_modules": {"q_proj": 1}}, "target_modules: Input should be a valid"),
        ({"modules_to_save": "norm"}, "modules_to_save: Input should be a valid list"),
        ({"use_rslora": "yes"}, "use_rslora: Input should be a valid boolean"),
        ({"layer_replication": [0, 1]}, "layer_replication: Input should be a valid list"),
        ({"lora_dropout": 10**400}, "is out of range"),
        ({"eva_config": {"rho": [1e400]}}, "is out of range"),
        ({"base_model_name_or_path": 3}, "base_model_name_or_path: Input should be a valid string"),
        ({"base_model_name_or_path": None}, r"names no base: name it yourself: .*\+BASE"),
        ({"base_model_name_or_path": "a" * 5000}, "File name too long"),
        ({"base_model_name_or_path": "LORA", "revision": "a" * 5000}, "File name too long"),
        ({"base_model_name_or_path": "."}, r"is its own base \(lora → lora\)"),
        ({"base_model_name_or_path": "../lora"}, r"is its own base \(lora → lora\)"),
        ({"megatron_config": {"a": 1}, "megatron_core": "this"}, "names a library to import"),
        ({"task_type": "NONSENSE"}, "Invalid task type"),
        ({"target_modules": "("}, "unterminated subpattern"),
        ({"target_modules": ["nothing"]}, "not found in the base model"),
        ({"layer_replication": [[0, 99]]}, "out of range"),
        ({"arrow_config": {"x": 1}}, "cannot be loaded onto its base by peft"),
        ({"future": {"setting": 1}}, "sets future = .*, which is not understood"),
    ],
)
def test_a_damaged_config_is_one_sentence(fields: dict[str, Any], said: str, lora: Path) -> None:
    edited(lora, **fields)
    with pytest.raises(ValueError, match=said) as raised:
        models.load_model(str(lora), device="cpu")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("fields", [{"token_dim": 2**31}, {"num_virtual_tokens": 2**30}, {"num_layers": 2**30}])
def test_sizes_that_no_memory_holds_are_refused_before_they_are_allocated(
    fields: dict[str, int], base: Path, tmp_path: Path
) -> None:
    config = PromptTuningConfig(num_virtual_tokens=2, task_type="CAUSAL_LM")
    adapter = edited(make(tmp_path / "prompt", config, base), **fields)
    with pytest.raises(ValueError, match="asks for a size of"):
        models.load_model(str(adapter), device="cpu")


@pytest.mark.parametrize("text", ["", "[]", "{", '"LORA"', "{}", '{"peft_type": "LORA"}\x00', "\ufeff{}"])
def test_a_config_that_is_none_is_damaged(text: str, lora: Path) -> None:
    (lora / "adapter_config.json").write_text(text)
    with pytest.raises(ValueError, match=r"adapter_config\.json is damaged"):
        files.resolve(str(lora))


def test_adapters_in_a_circle_are_refused(base: Path, tmp_path: Path) -> None:
    made = [make(tmp_path / name, LoraConfig(r=2, target_modules=["q_proj"]), base) for name in "abc"]
    for adapter, below in zip(made, ["../b", "../c", "../a"], strict=True):
        edited(adapter, base_model_name_or_path=below)
    for adapter in made:
        with pytest.raises(ValueError, match=r"is its own base \(\w → \w → \w → \w\)"):
            files.resolve(str(adapter))
    assert files.resolve(f"{made[1]}+{base}").adapters == (made[1],)


@pytest.mark.parametrize("dtype", [torch.int32, torch.bool])
def test_factors_are_numbers(dtype: torch.dtype, lora: Path) -> None:
    file = lora / "adapter_model.safetensors"
    save_file({name: tensor.to(dtype) for name, tensor in load_file(file).items()}, file)
    with pytest.raises(ValueError, match=r"holds .*lora_A\.weight as (I32|BOOL): expected F64"):
        files.resolve(str(lora))


def test_a_truncated_file_is_damaged(lora: Path) -> None:
    file = lora / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(ValueError, match=r"adapter_model\.safetensors is truncated or damaged"):
        files.resolve(str(lora))


def test_settings_that_are_not_set_may_be_unknown(lora: Path) -> None:
    before = json.loads((lora / "adapter_config.json").read_text())
    edited(lora, future=None, another=False, third={}, runtime_config=None)
    assert json.loads((lora / "adapter_config.json").read_text()) != before
    models.load_model(str(lora), device="cpu")
