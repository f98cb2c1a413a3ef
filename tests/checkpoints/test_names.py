"""Whatever a folder calls its tensors: the parameters read from it are those that transformers loads from it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    DeepseekV3Config,
    FalconConfig,
    Gemma2Config,
    GPT2Config,
    GPTJConfig,
    GPTNeoConfig,
    GPTNeoXConfig,
    LlamaConfig,
    MambaConfig,
    MixtralConfig,
    OPTConfig,
    PhiConfig,
    PretrainedConfig,
    Qwen2Config,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as CLASSES

from landscape.checkpoints import compatibility, files, models, parameters
from landscape.checkpoints.comparison import compare
from landscape.checkpoints.contents import contents
from landscape.checkpoints.stored import names
from landscape.schema.specs import ComparisonSpec
from tests.conftest import make_gpt2, make_model, save

Weights = dict[str, Tensor]
ENDS: dict[str, Any] = {"vocab_size": 320, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}
SIZES = ENDS | {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
SIZES |= {"num_key_value_heads": 2}
CONFIGS: dict[str, PretrainedConfig] = {
    "llama, tied": LlamaConfig(**SIZES, tie_word_embeddings=True),
    "llama, untied": LlamaConfig(**SIZES, tie_word_embeddings=False),
    "qwen2": Qwen2Config(**SIZES),
    "gemma2": Gemma2Config(**SIZES, head_dim=8),
    "phi": PhiConfig(**SIZES),
    "mixtral": MixtralConfig(**SIZES, num_local_experts=2),
    "deepseek_v3": DeepseekV3Config(
        **SIZES | {"num_key_value_heads": 4, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_group": 1},
        **{"topk_group": 1, "kv_lora_rank": 8, "q_lora_rank": 8, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8},
        **{"v_head_dim": 8, "moe_intermediate_size": 16, "first_k_dense_replace": 1},
    ),
    "gpt2": GPT2Config(**ENDS, n_embd=32, n_layer=2, n_head=4, n_positions=64),
    "gptj": GPTJConfig(**ENDS, n_embd=32, n_layer=2, n_head=4, n_positions=64, rotary_dim=4),
    "gpt_neo": GPTNeoConfig(**ENDS, hidden_size=32, num_layers=2, num_heads=4, attention_types=[[["global"], 2]]),
    "gpt_neox": GPTNeoXConfig(**SIZES),
    "bloom": BloomConfig(**ENDS, hidden_size=32, n_layer=2, n_head=4),
    "falcon": FalconConfig(**ENDS, hidden_size=32, num_hidden_layers=2, num_attention_heads=4),
    "opt": OPTConfig(**SIZES, ffn_dim=48, word_embed_proj_dim=32, max_position_embeddings=64),
    "mamba": MambaConfig(**ENDS, hidden_size=32, num_hidden_layers=2, state_size=4, time_step_rank=2),
}


FUSED = ("mixtral", "deepseek_v3")  # their experts are stored one by one


def model_of(config: PretrainedConfig) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.1 * torch.randn_like(weight)
    return model.eval()


def stored_otherwise(folder: Path, to: Path, change: Callable[[Weights], Weights], **config: object) -> Path:
    """A copy of a folder whose stored tensors went through a change."""
    copy = Path(shutil.copytree(folder, to))
    file = copy / "model.safetensors"
    save_file({name: weight.clone() for name, weight in change(load_file(file)).items()}, file, {"format": "pt"})
    (copy / "config.json").write_text(json.dumps(json.loads((copy / "config.json").read_text()) | config))
    return copy


def by_transformers(folder: Path) -> tuple[Weights, Tensor]:
    """The oracle: the distinct parameters that transformers loads from a folder, none left at random; and logits."""
    loaded: Any = AutoModelForCausalLM.from_pretrained(str(folder), output_loading_info=True)
    model, report = loaded
    assert not report["missing_keys"]
    with torch.no_grad():
        return {name: weight.data for name, weight in model.named_parameters()}, model(TOKENS).logits


TOKENS = torch.arange(3, 15)[None]


def assert_read_as_loaded(folder: Path, *, fused: bool = False) -> None:
    """Headers, counts, Δ and the model that is scored agree with what transformers loads."""
    expected, logits = by_transformers(folder)
    count = sum(weight.numel() for weight in expected.values())
    reading = names.read(folder)
    assert files.describe(str(folder)).parameters == count
    if not fused:
        assert set(reading.parameters) == set(expected)
        for name, weight in contents(str(folder)).weights.items():
            assert torch.equal(weight.opened().rows(0, weight.stored.shape[0]).flatten(), expected[name].flatten())
    model = models.load_model(str(folder), device="cpu")
    assert parameters.count(parameters.select(model)) == count
    assert torch.equal(model(TOKENS).logits, logits)


@pytest.mark.parametrize("architecture", CONFIGS)
def test_names_are_read_as_transformers_loads_them(architecture: str, tmp_path: Path) -> None:
    model = model_of(CONFIGS[architecture])
    model.save_pretrained(tmp_path / "saved")
    assert_read_as_loaded(tmp_path / "saved", fused=architecture in FUSED)
    prefix = f"{model.base_model_prefix}."
    bare = stored_otherwise(
        tmp_path / "saved",
        tmp_path / "bare",
        lambda weights: {name.removeprefix(prefix): weight for name, weight in weights.items()},
    )
    assert_read_as_loaded(bare, fused=architecture in FUSED)
    assert compatibility.mismatches(str(tmp_path / "saved"), str(bare)) == []
    compared = compare(ComparisonSpec(checkpoint=str(bare), other=str(tmp_path / "saved")))
    assert (compared["changed"], compared["parameters"]) == (0, sum(w.numel() for w in model.parameters()))


def test_prefix_and_embedding_of_each_architecture_are_those_of_transformers() -> None:
    usual = {"llama", "mistral", "qwen2", "qwen3", "gemma", "phi", "phi3", "olmo2", "cohere", "smollm3"}
    for kind in {*names.EMBEDDINGS, *usual}:
        found: Any = getattr(transformers, CLASSES[kind])
        embedding = names.embedding_of({"model_type": kind})
        assert embedding.partition(".")[0] == found.base_model_prefix, kind
        assert f"{embedding}.weight" in {*found._tied_weights_keys.values()}, kind


HEAD, EMBEDDING = "lm_head.weight", "model.embed_tokens.weight"
VARIANTS: dict[str, Callable[[Weights], Weights]] = {
    "only the head of a tied pair": lambda w: {(HEAD if k == EMBEDDING else k): v for k, v in w.items()},
    "both of a tied pair": lambda w: w | {HEAD: w[EMBEDDING]},
    "both of a pair that is not tied after all": lambda w: w | {HEAD: w[EMBEDDING] + 1},
    "some names without the prefix": lambda w: {k.replace("model.norm", "norm"): v for k, v in w.items()},
    "only the head, no prefix": lambda w: {
        (HEAD if k == EMBEDDING else k.removeprefix("model.")): v for k, v in w.items()
    },
    "a value head": lambda w: w | {"v_head.summary.weight": torch.ones(1, 32), "v_head.summary.bias": torch.ones(1)},
    "a head of scores": lambda w: w | {"score.weight": torch.ones(1, 32)},
    "rotary buffers": lambda w: w | {f"model.layers.{i}.self_attn.rotary_emb.inv_freq": torch.ones(4) for i in (0, 1)},
    "layers beyond the config's": lambda w: (
        w | {k.replace("layers.1.", "layers.2."): v + 1 for k, v in w.items() if "layers.1." in k}
    ),
    "multi-token prediction": lambda w: w | {"mtp.layers.0.weight": torch.ones(3, 3)},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_stored_beside_or_otherwise_changes_no_number(variant: str, checkpoint: Path, tmp_path: Path) -> None:
    folder = stored_otherwise(checkpoint, tmp_path / "other", VARIANTS[variant])
    assert_read_as_loaded(folder)
    spec = ComparisonSpec(checkpoint=str(checkpoint), other=str(folder))
    assert compare(spec)["changed"] == (320 * 32 if "not tied" in variant else 0)
    beside = {"a value head": 2, "a head of scores": 1, "layers beyond the config's": 9, "multi-token prediction": 1}
    remarks = files.describe(str(folder)).remarks
    assert len(remarks) == (variant in beside)
    assert models.load(str(folder)).remarks == remarks
    for remark in remarks:
        assert remark.startswith(f"{beside[variant]} stored tensors are no part of the language model")


GPT2_VARIANTS: dict[str, Callable[[Weights], Weights]] = {
    "as on the hub": lambda w: (
        {k.removeprefix("transformer."): v for k, v in w.items()}
        | {f"h.{i}.attn.bias": torch.tril(torch.ones(64, 64)).view(1, 1, 64, 64) for i in (0, 1)}
    ),
    "buffers of booleans": lambda w: (
        w | {f"transformer.h.{i}.attn.bias": torch.ones(1, 1, 64, 64).bool() for i in (0, 1)}
    ),
    "old masks": lambda w: w | {f"transformer.h.{i}.attn.masked_bias": torch.tensor(-1e4) for i in (0, 1)},
    "only the head": lambda w: {(HEAD if k == "transformer.wte.weight" else k): v for k, v in w.items()},
}


@pytest.mark.parametrize("variant", GPT2_VARIANTS)
def test_gpt2_as_it_lies_on_the_hub_is_compared_with_its_fine_tune(variant: str, tmp_path: Path) -> None:
    tuned = save(tmp_path / "tuned", make_gpt2(seed=1))
    folder = stored_otherwise(save(tmp_path / "saved", make_gpt2()), tmp_path / "hub", GPT2_VARIANTS[variant])
    assert_read_as_loaded(folder)
    one, two = (make_gpt2(seed).requires_grad_(False) for seed in (0, 1))
    compared = compare(ComparisonSpec(checkpoint=str(folder), other=str(tuned)))
    pairs = zip(one.parameters(), two.parameters(), strict=True)
    norm = torch.cat([(b.double() - a.double()).flatten() for a, b in pairs]).norm()
    assert compared["radius"] == pytest.approx(float(norm))
    assert [tensor["name"] for tensor in compared["tensors"]] == [name for name, _ in two.named_parameters()]


def test_a_config_may_prune_layers_that_are_still_stored(checkpoint: Path, tmp_path: Path) -> None:
    pruned = stored_otherwise(checkpoint, tmp_path / "pruned", dict, num_hidden_layers=1)
    assert_read_as_loaded(pruned)
    assert "9 stored tensors are no part" in files.describe(str(pruned)).remarks[0]
    assert "only in the first" in compatibility.mismatches(str(checkpoint), str(pruned))[0]


REFUSED: dict[str, tuple[Callable[[Weights], Weights], str]] = {
    "a weight is missing": (lambda w: {k: v for k, v in w.items() if "model.norm" not in k}, "model.norm.weight missing"),
    "head and embedding are missing": (lambda w: {k: v for k, v in w.items() if k != EMBEDDING}, f"{EMBEDDING} missing"),
    "a layer is missing": (lambda w: {k: v for k, v in w.items() if "layers.1." not in k}, "layers.1.*missing"),
    "another name of the same size": (
        lambda w: {k.replace("model.norm.weight", "model.last.weight"): v for k, v in w.items()},
        "model.norm.weight missing, model.last.weight unexpected",
    ),
    "a tensor that no part knows": (lambda w: w | {"model.layers.0.extra.weight": torch.ones(2)}, "extra.weight unexpec"),
    "a compiled model": (lambda w: {f"_orig_mod.{k}": v for k, v in w.items()}, "wrapper of the training"),
    "a compiled layer": (lambda w: {k.replace("self_attn", "self_attn._orig_mod"): v for k, v in w.items()}, "wrapper"),
    "DDP": (lambda w: {f"module.{k}": v for k, v in w.items()}, "wrapper of the training"),
    "FSDP": (lambda w: {f"_fsdp_wrapped_module.{k}": v for k, v in w.items()}, "wrapper of the training"),
    "ZeRO-3": (lambda w: {k: v.new_empty(0) for k, v in w.items()}, "ZeRO-3"),
    "ZeRO-3, in part": (lambda w: w | {EMBEDDING: torch.empty(0)}, "empty tensors .*ZeRO-3"),
    "an adapter within": (
        lambda w: w | {"model.layers.0.self_attn.q_proj.lora_A.default.weight": torch.ones(2, 32)},
        "not merged .*merge_and_unload",
    ),
    "booleans": (lambda w: w | {EMBEDDING: w[EMBEDDING] > 0}, "none of F64.*BOOL"),
    "integers": (lambda w: {k: v.int() for k, v in w.items()}, "none of F64.*I32"),
    "8-bit floats": (lambda w: w | {EMBEDDING: w[EMBEDDING].to(torch.float8_e4m3fn)}, "none of F64.*F8_E4M3"),
    "one parameter twice": (lambda w: w | {"norm.weight": w["model.norm.weight"] + 1}, "stores model.norm.weight twice"),
    "a shape that is turned": (lambda w: {k: v.T.contiguous() if "down" in k else v for k, v in w.items()}, "another shape"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_transformers_would_leave_at_random_or_out_is_refused(case: str, checkpoint: Path, tmp_path: Path) -> None:
    change, message = REFUSED[case]
    folder = stored_otherwise(checkpoint, tmp_path / "other", change)
    with pytest.raises(ValueError, match=message) as refusal:
        models.load_model(str(folder), device="cpu")
    assert "\n" not in str(refusal.value)
    with pytest.raises(ValueError, match=message):
        contents(str(folder))


@pytest.mark.parametrize("wrapper", ["_orig_mod.", "module.", "_fsdp_wrapped_module."])
def test_the_renaming_that_the_refusal_suggests_works(wrapper: str, checkpoint: Path, tmp_path: Path) -> None:
    folder = stored_otherwise(
        checkpoint, tmp_path / "wrapped", lambda w: {f"{wrapper}{name}": weight for name, weight in w.items()}
    )
    with pytest.raises(ValueError, match="rename once") as refusal:
        files.describe(str(folder))
    exec(str(refusal.value).split('python -c "')[1].split('"')[0])
    found, _ = by_transformers(tmp_path / "wrapped-renamed")
    for name, weight in make_model().named_parameters():
        assert torch.equal(found[name], weight)
