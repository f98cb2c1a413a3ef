"""Lost and won examples in every report: all of them where all fit, the worst few elsewhere, and hostile text as text."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from landscape.cli import output
from landscape.cli.app import main
from landscape.inspection.evidence import Evidence
from landscape.inspection.examples.flips import flips_of
from landscape.inspection.verdict import verdict_of
from landscape.reports import inspection
from landscape.reports.examples.files import as_bytes, write_examples
from landscape.reports.examples.flips import clipped, examples_dict, flat, markdown_lines, terminal_lines
from landscape.schema.specs import InspectionSpec
from tests.inspection.examples.simulated import evidence_of, spec_of

HOSTILE = "</td><script>alert(1)</script> | `=1+1` [x](javascript:alert(1)) ```\n\n# <img src=x onerror=alert(1)>"
Inspected = tuple[InspectionSpec, Evidence]


@pytest.fixture
def inspected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inspected:
    """Ten examples of hostile text; seven are lost, one is won. The fine-tune says hostile text too."""
    monkeypatch.setattr(
        inspection, "provenance", lambda spec, digests=None: {"thresholds": {}, "fingerprints": {}, "libraries": {}}
    )
    file = tmp_path / "math.jsonl"
    lines = [
        {
            "id": f"<b>{i}",
            "prompt": f"{HOSTILE} {i}",
            "answer": f"{HOSTILE} answer",
            "tags": ["<i>tag", "=tag"][: 1 + i % 2],
        }
        for i in range(10)
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    before, after = np.array([1] * 8 + [0] * 2), np.array([0] * 7 + [1, 1, 0])
    losses = np.linspace(0.1, 1, 10).astype(np.float32)
    later = (losses + np.arange(10)).astype(np.float32)
    evidence = evidence_of(file, before, after, losses, later)
    said = {index: {"text": f"{HOSTILE} said {index}"} for index in range(9)}
    return spec_of(file), replace(evidence, responses={("base", "math"): said, ("tuned", "math"): said})


def test_json_has_all_of_them_in_their_order(inspected: Inspected) -> None:
    spec, evidence = inspected
    found = json.loads(inspection.as_json(spec, verdict_of(spec, evidence), evidence, paths=True))
    drop, flips = found["capabilities"]["math"]["drop"], found["flips"]["math"]
    assert (flips["lost"], flips["won"], flips["n"]) == (7, 1, 10)
    assert (flips["lost"] - flips["won"]) / flips["n"] == pytest.approx(drop["drop"])
    assert [(one["index"], one["change"]) for one in flips["examples"]] == [
        *((index, "lost") for index in (6, 5, 4, 3, 2, 1, 0)), (8, "won"),
    ]  # fmt: skip
    worst = flips["examples"][0]
    assert worst["id"] == "<b>6"
    assert worst["prompt"] == f"{HOSTILE} 6"
    assert worst["reference"] == f"{HOSTILE} answer"
    assert worst["tuned_said"] == f"{HOSTILE} said 6"
    assert worst["loss_rise"] == pytest.approx(6, abs=1e-5)
    assert {tag["tag"]: (tag["n"], tag["lost"]) for tag in found["tags"]["math"]["tags"]} == {
        "<i>tag": (10, 7),
        "=tag": (5, 3),
    }


def test_the_page_lists_all_in_a_closed_block_and_escapes_them(inspected: Inspected) -> None:
    spec, evidence = inspected
    page = inspection.as_html(spec, verdict_of(spec, evidence), evidence, paths=True)
    section = page[page.index("Which examples") : page.index("<h2>Pictures")]
    assert section.count('<td class="fail">lost') == 7
    assert section.count('<td class="pass">won') == 1
    assert "<details open" not in section
    assert "7 of 10 examples lost, 1 won" in section
    assert not re.search(r"<(script|img|b>\d|i>tag)", section)
    assert "&lt;script&gt;" in section


def test_markdown_shows_the_worst_five_and_counts_the_rest(inspected: Inspected) -> None:
    spec, evidence = inspected
    lines = list(markdown_lines(spec, evidence))
    listed = [line for line in lines if re.match(r"  \d\. ", line)]
    assert [line[5:9] for line in listed] == ["lost"] * 5
    assert "  - and 3 more" in lines
    for line in listed:
        spans = re.sub(r"(`+) ?.*? ?\1(?!`)", "", line)  # what is left is ours
        assert not re.search(r"[<>\[|]", spans), spans
        assert re.fullmatch(r"  \d\. lost: ; reference ; base ; fine-tune ; loss [\d.]+ → [\d.]+", spans), spans
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 4
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 6 for line in table)


def test_the_terminal_names_the_worst_three_and_where_all_are(inspected: Inspected) -> None:
    spec, evidence = inspected
    (line,) = terminal_lines(spec, evidence)
    assert line.startswith("Which examples: math 7 of 10 examples lost, 1 won. Worst: ")
    assert [int(number) for number in re.findall(r"(\d)” →", line)] == [6, 5, 4]
    assert line.endswith("All of them: --examples flips.jsonl")
    assert terminal_lines(spec, evidence, "f.csv")[0].endswith("All of them are in f.csv.")
    assert "\n" not in line


def test_nothing_is_said_where_nothing_changed(inspected: Inspected) -> None:
    spec, evidence = inspected
    same = Evidence(parts={"scores": evidence.parts["scores"], "tuned scores": evidence.parts["scores"]})
    assert terminal_lines(spec, same) == []
    assert not [line for line in markdown_lines(spec, same) if "Which examples" in line]
    assert examples_dict(spec, same)["flips"]["math"]["examples"] == []


def test_every_format_of_the_file_holds_the_same(inspected: Inspected, tmp_path: Path) -> None:
    spec, evidence = inspected
    rows = flat(flips_of(spec, evidence))
    for ending in ("jsonl", "csv", "parquet"):
        write_examples(str(tmp_path / f"f.{ending}"), spec, evidence)
    assert [orjson.loads(line) for line in (tmp_path / "f.jsonl").read_bytes().splitlines()] == rows
    table = pd.read_parquet(tmp_path / "f.parquet")
    assert [list(tags) for tags in table["tags"]] == [row["tags"] for row in rows]
    plain = pd.read_csv(tmp_path / "f.csv")
    assert [json.loads(tags) for tags in plain["tags"]] == [row["tags"] for row in rows]
    for name in ("index", "change", "prompt", "reference", "tuned_said", "base_loss", "loss_rise", "id"):
        assert table[name].tolist() == [row[name] for row in rows], name
        if name != "base_loss" and name != "loss_rise":
            assert plain[name].tolist() == [row[name] for row in rows], name
    assert table["loss_rise"].dtype == np.float64
    for ending in (".csv", ".parquet", ".jsonl"):
        assert isinstance(as_bytes(ending, []), bytes)  # nothing flipped
    assert list(pd.read_csv(tmp_path / "f.csv").columns) == list(table.columns)


def test_a_cell_that_a_spreadsheet_would_compute_is_text(tmp_path: Path, inspected: Inspected) -> None:
    spec, evidence = inspected
    rows = flat(flips_of(spec, evidence))
    rows[0]["tuned_said"] = '=HYPERLINK("x")'
    assert "'=HYPERLINK" in as_bytes(".csv", rows).decode()


@pytest.mark.parametrize("name", ["flips", "flips.txt", "-", "flips.json"])
def test_a_file_of_another_ending_is_refused_before_anything_is_measured(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "s.sqlite"))
    monkeypatch.setattr(output.err, "width", 200)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["landscape", "inspect", "demo:base", "demo:assistant", "--examples", name])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "expected --examples to end in .jsonl, .csv or .parquet" in capsys.readouterr().err
    assert not (tmp_path / "s.sqlite").exists()


@pytest.mark.parametrize(("text", "longest", "expected"), [
    ("short", 10, "short"), ("a  b\n c", 10, "a b c"), ("0123456789ABC", 10, "0123…89ABC"), (None, 5, ""),
])  # fmt: skip
def test_a_long_text_keeps_both_of_its_ends(text: str | None, longest: int, expected: str) -> None:
    assert clipped(text, longest) == expected
    assert len(clipped(text, longest)) <= longest
