"""What is loaded equals peft on the same files, for every kind of adapter, or is refused in one sentence."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from peft import LoraConfig, PeftConfig
from safetensors.torch import load_file, save_file

from landscape.checkpoints import compatibility, files, models, parameters
from landscape.checkpoints.comparison import compare
from landscape.schema.specs import ComparisonSpec
from tests.checkpoints.adapters.made import base_of, by_peft, edited, logits, make, renamed
from tests.conftest import make_model, make_tokenizer, save

Q = ["q_proj", "v_proj"]
KINDS: dict[str, Callable[[], PeftConfig]] = {
    "LoRA": lambda: LoraConfig(r=4, target_modules=Q),
    "LoRA of another task": lambda: LoraConfig(r=4, target_modules=Q, task_type="SEQ_2_SEQ_LM"),
    "LoRA of parameters": lambda: LoraConfig(r=4, target_modules=[], target_parameters=["layers.0.mlp.up_proj.weight"]),
    "LoRA of a tied head": lambda: LoraConfig(r=4, target_modules=["lm_head"]),
    "LoRA of a tied embedding": lambda: LoraConfig(r=4, target_modules=["embed_tokens"]),
    "LoRA that keeps ties": lambda: LoraConfig(r=4, target_modules=["embed_tokens"], ensure_weight_tying=True),
    "DoRA": lambda: LoraConfig(r=4, target_modules=Q, use_dora=True),
    "PiSSA": lambda: LoraConfig(r=4, target_modules=Q, init_lora_weights="pissa"),
    "OLoRA": lambda: LoraConfig(r=4, target_modules=Q, init_lora_weights="olora"),
    "tokens beside LoRA": lambda: LoraConfig(r=4, target_modules=Q, trainable_token_indices=[5, 6, 7]),
    "tokens": lambda: peft.TrainableTokensConfig(token_indices=[5, 6, 7], target_modules=["embed_tokens"]),
    "IA3": lambda: peft.IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"]),
    "LoHa": lambda: peft.LoHaConfig(r=4, target_modules=Q),
    "LoKr": lambda: peft.LoKrConfig(r=4, target_modules=Q),
    "AdaLoRA": lambda: peft.AdaLoraConfig(init_r=6, target_r=4, total_step=10, target_modules=Q),
    "VeRA": lambda: peft.VeraConfig(r=4, target_modules=["q_proj"]),
    "VeRA without projections": lambda: peft.VeraConfig(r=4, target_modules=["q_proj"], save_projection=False),
    "VB-LoRA": lambda: peft.VBLoRAConfig(r=2, num_vectors=8, vector_length=8, target_modules=["q_proj"]),
    "OFT": lambda: peft.OFTConfig(r=0, oft_block_size=8, target_modules=Q),
    "BOFT": lambda: peft.BOFTConfig(boft_block_size=8, target_modules=Q),
    "HRA": lambda: peft.HRAConfig(r=4, target_modules=Q),
    "FourierFT": lambda: peft.FourierFTConfig(n_frequency=20, target_modules=Q),
    "LayerNorm": lambda: peft.LNTuningConfig(target_modules=["input_layernorm"]),
}
LAYER = "base_model.model.model.layers."


@pytest.mark.filterwarnings("ignore::UserWarning")  # peft's, on what an independent reader must know
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_scored_and_compared_as_peft_loads_it(kind: str, base: Path, tmp_path: Path) -> None:
    adapter = make(tmp_path / "adapter", KINDS[kind](), base)
    right = logits(by_peft(base, adapter))
    torch.manual_seed(1)
    ours = models.load_model(str(adapter), device="cpu")
    torch.testing.assert_close(logits(ours), right, atol=1e-4, rtol=1e-4)
    assert (right - logits(base_of(base))).abs().max() > 1e-3, "it does something"
    origin, there = parameters.select(base_of(base)), parameters.select(ours)
    tied = origin["model.embed_tokens.weight"]
    deltas = [weight.double() - origin.get(name, tied).double() for name, weight in there.items()]
    compared = compare(ComparisonSpec(checkpoint=str(base), other=str(adapter), device="cpu"))
    assert compared["radius"] == pytest.approx(sum(float(d.square().sum()) for d in deltas) ** 0.5, rel=1e-5)
    assert compared["changed"] == pytest.approx(sum(int((d != 0).sum()) for d in deltas), rel=1e-3)
    assert compatibility.mismatches(str(base), str(adapter)) == []


def test_an_adapter_of_an_adapter_is_merged_after_it(base: Path, tmp_path: Path) -> None:
    sft = make(tmp_path / "sft", LoraConfig(r=2, target_modules=Q), base)
    merged = by_peft(base, sft).merge_and_unload()
    dpo = make(
        tmp_path / "dpo", LoraConfig(r=3, target_modules=["q_proj", "up_proj"]), base, model=merged, named=str(sft)
    )
    right, alone = logits(by_peft(base, sft, dpo)), logits(by_peft(base, dpo))
    assert (right - alone).abs().max() > 0.1
    for name in (str(dpo), f"{dpo}+{sft}", f"{dpo}+{sft}+{base}", str(edited(dpo, base_model_name_or_path="../sft"))):
        torch.testing.assert_close(logits(models.load_model(name, device="cpu")), right, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(logits(models.load_model(f"{dpo}+{base}")), alone, atol=1e-4, rtol=1e-4)
    by_peft(base, sft, dpo).merge_and_unload().save_pretrained(tmp_path / "both")
    radii = [compare(ComparisonSpec(checkpoint=str(base), other=str(o)))["radius"] for o in (dpo, tmp_path / "both")]
    assert radii[0] == pytest.approx(radii[1], rel=1e-5)


def test_repeated_layers_are_scored_and_are_no_point_of_the_weight_space(base: Path, tmp_path: Path) -> None:
    config = LoraConfig(r=4, target_modules=Q, layer_replication=[[0, 2], [1, 2]])
    adapter = make(tmp_path / "adapter", config, base)
    ours = models.load_model(str(adapter), device="cpu")
    torch.testing.assert_close(logits(ours), logits(by_peft(base, adapter)), atol=1e-4, rtol=1e-4)
    with pytest.raises(ValueError, match=r"repeats layers of its base \(layer_replication\)"):
        compare(ComparisonSpec(checkpoint=str(base), other=str(adapter)))


def fsdp(name: str) -> str:
    return name.replace(".self_attn.", "._fsdp_wrapped_module.self_attn.")


@pytest.mark.parametrize(
    ("rename", "named"),
    [
        (lambda name: f"_orig_mod.{name}", "_orig_mod out of the names"),
        (lambda name: name.replace("model.model.", "model._orig_mod.model.", 1), "_orig_mod out of the names"),
        (lambda name: f"module.{name}", "module out of the names"),
        (lambda name: name.replace("base_model.model.", "base_model.model.module."), r"module\.model\.layers"),
        (fsdp, "_fsdp_wrapped_module out of the names"),
        (lambda name: name.replace("model.layers", "model.language_model.layers"), r"language_model\.layers"),
        (lambda name: name.replace("model.model.", "model.language_model.model."), r"language_model\.model"),
        (lambda name: name.removeprefix("base_model.model."), "begin with base_model.model."),
        (lambda name: name.replace("layers.1", "layers.2").replace("layers.0", "layers.1"), r"layers\.2"),
        (lambda name: name.replace("q_proj", "query"), r"query"),
    ],
)
def test_tensors_that_peft_leaves_out_are_named(
    rename: Callable[[str], str], named: str, lora: Path, base: Path
) -> None:
    renamed(lora, rename)
    with pytest.raises(ValueError, match=named):
        models.load_model(str(lora), device="cpu")
    with pytest.raises(ValueError, match=named):
        compare(ComparisonSpec(checkpoint=str(base), other=str(lora)))


def test_names_of_a_state_dict_are_those_of_the_adapter(lora: Path, base: Path) -> None:
    right = logits(models.load_model(str(lora), device="cpu"))
    assert (right - logits(base_of(base))).abs().max() > 0.1
    radius = compare(ComparisonSpec(checkpoint=str(base), other=str(lora)))["radius"]
    renamed(lora, lambda name: name.replace(".weight", ".default.weight"))
    assert torch.equal(logits(models.load_model(str(lora), device="cpu")), right)
    assert compare(ComparisonSpec(checkpoint=str(base), other=str(lora)))["radius"] == radius


@pytest.mark.parametrize("keep", ["layers.0", "lora_A", "nothing"])
def test_missing_tensors_are_named(keep: str, lora: Path, base: Path) -> None:
    file = lora / "adapter_model.safetensors"
    save_file({name: tensor for name, tensor in load_file(file).items() if keep in name}, file)
    match = (
        "holds no tensors"
        if keep == "nothing"
        else r"layers\.[01]\.self_attn\.q_proj\.lora_[AB].* missing|lora_A .*not und"
    )
    for look in (models.load_model, lambda name: compare(ComparisonSpec(checkpoint=str(base), other=name))):
        with pytest.raises(ValueError, match=match):
            look(str(lora))


def test_whole_weights_beside_an_adapter_are_ambiguous(lora: Path, base: Path) -> None:
    (lora / "config.json").write_text((base / "config.json").read_text())
    assert files.resolve(str(lora)).adapters == (lora,), "some trainers save the base's config with the adapter"
    save_file({"lm_head.weight": torch.ones(2)}, lora / "model.safetensors")
    with pytest.raises(ValueError, match=r"both whole weights \(model\.safetensors\) and an adapter"):
        files.resolve(str(lora))
    assert files.resolve(f"{lora}+{base}").adapters == (lora,), "here it is said which is meant"


@pytest.mark.parametrize(("revision", "asked"), [("v2", "org/base@v2"), (None, "org/base")])
def test_the_base_is_taken_from_the_hub_in_the_revision_that_the_adapter_names(
    revision: str | None, asked: str, lora: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    monkeypatch.setattr(files, "_from_hub", lambda name: names.append(name) or base)
    edited(lora, base_model_name_or_path="org/base", revision=revision)
    assert files.resolve(str(lora)).folder == base
    assert names == [asked]
    edited(lora, base_model_name_or_path=str(base), revision="v2")
    assert files.resolve(str(lora)).folder == base
    assert names == [asked], "a folder has no revisions"


def grown_model(base: Path, state: dict[str, torch.Tensor]) -> Any:
    model = base_of(base)
    model.resize_token_embeddings(322, mean_resizing=False)
    model.load_state_dict(state)
    return model


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("saved", [None, ["embed_tokens", "lm_head"]])
def test_added_tokens_and_the_template_come_with_the_adapter(
    tied: bool, saved: list[str] | None, tmp_path: Path
) -> None:
    base = save(tmp_path / "base", make_model(tied=tied))
    tokenizer = make_tokenizer()
    tokenizer.add_tokens(["<one>", "<two>"])
    tokenizer.chat_template = "{{ messages[0]['content'] }}!"
    model = base_of(base)
    model.resize_token_embeddings(322, mean_resizing=False)
    grown = model.state_dict()
    adapter = make(tmp_path / "a", LoraConfig(r=2, target_modules=Q, modules_to_save=saved), base, model=model)
    tokenizer.save_pretrained(adapter)
    again = grown_model(base, grown)
    ids = torch.tensor([[1, 5, 321, 320, 40]])
    ours = models.load(str(adapter), device="cpu")
    torch.testing.assert_close(
        logits(ours.model, ids), logits(by_peft(base, adapter, model=again), ids), atol=1e-4, rtol=1e-4
    )
    assert ours.tokenizer("<two>")["input_ids"] == tokenizer("<two>")["input_ids"] == [1, 321]
    assert ours.tokenizer.chat_template == tokenizer.chat_template
    assert compatibility.incomparable(str(base), str(adapter)) == []
    assert any("2 tokens have other ids" in found for found in compatibility.mismatches(str(base), str(adapter)))
    assert compatibility.added_tokens(str(base), str(adapter)) == 2
    compared = compare(ComparisonSpec(checkpoint=str(base), other=str(adapter), device="cpu"))
    there, origin = ours.model.state_dict(), base_of(base).state_dict()
    deltas = [(there[n][: len(origin[n])] - origin[n]).double() for n in dict(ours.model.named_parameters())]
    assert compared["radius"] == pytest.approx(sum(float(d.square().sum()) for d in deltas) ** 0.5, rel=1e-5)
    assert compared["added_rows"] == (2 if tied and not saved else 4)
    with warnings.catch_warnings(action="ignore"):  # that a head of its own is not tied any more
        merged = by_peft(base, adapter, model=grown_model(base, grown)).merge_and_unload()
    described = files.describe(str(adapter))
    assert described.vocabulary == 322
    assert described.parameters == sum(weight.numel() for weight in merged.parameters())


def test_a_template_alone_goes_with_the_tokenizer_of_the_base(lora: Path) -> None:
    (lora / "chat_template.jinja").write_text("{{ messages[0]['content'] }}?")
    tokenizer = models.load(str(lora), device="cpu").tokenizer
    assert tokenizer.apply_chat_template([{"role": "user", "content": "Why"}], tokenize=False) == "Why?"
    assert tokenizer("cat")["input_ids"] == make_tokenizer()("cat")["input_ids"]


def test_rows_that_an_adapter_does_not_bring_are_not_invented(tmp_path: Path) -> None:
    base, model = save(tmp_path / "base", make_model(tied=False)), make_model(tied=False)
    with warnings.catch_warnings(action="ignore"):
        model.resize_token_embeddings(322, mean_resizing=False)
    adapter = make(tmp_path / "a", LoraConfig(r=2, target_modules=["q_proj", "embed_tokens"]), base, model=model)
    with pytest.raises(ValueError, match="adds 2 tokens, but does not hold their rows of both"):
        models.load_model(str(adapter))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (lambda: peft.AdaptionPromptConfig(task_type="CAUSAL_LM", adapter_len=4, adapter_layers=1), "ADAPTION_PROMPT"),
        (lambda: peft.PolyConfig(target_modules=Q, r=4, n_tasks=2, n_skills=2), "needs the number of a task"),
        (
            lambda: LoraConfig(target_modules=Q, alora_invocation_tokens=[5], task_type="CAUSAL_LM"),
            "after its invocation tokens",
        ),
        (lambda: LoraConfig(r=4, target_modules=Q, init_lora_weights="pissa_niter_2"), "differently each time"),
    ],
)
def test_what_cannot_be_scored_is_refused(
    config: Callable[[], PeftConfig], said: str, base: Path, tmp_path: Path
) -> None:
    adapter = make(tmp_path / "adapter", config(), base)
    with pytest.raises(ValueError, match=said):
        models.load_model(str(adapter))
