"""Prompts in the chat template: the tokens that transformers itself makes, for both checkpoints or for neither."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from landscape.capabilities import examples
from landscape.capabilities.chat_templates import ChatTemplate
from landscape.capabilities.encoding import encode
from landscape.checkpoints.fingerprints import fingerprint
from landscape.checkpoints.models import load
from landscape.cli.app import main
from landscape.inspection import prompts
from tests.conftest import make_tokenizer

TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}User: {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant: {% endif %}"
)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Three examples: exact, a choice, and one that is generated."""
    lines = [
        {"prompt": "the cat", "answer": " sat"},
        {"prompt": "the dog", "choices": [" ran", " sat"], "answer": 1},
        {"prompt": "the sun", "oracle": "regex:.", "max_new_tokens": 2},
    ]
    path = tmp_path / "talk.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def with_template(folder: Path, to: Path, template: str = TEMPLATE) -> Path:
    """A copy of a checkpoint whose tokenizer has a chat template."""
    shutil.copytree(folder, to)
    (to / "chat_template.jinja").write_text(template)
    return to


def test_the_tokens_are_those_of_the_template_with_one_beginning(suite: Path) -> None:
    tokenizer = make_tokenizer()
    tokenizer.chat_template = TEMPLATE
    encoded = encode(examples.load(f"chat:{suite}"), tokenizer, 64)
    for reading, answer in zip(encoded.teacher_forced, ("sat", "ran", "sat"), strict=True):
        prompt = json.loads(suite.read_text().splitlines()[reading.example])["prompt"]
        turn = [{"role": "user", "content": prompt}]
        expected = tokenizer.apply_chat_template(turn, add_generation_prompt=True, return_dict=False)
        assert reading.ids[: len(expected)] == expected or tokenizer.decode(reading.ids) == tokenizer.decode(
            [*expected, *tokenizer(answer, add_special_tokens=False)["input_ids"]]
        )
        assert reading.ids.count(tokenizer.bos_token_id) <= 1
        assert tokenizer.decode(reading.ids[reading.start :]).strip() == answer
    (written,) = encoded.generated
    turn = [{"role": "user", "content": "the sun"}]
    assert written.ids == tokenizer.apply_chat_template(turn, add_generation_prompt=True, return_dict=False)


def test_in_chat_a_capability_is_another_one_with_a_name_of_its_own(suite: Path) -> None:
    plain, chat = examples.load(str(suite)), examples.load(f"chat:{suite}")
    assert (plain.name, chat.name) == ("talk", "talk (chat)")
    assert plain.digest != chat.digest, "what was measured of one is not taken for the other"
    assert examples.load("chat:math", 3).name == "math (chat)"
    assert examples.search_split(plain).tolist() == examples.search_split(chat).tolist()


def test_without_a_template_it_is_a_sentence(suite: Path) -> None:
    with pytest.raises(ValueError, match="has no chat template: expected one"):
        encode(examples.load(f"chat:{suite}"), make_tokenizer(), 64)
    tokenizer = make_tokenizer()
    tokenizer.chat_template = "{{ raise_exception('system first') }}"
    with pytest.raises(ValueError, match="takes no single turn of a user: system first"):
        ChatTemplate(tokenizer)


def test_applied_to_both_or_to_neither_and_said(checkpoint: Path, finetuned: Path, suite: Path, tmp_path: Path) -> None:
    base, tuned = with_template(checkpoint, tmp_path / "base"), with_template(finetuned, tmp_path / "tuned")
    asked = (f"chat:{suite}",)
    assert "the same for both" in prompts.prompts_note(asked, str(base), str(tuned))
    assert "no chat template is applied" in prompts.prompts_note((str(suite),), str(base), str(tuned))
    with pytest.raises(ValueError, match=r"tiny' has no chat template.*no checkpoint gets one"):
        prompts.prompts_note(asked, str(checkpoint), str(tuned))
    other = with_template(finetuned, tmp_path / "other", TEMPLATE.replace("User", "Human"))
    assert "the two differ" in prompts.prompts_note(asked, str(base), str(other))
    assert fingerprint(str(base)) != fingerprint(str(checkpoint)), "another template is another checkpoint"


def test_an_inspection_in_chat(
    checkpoint: Path, finetuned: Path, suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "s.sqlite"))
    base, tuned = with_template(checkpoint, tmp_path / "base"), with_template(finetuned, tmp_path / "tuned")

    def inspect(one: Path, code: set[int]) -> None:
        arguments = ["landscape", "inspect", one, tuned, "--capability", f"chat:{suite}", "--budget", "0.1s",
                     "--device", "cpu", "--json", tmp_path / "r.json"]  # fmt: skip
        monkeypatch.setattr(sys, "argv", list(map(str, arguments)))
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in code

    inspect(checkpoint, {2})
    assert "has no chat template" in capsys.readouterr().err
    inspect(base, {0, 1, 3})
    found = json.loads((tmp_path / "r.json").read_text())
    assert list(found["capabilities"]) == ["talk (chat)"]
    assert "one turn of a user in the chat template" in found["provenance"]["prompts"]
    loaded = load(str(base), device="cpu")
    assert loaded.tokenizer.chat_template == TEMPLATE
