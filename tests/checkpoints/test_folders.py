"""Folders as trainings and downloads leave them: the files that transformers loads are read, or what it is is said."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForCausalLM

from landscape.bundled.portable_names import portable_checkpoint
from landscape.checkpoints import compatibility, files, models, parameters
from landscape.checkpoints.comparison import compare
from landscape.checkpoints.fingerprints import fingerprint
from landscape.schema.directions import short_name
from landscape.schema.specs import ComparisonSpec
from tests.conftest import make_model, save

Weights = dict[str, Tensor]
STRAY: dict[str, Callable[[Weights], Weights]] = {
    "model.fp16.safetensors": lambda w: {name: weight.half() for name, weight in w.items()},
    "model.ema.safetensors": lambda w: {name: weight + 1 for name, weight in w.items()},
    "model-00001-of-00002.safetensors": lambda w: dict(list(w.items())[:3]),
    "model_quantized.safetensors": lambda w: {f"{name}.q": weight.to(torch.int8) for name, weight in w.items()},
    "model-value-head.safetensors": lambda w: {"v_head.weight": torch.ones(1, 32)},
    "optimizer.safetensors": lambda w: {f"{name}.exp_avg": weight for name, weight in w.items()},
    "consolidated.safetensors": lambda w: {name.replace("model.layers", "layers"): w[name] for name in w},
    "adapter_model.safetensors": lambda w: {},
    "aaa.safetensors": lambda w: {name: weight + 1 for name, weight in w.items()},
}


def assert_loaded_as_by_transformers(folder: Path) -> None:
    loaded = AutoModelForCausalLM.from_pretrained(str(folder))
    ours = parameters.select(models.load_model(str(folder), device="cpu"))
    for name, weight in loaded.named_parameters():
        assert torch.equal(ours[name], weight)
    assert files.describe(str(folder)).parameters == sum(weight.numel() for weight in loaded.parameters())


@pytest.fixture
def copy(checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoint, tmp_path / "copy"))


@pytest.fixture
def sharded(tmp_path: Path) -> Path:
    folder = save(tmp_path / "sharded", make_model(), max_shard_size="20KB")
    assert len(list(folder.glob("*.safetensors"))) > 2
    return folder


@pytest.mark.parametrize("stray", STRAY)
def test_another_file_beside_the_weights_changes_nothing(stray: str, checkpoint: Path, copy: Path) -> None:
    save_file(STRAY[stray](load_file(copy / "model.safetensors")), copy / stray, {"format": "pt"})
    assert_loaded_as_by_transformers(copy)
    assert fingerprint(str(copy)) == fingerprint(str(checkpoint))
    assert files.describe(str(copy)).bytes == files.describe(str(checkpoint)).bytes
    assert compatibility.mismatches(str(checkpoint), str(copy)) == []
    assert compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(copy)))["changed"] == 0


@pytest.mark.parametrize("stray", ["model.fp16.safetensors", "model.ema.safetensors", "aaa.safetensors"])
def test_another_file_beside_shards_changes_nothing(stray: str, checkpoint: Path, sharded: Path) -> None:
    save_file(STRAY[stray](load_file(checkpoint / "model.safetensors")), sharded / stray, {"format": "pt"})
    assert_loaded_as_by_transformers(sharded)
    assert fingerprint(str(sharded)) == fingerprint(str(checkpoint))
    assert compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(sharded)))["changed"] == 0


def test_of_one_file_and_shards_the_one_file_is_loaded_and_that_is_said(sharded: Path, finetuned: Path) -> None:
    shutil.copy(finetuned / "model.safetensors", sharded)
    assert_loaded_as_by_transformers(sharded)
    assert compare(ComparisonSpec(checkpoint=str(finetuned), other=str(sharded)))["changed"] == 0
    (remark,) = files.describe(str(sharded)).remarks
    assert remark.startswith("model.safetensors is what transformers loads; the shards")
    assert models.load(str(sharded)).remarks == (remark,)


def test_a_config_may_name_the_file_of_its_weights(copy: Path, finetuned: Path) -> None:
    config = json.loads((copy / "config.json").read_text()) | {"transformers_weights": "other.safetensors"}
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=r"expected other\.safetensors"):
        files.describe(str(copy))
    shutil.copy(finetuned / "model.safetensors", copy / "other.safetensors")
    assert_loaded_as_by_transformers(copy)
    assert compare(ComparisonSpec(checkpoint=str(finetuned), other=str(copy)))["changed"] == 0


def edit_index(folder: Path, change: Callable[[dict[str, str]], dict[str, str]], **more: object) -> None:
    file = folder / "model.safetensors.index.json"
    index = json.loads(file.read_text())
    file.write_text(json.dumps(index | {"weight_map": change(index["weight_map"])} | more))


INDICES: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "names a tensor that no shard has": lambda w: w | {"model.layers.9.mlp.up_proj.weight": next(iter(w.values()))},
    "lacks a tensor that a shard has": lambda w: {
        name: file for name, file in w.items() if name != "model.norm.weight"
    },
    "says the wrong shard": lambda w: dict(zip(w, [*list(w.values())[1:], next(iter(w.values()))], strict=True)),
}


@pytest.mark.parametrize("index", INDICES)
def test_what_an_index_says_of_single_tensors_does_not_matter(index: str, checkpoint: Path, sharded: Path) -> None:
    edit_index(sharded, INDICES[index])
    assert_loaded_as_by_transformers(sharded)
    assert fingerprint(str(sharded)) == fingerprint(str(checkpoint))


def test_a_tensor_in_two_shards_is_refused(sharded: Path) -> None:
    one, two = sorted(sharded.glob("*.safetensors"))[:2]
    shared = load_file(one)
    save_file(load_file(two) | {name: weight + 1 for name, weight in shared.items()}, two, {"format": "pt"})
    with pytest.raises(ValueError, match=f"holds {next(iter(sorted(shared)))} in {one.name} and in {two.name}"):
        files.describe(str(sharded))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: {name: file.replace("-of-", "-of-0") for name, file in w.items()}, "lacks .* shards"),
        (lambda w: {name: f"../{file}" for name, file in w.items()}, "lies outside of its folder"),
        (lambda w: {name: f"/tmp/{file}" for name, file in w.items()}, "lies outside of its folder"),
        (lambda w: {name: 7 for name in w}, r"weight_map\..*valid string"),
        (lambda w: [], "expected an object|valid dictionary"),
        (lambda w: {}, "at least 1 item"),
    ],
)
def test_an_index_of_other_shards_is_refused(
    change: Callable[[object], dict[str, str]], message: str, sharded: Path
) -> None:
    edit_index(sharded, change)
    with pytest.raises(ValueError, match=message):
        files.describe(str(sharded))


def bare(folder: Path) -> Path:
    """A folder without its weights."""
    for file in folder.glob("*.safetensors*"):
        file.unlink()
    return folder


def in_own_format(folder: Path, name: str) -> None:
    (bare(folder) / name).write_bytes(b"")


def shards_alone(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")


def deepspeed(folder: Path) -> None:
    (bare(folder) / "global_step100").mkdir()
    (folder / "global_step100" / "zero_pp_rank_0_mp_rank_00_model_states.pt").write_bytes(b"")
    (folder / "latest").write_text("global_step100")
    (folder / "zero_to_fp32.py").write_text("")


def fsdp(folder: Path) -> None:
    states = bare(folder) / "pytorch_model_fsdp_0"
    states.mkdir()
    (states / "__0_0.distcp").write_bytes(b"")


def fsdp_without_config(folder: Path) -> None:
    fsdp(folder)
    (folder / "config.json").unlink()


def trainer_output(folder: Path) -> None:
    """As transformers' Trainer leaves it: its own pickles, and a checkpoint every so many steps."""
    for step in (50, 100, 9):
        shutil.copytree(folder, folder.parent / f"checkpoint-{step}")
    shutil.rmtree(folder)
    folder.mkdir()
    for step in (50, 100, 9):
        shutil.move(folder.parent / f"checkpoint-{step}", folder)
    (folder / "training_args.bin").write_bytes(b"")


def trainer_output_with_config(folder: Path) -> None:
    trainer_output(folder)
    shutil.copy(folder / "checkpoint-50" / "config.json", folder)


def hub_cache(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / "0123abc")
    shutil.rmtree(folder)
    (folder / "snapshots").mkdir(parents=True)
    shutil.move(folder.parent / "0123abc", folder / "snapshots")


FOLDERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "trainer output": (
        trainer_output,
        r"3 checkpoints of a training: name one of them, such as .*copy/checkpoint-100$",
    ),
    "trainer output with a config": (trainer_output_with_config, r"such as .*copy/checkpoint-100$"),
    "hub cache": (hub_cache, r"holds 1 checkpoints: .*such as .*snapshots/0123abc$"),
    "DeepSpeed": (deepspeed, r"states of DeepSpeed.*python .*zero_to_fp32\.py"),
    "FSDP": (fsdp, r"states of FSDP.*accelerate merge-weights .*pytorch_model_fsdp_0"),
    "FSDP without a config": (fsdp_without_config, r"states of FSDP.*accelerate merge-weights"),
    "shards alone": (shards_alone, r"model\.safetensors\.index\.json, which belongs to them, is missing"),
    "Mistral's": (lambda f: in_own_format(f, "consolidated.safetensors"), "format of Mistral"),
    "llama.cpp's": (lambda f: in_own_format(f, "model-q4.gguf"), r"format of llama\.cpp"),
    "another precision alone": (
        lambda f: (f / "model.safetensors").rename(f / "model.fp16.safetensors") and None,
        r"model\.fp16\.safetensors is loaded by nothing: if it holds the weights, rename it",
    ),
    "only what a trainer pickles": (
        lambda f: in_own_format(f, "training_args.bin"),
        "no weights in .*: expected model",
    ),
    "nothing": (lambda f: bare(f) and None, "no weights in .*: expected model"),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_that_is_no_checkpoint_says_what_it_is_and_what_to_do(kind: str, copy: Path) -> None:
    make, message = FOLDERS[kind]
    make(copy)
    with pytest.raises(ValueError, match=message):
        files.resolve(str(copy))


def test_the_conversion_of_a_pickled_adapter_that_the_refusal_suggests_works(checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"], "layers_to_transform": [0]}
    (folder / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": str(checkpoint)}))
    torch.manual_seed(0)
    name = "model.layers.0.self_attn.q_proj"
    a, b = torch.randn(2, 32), torch.randn(2, 32).T  # as a slice of something larger would be: not contiguous
    stored = {f"base_model.model.{name}.lora_{x}.weight": factor for x, factor in (("A", a), ("B", b))}
    torch.save(stored, folder / "adapter_model.bin")
    with pytest.raises(ValueError, match=r"pickle weights \(adapter_model.bin\).*convert once") as refusal:
        files.resolve(str(folder))
    exec(str(refusal.value).split('python -c "')[1].split('"')[0])
    found = parameters.select(models.load_model(str(folder), device="cpu"))[f"{name}.weight"]
    base = load_file(checkpoint / "model.safetensors")[f"{name}.weight"]
    torch.testing.assert_close(found, base + 2 * b @ a)


@pytest.mark.parametrize("name", ["a+b", "runs+old/model", "+", "a+"])
def test_a_plus_in_the_name_of_a_folder_is_part_of_it(
    name: str, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(shutil.copytree(checkpoint, tmp_path / name))
    assert files.resolve(name).folder == folder
    assert portable_checkpoint(name) == str(folder)
    assert short_name(str(folder)) == folder.name
    assert fingerprint(str(folder)) == fingerprint(str(checkpoint))


def test_adapter_and_base_may_both_hold_a_plus(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    base = Path(shutil.copytree(checkpoint, tmp_path / "my+base"))
    adapter = tmp_path / "sft+dpo"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text('{"peft_type": "LORA", "base_model_name_or_path": "my+base"}')
    save_file({"base_model.model.model.norm.weight": torch.ones(32)}, adapter / "adapter_model.safetensors")
    source = files.resolve("sft+dpo+my+base")
    assert (source.adapter, source.folder) == (adapter, base)
    assert files.resolve("sft+dpo").folder == base
    assert portable_checkpoint("sft+dpo+my+base") == f"{adapter}+{base}"
    assert short_name(f"{adapter}+{base}") == "sft+dpo+my+base"
