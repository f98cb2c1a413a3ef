"""Requests that several examples ask: named, counted, and no part of what is measured."""

import json
from pathlib import Path

import pytest

from landscape.capabilities import examples
from landscape.capabilities.requests import remarks, repeats
from landscape.checkpoints.models import Pool
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session
from landscape.schema.directions import Gaussian, Worst
from landscape.schema.specs import SliceSpec, WorstSpec
from landscape.worst.find import find


def written(folder: Path, *lines: dict[str, object]) -> Path:
    file = folder / "asked.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    return file


def test_repeated_requests_are_counted_and_named_the_most_frequent_first(tmp_path: Path) -> None:
    asked = [("a", "How?"), ("b", "Why?"), ("b", "Why is it?"), ("B ", "Why?!"), ("c", "Who?"), ("c", "Who is it?")]
    file = written(tmp_path, *({"prompt": prompt, "answer": " x", "request": request} for request, prompt in asked))
    suite = examples.load(str(file))
    assert repeats(suite) == {"b": 3, "c": 2}
    (said,) = remarks(suite)
    assert said.startswith("asked: 6 examples ask 3 requests ('b' 3 times, 'c' 2 times)")


def test_lines_without_a_request_repeat_one_where_their_prompt_is_the_same(tmp_path: Path) -> None:
    prompts = ["One", "one ", "Two", "Three"]
    suite = examples.load(str(written(tmp_path, *({"prompt": p, "answer": " x"} for p in prompts))))
    assert repeats(suite) == {"one": 2}
    assert remarks(suite)[0].startswith("asked: 4 examples ask 3 requests ('one' 2 times)")


def test_a_long_list_is_cut_and_counted(tmp_path: Path) -> None:
    lines = ({"prompt": f"{word} {n}", "answer": " x", "request": f"r{n}"} for n in range(9) for word in "ab")
    (said,) = remarks(examples.load(str(written(tmp_path, *lines))))
    assert "'r2' 2 times and 6 more)" in said


@pytest.mark.parametrize("name", ["basic", "math", "code"])
def test_of_distinct_requests_nothing_is_said(name: str) -> None:
    assert remarks(examples.load(name)) == []


def test_what_is_asked_is_no_part_of_what_is_measured(tmp_path: Path) -> None:
    lines = [{"prompt": f"How {n}", "answer": " x"} for n in range(5)]
    plain = examples.load(str(written(tmp_path, *lines)))
    named = examples.load(str(written(tmp_path, *(line | {"request": "same"} for line in lines))))
    assert plain.digest == named.digest
    assert plain.examples[0].model_dump() == named.examples[0].model_dump()


@pytest.mark.parametrize("wrong", ["", 5, ["a"]])
def test_a_request_is_a_text(wrong: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"asked\.jsonl, line 1: request"):
        examples.load(str(written(tmp_path, {"prompt": "How", "answer": " x", "request": wrong})))


def test_a_run_with_a_searched_direction_names_them_and_another_does_not(
    checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in own_answers.read_text().splitlines()]
    file = written(tmp_path, *lines, lines[0])
    where = {"checkpoint": str(checkpoint), "capabilities": (str(file),), "device": "cpu"}
    worst = Worst(capabilities=(str(file),), alpha=0.02, steps=1, restarts=1)
    cache = DirectionCache(tmp_path / "kept")
    searched = WorstSpec(directions=(worst,), reach=0.1, **where)  # type: ignore[arg-type]
    find(searched, Pool(), cache, lambda text, done, total: None)
    suite = examples.load(str(file))
    said = gather_facts(Session(searched.frame, cache=cache), searched, [suite]).remarks
    assert any("a search sees all examples of a request or none" in remark for remark in said)
    plain = SliceSpec(directions=(Gaussian(seed=0),), alphas=(0.0,), **where)  # type: ignore[arg-type]
    assert not any("request" in remark for remark in gather_facts(Session(plain.frame), plain, [suite]).remarks)
