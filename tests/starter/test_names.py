"""How the starter capabilities are named, found and asked, and which of them suit a checkpoint."""

import json
import shutil
from pathlib import Path

import pytest

from landscape import assets
from landscape.bundled.portable_names import absolute
from landscape.capabilities.encoding import encode
from landscape.capabilities.examples import Example, content_digest, load
from landscape.checkpoints.config import starter_capabilities
from landscape.inspection.prompts import prompts_note
from landscape.schema.capability_names import is_chat, name_of
from landscape.schema.directions import Eigenvector, Worst, label_of
from landscape.schema.specs import digest
from tests.conftest import make_tokenizer

IN_CHAT = ["starter:instruction", "starter:refusal", "starter:harmless"]
TEMPLATE = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}"


def test_the_sets_are_loaded_by_name() -> None:
    names = ["knowledge", "completion", "arithmetic", "language", "code", "instruction", "refusal", "harmless"]
    assert list(assets.STARTER) == [f"starter:{name}" for name in names]
    for name in assets.STARTER:
        assert load(name, 2).examples == load(name).examples[:2]
        assert absolute(name) == name
        assert content_digest(name) == load(name).digest


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("starter:knowledge", "knowledge"),
        ("starter:code", "code (starter)"),  # `code` is the demo models'
        ("code", "code"),
        ("starter:refusal", "refusal"),
        ("chat:starter:refusal", "refusal"),
        ("chat:enable_thinking=false:starter:refusal", "refusal (enable_thinking=false)"),
        ("chat:starter:code", "code (starter, chat)"),
        ("chat:enable_thinking=false:starter:knowledge", "knowledge (chat, enable_thinking=false)"),
        ("chat:math", "math (chat)"),
    ],
)
def test_a_set_is_shown_by_its_short_name(name: str, shown: str) -> None:
    assert name_of(name) == load(name).name == shown


def test_short_names_are_distinct() -> None:
    shown = [*map(name_of, assets.STARTER), *map(name_of, assets.CAPABILITIES)]
    assert len(set(shown)) == len(shown)


def test_directions_that_hurt_a_set_are_labelled_by_its_short_name() -> None:
    assert label_of(Worst(capabilities=("starter:knowledge", "starter:code"), spared=("math",))) == (
        "worst knowledge, code (starter) sparing math"
    )
    assert label_of(Eigenvector(capability="starter:language")) == "eigenvector language"


def test_an_unknown_name_lists_them() -> None:
    with pytest.raises(ValueError, match="did you mean 'starter:knowledge'.*safety, starter:knowledge, .*harmless or"):
        load("starter:knowlege")
    with pytest.raises(ValueError, match="unknown capability 'knowledge'"):
        load("knowledge")


@pytest.mark.parametrize("name", assets.STARTER)
def test_some_are_asked_in_the_chat_template_by_themselves(name: str) -> None:
    """The digest says so: the same lines as plain prompts are another capability."""
    capability = load(name)
    content = [example.model_dump(mode="json") for example in capability.examples]
    assert is_chat(name) == capability.chat == (name in IN_CHAT)
    assert capability.digest == digest(["chat:", *content] if name in IN_CHAT else content)
    assert load(f"chat:{name}").digest == digest(["chat:", *content])
    assert (load(f"chat:{name}").digest == capability.digest) == (name in IN_CHAT)


def test_without_a_chat_template_these_are_refused(checkpoint: Path) -> None:
    tokenizer = make_tokenizer()
    with pytest.raises(ValueError, match="has no chat template: expected one for.*starter:refusal"):
        encode(load("starter:refusal", 2), tokenizer, 512)
    with pytest.raises(ValueError, match="has no chat template, which starter:refusal asks for: leave it out"):
        prompts_note(["starter:knowledge", "starter:refusal"], str(checkpoint))
    tokenizer.chat_template = TEMPLATE
    assert encode(load("starter:refusal", 2), tokenizer, 512).capability.examples[0].prompt.startswith("<user>")


def test_which_sets_suit_a_checkpoint(checkpoint: Path, tmp_path: Path) -> None:
    plain = [name for name in assets.STARTER if name not in IN_CHAT]
    assert starter_capabilities(checkpoint) == (tuple(plain), tuple(IN_CHAT))
    for name in ("config", "jinja"):
        folder = shutil.copytree(checkpoint, tmp_path / name)
        if name == "jinja":
            (folder / "chat_template.jinja").write_text(TEMPLATE)
        else:
            file = folder / "tokenizer_config.json"
            file.write_text(json.dumps(json.loads(file.read_text()) | {"chat_template": TEMPLATE}))
        assert starter_capabilities(folder) == (tuple(assets.STARTER), ())


def test_labels_are_no_part_of_what_is_asked(tmp_path: Path) -> None:
    line = {"prompt": "2+2=", "answer": "4."}
    for name, labels in {"a": {}, "b": {"id": "sum-1", "tags": ["easy", "sums"]}}.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(line | labels))
    a, b = (load(str(tmp_path / f"{name}.jsonl")) for name in "ab")
    assert a.digest == b.digest
    assert (a.examples[0].id, a.examples[0].tags) == (None, ())
    assert (b.examples[0].id, b.examples[0].tags) == ("sum-1", ("easy", "sums"))
    assert b.examples[0].model_dump() == a.examples[0].model_dump()
    assert Example(prompt="a", answer="b", tags=["easy"]).tags == ("easy",)  # type: ignore[arg-type]
