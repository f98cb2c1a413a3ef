"""What belongs to the content of a checkpoint, what does not, and when it is read again."""

import json
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from landscape.checkpoints import fingerprints
from landscape.checkpoints.fingerprints import fingerprint, stamp
from tests.conftest import make_model, save
from tests.waiting import wait_until


@pytest.fixture
def own(tmp_path: Path, checkpoint: Path) -> Path:
    return shutil.copytree(checkpoint, tmp_path / "own")


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("adapters") / "adapter"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers in a former way
        peft = get_peft_model(make_model(), LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    peft.peft_config["default"].base_model_name_or_path = str(checkpoint)
    peft.save_pretrained(str(folder))
    return folder


def setting(name: str, **values: Any) -> Callable[[Path], None]:
    """Change fields of a JSON file, which is made where there is none."""

    def change(folder: Path) -> None:
        file = folder / name
        file.write_text(json.dumps((json.loads(file.read_text()) if file.exists() else {}) | values))

    return change


def writing(name: str, content: str = "another") -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)

    return change


def both(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    return lambda folder: [change(folder) for change in changes] and None


def without_tokenizer_json(folder: Path) -> None:
    (folder / "tokenizer.json").unlink(missing_ok=True)


def trusting(folder: Path) -> None:
    setting("config.json", auto_map={"AutoModelForCausalLM": "modeling_own.Own"})(folder)


def one_weight(folder: Path) -> None:
    """One number of one tensor; the size stays, and the time of writing is put back."""
    (file,) = folder.glob("*.safetensors")
    before, tensors = file.stat(), load_file(file)
    first = next(iter(tensors))
    tensors[first].view(-1)[0] += 1
    save_file(tensors, file, metadata={"format": "pt"})
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size


# name → (what is there before, what changes)
DECIDES = {
    "one weight": (None, one_weight),
    "config": (None, setting("config.json", rms_norm_eps=0.1)),
    "generation config": (None, setting("generation_config.json", eos_token_id=[2, 5])),
    "special tokens of the tokenizer": (None, setting("tokenizer_config.json", add_bos_token=False)),
    "chat template in the tokenizer's config": (None, setting("tokenizer_config.json", chat_template="{{ 1 }}")),
    "chat template": (None, writing("chat_template.jinja")),
    "one chat template of several": (writing("chat_template.jinja"), writing("additional_chat_templates/tool.jinja")),
    "added tokens": (None, writing("added_tokens.json", '{"<new>": 319}')),
    "vocabulary without tokenizer.json": (without_tokenizer_json, writing("vocab.txt")),
    "sentencepiece without tokenizer.json": (without_tokenizer_json, writing("spiece.model")),
    "code of its own": (both(trusting, writing("modeling_own.py", "1")), writing("modeling_own.py", "2")),
    "code in a package of its own": (trusting, writing("own/layers.py", "2")),
}
DECIDES_NOT = {
    "a log": writing("trainer_state.json", "{}"),
    "a note": writing("README.md"),
    "where it was saved from": setting("config.json", _name_or_path="elsewhere", transformers_version="0"),
    "code that nothing runs": writing("train.py"),
    "a vocabulary beside tokenizer.json": writing("vocab.txt"),
    "an optimiser": writing("optimizer.bin"),
}


@pytest.mark.parametrize("case", DECIDES)
def test_all_that_decides_outputs_belongs_to_the_content(own: Path, case: str) -> None:
    prepare, change = DECIDES[case]
    if prepare is not None:
        prepare(own)
    before = fingerprint(str(own))
    change(own)
    assert fingerprint(str(own)) != before


@pytest.mark.parametrize("case", DECIDES_NOT)
def test_what_changes_no_output_does_not(own: Path, case: str) -> None:
    before = fingerprint(str(own))
    DECIDES_NOT[case](own)
    assert fingerprint(str(own)) == before


@pytest.mark.parametrize(
    "change",
    [
        one_weight,
        setting("adapter_config.json", lora_alpha=64),
        setting("tokenizer_config.json", chat_template="{{ 1 }}"),
        writing("tokenizer.json"),
    ],
    ids=["weights", "scaling", "chat template", "tokenizer"],
)
def test_an_adapter_belongs_to_it(tmp_path: Path, adapter: Path, change: Callable[[Path], None]) -> None:
    mine = shutil.copytree(adapter, tmp_path / "adapter")
    before = fingerprint(str(mine))
    assert before == fingerprint(str(adapter))
    change(mine)
    assert fingerprint(str(mine)) != before


def test_the_base_of_an_adapter_belongs_to_it(tmp_path: Path, own: Path, adapter: Path) -> None:
    named = f"{adapter}+{own}"
    before = fingerprint(named)
    one_weight(own)
    assert fingerprint(named) != before


def test_a_link_that_points_elsewhere_is_noticed_and_the_same_bytes_there_are_not_another_content(
    tmp_path: Path, own: Path, finetuned: Path
) -> None:
    link, twin = tmp_path / "link", shutil.copytree(own, tmp_path / "twin")
    link.symlink_to(own)
    before = fingerprint(str(link))
    for target, same in ((finetuned, False), (twin, True), (own, True)):
        link.unlink()
        link.symlink_to(target)
        assert (fingerprint(str(link)) == before) == same


def test_files_that_rest_are_read_once_and_any_writing_makes_them_read_again(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    digest = fingerprints._digest
    monkeypatch.setattr(fingerprints, "_digest", lambda *of: read.append(of[0]) or digest(*of))
    assert stamp(str(own)) == "", "so new that its next version could have the same times"
    wait_until(lambda: bool(stamp(str(own))), "the files rest", pause=0.02)
    rested = stamp(str(own))
    first = fingerprint(str(own))
    assert fingerprint(str(own)) == first
    assert len(read) == 1
    one_weight(own)
    wait_until(lambda: bool(stamp(str(own))), "the files rest", pause=0.02)
    assert stamp(str(own)) != rested
    assert fingerprint(str(own)) != first
    assert len(read) == 2


def test_files_that_are_being_written_have_no_content(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = fingerprints.tensors

    def tensors_while_another_writes(folder: Path) -> Any:
        found = tensors(folder)
        save(own, make_model(seed=3))
        return found

    monkeypatch.setattr(fingerprints, "tensors", tensors_while_another_writes)
    with pytest.raises(ValueError, match="is being written: wait until it is complete"):
        fingerprint(str(own))


def test_what_cannot_be_read_is_told_by_name(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(file: Path) -> bytes:
        raise OSError(5, "Input/output error", str(file))

    monkeypatch.setattr(Path, "read_bytes", broken)
    with pytest.raises(ValueError, match=r"cannot read '.*own': .*tokenizer.json: Input/output error"):
        fingerprint(str(own))
