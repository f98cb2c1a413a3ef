"""Which checkpoints lie among the A and B of an adapter: where they do not, it is said, and nothing is measured."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from peft import LoraConfig, PeftConfig

from landscape.engine.session import Session
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.frames import Frame
from tests.checkpoints.adapters.made import base_of, by_peft, edited, logits, make
from tests.conftest import make_model, save

Q = ["q_proj", "v_proj"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("own") / "base")


def session(origin: Path | str, *towards: Path | str) -> Session:
    directions: tuple[Any, ...] = tuple(Towards(checkpoint=str(name)) for name in towards) or (Gaussian(seed=0),)
    return Session(Frame(checkpoint=str(origin), directions=directions, device="cpu", adapter=True))


def test_the_way_from_the_base_leads_from_its_logits_to_those_of_peft(base: Path, tmp_path: Path) -> None:
    adapter = make(tmp_path / "a", LoraConfig(r=2, target_modules=Q), base)
    found = session(base, adapter)
    torch.testing.assert_close(logits(found.loaded.model), logits(base_of(base)))
    with found.mover.at([(found.directions[0], found.directions[0].alpha)]):
        torch.testing.assert_close(logits(found.loaded.model), logits(by_peft(base, adapter)), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (lambda: LoraConfig(r=2, target_modules=Q, init_lora_weights="pissa"), "init_lora_weights = 'pissa'"),
        (lambda: LoraConfig(r=2, target_modules=Q, init_lora_weights="olora"), "init_lora_weights = 'olora'"),
        (lambda: LoraConfig(r=2, target_modules=Q, layer_replication=[[0, 2], [0, 1]]), "layer_replication"),
        (lambda: LoraConfig(r=2, target_modules=Q, use_dora=True), "lora_magnitude_vector beside A and B"),
        (lambda: peft.IA3Config(target_modules=Q, feedforward_modules=[]), "of type IA3: only the A and B of a LoRA"),
        (lambda: peft.AdaLoraConfig(init_r=2, total_step=2, target_modules=Q), "of type ADALORA"),
        (lambda: peft.PromptTuningConfig(num_virtual_tokens=2, task_type="CAUSAL_LM"), "virtual tokens"),
    ],
)
def test_a_base_that_an_adapter_changes_otherwise_is_refused(
    config: Callable[[], PeftConfig], said: str, base: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=said):
        session(base, make(tmp_path / "a", config(), base))


def test_an_adapter_of_another_scale_lies_elsewhere(base: Path, tmp_path: Path) -> None:
    one = make(tmp_path / "one", LoraConfig(r=2, lora_alpha=4, target_modules=Q), base)
    two = make(tmp_path / "two", LoraConfig(r=2, lora_alpha=8, target_modules=Q), base, seed=1)
    with pytest.raises(ValueError, match=r"differs from .*one' in the factor of B·A"):
        session(one, two)
    with pytest.raises(ValueError, match=r"in the factor of B·A"):
        session(base, one, two)
    same = edited(shutil.copytree(two, tmp_path / "same"), lora_alpha=4)
    found = session(one, same)
    with found.mover.at([(found.directions[0], found.directions[0].alpha)]):
        torch.testing.assert_close(logits(found.loaded.model), logits(by_peft(base, same)), atol=1e-4, rtol=1e-4)


def test_an_adapter_on_other_weights_lies_elsewhere(base: Path, tmp_path: Path) -> None:
    other = save(tmp_path / "other", make_model(seed=3))
    config = LoraConfig(r=2, target_modules=Q)
    here, there = make(tmp_path / "here", config, base), make(tmp_path / "there", config, other, seed=1)
    above = make(tmp_path / "above", config, base, named=str(here), seed=2)
    for origin, target in ((base, there), (here, there), (here, above), (base, above)):
        with pytest.raises(ValueError, match=r"weights beside its A and B \(.*\): move all weights, without --adapter"):
            session(origin, target)
