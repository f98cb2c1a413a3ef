"""Inspections whose basins go by a rise of the loss."""

import json
import sys
from pathlib import Path

import pytest

from landscape.cli.app import main
from landscape.inspection import thresholds
from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import parts_of
from landscape.schema.specs import BasinSpec, InspectionSpec, Thresholds, canonical_json
from landscape.store.store import Store

SPEC = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=("math", "safety"))


def basins(spec: InspectionSpec) -> dict[str, BasinSpec]:
    delta = {"alpha": 0.01, "radius": 1.0, "tensors": [], "mismatches": []}
    return {name: part for name, part in parts_of(spec, Evidence(delta=delta)).items() if isinstance(part, BasinSpec)}


def test_both_basins_go_by_loss_where_a_rise_is_given_and_by_score_otherwise() -> None:
    by_loss = basins(SPEC.model_copy(update={"thresholds": Thresholds(max_loss_rise=0.2)}))
    assert {name: part.loss_tolerance for name, part in by_loss.items()} == {"base basin": 0.2, "headroom": 0.2}
    assert {part.tolerance for part in by_loss.values()} == {0.05}
    assert {part.loss_tolerance for part in basins(SPEC).values()} == {None}
    assert "max_loss_rise" not in canonical_json(SPEC)


def test_the_threshold_is_written_as_a_comment_and_read_where_it_is_given(tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    thresholds.write(file)
    assert "\n# max_loss_rise = 0.1\n" in file.read_text()
    assert thresholds.read(file) == Thresholds()
    file.write_text(file.read_text().replace("# max_loss_rise = 0.1", "max_loss_rise = 0.3"))
    assert thresholds.read(file) == Thresholds(max_loss_rise=0.3)
    assert thresholds.text_of(thresholds.read(file)) == file.read_text()
    file.write_text("max_loss_rise = 0.0")
    with pytest.raises(ValueError, match="max_loss_rise"):
        thresholds.read(file)


def test_a_capability_that_scores_0_is_judged_by_the_basin_of_its_loss(
    checkpoint: Path, finetuned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text("".join(json.dumps({"prompt": f"{i} + 1 =", "answer": f" no{i}"}) + "\n" for i in range(4)))
    (tmp_path / "t.toml").write_text("max_loss_rise = 0.2")
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "s.sqlite"))
    command = ["landscape", "inspect", str(checkpoint), str(finetuned), "--capability", str(wrong), "--draws", "1"]
    more = [
        "--thresholds",
        str(tmp_path / "t.toml"),
        "--json",
        str(tmp_path / "r.json"),
        "--html",
        str(tmp_path / "r.html"),
    ]
    monkeypatch.setattr(sys, "argv", [*command, *more])
    with pytest.raises(SystemExit):
        main()
    (found,) = json.loads((tmp_path / "r.json").read_text())["capabilities"].values()
    assert (found["base_score"], found["base_had_it"]) == (0.0, False)
    texts = {finding["rule"]: finding["text"] for finding in found["findings"]}
    assert "against a most-case radius by loss of" in texts["basin"]
    assert texts["headroom"].startswith("the fine-tune's radius by loss is ")
    assert "barrier" not in texts  # there is no score to fall
    assert "nats" in (tmp_path / "r.html").read_text()
    searched = [run.spec for run in Store().runs() if isinstance(run.spec, BasinSpec) and not run.spec.only]
    assert [spec.loss_tolerance for spec in searched] == [0.2, 0.2]
    assert found["base_radius"] > 0
