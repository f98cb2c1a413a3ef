"""Names, files, fingerprints and compatibility; and what is wrong with a bad folder."""

import json
import shutil
import warnings
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import compatibility, files, models, parameters
from landscape.checkpoints.comparison import compare
from landscape.checkpoints.fingerprints import fingerprint
from landscape.schema.specs import ComparisonSpec
from tests.conftest import make_model, make_tokenizer, save


@pytest.fixture
def copy(checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoint, tmp_path / "copy"))


@pytest.fixture
def adapter(checkpoint: Path, tmp_path: Path) -> Path:
    """A LoRA adapter whose config names its base by a relative path."""
    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["q_proj", "up_proj"], init_lora_weights=False)
    folder = tmp_path / "adapter"
    with warnings.catch_warnings(action="ignore"):  # peft 0.21 asks transformers 5 by an old name
        model = get_peft_model(make_model(), config)
        model.peft_config["default"].base_model_name_or_path = "../base"
        model.save_pretrained(str(folder))
    shutil.copytree(checkpoint, tmp_path / "base")
    return folder


def test_description_comes_from_headers_alone(checkpoint: Path) -> None:
    described, model = files.describe(str(checkpoint)), make_model()
    assert described.parameters == sum(p.numel() for p in model.parameters())
    assert (described.architecture, described.dtype, described.layers) == ("LlamaForCausalLM", "float32", 2)
    assert described.bytes == 4 * described.parameters
    assert not described.adapter


def test_fingerprint_is_content_not_name_nor_sharding(checkpoint: Path, finetuned: Path, tmp_path: Path) -> None:
    sharded = save(tmp_path / "sharded", make_model(), max_shard_size="20KB")
    assert len(list(sharded.glob("*.safetensors"))) > 1
    assert fingerprint(str(sharded)) == fingerprint(str(checkpoint)) != fingerprint(str(finetuned))
    assert torch.equal(
        models.load(str(sharded)).model.lm_head.weight, models.load(str(checkpoint)).model.lm_head.weight
    )


@pytest.mark.parametrize(
    ("file", "field"), [("generation_config.json", "eos_token_id"), ("tokenizer_config.json", "add_bos_token")]
)
def test_fingerprint_holds_what_decides_generation_and_tokens(copy: Path, file: str, field: str) -> None:
    before = fingerprint(str(copy))
    config = json.loads((copy / file).read_text())
    (copy / file).write_text(json.dumps(config | {field: 7}))
    assert fingerprint(str(copy)) != before


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    sharded = save(tmp_path / "sharded", make_model(), max_shard_size="20KB")
    shard = sorted(sharded.glob("*.safetensors"))[1]
    shard.unlink()
    with pytest.raises(ValueError, match=shard.name):
        files.resolve(str(sharded))


def test_a_truncated_file_is_named(copy: Path) -> None:
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"model\.safetensors is truncated or damaged"):
        files.describe(str(copy))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "{"),
        ("config.json", "[1]"),
        ("config.json", "{}"),
        ("model.safetensors.index.json", "{}"),
        ("model.safetensors.index.json", '{"weight_map'),
        ("tokenizer.json", "{}"),
        ("tokenizer.json", '{"model'),
    ],
)
def test_a_damaged_json_file_is_named(checkpoint: Path, tmp_path: Path, file: str, content: str) -> None:
    damaged = save(tmp_path / "damaged", make_model(), max_shard_size="20KB")
    (damaged / file).write_text(content)
    with pytest.raises(ValueError, match=file):
        compatibility.mismatches(str(checkpoint), str(damaged))


def test_pickle_weights_are_refused_with_the_way_out(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ValueError, match=r"pickle weights \(pytorch_model.bin\).*save_pretrained"):
        files.resolve(str(copy))


def test_the_conversion_that_the_refusal_suggests_works(copy: Path) -> None:
    torch.save(make_model().state_dict(), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    with pytest.raises(ValueError, match="convert once") as refusal:
        files.resolve(str(copy))
    exec(str(refusal.value).split('python -c "')[1].split('"')[0])
    assert fingerprint(f"{copy}-safetensors")


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("intermediate_size", 7, "of another shape"),
        ("hidden_size", "wide", "hidden_size"),
        ("model_type", "x", "type `x`"),
    ],
)
def test_a_config_that_does_not_describe_the_weights_is_refused(
    copy: Path, field: str, value: object, hint: str
) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {field: value}))
    with pytest.raises(ValueError, match=hint):
        models.load_model(str(copy))


@pytest.mark.parametrize("content", [None, "{}", '{"model": {}}'])
def test_a_checkpoint_without_a_sound_tokenizer_is_refused_but_its_weights_load(
    copy: Path, content: str | None
) -> None:
    for file in copy.glob("tokenizer*"):
        file.unlink()
    if content:
        (copy / "tokenizer.json").write_text(content)
    with pytest.raises(ValueError, match="copy the tokenizer files of the model it was trained from"):
        models.load(str(copy))
    assert models.load_model(str(copy))


def test_weights_without_a_tokenizer_can_be_compared(checkpoint: Path, finetuned: Path, tmp_path: Path) -> None:
    bare = Path(shutil.copytree(finetuned, tmp_path / "bare", ignore=shutil.ignore_patterns("token*")))
    spec = ComparisonSpec(checkpoint=str(checkpoint), other=str(bare))
    assert compare(spec)["alpha"] == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite_are_refused(copy: Path, bad: float) -> None:
    tensors = load_file(copy / "model.safetensors")
    tensors["model.norm.weight"][3] = bad
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"1 NaN or infinite weights in model\.norm\.weight"):
        models.load(str(copy))


def test_weights_that_do_not_fill_the_architecture_are_refused(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"layers\.1\.mlp\.up_proj\.weight missing"):
        models.load(str(copy))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "no checkpoint at 'nowhere'"),
        ("demo:nothing", "unknown demo checkpoint 'demo:nothing': expected one of demo:base"),
        ("some-org/some-model@main", "hub cannot be reached.*name that folder"),
    ],
)
def test_a_name_that_leads_nowhere_says_what_to_do(
    name: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match=message):
        files.resolve(name)
    with pytest.raises(ValueError, match="not a checkpoint: expected config.json"):
        files.resolve(str(tmp_path))


def test_a_cached_hub_id_loads_without_a_network(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = "0" * 40
    repo = tmp_path / "models--org--name"
    shutil.copytree(checkpoint, repo / "snapshots" / revision)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(revision)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert fingerprint("org/name") == fingerprint("org/name@main") == fingerprint(str(checkpoint))


def test_every_mismatch_is_listed(checkpoint: Path, tmp_path: Path) -> None:
    other = save(tmp_path / "other", make_model(vocabulary=330, width=64), kind="sentencepiece")
    found = compatibility.mismatches(str(checkpoint), str(other))
    assert [line.split(":")[0] for line in found] == ["vocabulary size", "shapes", "tokenizer"]
    with pytest.raises(ValueError, match="vocabulary size: 320 against 330; shapes: .*; tokenizer: "):
        compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(other)))


def test_checkpoints_that_fit_have_no_mismatch(checkpoint: Path, finetuned: Path) -> None:
    assert compatibility.mismatches(str(checkpoint), str(finetuned)) == []


def test_an_adapter_is_merged_into_its_base(adapter: Path, checkpoint: Path) -> None:
    moved = parameters.select(models.load(str(adapter)).model)
    base = load_file(checkpoint / "model.safetensors")
    lora = load_file(adapter / "adapter_model.safetensors")
    scale = json.loads((adapter / "adapter_config.json").read_text())["lora_alpha"] / 2
    name = "model.layers.0.self_attn.q_proj"
    a, b = (lora[f"base_model.model.{name}.lora_{x}.weight"] for x in "AB")
    torch.testing.assert_close(moved[f"{name}.weight"], base[f"{name}.weight"] + scale * b @ a)
    changed = {n for n in moved if not torch.equal(moved[n], base[n])}
    assert {n.split(".")[-2] for n in changed} == {"q_proj", "up_proj"}
    assert compatibility.mismatches(str(checkpoint), str(adapter)) == []


def test_an_adapter_without_its_base_says_how_to_name_it(adapter: Path, checkpoint: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "base")
    with pytest.raises(ValueError, match=r"name it yourself: .*adapter\+BASE"):
        files.resolve(str(adapter))
    named = f"{adapter}+{checkpoint}"
    assert files.describe(named).adapter
    assert fingerprint(named) not in (fingerprint(str(checkpoint)), "")
    with pytest.raises(ValueError, match="holds no adapter_config.json"):
        files.resolve(f"{checkpoint}+{checkpoint}")


def test_an_adapter_finds_a_base_that_lies_beside_it(adapter: Path, checkpoint: Path) -> None:
    config = adapter / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"base_model_name_or_path": "base"}))
    assert files.resolve(str(adapter)).folder == (adapter.parent / "base").resolve()


def test_an_adapter_of_another_base_is_refused(adapter: Path, tmp_path: Path) -> None:
    wide = save(tmp_path / "wide", make_model(width=64))
    with pytest.raises(ValueError, match="does not fit this base"):
        models.load_model(f"{adapter}+{wide}")


@pytest.mark.parametrize("base", ["", "+{base}"])
def test_an_adapter_without_safetensors_says_what_it_lacks(adapter: Path, checkpoint: Path, base: str) -> None:
    (adapter / "adapter_model.safetensors").unlink()
    with pytest.raises(ValueError, match=r"expected adapter_model\.safetensors"):
        files.resolve(f"{adapter}{base.format(base=checkpoint)}")


def test_code_of_a_checkpoint_does_not_run_unless_trusted(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "own.py").write_text("raise SystemExit('code ran')")
    with pytest.raises(ValueError, match="trust"):
        models.load(str(copy))


def test_comparison_is_the_norm_of_the_difference(checkpoint: Path, finetuned: Path) -> None:
    compared = compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(finetuned)))
    a, b = (load_file(folder / "model.safetensors") for folder in (checkpoint, finetuned))
    delta = torch.cat([(b[name].double() - a[name].double()).flatten() for name in a])
    assert compared["radius"] == pytest.approx(float(delta.norm()))
    assert compared["alpha"] == pytest.approx(float(delta.square().mean().sqrt()))
    assert compared["parameters"] == len(delta) == sum(t["parameters"] for t in compared["tensors"])
    assert {t["layer"] for t in compared["tensors"]} == {None, 0, 1}


def test_a_model_stays_loaded_until_another_is_asked_for(checkpoint: Path, finetuned: Path) -> None:
    pool = models.Pool()
    options = {"dtype": "auto", "device": "cpu"}
    first = pool.get(str(checkpoint), **options)
    assert pool.get(str(checkpoint), **options) is first
    assert pool.get(str(finetuned), **options) is not first


@pytest.mark.parametrize("device", ["tpu", "cpu:x", "cuda:x", "cuda:-1", ""])
def test_an_unknown_device_lists_the_ones_here(device: str) -> None:
    with pytest.raises(ValueError, match="expected one of auto, .*cpu"):
        models.best_device(device)


@pytest.mark.parametrize(
    ("device", "here", "expected"),
    [
        ("auto", "auto", "cuda"),
        ("auto", "cuda:1", "cuda:1"),
        ("cuda", "cuda:1", "cuda:1"),
        ("cuda:0", "cuda:1", "cuda:0"),
        ("cpu", "cuda:1", "cpu"),
        ("auto", "cpu", "cpu"),
        ("cuda", "cpu", "cuda"),
    ],
)
def test_what_is_left_open_is_the_device_that_the_worker_serves(
    device: str, here: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert models.best_device(device, here) == expected


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_model_loads_and_scores_on_cuda(checkpoint: Path, dtype: str) -> None:
    from landscape.capabilities.examples import Capability, Example

    loaded = models.load(str(checkpoint), dtype=dtype, device="cuda")
    suite = Capability("s", (Example(prompt="2 + 2", answer=" = 4"),), "d")
    scores = Scorer(loaded.model, make_tokenizer()).score(suite)
    assert scores.losses[0] > 0
    assert loaded.dtype == dtype
