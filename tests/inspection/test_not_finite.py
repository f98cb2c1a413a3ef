"""Logits that overflow: they are said to, everywhere, and no score and no verdict comes of them."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from landscape.basins.radii import basins_of
from landscape.capabilities import examples
from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints.models import load
from landscape.cli.app import main
from landscape.inspection.rules import GRAVITY
from landscape.inspection.verdict import verdict_of
from landscape.reports import inspection, tables
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.directions import Gaussian
from landscape.schema.results import Result, score_text, tidy
from landscape.schema.specs import BasinSpec, InspectionSpec, SliceSpec
from landscape.store.store import Store
from tests.conftest import make_model, make_tokenizer, save


def overflowing(folder: Path, seed: int = 0) -> Path:
    """The tiny model with activations that float16 cannot hold, and the same outputs in float32."""
    model = make_model(seed)
    with torch.no_grad():
        model.model.layers[0].mlp.up_proj.weight *= 4e4
        model.model.layers[0].mlp.down_proj.weight /= 4e4
    return save(folder, model)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A base and a fine-tune, both of which overflow in float16."""
    folder = tmp_path_factory.mktemp("overflow")
    base, tuned = overflowing(folder / "base"), folder / "tuned"
    model = load(str(base), device="cpu").model
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight += 0.001
    return base, save(tuned, model)


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["landscape", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), " ".join((said.out + said.err).split())


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDSCAPE_STORE", f"sqlite:///{tmp_path}/s.sqlite")
    monkeypatch.setenv("COLUMNS", "300")


def test_the_same_model_is_measurable_in_float32_only(pair: tuple[Path, Path], own_answers: Path) -> None:
    suite = examples.load(str(own_answers))
    plain = Scorer(make_model(), make_tokenizer()).score(suite)
    wide, narrow = (load(str(pair[0]), dtype=dtype, device="cpu") for dtype in ("float32", "float16"))
    same = Scorer(wide.model, wide.tokenizer).score(suite)
    assert same.outcomes.tolist() == plain.outcomes.tolist()
    assert same.counts["not_finite"] == 0
    broken = Scorer(narrow.model, narrow.tokenizer).score(suite)
    assert broken.counts["not_finite"] == len(suite.examples)
    assert np.isnan(broken.losses).all()


def test_texts_and_choices_of_such_a_model_are_counted_too(pair: tuple[Path, Path]) -> None:
    loaded = load(str(pair[0]), dtype="float16", device="cpu")
    asked = (Example(prompt="A cat", oracle="regex:.*"), Example(prompt="A", choices=(" a", " b"), answer=0),
             Example(prompt="A cat", oracle="regex:.*", answer="says"))  # fmt: skip
    scores = Scorer(loaded.model, loaded.tokenizer).score(Capability("c", asked, "c"))
    assert scores.outcomes.tolist() == [0, 0, 0]
    assert scores.counts["not_finite"] == 3


@pytest.mark.parametrize("logit", [np.inf, np.nan])
def test_an_infinite_logit_of_another_token_is_no_wrong_answer_but_none(logit: float) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    forward = model.forward

    def broken(*args: object, **how: object) -> object:
        out = forward(*args, **how)
        out.logits[..., 300] = logit
        return out

    model.forward = broken  # type: ignore[method-assign]
    scorer = Scorer(model, tokenizer)
    asked = (Example(prompt="A cat", answer=" says"), Example(prompt="A", oracle="regex:.*"))
    scores = scorer.score(Capability("c", asked, "c"))
    assert scores.counts["not_finite"] == 2
    assert scores.outcomes.tolist() == [0, 0]
    assert np.isnan(scores.losses[0]), "never infinite, which would spoil the mean"


def test_a_token_that_is_ruled_out_by_a_logit_of_minus_infinity_is_no_fault() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    plain = Scorer(model, tokenizer).generate("A cat", 6)
    forward = model.forward

    def masked(*args: object, **how: object) -> object:
        out = forward(*args, **how)
        out.logits[..., 319] = -torch.inf
        return out

    model.forward = masked  # type: ignore[method-assign]
    assert Scorer(model, tokenizer).generate("A cat", 6) == plain


def test_a_slice_says_so_and_exports_no_score(
    pair: tuple[Path, Path], own_answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    words = ("slice", pair[0], "--alpha", "0", "--directions", 1, "--capability", own_answers, "--device", "cpu")
    files = ("--json", tmp_path / "r.json", "--csv", tmp_path / "r.csv")
    code, said = run(capsys, monkeypatch, *words, "--dtype", "float16", *files)
    assert code == 0
    assert "own is not measurable in float16: at θ₀ the logits of" in said
    assert "measure it with --dtype bfloat16 or float32" in said
    assert "not finite" in said
    assert "0.000" not in said
    (row,) = json.loads((tmp_path / "r.json").read_text())["rows"]
    assert (row["score"], row["loss"], row["not_finite"]) == (None, None, row["n"])
    assert (tmp_path / "r.csv").read_text().splitlines()[0].endswith(",not_finite")
    again: Result = Result.load(tmp_path / "r.json")
    assert again.not_finite_at_origin("own") == row["n"]
    assert again.row_at_origin("own")["score"] == 0.0
    written = json.loads((tmp_path / "r.json").read_text())
    [read] = written.pop("reading")["directions"].values()
    assert read["capabilities"] == {"own": None}
    assert again.to_dict() == written
    code, said = run(capsys, monkeypatch, *words, "--dtype", "float32", *files)
    assert "not finite" not in said
    assert "not_finite" not in json.loads((tmp_path / "r.json").read_text())["rows"][0]


def test_the_verdict_is_not_measurable(
    pair: tuple[Path, Path], own_answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    words = ("inspect", *pair, "--capability", own_answers, "--device", "cpu", "--dtype", "float16", "--budget", "0.1s")
    code, said = run(capsys, monkeypatch, *words, *("--json", tmp_path / "r.json", "--markdown", tmp_path / "r.md"))
    assert code == 3
    assert "Not measurable: the logits of own are not finite in float16" in " ".join(said.split())
    found = json.loads((tmp_path / "r.json").read_text())
    own = found["capabilities"]["own"]
    assert found["verdict"] == own["verdict"] == "not measurable"
    assert (own["base_score"], own["score"], own["drop"]) == (None, None, None)
    assert all(finding["outcome"] == "not measurable" for finding in own["findings"])
    text = (tmp_path / "r.md").read_text()
    assert "| not finite | not finite | – |" in text
    assert "0.000 |" not in text
    store = Store()
    ((run_id, spec),) = [(r.id, r.spec) for r in store.runs() if isinstance(r.spec, InspectionSpec)]
    evidence, _ = collect_evidence(store, store.run(run_id))
    verdict = verdict_of(spec, evidence)
    page = inspection.as_html(spec, verdict, evidence)
    assert "Not measurable: the logits of own are not finite in float16" in page
    assert "<td>not finite<td>not finite" in page


def test_a_base_that_overflows_has_not_nothing_to_lose(
    pair: tuple[Path, Path], checkpoint: Path, own_answers: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Its score of 0 would let every fine-tune pass."""
    words = ("--capability", own_answers, "--device", "cpu", "--dtype", "float16", "--budget", "0.1s")
    for base, tuned in ((pair[0], checkpoint), (checkpoint, pair[0])):
        code, said = run(capsys, monkeypatch, "inspect", base, tuned, *words)
        assert code == 3
        assert "not measurable in float16" in said
    assert GRAVITY.index("not measurable") > GRAVITY.index("pass")


def test_far_away_it_is_a_fact_about_the_point_which_lies_outside() -> None:
    spec = BasinSpec(checkpoint="demo:base", directions=(Gaussian(seed=0),), capabilities=("basic",), reach=1.0)
    rows = [
        {"direction": "gaussian", "seed": 0, "alpha": alpha, "capability": "basic", "score": float(not broken), "loss": None,
         "n": 50, "seconds": 0.1, "realised_alpha": alpha, "outcomes": np.full(50, not broken, np.uint8), "not_finite": broken}
        for alpha, broken in ((0.0, 0), (0.1, 0), (0.2, 50), (1.0, 50))
    ]  # fmt: skip
    result = Result(spec, tidy(spec, rows))
    (basin,) = basins_of(result)
    assert 0.1 <= basin.rays[0].boundary.alpha <= 0.2
    assert result.notes == [
        "basic: at 2 of 4 points logits are not finite: the model answers nothing, which counts as wrong"
    ]
    there = Result(spec, tidy(spec, [rows[0] | {"not_finite": 3}, *rows[1:]]))
    (basin,) = basins_of(there)
    assert (basin.bounded, basin.radius, basin.score_text) == (False, None, "1.000, 3 not finite")
    assert "the logits of 3 of 50 examples are not finite" in basin.warnings[0]


def test_a_table_says_it_point_by_point() -> None:
    spec = SliceSpec(
        checkpoint="demo:base", directions=(Gaussian(seed=0), Gaussian(seed=1)), capabilities=("basic",), alphas=(0.0,)
    )
    rows = [
        {"direction": "gaussian", "seed": seed, "alpha": alpha, "capability": "basic", "score": score, "n": 10,
         "not_finite": broken}
        for seed, alpha, score, broken in ((0, 0.0, 1.0, 0), (1, 0.0, 1.0, 0), (0, 0.1, 0.0, 10), (1, 0.1, 0.5, 0), (0, 1.0, 0.0, 10), (1, 1.0, 0.0, 10))
    ]  # fmt: skip
    column = tables.scores(Result(spec, tidy(spec, rows))).columns[1]
    assert list(column.cells) == ["1.000 (1.00–1.00)", "0.250 (0.00–0.50), 10 not finite", "not finite"]
    assert score_text(0.5, 0, 10) == "0.500"
