"""Requests that several examples ask: counted, ordered, named, and listed where a reader looks."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from landscape import assets
from landscape.capabilities.examples import load
from landscape.capabilities.repeats import repeats_of, repeats_text
from landscape.inspection.evidence import Evidence
from landscape.inspection.verdict import Verdict
from landscape.reports.inspection import as_dict, as_html, as_markdown
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import InspectionSpec, SliceSpec


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Nine examples: one prompt three times (spaces aside), a named request twice in two wordings, four others."""
    lines = [{"prompt": f"{i} + 1 =", "answer": f" {i + 1}"} for i in range(4)]
    lines += [{"prompt": text, "answer": " 9"} for text in ("8 + 1 =", "8  + 1 =", "8 + 1 = ")]
    lines += [
        {"prompt": text, "answer": "no", "oracle": "exact_match", "request": "a *bad* thing"}
        for text in ("Do it", "Now!")
    ]
    path = tmp_path / "sums.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_what_is_asked_more_than_once_is_listed_the_most_frequent_first(file: Path) -> None:
    found = repeats_of(load(str(file)))
    assert found == [{"request": "8 + 1 =", "examples": 3}, {"request": "a *bad* thing", "examples": 2}]
    assert repeats_text(found) == "“8 + 1 =” 3 ×, “a *bad* thing” 2 ×"
    assert repeats_text(found, 1) == "“8 + 1 =” 3 ×, and 1 more"
    assert repeats_text([{"request": "word " * 40, "examples": 2}]).startswith("“word word")
    assert len(repeats_text([{"request": "word " * 40, "examples": 2}])) < 70
    assert repeats_of(load(str(file), 4)) == []


def test_the_bundled_safety_is_listed_as_its_file_says() -> None:
    lines = [json.loads(line) for line in assets.CAPABILITIES["safety"].read_text().splitlines()]
    counted = Counter(line["request"] for line in lines)
    found = repeats_of(load("safety"))
    assert {one["request"]: one["examples"] for one in found} == {name: k for name, k in counted.items() if k > 1}
    assert [one["examples"] for one in found] == sorted((one["examples"] for one in found), reverse=True)


def test_the_report_of_an_inspection_has_them_all_in_json_and_the_first_few_elsewhere(file: Path) -> None:
    spec = SliceSpec(checkpoint="demo:base", directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=("sums",))
    repeated = [*repeats_of(load(str(file))), *({"request": f"r{i}", "examples": 2} for i in range(4))]
    facts = Facts(10, 0.1, requests={"sums": [0] * 17}, repeated={"sums": repeated})
    scores = Result(spec, tidy(spec, []), facts)
    evidence = Evidence(parts={"scores": scores, "tuned scores": replace(scores)})
    judged = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=("sums",)), Verdict((), ())
    assert as_dict(*judged, evidence)["repeated_examples"] == {"sums": repeated}
    for text in (as_markdown(*judged, evidence).replace("\\", ""), as_html(*judged, evidence)):
        assert "sums: 13 of its 17 examples ask 6 requests" in text
        assert "“8 + 1 =” 3 ×, “a *bad* thing” 2 ×, “r0” 2 ×, and 3 more." in text
    assert as_dict(*judged, Evidence())["repeated_examples"] == {}


def test_what_has_no_prompt_is_named_by_its_text_or_its_last_turn(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("The river ran slowly to the sea. " * 400)
    assert all(one["request"].strip() for one in repeats_of(load(str(text))))
    assert repeats_of(load(str(text)))
    chat = tmp_path / "chat.jsonl"
    turns = [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Capital of Italy?"}]
    chat.write_text((json.dumps({"messages": [*turns, {"role": "assistant", "content": "Rome"}]}) + "\n") * 2)
    (found,) = repeats_of(load(str(chat)))
    assert "Capital of Italy?" in found["request"]
