"""Numbers of version 0.6 hold for adapters that it read as they are read now, and for no others."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import peft
import pytest
from peft import LoraConfig, PeftConfig

from landscape.checkpoints import files, fingerprints
from landscape.checkpoints.adapters.readings import read_alike_before
from tests.checkpoints.adapters.made import make, renamed
from tests.conftest import make_gpt2, save


def alike(name: str) -> bool:
    source = files.resolve(name)
    return read_alike_before(source.folder, source.adapters)


def former_fingerprint(name: str) -> str:
    """What 0.6 hashed: the folder of the base, then that of the adapter."""
    source = files.resolve(name)
    folders = [(source.folder, False), *((adapter, True) for adapter in source.adapters)]
    digests = [fingerprints._digest(folder, is_adapter) for folder, is_adapter in folders]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


@pytest.mark.parametrize(
    ("config", "same"),
    [
        (lambda: LoraConfig(r=2, target_modules=["q_proj", "down_proj"]), True),
        (lambda: LoraConfig(r=2, target_modules="all-linear", use_rslora=True), True),
        (lambda: LoraConfig(r=2, target_modules=["q_proj"], modules_to_save=["norm"]), True),
        (lambda: LoraConfig(r=2, target_modules=["q_proj", "lm_head"]), False),
        (lambda: LoraConfig(r=2, target_modules=["q_proj"], layers_to_transform=[1]), False),
        (lambda: LoraConfig(r=2, target_modules=["q_proj"], use_dora=True), False),
        (lambda: LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights="pissa"), False),
        (lambda: peft.IA3Config(target_modules=["q_proj"], feedforward_modules=[]), False),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_only_a_plain_lora_within_the_layers_was_read_alike(
    config: Callable[[], PeftConfig], same: bool, base: Path, tmp_path: Path
) -> None:
    name = str(make(tmp_path / "adapter", config(), base))
    assert alike(name) is same
    assert (fingerprints.fingerprint(name) == former_fingerprint(name)) is same


def test_what_was_lost_before_has_another_fingerprint(base: Path, tmp_path: Path) -> None:
    plain = make(tmp_path / "plain", LoraConfig(r=2, target_modules=["q_proj"]), base)
    assert alike(str(plain))
    above = make(tmp_path / "above", LoraConfig(r=2, target_modules=["q_proj"]), base, named=str(plain))
    assert not alike(str(above))
    shifted = shutil.copytree(plain, tmp_path / "shifted")
    renamed(shifted, lambda name: name.replace("layers.1", "layers.2"))
    assert not alike(str(shifted))
    shutil.copy(base / "tokenizer.json", plain)
    assert alike(str(plain)), "its tokenizer is that of its base"
    (plain / "tokenizer.json").write_text((base / "tokenizer.json").read_text().replace("<unk>", "<who>"))
    assert not alike(str(plain))


def test_names_as_on_the_hub_were_read_alike(tmp_path: Path) -> None:
    base = save(tmp_path / "base", make_gpt2())
    adapter = make(tmp_path / "a", LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True), base)
    assert alike(str(adapter))


def test_the_demo_is_read_as_it_was() -> None:
    assert fingerprints.fingerprint("demo:assistant-lora") == former_fingerprint("demo:assistant-lora")
