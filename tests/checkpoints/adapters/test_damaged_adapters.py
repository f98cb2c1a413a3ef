"""Damaged adapters, by a seed: each is refused in one sentence, or is loaded as peft loads it."""

import random
import shutil
from pathlib import Path

import pytest
import torch
from peft import IA3Config, LoraConfig

from landscape.checkpoints import compatibility, models
from landscape.checkpoints.contents import contents
from landscape.checkpoints.fingerprints import fingerprint
from tests.checkpoints.adapters.made import by_peft, logits, make
from tests.damage import damage


@pytest.fixture(scope="module")
def sound(base: Path) -> list[Path]:
    """Adapters of the lean path and of peft's."""
    configs = {
        "lora": LoraConfig(r=2, target_modules=["q_proj"], rank_pattern={"q_proj": 3}),
        "ia3": IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"]),
    }
    return [make(base.parent / name, config, base) for name, config in configs.items()]


@pytest.mark.filterwarnings("ignore")  # peft's and torch's, on settings that make little sense
def test_a_damaged_adapter_is_refused_in_a_sentence_or_loaded_as_peft_does(
    fuzz_seed: int, base: Path, sound: list[Path], tmp_path: Path
) -> None:
    chance = random.Random(fuzz_seed)
    folder = Path(shutil.copytree(chance.choice(sound), tmp_path / "damaged"))
    damage(folder / chance.choice(("adapter_config.json", "adapter_model.safetensors")), chance)
    try:
        fingerprint(str(folder))
        compatibility.mismatches(str(base), str(folder))
        contents(str(folder))
        found = logits(models.load(str(folder), device="cpu").model)
    except ValueError as error:
        refusal = str(error)
    else:
        refusal = ""
        torch.testing.assert_close(found, logits(by_peft(base, folder)), atol=1e-4, rtol=1e-4, equal_nan=True)
    assert "\n" not in refusal
    assert len(refusal) < 1000
