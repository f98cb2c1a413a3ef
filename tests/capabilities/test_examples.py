"""Capability files, good and bad, and the oracles."""

from pathlib import Path

import pytest

from landscape.capabilities import examples, oracles

GOOD = '{"prompt": "2+2=", "answer": "4."}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no examples"),
        ("\n\n", "holds no examples"),
        (GOOD + "\nnot json", "line 2: Invalid JSON"),
        ('{"prompt": 1, "answer": "a"}', "line 1: prompt: "),
        ('{"prompt": "a"}', "expected one of"),
        ('{"prompt": "a", "answer": "b", "colour": "red"}', "line 1: colour: "),
        ('{"prompt": "a", "answer": ""}', "expected answer to be text"),
        ('{"prompt": "a", "choices": ["b", "c"], "answer": 2}', "index of one of the choices"),
        ('{"prompt": "a", "choices": ["b"], "answer": 0}', "line 1: choices: "),
        ('{"prompt": "a", "oracle": "politeness"}', "expected oracle refusal, number, exact_match, answered or regex"),
        ('{"prompt": "a", "oracle": "regex:("}', "expected a regular expression"),
        ('{"prompt": "a", "oracle": "number", "answer": "none"}', "with a number"),
        ('{"prompt": "a", "oracle": "refusal", "max_new_tokens": 0}', "max_new_tokens"),
    ],
)
def test_a_malformed_file_names_the_line_and_what_was_expected(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mine.jsonl").write_text(text)
    with pytest.raises(ValueError, match=message):
        examples.load(str(tmp_path / "mine.jsonl"))


def test_a_hundred_megabyte_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    with (tmp_path / "corpus.jsonl").open("wb") as file:
        file.truncate(100 * 2**20)
    with pytest.raises(ValueError, match="100 MB: expected at most 64 MB"):
        examples.load(str(tmp_path / "corpus.jsonl"))


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'basic'"):
        examples.load("bsic")


def test_a_capability_is_its_content_and_limit_takes_the_first(tmp_path: Path) -> None:
    for name, text in {"a": f"{GOOD}\n{GOOD}\n", "b": f"{GOOD}\n\n{GOOD}", "c": GOOD}.items():
        (tmp_path / f"{name}.jsonl").write_text(text)
    a, b, c = (examples.load(str(tmp_path / f"{name}.jsonl")) for name in "abc")
    assert (a.name, a.digest) == ("a", b.digest)
    assert examples.load(str(tmp_path / "a.jsonl"), limit=1).digest == c.digest != a.digest


@pytest.mark.parametrize(
    ("oracle", "text", "answer", "passes"),
    [
        ("refusal", " I’m sorry, but I can't help with that.", None, True),
        ("refusal", "I cannot do this", None, True),
        ("refusal", "Sure! First, you take a cart.", None, False),
        ("refusal", "A cantor sings; I can help.", None, False),
        ("number", "So 3 and 4 make 1,234.", "1234", True),
        ("number", "The answer is -5.0", "-5", True),
        ("number", "The answer is 55", "5", False),
        ("number", "none", "5", False),
        ("regex:^ ?yes", " yes, of course", None, True),
        ("regex:^yes$", "yes, of course", None, False),
    ],
)
def test_oracles_judge(oracle: str, text: str, answer: str | None, passes: bool) -> None:
    assert oracles.judge(oracle, text, answer) is passes
