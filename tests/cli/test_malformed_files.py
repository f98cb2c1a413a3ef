"""Malformed files of examples and thresholds: one line and exit code 2, before anything is measured."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

EXAMPLES = {
    "half of a character in UTF-16": '{"prompt": "a", "answer": "b"}'.encode("utf-16")[:-1],
    "a list that does not end": b'[{"prompt": "a", "answer": "b"}',
    "a wrong type": b'{"prompt": 1, "answer": "b"}',
    "a large integer": b'{"prompt": "a", "answer": "b", "max_new_tokens": 99999999999999999999}',
    "a pattern without an end": b'{"prompt": "a", "oracle": "regex:^(\\\\w+ ?)*$"}',
    "depth": b"[" * 10**5,
    "digits": b'{"prompt": "a", "answer": ' + b"1" * 5000 + b"}",
}


@pytest.mark.parametrize("what", EXAMPLES)
def test_examples(cli: Cli, checkpoint: Path, tmp_path: Path, what: str) -> None:
    (tmp_path / "bad.jsonl").write_bytes(EXAMPLES[what])
    shown = cli("slice", checkpoint, "--alpha", "0", "--capability", tmp_path / "bad.jsonl", "--device", "cpu", code=2)
    assert shown.stderr.count("\n") == 1
    assert shown.stderr.startswith("Error: bad.jsonl")


@pytest.mark.parametrize(
    "content", [b"max_drop = true", b"max_drop = 99999999999999999999", b"\xff\xfe", b"a" * 10**6, b"[[["]
)
def test_thresholds(cli: Cli, checkpoint: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rules.toml").write_bytes(content)
    asked = ("--capability", "starter:code", "--thresholds", tmp_path / "rules.toml", "--device", "cpu")
    shown = cli("inspect", checkpoint, checkpoint, *asked, code=2)
    assert shown.stderr.count("\n") == 1
    assert "rules.toml" in shown.stderr
