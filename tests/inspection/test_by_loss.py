"""Inspections whose basins go by a rise of the loss."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from landscape.cli.app import main
from landscape.figures.inspection.evidence import named_figures_of
from landscape.inspection import thresholds
from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import parts_of
from landscape.inspection.rules import judge_worst
from landscape.schema.directions import Gaussian, Worst
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, InspectionSpec, SliceSpec, Thresholds, canonical_json
from landscape.store.store import Store
from tests.worst import known_rays

SPEC = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=("math", "safety"))


DELTA = {"alpha": 0.01, "radius": 1.0, "mismatches": [],
         "tensors": [{"name": "layers.0.up.weight", "layer": 0, "module": "up"}]}  # fmt: skip


def scores(score: dict[str, float], loss: dict[str, float | None]) -> Result[SliceSpec]:
    """What the first look at the base found."""
    spec = SliceSpec(
        checkpoint=SPEC.checkpoint, directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=SPEC.capabilities
    )
    rows = [
        {"direction": "gaussian", "seed": 0, "alpha": 0.0, "realised_alpha": 0.0, "capability": name, "n": 100,
         "score": score[name], "loss": loss[name], "seconds": 0.1}
        for name in score
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, chance=dict.fromkeys(score, 0.0)))


def basins(spec: InspectionSpec, evidence: Evidence | None = None) -> dict[str, BasinSpec]:
    found = parts_of(spec, evidence or Evidence(delta=DELTA))
    return {name: part for name, part in found.items() if isinstance(part, BasinSpec)}


def test_all_basins_go_by_loss_where_a_rise_is_given_and_by_score_otherwise() -> None:
    by_loss = basins(SPEC.model_copy(update={"thresholds": Thresholds(max_loss_rise=0.2)}))
    names = ("base basin", "headroom", "layer 0", "module up")
    assert {name: part.loss_tolerance for name, part in by_loss.items()} == dict.fromkeys(names, 0.2)
    assert {part.tolerance for part in by_loss.values()} == {0.05}
    assert {part.loss_tolerance for part in basins(SPEC).values()} == {None}
    assert "max_loss_rise" not in canonical_json(SPEC)


def test_a_worst_direction_is_searched_for_all_that_has_a_loss_and_by_score_for_all_that_is_held() -> None:
    looked = scores({"math": 0.0, "safety": 0.9}, {"math": 2.0, "safety": None})
    evidence = Evidence(delta=DELTA, parts={"scores": looked, "tuned scores": looked})
    by_score = SPEC.model_copy(update={"worst": True})
    by_loss = by_score.model_copy(update={"thresholds": Thresholds(max_loss_rise=0.2)})
    for spec, name, rise in ((by_score, "safety", None), (by_loss, "math", 0.2)):
        worst = basins(spec, evidence)["worst"]
        assert [d.capabilities for d in worst.directions if isinstance(d, Worst)] == [(name,)]
        assert worst.loss_tolerance == rise


def test_the_rule_and_the_picture_of_worst_directions_read_the_rise_of_the_loss() -> None:
    found = known_rays.made()
    tau, steep = 0.1, 1e4  # nats; the loss rises by steep · α² along searched directions
    by_loss = replace(found, spec=found.spec.model_copy(update={"loss_tolerance": tau}))
    (said,) = judge_worst(SPEC, Evidence(parts={"worst": by_loss}), "math")
    alphas = [alpha for alpha in known_rays.alphas_of(by_loss.spec, known_rays.MATH) if steep * alpha**2 <= tau]
    after = next(a for a in known_rays.alphas_of(by_loss.spec, known_rays.MATH) if steep * a**2 > tau)
    expected = np.interp(tau, [steep * alphas[-1] ** 2, steep * after**2], [alphas[-1], after])
    assert said.text.startswith(f"the worst direction found ends it by loss at α = {expected:.2g}")
    (plain,) = judge_worst(SPEC, Evidence(parts={"worst": found}), "math")
    assert plain.text.startswith("the worst direction found ends it at α = 0.0002")
    titles = [
        named_figures_of(SPEC, Evidence(parts={"worst": one}))["worst"].layout.title.text.replace("\u00a0", " ")
        for one in (by_loss, found)
    ]
    assert [title.rpartition(" (")[2] for title in titles] == ["τ = 0.1 nats of loss)", "τ = 0.05)"]


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
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "s.sqlite"))
    command = ["landscape", "inspect", str(checkpoint), str(finetuned), "--capability", str(wrong), "--draws", "1"]
    more = [
        "--loss-tolerance",
        "0.2",
        "--markdown",
        str(tmp_path / "r.md"),
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
    assert "by loss along one direction, the only random one that was measured" in texts["basin"]
    assert texts["headroom"].startswith("the fine-tune's radius by loss is ")
    assert "barrier" not in texts  # there is no score to fall
    searched = [run.spec for run in Store().runs() if isinstance(run.spec, BasinSpec)]
    assert len(searched) > 2
    assert {spec.loss_tolerance for spec in searched} == {0.2}
    assert found["base_radius"] > 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["basins_by"] == {"tolerance": 0.2, "tolerance_of": "loss, nats"}
    assert report["brittle_finding"].endswith("(τ = 0.2 nats of loss)")
    assert "--loss-tolerance 0.2" in report["provenance"]["command"]
    radii = [radius for row in report["brittle"].values() for radius in row.values()]
    assert all(radius is not None for radius in radii)  # by score there is no basin of it
    note = "Basins, brittle parts and worst directions go by a rise of the loss of 0.2 nats a token."
    for text in (report["notes"][0], (tmp_path / "r.html").read_text(), (tmp_path / "r.md").read_text()):
        assert note in text.replace("\\", "")
    assert report["brittle_finding"] in (tmp_path / "r.html").read_text()
    assert report["brittle_finding"] in (tmp_path / "r.md").read_text().replace("\\", "")
