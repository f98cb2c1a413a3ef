"""Files of anybody's examples: each form means its examples, or is refused in a sentence that says what to do."""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from landscape.assets import CAPABILITIES
from landscape.capabilities import examples
from landscape.capabilities.chat_templates import ChatTemplate
from landscape.capabilities.encoding import encode
from landscape.capabilities.oracles import is_settled, judge
from landscape.capabilities.sources.building import WINDOW
from tests.capabilities.sources.forms import FORMS, QA, REFUSED, SYSTEM, TALK, TOLD, Form
from tests.conftest import make_tokenizer

TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant] {% endif %}"
)


def written(folder: Path, name: str, content: str | bytes) -> str:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


def shown(example: examples.Example) -> dict[str, Any]:
    """The fields of an example that are given."""
    given = {
        name: getattr(example, name) for name in ("prompt", "answer", "choices", "oracle", "max_new_tokens", "turns")
    }
    plain = {name: value for name, value in given.items() if value not in (None, ())}
    return (
        plain
        if "oracle" in plain and plain["oracle"] != "loss"
        else {k: v for k, v in plain.items() if k != "max_new_tokens"}
    )


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_form_means_its_examples_and_says_how(tmp_path: Path, form: Form) -> None:
    found = examples.load(written(tmp_path, form.file, form.content))
    assert shown(found.examples[0]) == form.first
    assert len(found.examples) == form.count
    assert form.how in found.how
    assert bool(found.how) == bool(form.how)
    assert "\n" not in found.how
    assert {"id": found.examples[0].id, "tags": found.examples[0].tags} == {"id": None, "tags": (), **form.labels}


@pytest.mark.parametrize(("name", "content", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_may_be_meant_in_two_ways_or_in_none_is_refused(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(ValueError, match="^a") as caught:
        examples.load(written(tmp_path, name, content))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_parquet_file_holds_values_of_any_type(tmp_path: Path) -> None:
    rows = [{"question": "Which?", "choices": ["x", "y"], "answer": n, "note": None} for n in (0, 1)]
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), buffer)
    found = examples.load(written(tmp_path, "a.parquet", buffer.getvalue()))
    assert [(e.choices, e.answer) for e in found.examples] == [((" x", " y"), 0), ((" x", " y"), 1)]


def test_the_same_examples_have_one_digest_whatever_the_encoding_and_the_format(tmp_path: Path) -> None:
    contents = {"a.csv": QA, "b.csv": QA.encode("utf-16"), "c.csv": b"\xef\xbb\xbf" + QA.replace("\n", "\r\n").encode()}
    contents["d.tsv"] = QA.replace(",", "\t")
    digests = {examples.load(written(tmp_path, name, content)).digest for name, content in contents.items()}
    assert len(digests) == 1


def test_bundled_examples_have_the_digests_that_points_are_kept_under() -> None:
    known = {"basic": "009c6c4abdd5", "math": "02624ccb8019", "code": "734eada6c851", "safety": "6462ee457cca"}
    assert {name: examples.load(name).digest[:12] for name in CAPABILITIES if name in known} == known
    assert {examples.load(name).how for name in known} == {""}


def test_labels_are_no_part_of_what_is_asked(tmp_path: Path) -> None:
    plain = {"prompt": "2+2=", "answer": "4."}
    one, other = (
        examples.load(written(tmp_path, f"{n}.jsonl", json.dumps(row)))
        for n, row in enumerate([plain, plain | {"id": "x", "tags": ["sums"]}])
    )
    assert one.digest == other.digest
    assert one.examples[0].asked == other.examples[0].asked
    assert (other.examples[0].id, other.examples[0].tags) == ("x", ("sums",))


def test_a_conversation_is_asked_with_all_its_turns_once_with_chat_or_without(tmp_path: Path) -> None:
    tokenizer = make_tokenizer()
    tokenizer.chat_template = TEMPLATE
    file = written(tmp_path, "talk.jsonl", json.dumps({"input": [SYSTEM, *TOLD], "ideal": "Paris"}))
    expected = tokenizer.apply_chat_template([SYSTEM, *TOLD], add_generation_prompt=True, return_dict=False)
    for name in (file, f"chat:{file}"):
        encoded = encode(examples.load(name), tokenizer, 512)
        assert encoded.generated[0].ids == expected
        assert encoded.teacher_forced[0].ids[: len(expected) - 1] == expected[:-1]
    assert ChatTemplate(tokenizer).turn(examples.load(file).examples[0]).prompt.count("[user]") == 2


def test_conversations_that_end_alike_are_different_requests(tmp_path: Path) -> None:
    rows = [{"messages": [*before, *TOLD, {"role": "assistant", "content": "Paris"}]} for before in ([SYSTEM], [])]
    found = examples.load(written(tmp_path, "talk.jsonl", "\n".join(map(json.dumps, rows))))
    assert examples.requests_of(found) == (0, 1)
    assert found.examples[0].prompt == TALK["prompt"]


def test_a_checkpoint_without_a_chat_template_is_refused_a_conversation(tmp_path: Path) -> None:
    file = written(tmp_path, "talk.jsonl", json.dumps({"input": TOLD, "ideal": "Paris"}))
    with pytest.raises(
        ValueError, match="talk holds conversations, which are asked through a checkpoint's chat template"
    ):
        encode(examples.load(file), make_tokenizer(), 512)


def test_a_template_that_takes_no_system_turn_says_so(tmp_path: Path) -> None:
    tokenizer = make_tokenizer()
    tokenizer.chat_template = "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ m['content'] }}{% endfor %}"
    file = written(tmp_path, "talk.jsonl", json.dumps({"input": [SYSTEM, *TOLD], "ideal": "Paris"}))
    with pytest.raises(ValueError, match="takes no turns of system, user, assistant, user: no system"):
        encode(examples.load(file), tokenizer, 512)


def test_through_a_chat_template_a_question_stands_alone(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", QA)
    (plain,), (chat,) = (examples.load(name).examples for name in (file, f"chat:{file}"))
    assert plain.prompt == "Question: What is the capital of France?\nAnswer:"
    assert (chat.prompt, chat.answer) == ("What is the capital of France?", "Paris")
    assert "as “Question" not in examples.load(f"chat:{file}").how


@pytest.mark.parametrize(
    ("text", "answer", "holds"),
    [
        ("The capital is Paris.", "Paris", True),
        ("the capital is PARIS", " Paris", True),
        ("The Parisian way", "Paris", False),
        ("It is New\nYork.", "New York", True),
        ("5", "5", True),
        ("55 or 15", "5", False),
        ("C++ of course", "C++", True),
        ("", "Paris", False),
    ],
)
def test_an_answer_is_contained_as_words(text: str, answer: str, holds: bool) -> None:
    assert judge("contains", text, answer) is holds
    assert judge("contains", text, ["nothing of it", answer]) is holds


def test_a_contained_answer_is_settled_once_its_word_has_ended() -> None:
    assert not is_settled("contains", "It is Paris", ("Paris",))
    assert is_settled("contains", "It is Paris,", ("Paris",))


@pytest.mark.parametrize(
    ("text", "passes"),
    [("4", True), (" **4**", True), ("4.", True), ("4.5", False), ("45", False), ("-4", False), ("so 4", False)],
)
def test_a_number_to_go_on_with_is_no_part_of_a_longer_one(tmp_path: Path, text: str, passes: bool) -> None:
    (example,) = examples.load(written(tmp_path, "a.csv", "prompt,answer\n2+2=,4\n")).examples
    assert judge(str(example.oracle), text, example.answer) is passes


def test_windows_make_the_text_and_end_between_words(tmp_path: Path) -> None:
    text = " ".join(f"word{n}" for n in range(900))
    found = examples.load(written(tmp_path, "a.txt", text)).examples
    assert "".join(example.answers[0] for example in found) == text
    assert all(example.answers[0].endswith(" ") for example in found[:-1])
    assert all(WINDOW // 2 <= len(example.answers[0]) <= 1.5 * WINDOW for example in found)
    assert {(example.kind, example.prompt) for example in found} == {("loss", "")}
