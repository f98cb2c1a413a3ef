"""The base of the adapters that tests make, and a plain one of them."""

from pathlib import Path

import pytest
from peft import LoraConfig

from tests.checkpoints.adapters.made import make
from tests.conftest import save


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("adapters") / "base")


@pytest.fixture
def lora(base: Path, tmp_path: Path) -> Path:
    return make(tmp_path / "lora", LoraConfig(r=2, target_modules=["q_proj"]), base)
