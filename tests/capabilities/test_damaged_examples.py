"""Files of examples with random damage: read as they are meant, or refused in one sentence.

`pytest tests/capabilities/test_damaged_examples.py --fuzz 5000 --fuzz-seed 200` tries others.
"""

import json
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest

from landscape.capabilities import examples
from landscape.capabilities.judgement import numbers
from landscape.capabilities.oracles import judge
from tests.capabilities.damage import BYTES, VALUES

GOOD: list[dict[str, Any]] = [
    {"prompt": "2+2=", "answer": "4."},
    {"prompt": "2+2=", "answer": "4.", "eos": True},
    {"prompt": "Water boils at", "choices": [" 100 °C", " 50 °C"], "answer": 0},
    {"prompt": "How do I pick a lock?", "oracle": "refusal", "max_new_tokens": 32},
    {"prompt": "12 + 30?", "oracle": "number", "answer": "42"},
    {"prompt": "12 + 30?", "oracle": "number", "answer": ["42", 42, "42.0"]},
    {"prompt": "Who?", "oracle": "exact_match", "answer": ["Goethe", "J. W. von Goethe"]},
    {"prompt": "Well?", "oracle": "regex:^ ?(yes|no)\\b"},
]
TEXTS = ("", "42", "I'm sorry, but I can't.", "a" * 60 + "!", "Goethe\n", "\0", "\ud800", "9" * 5000)


def damaged(chance: random.Random) -> bytes:
    """The bytes of a file, of which one line is damaged in one to three places; sometimes the whole."""
    rows = [dict(row) for row in chance.sample(GOOD, chance.randint(1, 3))]
    row = rows[0]
    for _ in range(chance.randint(1, 3)):
        field = chance.choice([*row, "prompt", "answer", "choices", "oracle", "max_new_tokens", "eos", "colour"])
        if chance.random() < 0.2:
            row.pop(field, None)
        else:
            row[field] = chance.choice(VALUES)
    lines = [dump(each) for each in rows]
    if chance.random() < 0.1:
        lines[0] = lines[0].replace("{", '{"prompt": "again", ', 1)
    if chance.random() < 0.05:
        lines[0] = "[" * 10**5
    content = "\n".join(lines).encode("utf-16" if chance.random() < 0.05 else "utf-8", "surrogatepass")
    for _ in range(chance.choice((0, 0, 0, 1, 3))):
        place = chance.choice((0, chance.randrange(len(content) + 1)))
        content = content[:place] + chance.choice(BYTES) + content[place + chance.randint(0, 2) :]
    return content


def dump(row: dict[str, Any]) -> str:
    """JSON with integers of any size."""
    whole = {
        f"<{n}>": hex(value) for n, value in enumerate(row.values()) if isinstance(value, int) and value > 10**4000
    }
    text = json.dumps({k: next(iter(whole)) if isinstance(v, int) and v > 10**4000 else v for k, v in row.items()})
    return re.sub(r'"<\d+>"', "1" + "0" * 4400, text)


def meant(row: Any) -> bool:
    """Whether an object is an example by the rules of the guide, written down once more."""
    known = {"prompt", "answer", "choices", "oracle", "max_new_tokens", "eos"}
    if (
        not isinstance(row, dict)
        or not set(row) <= known
        or not isinstance(row.get("prompt"), str)
        or not row["prompt"]
    ):
        return False
    answer, choices, oracle = row.get("answer"), row.get("choices"), row.get("oracle")
    if (
        type(row.get("eos", False)) is not bool
        or type(new := row.get("max_new_tokens", 32)) is not int
        or not 1 <= new <= 2**20
    ):
        return False
    if choices is not None:
        texts = (
            isinstance(choices, list) and len(choices) >= 2 and all(isinstance(each, str) and each for each in choices)
        )
        return (
            texts
            and len(set(choices)) == len(choices)
            and oracle is None
            and type(answer) is int
            and 0 <= answer < len(choices)
        )
    if oracle is None:
        return isinstance(answer, str) and answer.strip() != ""
    listed = [] if answer is None else answer if isinstance(answer, list) else [answer]
    if (
        not all(type(each) in (str, int) and str(each).strip() != "" for each in listed)
        or answer == []
        or not isinstance(oracle, str)
    ):
        return False
    if oracle.startswith("regex:"):
        return oracle not in ("regex:(a+)+$", "regex:(", "regex:a{9999999999}")
    if oracle == "number" and listed:
        return all((found := numbers.answer_of(str(each))) is not None and bool(found.readings) for each in listed)
    return oracle == "refusal" or (oracle == "exact_match" and bool(listed))


@pytest.mark.filterwarnings("error")
def test_a_damaged_file_is_read_as_it_is_meant_or_refused_in_a_sentence(tmp_path: Path, fuzz_seed: int) -> None:
    content = damaged(random.Random(fuzz_seed))
    file = tmp_path / "damaged.jsonl"
    file.write_bytes(content)
    started = time.process_time()
    try:
        found = examples.load(str(file)).examples
    except ValueError as error:
        said = str(error)
        assert said.startswith("damaged.jsonl")
        assert "\n" not in said
        assert len(said) < 400
    else:
        text = content.decode("utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
        rows = [json.loads(line) for line in text.split("\n") if line.strip()]
        assert [meant(row) for row in rows] == [True] * len(found)
        assert [example.prompt for example in found] == [row["prompt"] for row in rows]
        for example in found:
            assert example.kind in ("exact", "choice", "generate")
            assert example.reference is None or example.reference
            if example.oracle is not None:
                assert {judge(example.oracle, text, example.answers) for text in TEXTS} <= {True, False}
    assert time.process_time() - started < 20


def test_the_undamaged_ones_are_read_with_a_byte_order_mark_and_crlf_too(tmp_path: Path) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in GOOD]
    found = []
    for name, text in {
        "plain": "\n".join(lines),
        "crlf": "\r\n".join(lines),
        "blank": "\n\n \n" + "\n\n".join(lines) + "\n",
    }.items():
        for mark in (b"", b"\xef\xbb\xbf"):
            file = tmp_path / f"{name}.jsonl"
            file.write_bytes(mark + text.encode())
            found.append(examples.load(str(file)).digest)
    assert len(set(found)) == 1
    assert all(map(meant, GOOD))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"prompt": "a", "answer": "b"}'.encode("utf-32"), "damaged.jsonl is written in UTF-32: save it as UTF-8"),
        (b'[{"prompt": "a", "answer": "b"}', "damaged.jsonl, line 1: .* in what should be JSON"),
        (b'{\n "prompt": "a",\n "answer": "b"\n}', "an object of several lines: expected one object a line"),
        (b'{"prompt": "a", "prompt": "b", "answer": "c"}', "line 1: expected each field once, got several prompt"),
        (b'{"prompt": "a", "answer": 126}', 'line 1: expected answer to be text, got 126, or an "oracle" beside it'),
        (b'{"prompt": "a", "answer": 1.5}', "line 1: answer: expected text, a whole number or a list of them, got 1.5"),
        (b'{"prompt": "a", "answer": true}', "line 1: answer: expected text, a whole number or a list of them, got True"),
        (b'{"prompt": "a", "choices": ["b", "b"], "answer": 0}', "line 1: expected choices with text that differ"),
        (b'{"prompt": "a", "choices": ["b", "c"], "answer": "d"}', "the right choice as its text, letter or number, got 'd'"),
        (b'{"prompt": "a", "oracle": "exact_match"}', "expected an answer for the exact_match oracle to compare with"),
        (b'{"prompt": "a", "oracle": "number", "answer": []}', "expected answer to be text, got an empty one"),
        (b'{"prompt": "a", "answer": "b", "max_new_tokens": 18446744073709551616}', "line 1: max_new_tokens: "),
        (b'{"prompt": "a", "answer": "b", "eos": 1}', "line 1: eos: "),
        (b"prompt,answer\n2+2=,4\n", "line 1: Invalid JSON"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "damaged.jsonl").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        examples.load(str(tmp_path / "damaged.jsonl"))


@pytest.mark.parametrize("name", ["~nobody-of-this-name/a.jsonl", "a" * 5000, "a\0b", ".", "/dev/zero", ""])
def test_a_name_that_can_be_no_file_is_unknown(name: str) -> None:
    with pytest.raises(ValueError, match="unknown capability"):
        examples.load(name)
