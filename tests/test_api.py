"""Measuring from Python: the ten lines of the README do what they say."""

import json
import re
from pathlib import Path

import pytest

from landscape import api
from landscape.schema.directions import Gaussian, Towards
from landscape.store.store import Store

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)
(QUICKSTART,) = (block for block in BLOCKS if "from landscape import api" in block)


def test_the_quickstart_of_the_readme_runs_and_shows_two_basins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.chdir(tmp_path)
    exec(compile(QUICKSTART, "README.md", "exec"), {})
    radii = {name: float(value) for name, value in re.findall(r"(\w+) holds to α = ([\d.]+)", capsys.readouterr().out)}
    assert 0 < radii["math"] < radii["safety"]
    for name in ("walk.html", "rings.html"):
        assert "plotly" in (tmp_path / name).read_text()
    assert [run.status for run in Store(str(tmp_path / "store.sqlite")).runs()] == ["done", "done"]


def test_the_quickstart_is_ten_lines() -> None:
    assert len([line for line in QUICKSTART.splitlines() if line.strip()]) <= 10
    for word in ("api.slice", "api.basin", ".figure()"):
        assert word in QUICKSTART


def test_what_was_measured_is_not_measured_again_and_errors_are_sentences(
    checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    asked = {"directions": 1, "towards": [str(finetuned)], "alphas": "0:0.02:3", "capabilities": [str(own_answers)]}
    first = api.slice(str(checkpoint), **asked, limit=8)  # type: ignore[arg-type]
    assert first.result.spec.directions == (Gaussian(seed=0), Towards(checkpoint=str(finetuned)))
    again = api.slice(str(checkpoint), **asked, limit=8)  # type: ignore[arg-type]
    assert len(Store().runs()) == 1
    assert again.result.rows["score"].equals(first.result.rows["score"])
    assert first.figure().data
    assert first.figure(f"towards {finetuned}").layout.title.text != first.figure().layout.title.text
    with pytest.raises(ValueError, match="expected start:stop:count"):
        api.slice(str(checkpoint), alphas="1:0:3")
    with pytest.raises(ValueError, match="nowhere"):
        api.basin("nowhere/at/all/nowhere")


def test_repeated_lines_are_named_and_reach_the_result(
    checkpoint: Path, own_answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    lines = own_answers.read_text().splitlines()[:4]
    (tmp_path / "twice.jsonl").write_text("\n".join(lines * 2))
    found = api.slice(str(checkpoint), directions=1, alphas="0:0.02:2", capabilities=[str(tmp_path / "twice.jsonl")])
    assert found.result.requests_of("twice") == [0, 1, 2, 3] * 2
    assert found.result.facts is not None
    said = "twice: its 8 examples ask 4 distinct requests; each request counts once in intervals."
    (remark,) = [one for one in found.result.facts.remarks if one.startswith(said)]
    prompts = [" ".join(json.loads(line)["prompt"].split()) for line in lines]
    assert remark == f"{said} Repeated: {', '.join(f'“{prompt}” 2 ×' for prompt in prompts[:3])}, and 1 more."
    assert found.result.facts.repeated == {
        "twice": [{"request": json.loads(line)["prompt"], "examples": 2} for line in lines]
    }
    single = api.slice(str(checkpoint), directions=1, alphas="0:0.02:2", capabilities=[str(own_answers)], limit=4)
    assert single.result.requests_of(own_answers.stem) is None
    assert list(single.result.rows["score"]) == list(found.result.rows["score"])
