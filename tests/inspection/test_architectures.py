"""Whole inspections over real architectures made small, against counting by hand and α from the state dicts.

Between them: shards, heads tied in both, in one or in none, added tokens, bfloat16 beside float32, LoRA with rank
patterns and saved modules, biases, transposed matrices.
"""

import json
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
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

from landscape.checkpoints import models, parameters
from landscape.checkpoints.comparison import compare
from landscape.inspection import parts as inspection_parts
from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import parts_of
from landscape.inspection.verdict import verdict_of
from landscape.reports import inspection
from landscape.runs import worker
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.default_ranges import sigmas_within
from landscape.schema.specs import ComparisonSpec, InspectionSpec
from landscape.store.store import Store
from tests.conftest import TEXT, make_tokenizer

SIZES: dict[str, Any] = {
    "vocab_size": 320, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2,
    "max_position_embeddings": 64, "initializer_range": 0.3, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
}  # fmt: skip
GPT2: dict[str, Any] = {
    "vocab_size": 320, "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 64, "initializer_range": 0.3,
    "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
EXAMPLES, DRAWS = 10, 2


@dataclass(frozen=True)
class Case:
    """A base, and what is done to it."""

    config: Callable[..., PretrainedConfig]
    sizes: dict[str, Any]
    tied: tuple[bool, bool]  # the head of the base, and of the fine-tune
    moved: tuple[str, ...] = ("",)  # parts of the names of the tensors that the fine-tune moves
    rows: int = 320  # of the fine-tune's vocabulary
    dtype: torch.dtype = torch.float32  # of the base
    shards: str = "1GB"
    lora: dict[str, Any] = field(default_factory=dict)
    worst: bool = False  # also search worst directions
    notes: tuple[str, ...] = ()  # what must be said of the way


CASES = {
    "Llama, tied, bfloat16 and float32, shards": Case(
        LlamaConfig, SIZES | {"num_key_value_heads": 1}, (True, True), ("proj",), dtype=torch.bfloat16, shards="4KB",
        notes=("tuned is stored in float32: the line to it ends where it is rounded to bfloat16",),
    ),
    "Qwen2, untied by the fine-tune": Case(
        Qwen2Config, SIZES | {"num_key_value_heads": 1}, (True, False), shards="8KB", worst=True,
        notes=("lm_head.weight is tied in base only: it moves on its own, from a copy of base",),
    ),
    "Qwen3, added tokens": Case(
        Qwen3Config, SIZES | {"num_key_value_heads": 1, "head_dim": 8}, (True, True), rows=330,
        notes=("10 rows of the vocabulary that only it has", "2 tokens are only in the tokenizer of tuned"),
    ),
    "Mistral, LoRA with ranks and a saved head": Case(
        MistralConfig, SIZES | {"num_key_value_heads": 1}, (False, False),
        lora={"target_modules": ["q_proj", "down_proj"], "rank_pattern": {"down_proj": 3}, "modules_to_save": ["lm_head"]},
    ),
    "GPT-2, LoRA with a saved head of a tied base": Case(
        GPT2Config, GPT2, (True, False), shards="4KB",
        lora={"target_modules": ["c_attn"], "fan_in_fan_out": True, "rank_pattern": {"c_attn": 1},
              "modules_to_save": ["lm_head", "ln_f"]},
        notes=("lm_head.weight is tied in base only",),
    ),
    "GPT-NeoX, untied, added tokens, shards": Case(
        GPTNeoXConfig, SIZES, (False, False), ("embed", "query_key_value"), rows=328, shards="8KB",
        notes=("8 rows of the vocabulary that only it has", "2 tokens are only in the tokenizer of tuned"),
    ),
    "Gemma, tied by the fine-tune": Case(
        GemmaConfig, SIZES | {"num_key_value_heads": 1, "head_dim": 8}, (False, True), ("mlp",),
    ),
}  # fmt: skip


def model_of(case: Case, *, tied: bool) -> Any:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(case.config(**case.sizes, tie_word_embeddings=tied)).eval()


def noise(model: nn.Module, parts: tuple[str, ...]) -> None:
    torch.manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if any(part in name for part in parts):
                weight += 0.02 * torch.randn_like(weight)


def made(folder: Path, case: Case) -> tuple[str, str]:
    """Base and fine-tune as they are named; with their tokenizers."""
    tokenizer, base, tuned = make_tokenizer(), model_of(case, tied=case.tied[0]), folder / "tuned"
    base.to(case.dtype).save_pretrained(folder / "base", max_shard_size=case.shards)
    tokenizer.save_pretrained(folder / "base")
    if case.lora:
        with warnings.catch_warnings(action="ignore"):  # peft on ties, on transformers 5
            adapted = get_peft_model(base, LoraConfig(r=2, lora_alpha=2, init_lora_weights=False, **case.lora))
            noise(adapted, ("modules_to_save",))
            adapted.save_pretrained(tuned)
        return str(folder / "base"), f"{tuned}+{folder / 'base'}"
    model = model_of(case, tied=case.tied[1])
    with torch.no_grad():  # it begins as the base
        model.load_state_dict({n: w.float() for n, w in base.state_dict().items() if n in model.state_dict()})
    noise(model, case.moved)
    if case.rows > 320:
        model.resize_token_embeddings(case.rows, mean_resizing=False)
        tokenizer.add_tokens(["<|user|>", "<|model|>"], special_tokens=True)
    model.save_pretrained(tuned, max_shard_size=case.shards)
    tokenizer.save_pretrained(tuned)
    return str(folder / "base"), str(tuned)


def loaded(name: str) -> Any:
    """The model, by transformers and peft alone, in the number format of its files."""
    adapter, _, base = name.rpartition("+")
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype="auto")
    if adapter:
        with warnings.catch_warnings(action="ignore"):
            model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
    return model.eval()


@torch.inference_mode()
def answered(model: Any, folder: Path, suite: Path) -> list[bool]:
    """Whether the likeliest token after each prompt is its answer: one forward pass a prompt, no padding."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    right = []
    for example in map(json.loads, suite.read_text().splitlines()):
        prompt = tokenizer(example["prompt"])["input_ids"]
        (token,) = tokenizer(example["prompt"] + example["answer"])["input_ids"][len(prompt) :]
        right.append(int(model(torch.tensor([prompt])).logits[0, -1].argmax()) == token)
    return right


def suite_of(model: Any, folder: Path) -> Path:
    """Prompts with the base's own next token; one in five falsified."""
    tokenizer, lines = make_tokenizer(), []
    for index in range(200):
        prompt = TEXT[index % len(TEXT)][: 2 + index // len(TEXT)]
        if prompt.endswith(" "):
            continue  # which counts once, whoever brings it
        ids = tokenizer(prompt)["input_ids"]
        with torch.inference_mode():
            token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
        token = 50 if len(lines) % 5 == 4 else token
        answer = tokenizer.decode([*ids, token], skip_special_tokens=True)[len(prompt) :]
        if answer and tokenizer(prompt + answer)["input_ids"] == [*ids, token] and len(lines) < EXAMPLES:
            lines.append(json.dumps({"prompt": prompt, "answer": answer}))
    assert len(lines) == EXAMPLES
    (folder / "own.jsonl").write_text("\n".join(lines))
    return folder / "own.jsonl"


def differences(base: Any, tuned: Any) -> tuple[dict[str, Tensor], int]:
    """(Δ over the rows that both have, of every tensor that one of the two holds; how many rows only the tuned has)."""
    one, two = base.state_dict(), tuned.state_dict()
    own = {name for model in (base, tuned) for name, _ in model.named_parameters()}
    shared = {name: min(len(one[name]), len(two[name])) for name in own}
    added = sum(len(two[name]) - len(one[name]) for name in own)
    return {n: two[n][:rows].double() - one[n][:rows].double() for n, rows in shared.items()}, added


@pytest.mark.parametrize("name", CASES)
def test_an_inspection_of_an_architecture_goes_to_its_end_and_leaves_no_weight_out(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection_parts, "BRITTLE_DRAWS", 1)
    monkeypatch.setattr(inspection_parts, "sigmas_within", lambda reach, count: sigmas_within(reach, 1))
    case = CASES[name]
    names = made(tmp_path, case)
    base, tuned = map(loaded, names)
    suite = suite_of(base, tmp_path)
    store = Store(str(tmp_path / "s.sqlite"))
    asked = {"draws": DRAWS, "device": "cpu", "worst": case.worst, "certify": True}
    spec = InspectionSpec(checkpoint=names[0], other=names[1], capabilities=(str(suite),), **asked)
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    run = store.run(run_id)
    evidence, ids = collect_evidence(store, run)
    assert evidence.scores is not None
    assert evidence.delta is not None
    assert run.status == "done"
    assert evidence.cut == ()
    assert set(ids) == set(parts_of(spec, evidence))
    assert {store.run(part).status for part in ids.values()} == {"done"}

    (judged,) = verdict_of(spec, evidence).capabilities
    folders = (tmp_path / "base", tmp_path / ("base" if case.lora else "tuned"))
    right = [answered(model, folder, suite) for model, folder in zip((base, tuned), folders, strict=True)]
    assert [judged.base, judged.tuned] == pytest.approx([sum(one) / EXAMPLES for one in right])
    assert judged.drop.drop == pytest.approx((sum(right[0]) - sum(right[1])) / EXAMPLES)
    assert judged.held

    assert_every_weight_is_compared_or_named(case, evidence, base, tuned, tmp_path / "tuned")
    assert_the_way_ends_where_it_says(case, evidence, spec, base, tuned, suite)
    said = inspection.as_dict(spec, verdict_of(spec, evidence), evidence)
    page = inspection.as_html(spec, verdict_of(spec, evidence), evidence)
    for note in case.notes:
        assert any(note in one for one in said["notes"]), said["notes"]
        assert note in page
        assert note in inspection.as_markdown(spec, verdict_of(spec, evidence), evidence)


def assert_every_weight_is_compared_or_named(
    case: Case, evidence: Evidence, base: Any, tuned: Any, folder: Path
) -> None:
    delta, said = evidence.delta or {}, " ".join((evidence.delta or {})["remarks"])
    changes, added = differences(base, tuned)
    d = sum(change.numel() for change in changes.values())
    square = sum(float(change.square().sum()) for change in changes.values())
    assert {tensor["name"] for tensor in delta["tensors"]} == set(changes)
    for tensor in delta["tensors"]:
        assert tensor["radius"] == pytest.approx(float(changes[tensor["name"]].norm()), rel=1e-5, abs=1e-9)
    assert (delta["parameters"], delta["added_rows"]) == (d, added)
    assert delta["alpha"] == pytest.approx(math.sqrt(square / d), rel=1e-6)
    assert delta["changed"] == sum(int((change != 0).sum()) for change in changes.values()) > 0

    stored: dict[str, Tensor] = {}
    for file in folder.glob("*.safetensors"):
        stored |= load_file(file)
    sizes = {tensor["name"]: tensor["parameters"] for tensor in delta["tensors"]}
    if not case.lora:
        assert len(list(folder.glob("*.safetensors"))) > 1 or case.shards == "1GB"
        for file_key, weight in stored.items():
            key = file_key.replace("embed_out", "lm_head")  # as transformers 5 calls GPT-NeoX's
            assert key in sizes
            assert weight.numel() == sizes[key] or key in said, f"{key} is larger than what was compared"
    else:
        changed = {tensor["name"] for tensor in delta["tensors"] if tensor["radius"]}
        parts = {key.removeprefix("base_model.model.").split(".lora_")[0].removesuffix(".weight") for key in stored}
        assert {key.rpartition(".")[0] for key in changed} == {part.removesuffix(".bias") for part in parts}


def assert_the_way_ends_where_it_says(
    case: Case, evidence: Evidence, spec: InspectionSpec, base: Any, tuned: Any, suite: Path
) -> None:
    """The end, put together here: the shared rows of the fine-tune in the base's format, on the base's tokenizer."""
    assert evidence.way is not None
    facts, rows = evidence.way.facts, evidence.way.rows
    assert facts is not None
    alpha, target = facts.alpha_of[spec.other], tuned.state_dict()
    end = model_of(case, tied=case.tied[0] and case.tied[1]).to(case.dtype)
    end.load_state_dict({n: target[n][: len(w)].to(case.dtype) for n, w in end.state_dict().items()})
    right = answered(end, Path(spec.checkpoint), suite)
    (last,) = rows[rows["alpha"] == alpha]["outcomes"]
    assert last.tolist() == [int(one) for one in right]
    (delta, d) = (evidence.delta or {}), facts.parameters
    assert d == delta["parameters"] == sum(p.numel() for p in end.parameters())
    rounding = 1e-2 if case.dtype == torch.bfloat16 else 1e-5
    assert alpha == pytest.approx(delta["alpha"], rel=rounding)
    assert (facts.remarks != []) == bool(case.notes)


@pytest.mark.parametrize("name", ["Mixtral", "Gemma, tied by the fine-tune", "Qwen2, untied by the fine-tune"])
def test_brittle_parts_are_all_that_the_fine_tune_can_move(name: str, tmp_path: Path) -> None:
    experts = Case(MixtralConfig, SIZES | {"num_key_value_heads": 1, "num_local_experts": 3}, (False, False))
    names = made(tmp_path, CASES.get(name, experts))
    spec = InspectionSpec(checkpoint=names[0], other=names[1], capabilities=("math",), device="cpu")
    delta = compare(ComparisonSpec(checkpoint=names[0], other=names[1], device="cpu"))
    parts = {
        key: part
        for key, part in parts_of(spec, Evidence(delta=delta)).items()
        if key.startswith(("layer ", "module "))
    }
    moved = [glob for key, part in parts.items() if key.startswith("module ") for glob in part.only]  # type: ignore[union-attr]
    assert sorted(moved) == sorted(parameters.select(models.load_model(names[1])))
