"""Where a model goes: to one GPU, or spread over all. No GPU is needed: loading ends where that is decided."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from landscape.checkpoints import files, models
from tests.conftest import make_model, save

NF4 = {"quant_method": "bitsandbytes", "load_in_4bit": True}


@pytest.fixture
def spread(monkeypatch: pytest.MonkeyPatch) -> Any:
    """(checkpoint, dtype, free bytes of the GPU) → whether the model is spread."""

    def asked(folder: Path, dtype: str, free: int) -> bool:
        given: dict[str, Any] = {}

        def stop(*_: object, **options: Any) -> None:
            given.update(options)
            raise ValueError("stop")

        monkeypatch.setattr(models, "best_device", lambda device: "cuda")
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (free, free))
        monkeypatch.setattr(models.AutoModelForCausalLM, "from_pretrained", stop)
        with pytest.raises(ValueError, match="stop"):
            models.load_model(str(folder), dtype=dtype)
        return given.get("device_map") == "auto"

    return asked


@pytest.mark.parametrize(
    ("stored", "dtype", "width"),
    [
        (torch.bfloat16, "auto", 2),
        (torch.bfloat16, "bfloat16", 2),
        (torch.bfloat16, "float32", 4),
        (torch.float32, "auto", 4),
        (torch.float32, "float16", 2),
    ],
)
def test_a_model_is_as_large_as_the_dtype_it_is_loaded_in(
    stored: torch.dtype, dtype: str, width: int, spread: Any, tmp_path: Path
) -> None:
    model = make_model().to(stored)
    folder = save(tmp_path / "model", model)
    taken = width * sum(weight.numel() for weight in model.parameters())
    assert not spread(folder, dtype, free=int(taken / 0.8) + 1)
    assert spread(folder, dtype, free=int(taken / 0.8) - 1)


@pytest.fixture
def four_bit(checkpoint: Path, tmp_path: Path) -> Path:
    """As bitsandbytes saves it: two numbers of a matrix a byte, and a scale for every 64."""
    folder = Path(shutil.copytree(checkpoint, tmp_path / "nf4"))
    packed: dict[str, Tensor] = {}
    for name, weight in load_file(folder / "model.safetensors").items():
        if "_proj" in name:
            packed[name] = torch.zeros(weight.numel() // 2, 1, dtype=torch.uint8)
            packed[f"{name}.absmax"] = torch.zeros(weight.numel() // 64)
        else:
            packed[name] = weight
    save_file(packed, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text()) | {"quantization_config": NF4}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_the_integers_of_a_quantised_model_take_room(four_bit: Path, spread: Any) -> None:
    tensors = load_file(four_bit / "model.safetensors").values()
    floating = sum(tensor.nbytes for tensor in tensors if tensor.is_floating_point())
    taken = sum(tensor.nbytes for tensor in tensors)
    described = files.describe(str(four_bit))
    assert described.bytes == taken > 1.1 * floating
    assert 4 * described.parameters == floating, "integers are not counted in d"
    for dtype, size in (("auto", taken), ("bfloat16", taken - floating // 2)):
        assert not spread(four_bit, dtype, free=int(size / 0.8) + 1)
        assert spread(four_bit, dtype, free=int(size / 0.8) - 1)


def test_a_loaded_model_does_not_follow_its_file(tmp_path: Path) -> None:
    """safetensors maps files: written in place (`cp`), they would change the weights of a run that goes on."""
    folder = save(tmp_path / "own")
    loaded = models.load(str(folder), device="cpu")
    before = {name: weight.clone() for name, weight in loaded.model.named_parameters()}
    save(tmp_path / "other", make_model(seed=5))
    (folder / "model.safetensors").write_bytes((tmp_path / "other" / "model.safetensors").read_bytes())
    assert all(torch.equal(weight, before[name]) for name, weight in loaded.model.named_parameters())


def test_a_checkpoint_that_changes_while_it_is_loaded_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its points would lie under the key of other weights."""
    folder, load_model = save(tmp_path / "own"), models.load_model

    def load_then_overwrite(*args: Any, **options: Any) -> Any:
        model = load_model(*args, **options)
        save(folder, make_model(seed=5))
        return model

    monkeypatch.setattr(models, "load_model", load_then_overwrite)
    with pytest.raises(ValueError, match="changed while it was loaded"):
        models.load(str(folder), device="cpu")
