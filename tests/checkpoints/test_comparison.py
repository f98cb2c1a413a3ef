"""Streamed Δ of two checkpoints against the difference of the two models, whatever their files look like."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    GemmaConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    MixtralConfig,
    PretrainedConfig,
    Qwen2Config,
    Qwen3Config,
)

from landscape.checkpoints import comparison, compatibility, models, parameters
from landscape.checkpoints.comparison import compare
from landscape.schema.specs import ComparisonSpec
from tests.conftest import make_model, save

SIZES: dict[str, Any] = {
    "vocab_size": 320,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
}
GROUPED = SIZES | {"num_key_value_heads": 2}
CONFIGS: dict[str, PretrainedConfig] = {
    "Llama, tied": LlamaConfig(**GROUPED, tie_word_embeddings=True),
    "Llama, untied": LlamaConfig(**GROUPED, tie_word_embeddings=False),
    "Qwen2": Qwen2Config(**GROUPED),
    "Qwen3": Qwen3Config(**GROUPED, head_dim=8),
    "Mistral": MistralConfig(**GROUPED),
    "GPT-2": GPT2Config(vocab_size=320, n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=1, eos_token_id=2),
    "GPT-NeoX": GPTNeoXConfig(**SIZES),
    "Gemma": GemmaConfig(**GROUPED, head_dim=8),
}
PLAIN = ("parameters", "radius", "alpha", "rms", "matrices_rms", "relative_alpha", "changed")


def model_of(config: PretrainedConfig, *, moved: float = 0.0) -> torch.nn.Module:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight += moved * torch.randn_like(weight)
    return model.eval()


def pair_of(folder: Path, config: PretrainedConfig) -> ComparisonSpec:
    model_of(config).save_pretrained(folder / "base")
    model_of(config, moved=0.01).save_pretrained(folder / "tuned", max_shard_size="20KB")
    return ComparisonSpec(checkpoint=str(folder / "base"), other=str(folder / "tuned"), device="cpu")


def in_memory(spec: ComparisonSpec) -> dict[str, Any]:
    """The oracle: both models built, subtracted tensor by tensor."""
    first, second = (parameters.select(models.load_model(name, device="cpu")) for name in (spec.checkpoint, spec.other))
    deltas = {name: second[name].double() - weight.double() for name, weight in first.items()}
    d, rms = parameters.count(first), parameters.rms(first)
    radius = math.sqrt(sum(float(delta.square().sum()) for delta in deltas.values()))
    matrices = torch.cat([weight.double().flatten() for weight in first.values() if weight.ndim > 1])
    return {
        "parameters": d,
        "radius": radius,
        "alpha": radius / math.sqrt(d),
        "rms": rms,
        "matrices_rms": float(matrices.square().mean().sqrt()),
        "relative_alpha": radius / math.sqrt(d) / float(matrices.square().mean().sqrt()),
        "changed": sum(int((delta != 0).sum()) for delta in deltas.values()),
        "deltas": deltas,
    }


def ranks_of(delta: torch.Tensor) -> tuple[float, float]:
    """(effective, stable) rank from an exact decomposition."""
    values = torch.linalg.svdvals(delta)
    shares = values[values > 1e-12 * values[0]] / values.sum()
    return float((-(shares * shares.log()).sum()).exp()), float((values / values[0]).square().sum())


def assert_same(found: dict[str, Any], spec: ComparisonSpec) -> None:
    expected = in_memory(spec)
    assert {key: found[key] for key in PLAIN} == pytest.approx({key: expected[key] for key in PLAIN}, rel=1e-6)
    assert [tensor["name"] for tensor in found["tensors"]] == list(expected["deltas"])
    for tensor in found["tensors"]:
        delta = expected["deltas"][tensor["name"]]
        assert (tensor["shape"], tensor["parameters"]) == (list(delta.shape), delta.numel())
        assert tensor["radius"] == pytest.approx(float(delta.norm()), rel=1e-5)
        assert tensor["alpha"] == pytest.approx(float(delta.square().mean().sqrt()), rel=1e-5)


def tuned(folder: Path, name: str, change: Any, **config: Any) -> Path:
    """A copy of the checkpoint `base` whose stored tensors went through `change`."""
    copy = Path(shutil.copytree(folder / "base", folder / name))
    save_file(change(load_file(copy / "model.safetensors")), copy / "model.safetensors", metadata={"format": "pt"})
    (copy / "config.json").write_text(json.dumps(json.loads((copy / "config.json").read_text()) | config))
    return copy


@pytest.fixture
def base(tmp_path: Path, checkpoint: Path) -> Path:
    return Path(shutil.copytree(checkpoint, tmp_path / "base"))


@pytest.mark.parametrize("architecture", CONFIGS)
def test_streamed_numbers_are_those_of_the_two_models(
    architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "CHUNK", 333)  # several blocks a tensor, the last one shorter
    spec = pair_of(tmp_path, CONFIGS[architecture])
    found = compare(spec)
    assert_same(found, spec)
    assert (found["dtype"], found["rounding"], found["remarks"]) == (["float32", "float32"], None, [])
    deltas = in_memory(spec)["deltas"]
    for tensor in found["tensors"]:
        rank = (tensor["effective_rank"], tensor["stable_rank"])
        if len(tensor["shape"]) == 2:
            assert rank == pytest.approx(ranks_of(deltas[tensor["name"]]), rel=1e-4)
        else:
            assert rank == (None, None)


def test_experts_that_the_model_fuses_are_compared_as_they_are_stored(tmp_path: Path) -> None:
    spec = pair_of(tmp_path, MixtralConfig(**GROUPED, num_local_experts=3))
    found, expected = compare(spec), in_memory(spec)
    assert {key: found[key] for key in PLAIN} == pytest.approx({key: expected[key] for key in PLAIN}, rel=1e-6)
    experts = [tensor for tensor in found["tensors"] if ".experts.2." in tensor["name"]]
    assert len(experts) == 6
    assert all(tensor["effective_rank"] > 1 for tensor in experts)


@pytest.mark.parametrize("key", ["layer", "module"])
def test_layers_and_modules_share_the_square_of_the_radius(key: str, checkpoint: Path, finetuned: Path) -> None:
    found = compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(finetuned)))
    for group in found[f"{key}s"]:
        own = [tensor for tensor in found["tensors"] if tensor[key] == group[key]]
        square, count = sum(t["radius"] ** 2 for t in own), sum(t["parameters"] for t in own)
        expected = (math.sqrt(square), math.sqrt(square / count), square / found["radius"] ** 2)
        assert (group["radius"], group["alpha"], group["share"]) == pytest.approx(expected)
    assert sum(group["share"] for group in found[f"{key}s"]) == pytest.approx(1)
    assert sum(group["parameters"] for group in found[f"{key}s"]) == found["parameters"]


def test_the_same_checkpoint_twice_differs_in_nothing(checkpoint: Path) -> None:
    found = compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(checkpoint)))
    assert (found["radius"], found["changed"], found["remarks"]) == (0, 0, [])
    assert {tensor["effective_rank"] for tensor in found["tensors"]} == {0.0, None}
    assert {group["share"] for group in found["layers"]} == {0.0}


def test_a_finer_fine_tune_is_compared_as_it_is_and_the_rounding_said(base: Path, finetuned: Path) -> None:
    coarse = tuned(base.parent, "coarse", lambda t: {n: w.bfloat16() for n, w in t.items()}, dtype="bfloat16")
    found = compare(ComparisonSpec(checkpoint=str(coarse), other=str(finetuned)))
    assert found["dtype"] == ["bfloat16", "float32"]
    assert_same(found, ComparisonSpec(checkpoint=str(coarse), other=str(finetuned)))
    fine = parameters.select(models.load_model(str(finetuned)))
    rounded = {name: weight.bfloat16() for name, weight in fine.items()}
    assert found["rounding"] == {
        "dtype": "bfloat16",
        "alpha": pytest.approx(parameters.rms_difference(fine, rounded), rel=1e-6),
    }
    back = compare(ComparisonSpec(checkpoint=str(finetuned), other=str(coarse)))
    assert back["rounding"] == found["rounding"]
    assert back["radius"] == pytest.approx(found["radius"])


def test_a_tied_head_counts_once_whoever_saves_it(base: Path, finetuned: Path) -> None:
    both = tuned(base.parent, "both", lambda t: t | {"lm_head.weight": t["model.embed_tokens.weight"].clone()})
    expected = compare(ComparisonSpec(checkpoint=str(base), other=str(finetuned)))
    for pair in ((both, finetuned), (finetuned, both)):
        found = compare(ComparisonSpec(checkpoint=str(pair[0]), other=str(pair[1])))
        sizes = (found["parameters"], found["radius"], found["remarks"])
        assert sizes == (expected["parameters"], pytest.approx(expected["radius"]), [])
    assert compare(ComparisonSpec(checkpoint=str(both), other=str(base)))["changed"] == 0


def test_a_tied_tensor_may_be_stored_under_its_other_name(base: Path) -> None:
    only = tuned(base.parent, "only", lambda t: {n.replace("model.embed_tokens", "lm_head"): w for n, w in t.items()})
    found = compare(ComparisonSpec(checkpoint=str(only), other=str(only)))
    assert [tensor["name"] for tensor in found["tensors"]] == list(parameters.select(models.load_model(str(base))))


def test_a_head_that_only_one_ties_is_compared_and_said(base: Path) -> None:
    def untie(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return tensors | {"lm_head.weight": tensors["model.embed_tokens.weight"] + 0.5}

    untied = tuned(base.parent, "untied", untie, tie_word_embeddings=False)
    assert compatibility.mismatches(str(base), str(untied)) == ["head: tied to the embedding only in the first"]
    for pair, which in (((base, untied), "first"), ((untied, base), "second")):
        found = compare(ComparisonSpec(checkpoint=str(pair[0]), other=str(pair[1])))
        head = next(tensor for tensor in found["tensors"] if tensor["name"] == "lm_head.weight")
        assert (head["alpha"], found["changed"]) == (pytest.approx(0.5), 320 * 32)
        assert found["remarks"] == [
            f"lm_head.weight is tied to model.embed_tokens.weight in the {which} only: compared with that"
        ]


def grown(folder: Path, vocabulary: int, tokens: dict[str, int]) -> Path:
    """A copy of `base` with more rows, and added tokens."""
    copy = tuned(
        folder,
        "grown",
        lambda t: {
            n: torch.nn.functional.pad(w + 0.1, (0, 0, 0, vocabulary - 320)) if "embed" in n else w
            for n, w in t.items()
        },
        vocab_size=vocabulary,
    )
    tokenizer = json.loads((copy / "tokenizer.json").read_text())
    tokenizer["added_tokens"] += [{"id": index, "content": token} for token, index in tokens.items()]
    (copy / "tokenizer.json").write_text(json.dumps(tokenizer))
    return copy


def test_added_tokens_leave_the_shared_rows_to_be_compared(base: Path) -> None:
    more = grown(base.parent, 330, {"<|user|>": 320, "<|model|>": 321})
    assert len(compatibility.mismatches(str(base), str(more))) == 3
    found = compare(ComparisonSpec(checkpoint=str(base), other=str(more)))
    embedding = next(tensor for tensor in found["tensors"] if "embed" in tensor["name"])
    assert (embedding["shape"], embedding["added_rows"], found["added_rows"]) == ([320, 32], 10, 10)
    assert embedding["alpha"] == pytest.approx(0.1, rel=1e-5)
    assert found["changed"] == 320 * 32
    assert found["parameters"] == sum(p.numel() for p in make_model().parameters())
    assert found["remarks"] == [
        "model.embed_tokens.weight: the 320 rows that both have are compared; 10 more rows of the second are left out"
    ]
    back = compare(ComparisonSpec(checkpoint=str(more), other=str(base)))
    assert (back["added_rows"], back["radius"]) == (-10, pytest.approx(found["radius"]))


@pytest.mark.parametrize("tokens", [{"<s>": 321}, {"<|user|>": 1}])
def test_shared_tokens_that_disagree_are_refused(base: Path, tokens: dict[str, int]) -> None:
    more = grown(base.parent, 330, tokens)
    with pytest.raises(ValueError, match="vocabulary size: 320 against 330; .*tokenizer: "):
        compare(ComparisonSpec(checkpoint=str(base), other=str(more)))


def test_an_unexpected_tensor_is_named(base: Path) -> None:
    odd = tuned(base.parent, "odd", lambda t: t | {"model.layers.0.gate.weight": torch.zeros(3)})
    with pytest.raises(ValueError, match=r"do not fill its architecture: model\.layers\.0\.gate\.weight unexpected"):
        compare(ComparisonSpec(checkpoint=str(odd), other=str(odd)))
    with pytest.raises(ValueError, match=r"model\.layers\.0\.gate\.weight only in the second"):
        compare(ComparisonSpec(checkpoint=str(base), other=str(odd)))


def test_buffers_of_older_versions_do_not_count_and_are_said(base: Path) -> None:
    old = tuned(base.parent, "old", lambda t: t | {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4)})
    found = compare(ComparisonSpec(checkpoint=str(old), other=str(old)))
    assert found["parameters"] == sum(p.numel() for p in make_model().parameters())
    assert "inv_freq" in found["remarks"][0]


def test_weights_that_are_missing_or_of_another_shape_are_named(base: Path) -> None:
    less = tuned(base.parent, "less", lambda t: {n: w for n, w in t.items() if n != "model.norm.weight"})
    wide = tuned(base.parent, "wide", lambda t: t | {"model.norm.weight": torch.ones(33)})
    for name, problem in ((less, "model.norm.weight missing"), (wide, "model.norm.weight of another shape")):
        with pytest.raises(ValueError, match=problem):
            compare(ComparisonSpec(checkpoint=str(name), other=str(name)))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_named(base: Path, bad: float) -> None:
    def spoil(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        tensors["model.norm.weight"][3] = bad
        return tensors

    spoilt = tuned(base.parent, "spoilt", spoil)
    with pytest.raises(ValueError, match=r"spoilt' has 1 NaN or infinite weights in model\.norm\.weight"):
        compare(ComparisonSpec(checkpoint=str(base), other=str(spoilt)))


def test_code_of_a_checkpoint_does_not_run_for_a_comparison_unless_trusted(base: Path) -> None:
    config = {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    own = tuned(base.parent, "own", lambda t: t, **config)
    (own / "own.py").write_text("raise SystemExit('code ran')")
    with pytest.raises(ValueError, match="pass --trust-remote-code"):
        compare(ComparisonSpec(checkpoint=str(own), other=str(own)))


def test_it_says_how_far_it_is_and_can_be_stopped(checkpoint: Path, finetuned: Path) -> None:
    class Stopped(Exception):
        pass

    seen: list[tuple[str, int, int]] = []

    def report(text: str, done: int, total: int) -> None:
        seen.append((text, done, total))
        if done == 3:
            raise Stopped

    with pytest.raises(Stopped):
        compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(finetuned)), report)
    assert seen[0] == ("Δ of model.embed_tokens.weight", 0, 20)
    assert [done for _, done, _ in seen] == [0, 1, 2, 3]


def test_sentencepiece_and_other_tokenizers_of_one_size_are_refused(base: Path, tmp_path: Path) -> None:
    other = save(tmp_path / "other", make_model(), kind="sentencepiece")
    with pytest.raises(ValueError, match="tokenizer: .* tokens have other ids"):
        compare(ComparisonSpec(checkpoint=str(base), other=str(other)))


def test_ranks_that_a_cpu_would_take_long_for_are_left_out_and_that_is_said(
    checkpoint: Path, finetuned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = ComparisonSpec(checkpoint=str(checkpoint), other=str(finetuned), device="cpu")
    whole = compare(spec)
    monkeypatch.setattr("landscape.checkpoints.comparison.DECOMPOSED", 16)  # of 16, 32 and 64 rows or columns
    part = compare(spec)
    left_out = [t["name"] for t in part["tensors"] if len(t["shape"]) == 2 and t["effective_rank"] is None]
    assert left_out == [t["name"] for t in whole["tensors"] if len(t["shape"]) == 2 and min(t["shape"]) > 16]
    assert part["radius"] == whole["radius"]
    assert any(f"the ranks of {len(left_out)} matrices" in remark for remark in part["remarks"])
    assert not any("ranks" in remark for remark in whole["remarks"])
