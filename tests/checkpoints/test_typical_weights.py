"""How large a typical weight is, from samples of files, against all weights."""

import warnings
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from landscape.checkpoints.stored.typical_weights import typical_weight
from tests.conftest import make_gpt2, make_model, save


def rms(weights: dict[str, torch.Tensor]) -> float:
    return float(torch.cat([w.double().flatten() for w in weights.values() if w.ndim > 1]).square().mean().sqrt())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_it_is_the_rms_of_the_matrices_whatever_the_gains_of_norms_are(dtype: torch.dtype, tmp_path: Path) -> None:
    folder = save(tmp_path / "one", make_model().to(dtype))
    weights = load_file(folder / "model.safetensors")
    weights |= {name: w * 1000 for name, w in weights.items() if w.ndim == 1}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert typical_weight(str(folder)) == pytest.approx(rms(weights), rel=1e-6)
    chosen = {name: w for name, w in weights.items() if "mlp" in name and "down" not in name}
    assert typical_weight(str(folder), ("*.mlp.*",), ("*down*",)) == pytest.approx(rms(chosen), rel=1e-6)
    gains = torch.cat([w.double() for w in weights.values() if w.ndim == 1])
    assert typical_weight(str(folder), ("*norm*",)) == pytest.approx(float(gains.square().mean().sqrt()), rel=1e-6)


def test_large_tensors_are_sampled(tmp_path: Path) -> None:
    folder = save(tmp_path / "wide", make_model(width=256))
    weights = load_file(folder / "model.safetensors")
    assert max(w.numel() for w in weights.values()) > 8 * 4096
    assert typical_weight(str(folder)) == pytest.approx(rms(weights), rel=0.01)


def test_of_an_adapter_it_is_that_of_what_moves(tmp_path: Path, checkpoint: Path) -> None:
    config = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False)
    with warnings.catch_warnings(action="ignore"):
        get_peft_model(make_model(), config).save_pretrained(tmp_path / "adapter")
    name = f"{tmp_path / 'adapter'}+{checkpoint}"
    factors = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert typical_weight(name, adapter=True) == pytest.approx(rms(factors), rel=1e-6)
    assert typical_weight(name) == pytest.approx(typical_weight(str(checkpoint)), rel=1e-6)


def test_another_architecture_and_weights_of_nothing(tmp_path: Path) -> None:
    folder = save(tmp_path / "gpt2", make_gpt2())
    weights = load_file(folder / "model.safetensors")
    assert typical_weight(str(folder)) == pytest.approx(rms(weights), rel=1e-6)
    save_file(
        {name: torch.zeros_like(w) for name, w in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    assert typical_weight(str(folder)) is None
