"""Adapters made on the spot by peft, and what peft makes of them: the right values."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

IDS = torch.tensor([[1, 5, 6, 7, 30, 40, 50, 60]])


def base_of(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder)


def make(
    folder: Path, config: PeftConfig, base: Path, *, model: Any = None, named: str | None = None, seed: int = 0
) -> Path:
    """Save an adapter whose every trainable tensor was moved at random; `named`: how its config names the base."""
    with warnings.catch_warnings(action="ignore"):
        torch.manual_seed(seed)
        adapted = get_peft_model(model or base_of(base), config)
        for weight in (weight for weight in adapted.parameters() if weight.requires_grad):
            weight.data += 0.1 * torch.randn_like(weight)
        adapted.peft_config["default"].base_model_name_or_path = named or str(base)
        adapted.save_pretrained(str(folder))
    return folder


def by_peft(base: Path, *adapters: Path, model: Any = None) -> Any:
    """The PeftModel of the last adapter, with those before it merged; nothing of ours takes part."""
    with warnings.catch_warnings(action="ignore"):
        torch.manual_seed(7)
        model = model or base_of(base)
        for adapter in adapters[:-1]:
            model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
        return PeftModel.from_pretrained(model, str(adapters[-1])).eval()


def logits(model: Any, ids: torch.Tensor = IDS) -> torch.Tensor:
    """Logits at the places of `ids`; those of virtual tokens come before them."""
    with torch.no_grad():
        found: torch.Tensor = model(input_ids=ids).logits
    return found[:, -ids.shape[1] :]


def renamed(adapter: Path, rename: Callable[[str], str]) -> Path:
    """The adapter with its tensors under other names."""
    file = adapter / "adapter_model.safetensors"
    save_file({rename(name): tensor for name, tensor in load_file(file).items()}, file)
    return adapter


def edited(adapter: Path, **fields: Any) -> Path:
    """The adapter with other settings."""
    file = adapter / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))
    return adapter
