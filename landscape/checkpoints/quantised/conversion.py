"""A quantised folder as a plain one: config and tokenizer as they are, weights in fp32."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoModelForCausalLM

from landscape.checkpoints.config import quantisation, read_json
from landscape.checkpoints.quantised import packed
from landscape.checkpoints.safetensors import WEIGHTS, weight_files
from landscape.outside import imports

_OTHERS = ("*.json", "*.model", "*.txt", "*.jinja")  # config, tokenizer, chat template


def convert(source: Path, folder: Path) -> None:
    """Write a folder whose weights are those that the codes of another stand for.

    Raises:
        ValueError: tensors that belong together are not all there; what transformers refuses.
    """
    folder.mkdir(parents=True)
    for pattern in _OTHERS:
        for file in source.glob(pattern):
            if not file.name.endswith(".index.json"):
                shutil.copyfile(file, folder / file.name)
    config = read_json(source / "config.json")
    settings = config.pop("quantization_config")
    config.pop("torch_dtype", None)
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "float32"}), encoding="utf-8")
    method = quantisation(source)
    weights = _by_bitsandbytes(source) if method == "bitsandbytes" else _unpacked(source, str(method), settings)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})


def _by_bitsandbytes(source: Path) -> dict[str, Tensor]:
    imports.bitsandbytes()
    model: Any = AutoModelForCausalLM.from_pretrained(str(source), device_map={"": "cpu"}, dtype=torch.float32)
    plain = model.dequantize(dtype=torch.float32)
    # A tied head is one parameter, under its first name.
    return {name: weight.detach().float().contiguous() for name, weight in plain.named_parameters()}


def _unpacked(source: Path, method: str, settings: dict[str, Any]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    parts: dict[str, dict[str, Tensor]] = {}
    for file in weight_files(source):
        with safe_open(file, framework="pt") as stored:
            for name in stored.keys():  # noqa: SIM118  it is no dict
                owner, _, leaf = name.rpartition(".")
                if leaf in packed.PARTS:
                    parts.setdefault(owner, {})[leaf] = stored.get_tensor(name)
                else:
                    found[name] = stored.get_tensor(name).float()
    for owner in list(parts):
        own = parts.pop(owner)
        if lacking := [leaf for leaf in packed.PARTS[:3] if leaf not in own]:
            raise ValueError(f"{source} holds codes of {owner} without its {lacking[0]}: download it again")
        shifted = settings.get("checkpoint_format", "gptq") == "gptq"
        bits = settings.get("bits", 4)
        found[f"{owner}.weight"] = packed.awq(own) if method == "awq" else packed.gptq(own, bits, shifted=shifted)
    return found
