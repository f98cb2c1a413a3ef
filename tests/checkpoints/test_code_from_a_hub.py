"""A config that names compiled code on a hub, and an adapter whose regular expression never ends: one sentence each."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from peft import LoraConfig

from landscape.checkpoints import files, models
from tests.checkpoints.adapters.made import edited, make
from tests.conftest import save


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("hub") / "base")


@pytest.mark.parametrize(
    "fields",
    [
        {"attn_implementation": "kernels-community/flash-attn2"},
        {"_attn_implementation": "somebody/attention@main:run"},
        {"attn_implementation": {"text_config": "kernels-community/vllm-flash-attn3"}},
        {"text_config": {"attn_implementation": "paged|kernels-community/flash-attn2"}},
        {"experts_implementation": "somebody/experts"},
        {"use_kernels": True},
        {"kernel_config": {"RMSNorm": "somebody/norm:RMSNorm"}},
    ],
)
def test_compiled_code_from_a_hub_is_refused(base: Path, tmp_path: Path, fields: dict[str, Any]) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "asks"))
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))
    for ask in (files.describe, lambda name: models.load(name, device="cpu")):
        with pytest.raises(ValueError, match="asks for compiled code from a hub") as refused:
            ask(str(folder))
        assert "\n" not in str(refused.value)


def test_flash_attention_is_refused_only_where_it_would_be_fetched(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "flash"))
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"attn_implementation": "flash_attention_2"}))
    there: set[str] = set()
    monkeypatch.setattr("landscape.checkpoints.config.find_spec", lambda name: name if name in there else None)
    files.describe(str(folder))
    there.add("kernels")
    with pytest.raises(ValueError, match="compiled code from a hub"):
        files.describe(str(folder))
    there.add("flash_attn")
    files.describe(str(folder))


def test_usual_implementations_are_loaded(base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "usual"))
    file = folder / "config.json"
    usual = {"attn_implementation": "eager", "use_kernels": False, "kernel_config": None}
    file.write_text(json.dumps(json.loads(file.read_text()) | usual))
    models.load_model(str(folder), device="cpu")


@pytest.mark.parametrize(
    "fields",
    [
        {"target_modules": r"(\w+\.?)+X"},
        {"target_modules": r"(a+)+$"},
        {"exclude_modules": r"([a-z_.0-9]*)*!"},
        {"rank_pattern": {r"(\w+\.?)+X": 2}},
        {"target_modules": "(unclosed"},
    ],
)
def test_a_regular_expression_that_does_not_end_is_refused(base: Path, tmp_path: Path, fields: dict[str, Any]) -> None:
    adapter = edited(make(tmp_path / "a", LoraConfig(r=2, target_modules=["q_proj"]), base), **fields)
    began = time.process_time()
    with pytest.raises(ValueError, match="regular expression") as refused:
        models.load(str(adapter), device="cpu")
    assert time.process_time() - began < 20
    assert next(iter(fields)) in str(refused.value)


def test_usual_regular_expressions_are_loaded(base: Path, tmp_path: Path) -> None:
    pattern = r".*\.layers\.\d+\.self_attn\.(q|v)_proj"
    adapter = make(tmp_path / "a", LoraConfig(r=2, target_modules=pattern, rank_pattern={r"^.*v_proj": 1}), base)
    models.load(str(adapter), device="cpu")
