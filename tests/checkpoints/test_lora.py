"""Adapters merged from their files, against peft's own merging of the built model."""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from landscape.checkpoints import models, parameters
from landscape.checkpoints.comparison import compare
from landscape.checkpoints.contents import contents
from landscape.checkpoints.tensors import shape_of
from landscape.schema.specs import ComparisonSpec
from tests.conftest import make_gpt2, make_model, save

Made = dict[str, Any]
LLAMA = ["q_proj", "up_proj"]
CASES: dict[str, tuple[str, Made]] = {
    "plain": ("llama", {"target_modules": LLAMA}),
    "rank and alpha patterns": (
        "llama",
        {
            "target_modules": LLAMA,
            "rank_pattern": {"up_proj": 3},
            "alpha_pattern": {r"layers\.1\.self_attn\.q_proj": 5},
        },
    ),
    "rank-stabilised": ("llama", {"target_modules": LLAMA, "use_rslora": True, "rank_pattern": {"q_proj": 4}}),
    "bfloat16": ("bfloat16", {"target_modules": [*LLAMA, "embed_tokens"], "modules_to_save": ["norm"]}),
    "embeddings and head": ("untied", {"target_modules": ["embed_tokens", "lm_head"]}),
    "tied embeddings": ("llama", {"target_modules": ["embed_tokens", "q_proj"]}),
    "tied head": ("llama", {"target_modules": ["lm_head"]}),
    "saved head": ("untied", {"target_modules": LLAMA, "modules_to_save": ["lm_head"]}),
    "saved head of a tied base": ("llama", {"target_modules": LLAMA, "modules_to_save": ["lm_head"]}),
    "saved embedding of a tied base": ("llama", {"target_modules": LLAMA, "modules_to_save": ["embed_tokens"]}),
    "saved both of a tied base": ("llama", {"target_modules": LLAMA, "modules_to_save": ["embed_tokens", "lm_head"]}),
    "GPT-2": ("gpt2", {"target_modules": ["c_attn", "c_proj"], "fan_in_fan_out": True}),
    "GPT-2 with biases": ("gpt2", {"target_modules": ["c_attn"], "fan_in_fan_out": True, "bias": "all"}),
    "GPT-2 with biases of B": ("gpt2", {"target_modules": ["c_fc"], "fan_in_fan_out": True, "lora_bias": True}),
    "GPT-2 embeddings": ("gpt2", {"target_modules": ["wte", "wpe", "c_fc"], "fan_in_fan_out": True}),
}


def base_model(kind: str) -> torch.nn.Module:
    if kind == "gpt2":
        return make_gpt2()
    model = make_model(tied=kind != "untied")
    return model.bfloat16() if kind == "bfloat16" else model


def adapter(folder: Path, kind: str, seed: int = 0, **config: Any) -> Path:
    """An adapter whose every tensor is random, beside its base."""
    if not (folder / "base").exists():
        save(folder / "base", base_model(kind))
    with warnings.catch_warnings(action="ignore"):  # peft on ties, on embeddings, on transformers 5
        model = get_peft_model(base_model(kind), LoraConfig(**{"r": 2, "lora_alpha": 3, **config}))
        torch.manual_seed(seed)
        for weight in (weight for weight in model.parameters() if weight.requires_grad):
            weight.data += 0.1 * torch.randn_like(weight)
        model.peft_config["default"].base_model_name_or_path = "../base"
        model.save_pretrained(str(folder / f"adapter-{seed}"))
    return folder / f"adapter-{seed}"


def rewritten(folder: Path, *, tensors: dict[str, torch.Tensor] | None = None, without: str = "", **config: Any) -> str:
    """The adapter with other tensors or settings; its name."""
    file, settings = folder / "adapter_model.safetensors", folder / "adapter_config.json"
    kept = {name: tensor for name, tensor in load_file(file).items() if not without or without not in name}
    save_file(kept | (tensors or {}), file)
    settings.write_text(json.dumps(json.loads(settings.read_text()) | config))
    return str(folder)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("case", CASES)
def test_an_adapter_read_from_its_file_is_what_peft_merges(case: str, tmp_path: Path) -> None:
    kind, config = CASES[case]
    name = str(adapter(tmp_path, kind, **config))
    merged = parameters.select(models.load_model(name, device="cpu"))
    found = contents(name)
    assert list(found.weights) == list(merged)
    for key, weight in found.weights.items():
        rows, columns = shape_of(weight.stored)
        read = weight.opened().rows(0, rows)
        assert read.dtype == merged[key].dtype
        torch.testing.assert_close(read, merged[key].reshape(rows, columns))
    base = parameters.select(base_model(kind))
    delta = {key: weight.double() - base.get(key, base[next(iter(base))]).double() for key, weight in merged.items()}
    compared = compare(ComparisonSpec(checkpoint=str(tmp_path / "base"), other=name, device="cpu"))
    radius = sum(float(change.square().sum()) for change in delta.values()) ** 0.5
    assert compared["radius"] == pytest.approx(radius, rel=1e-5)
    assert compared["changed"] == pytest.approx(sum(int((change != 0).sum()) for change in delta.values()), rel=1e-3)
    assert {t["name"] for t in compared["tensors"] if t["alpha"] > 0} == {
        n for n, change in delta.items() if change.any()
    }


@pytest.mark.parametrize("kind", ["llama", "bfloat16"])
def test_a_rank_8_adapter_moves_no_matrix_by_more_than_rank_8(kind: str, tmp_path: Path) -> None:
    name = adapter(tmp_path, kind, target_modules=LLAMA, r=8)
    compared = compare(ComparisonSpec(checkpoint=str(tmp_path / "base"), other=str(name)))
    ranks = {t["name"]: t["effective_rank"] for t in compared["tensors"] if t["effective_rank"]}
    assert len(ranks) == 4
    assert all(1 < rank <= 8 for rank in ranks.values())
    lora = load_file(name / "adapter_model.safetensors")
    a, b = (lora[f"base_model.model.model.layers.0.mlp.up_proj.lora_{x}.weight"].double() for x in "AB")
    shares = torch.linalg.svdvals(b @ a)[:8] / torch.linalg.svdvals(b @ a)[:8].sum()
    expected = float((-(shares * shares.log()).sum()).exp())
    assert ranks["model.layers.0.mlp.up_proj.weight"] == pytest.approx(expected, rel=1e-6)


def test_two_adapters_of_one_base_differ_by_at_most_both_ranks(tmp_path: Path) -> None:
    one, two = (adapter(tmp_path, "llama", seed, target_modules=["q_proj"]) for seed in (0, 1))
    compared = compare(ComparisonSpec(checkpoint=str(one), other=str(two)))
    moved = [t for t in compared["tensors"] if t["alpha"]]
    assert len(moved) == 2
    assert all(2 < tensor["effective_rank"] <= 4 for tensor in moved)
    assert compare(ComparisonSpec(checkpoint=str(one), other=str(one)))["radius"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"peft_type": "IA3"}, r"\(IA3\) sets megatron_core = .*, which is not understood"),
        ({"peft_type": "NEWER"}, "of type NEWER, which"),
        ({"use_dora": True}, r"layers\.0\.self_attn\.q_proj\.lora_magnitude_vector.* missing"),
        ({"invented": [1]}, r"sets invented = \[1\], which is not understood"),
        ({"trainable_token_indices": [3]}, r"lacks the tensor .*embed_tokens\.token_adapter\.trainable_tokens_delta"),
        ({"init_lora_weights": "pissa_niter_4"}, "init_lora_weights = 'pissa_niter_4', whose random decomposition"),
        ({"r": 3}, r"has rank 2 in model\.layers\.\d\.self_attn\.q_proj, against 3 in its config"),
        (
            {"without": "0.self_attn.q_proj.lora_A"},
            r"holds model\.layers\.0\.self_attn\.q_proj\.lora_B .*not understood",
        ),
        ({"tensors": {"base_model.model.model.layers.0.gate.weight": torch.ones(2)}}, r"holds .*gate\.weight, which"),
        (
            {"tensors": {"base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector": torch.ones(2)}},
            "holds .*lora_magnitude_vector, which is not understood",
        ),
        (
            {"tensors": {"base_model.model.model.layers.0.self_attn.q_proj.weight": torch.ones(32, 32)}},
            r"holds model\.layers\.0\.self_attn\.q_proj\.weight beside the factors",
        ),
        (
            {"tensors": {f"base_model.model.model.gate.lora_{x}.weight": torch.ones(2, 2) for x in "AB"}},
            r"changes model\.gate\.weight, which its base lacks",
        ),
        ({"tensors": {"base_model.model.model.norm.weight": torch.ones(33)}}, r"\(33,\) against \(32,\)"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    name = rewritten(adapter(tmp_path, "llama", target_modules=["q_proj"]), **change)
    with pytest.raises(ValueError, match=message):
        contents(name)
