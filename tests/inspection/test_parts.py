"""Inspections from the command line to exit code and files, on tiny checkpoints; thresholds; budgets; resumption."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from landscape import assets
from landscape.bundled import results, specs
from landscape.capabilities import examples
from landscape.capabilities.scoring import Scorer, Scores
from landscape.checkpoints import models
from landscape.cli import output
from landscape.cli.app import main
from landscape.inspection import thresholds
from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import parts_of
from landscape.inspection.verdict import verdict_of
from landscape.reports import inspection as report_inspection
from landscape.runs import worker
from landscape.runs.inspection_evidence import collect_evidence
from landscape.runs.submit import submit_or_resume
from landscape.schema.directions import Gaussian
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import InspectionSpec, SliceSpec, Thresholds
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.worst.boundaries import worst_boundaries
from tests.conftest import make_model, save

Cli = Callable[..., tuple[str, str]]
SHORT = ("--draws", 2, "--device", "cpu")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `inspect` in this process, on a store of its own: (stdout, stderr)."""
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "s.sqlite"))
    monkeypatch.setattr(output.out, "width", 200)

    def call(*arguments: object, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["landscape", "inspect", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        assert ended.value.code == code, shown
        return shown.out, shown.err

    return call


@pytest.fixture
def broken(checkpoint: Path, tmp_path: Path) -> Path:
    """The checkpoint with one layer's output projection replaced by noise, the rest barely moved."""
    model = make_model()
    torch.manual_seed(3)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            scale = 1.0 if "layers.1." in name and weight.ndim > 1 else 1e-4
            weight += scale * torch.randn_like(weight)
    return save(tmp_path / "broken", model)


def test_the_same_checkpoint_twice_differs_in_nothing_and_passes(
    cli: Cli, checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    shutil.copytree(checkpoint, tmp_path / "copy")
    cli(checkpoint, tmp_path / "copy", "--capability", own_answers, *SHORT, "--json", tmp_path / "r.json")
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["verdict"] == "pass"
    assert found["capabilities"]["own"]["drop"]["drop"] == 0
    assert (found["delta"]["radius"], found["delta"]["changed"]) == (0, 0)


def test_a_corrupted_layer_fails_and_is_named(
    cli: Cli, checkpoint: Path, broken: Path, own_answers: Path, tmp_path: Path
) -> None:
    shown, _ = cli(checkpoint, broken, "--capability", own_answers, *SHORT, "--json", tmp_path / "r.json",
                   "--markdown", tmp_path / "r.md", "--html", tmp_path / "r.html", code=1)  # fmt: skip
    assert "layer 1 moved" in shown
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["verdict"] == "fail"
    assert any("layer 1" in finding["text"] for finding in found["findings"])
    assert set(found["brittle"]) >= {"layer 0", "layer 1", "module mlp.up_proj"}
    markdown = (tmp_path / "r.md").read_text()
    assert markdown.startswith("### ❌ Fail: ")
    assert "(broken, made from tiny)" in markdown.splitlines()[0]
    assert len(markdown) < 60_000, "a pull request takes no longer comment"
    page = (tmp_path / "r.html").read_text()
    assert "Fail: " in page
    markup = re.sub(r"(<script[^>]*>).*?</script>", r"\1", page, flags=re.DOTALL)
    assert not re.findall(r"""(?:src|href)\s*=|<link|@import""", markup), "opens offline"


def test_what_comes_from_outside_is_escaped(
    cli: Cli, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    suite = tmp_path / "<img src=x onerror=alert(1)>.jsonl"
    shutil.copy(own_answers, suite)
    shutil.copytree(finetuned, tmp_path / "<b>tuned")
    cli(checkpoint, tmp_path / "<b>tuned", "--capability", suite, *SHORT, "--budget", "1s", "--html", tmp_path / "r.html",
        code=1)  # fmt: skip
    page = (tmp_path / "r.html").read_text()
    assert "<img src=x" not in page.replace("\\u003c", "<").split("Plotly.newPlot")[0]
    assert "<b>tuned" not in page.split("<script")[0]


def test_the_budget_leaves_parts_out_says_which_and_the_same_command_without_it_goes_on(
    cli: Cli, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    command = (checkpoint, finetuned, "--capability", own_answers, *SHORT)
    shown, _ = cli(*command, "--budget", "0.1s", code=1)
    assert "Not measured within the budget" in shown
    assert "the basin of the base" in shown
    cli(*command, "--json", tmp_path / "r.json", code=1)
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["not_measured"] == []
    assert found["capabilities"]["own"]["base_radius"] > 0
    runs = Store(str(tmp_path / "s.sqlite")).runs()
    scores = [run for run in runs if isinstance(run.spec, SliceSpec) and run.spec.alphas == (0.0,)]
    measured = {run.checkpoint: run.measured for run in scores if run.spec.directions == (Gaussian(seed=0),)}  # type: ignore[union-attr]
    assert measured == {str(checkpoint): 1, str(finetuned): 1}


def test_thresholds_are_written_with_comments_and_read_back(
    cli: Cli, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    file = tmp_path / "inspect.toml"
    command = (checkpoint, finetuned, "--capability", own_answers, *SHORT, "--budget", "0.1s", "--thresholds", file)
    _, shown = cli(*command, code=2)  # nothing is judged by thresholds that nobody has read
    assert "it holds the defaults now" in shown
    cli(*command, code=1)
    text = file.read_text()
    assert all(meaning in text for meaning in thresholds.MEANING.values())
    assert thresholds.read(file) == Thresholds()
    file.write_text("max_drop = 0.9")
    cli(*command)  # nothing can fall by so much


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("max_drop = 2", "less than 1"),
        ("max_dorp = 0.1", "unknown threshold 'max_dorp'"),
        ("max_drop = ", "no TOML"),
    ],
)
def test_wrong_thresholds_are_one_line(
    cli: Cli, checkpoint: Path, finetuned: Path, tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "inspect.toml"
    file.write_text(content)
    _, shown = cli(checkpoint, finetuned, "--thresholds", file, code=2)
    assert message in shown


@pytest.mark.parametrize("budget", ["5", "0s", "-1m", "soon"])
def test_a_budget_is_a_time(cli: Cli, checkpoint: Path, finetuned: Path, budget: str) -> None:
    _, shown = cli(checkpoint, finetuned, "--budget", budget, code=2)
    assert "expected a budget such as 90s, 5m or 2h" in shown or "No such option" in shown


def test_checkpoints_that_do_not_fit_are_wrong_input(
    cli: Cli, checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    save(tmp_path / "wide", make_model(width=64))
    _, shown = cli(checkpoint, tmp_path / "wide", "--capability", own_answers, *SHORT, code=2)
    assert "no point of" in shown


def test_a_fine_tune_that_only_adds_tokens_is_judged_by_its_own_scores(
    cli: Cli, checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    model = make_model()
    model.resize_token_embeddings(330, mean_resizing=False)
    more = save(tmp_path / "more", model)
    command = (checkpoint, more, "--capability", own_answers, *SHORT, "--html", tmp_path / "r.html")
    shown, _ = cli(*command, "--json", tmp_path / "r.json", code=3)  # some 40 examples do not show that nothing changed
    found = json.loads((tmp_path / "r.json").read_text())
    assert (found["delta"]["radius"], found["delta"]["added_rows"]) == (0, 10)
    assert not any("the same weights" in finding["text"] for finding in found["capabilities"]["own"]["findings"])
    assert "10 more rows of the second are left out" in found["notes"][0]
    assert found["notes"][0] in (tmp_path / "r.html").read_text()
    assert "10 more rows" in shown


def test_a_cancelled_inspection_goes_on_where_it_was(
    checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    spec = InspectionSpec(
        checkpoint=str(checkpoint), other=str(finetuned), capabilities=(str(own_answers),), draws=2, device="cpu"
    )
    run_id = store.submit(spec)
    phases: list[str] = []

    def stop(run: Run) -> None:
        if run.phase:
            phases.append(run.phase.text)
            if run.phase.text != phases[0]:  # a busy machine may leave out any one report
                store.cancel(run_id)

    worker.work(store, run_id=run_id, on_progress=stop)
    assert store.run(run_id).status == "cancelled"
    measured = sum(run.measured for run in store.runs())
    store.resume(run_id)
    worker.work(store, run_id=run_id)
    run = store.run(run_id)
    assert run.status == "done"
    evidence, ids = collect_evidence(store, run)
    assert set(ids) == set(parts_of(spec, evidence))
    assert verdict_of(spec, evidence).capabilities
    assert sum(run.measured for run in store.runs()) > measured
    assert all(part.status == "done" for part in store.runs())


def test_a_part_that_another_worker_leaves_unfinished_is_measured_here(
    checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    spec = InspectionSpec(
        checkpoint=str(checkpoint), other=str(finetuned), capabilities=(str(own_answers),), draws=2, budget=5,
        device="cpu",
    )  # fmt: skip
    part = store.submit(parts_of(spec, Evidence())["delta"])
    assert store.claim("another", run_id=part) is not None
    run_id = store.submit(spec)

    def leave(_: Run) -> None:
        if store.run(part).worker == "another":
            store.release(part, "another")

    worker.work(store, run_id=run_id, on_progress=leave)
    assert store.run(part).status == "done"
    found = store.artifact(run_id)
    assert found is not None
    assert found["parts"]["delta"] == part
    assert "delta" not in found["cut"]


DEMO = {
    ("assistant", "benign"): {"basic": "pass", "math": "pass", "code": "pass", "safety": "pass"},
    ("assistant", "adversarial"): {"basic": "pass", "safety": "fail"},
    ("base", "assistant"): {"basic": "pass", "math": "gained", "code": "gained", "safety": "gained"},
}


@cache
def scored_directly(name: str) -> dict[str, Scores]:
    """The scores of a demo checkpoint, by capability, without a run."""
    loaded = models.load(f"demo:{name}", device="cpu")
    return {name: Scorer(loaded.model, loaded.tokenizer).score(examples.load(name)) for name in assets.CAPABILITIES}


@pytest.fixture(scope="module")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One store for all pairs: a checkpoint of two of them is scored once."""
    return Store(str(tmp_path_factory.mktemp("demo") / "s.sqlite"))


@pytest.mark.parametrize("pair", DEMO, ids=" to ".join)
def test_the_demo_pairs_are_judged_by_what_they_lost(pair: tuple[str, str], demo_store: Store) -> None:
    """The verdict on the scores alone, all examples, against scores and flips counted here."""
    base, tuned = pair
    store = demo_store
    spec = InspectionSpec(
        checkpoint=f"demo:{base}",
        other=f"demo:{tuned}",
        capabilities=tuple(assets.CAPABILITIES),
        device="cpu",
    )
    inspection = store.run(store.submit(spec))
    for name in ("delta", "scores", "tuned scores"):
        part = submit_or_resume(store, parts_of(spec, collect_evidence(store, inspection)[0])[name])
        worker.work(store, run_id=part.id)
    evidence, _ = collect_evidence(store, inspection)
    judged = {one.capability: one for one in verdict_of(spec, evidence).capabilities}
    for name in assets.CAPABILITIES:
        suite = examples.load(name)
        scored = [scored_directly(checkpoint)[name] for checkpoint in pair]
        right = [one.outcomes.astype(int) for one in scored]
        loss, change = scored[1].losses - scored[0].losses, judged[name].loss_change
        assert change is not None
        assert change.change == pytest.approx(float(np.nanmean(loss)), abs=1e-5)
        requests = np.unique(examples.requests_of(suite), return_inverse=True)[1]
        counted = np.bincount(requests, loss - change.change)  # each request once; math, basic and code repeat none
        half = 1.96 * float(np.sqrt((counted**2).sum())) / change.n
        assert 0.7 * half <= (change.high - change.low) / 2 <= 3 * half + 1e-6, "the normal theory, but for skewness"
        assert change.low <= change.change <= change.high
        assert (judged[name].base, judged[name].tuned) == pytest.approx([one.mean() for one in right])
        lost, gained = int((right[0] > right[1]).sum()), int((right[0] < right[1]).sum())
        assert judged[name].drop.drop == pytest.approx((lost - gained) / 240)
        if name in DEMO[pair]:
            accepted = {"pass", "warn"} if DEMO[pair][name] == "pass" else {DEMO[pair][name]}
            assert judged[name].outcome in accepted, judged[name].findings
        if judged[name].outcome == "fail":
            assert lost - gained > 0.05 * 240


def test_the_command_to_reproduce_holds_every_choice(checkpoint: Path, finetuned: Path) -> None:
    plain = InspectionSpec(checkpoint=str(checkpoint), other=str(finetuned), capabilities=("math",))
    assert report_inspection.provenance(plain)["command"].endswith(f"{finetuned} --draws 8 --capability math")
    chosen = {"device": "cpu", "dtype": "bfloat16", "limit": 9, "worst": True, "thresholds": Thresholds(max_drop=0.1)}
    said = report_inspection.provenance(plain.model_copy(update=chosen))["command"]
    for option in ("--device cpu", "--dtype bfloat16", "--limit 9", "--worst", "--thresholds inspect.toml"):
        assert option in said


def test_worst_directions_and_a_certificate_are_told_with_their_numbers(tmp_path: Path) -> None:
    """The shipped search and certificate of `demo:assistant` as parts: what the rules say, against the files."""
    worst, proven = results.shipped(specs.DEMO_WORST), results.shipped(specs.DEMO_CERTIFICATE)
    assert worst is not None
    assert proven is not None
    assert worst.facts is not None
    scores = worst.rows[(worst.rows["direction"] == "towards demo:adversarial")]
    ends = scores["alpha"] == 0
    spec = InspectionSpec(
        checkpoint="demo:assistant", other="demo:adversarial", capabilities=worst.spec.capabilities, worst=True,
        certify=True,
    )  # fmt: skip
    origin = Result(worst.spec, scores[ends], worst.facts)
    parts = {"scores": origin, "tuned scores": origin, "worst": worst, "certificate": proven}
    evidence = Evidence(parts=parts)
    verdict = verdict_of(spec, evidence)
    told = {
        (one.capability, rule): [finding.text for finding in one.findings if finding.rule == rule]
        for one in verdict.capabilities
        for rule in ("worst", "certificate")
    }
    nearest = {name: min(e.alpha for e in worst_boundaries(worst) if e.capability == name and e.role == "hurt" and e.alpha)
               for name in assets.CAPABILITIES}  # fmt: skip
    for name, alpha in nearest.items():
        assert f"at α = {number(alpha, 2)}," in told[name, "worst"][0]
    cosine = worst.facts.cosines["towards demo:adversarial"]["worst safety sparing basic, math, code"]
    assert cosine > 0.2
    assert f"cosine with it is +{cosine:.3f}" in told["safety", "worst"][0]
    found = json.loads(report_inspection.as_json(spec, verdict, evidence))
    assert found["worst"]["cosines"]["towards demo:adversarial"][
        "worst safety sparing basic, math, code"
    ] == pytest.approx(cosine)
    for name, one in found["certificate"]["capabilities"].items():
        radius = one["best"]["certified_radius"] if one["best"] else None
        (said,) = told[name, "certificate"]
        assert ("certified: under noise" in said) == (radius is not None)
        assert any(promise["why_vacuous"] in said for promise in one["fine_tunes"] if promise["vacuous"])
    page = report_inspection.as_html(spec, verdict, evidence)
    assert page.count('class="plotly-graph-div"') == 2
