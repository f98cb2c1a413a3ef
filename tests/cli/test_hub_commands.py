"""Commands on checkpoints of a hub on loopback: how often they ask it, and which commit they say they measured."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from landscape.capabilities.sources import hub as sources
from landscape.checkpoints.fingerprints import fingerprint
from landscape.outside.hub import refusals
from landscape.schema.directions import Gaussian
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store
from tests.cli.conftest import Cli
from tests.conftest import make_model, save
from tests.outside.mock_hub import MockHub, another_process, at, files_in, serving

SMALL = ("--capability", "{examples}", "--device", "cpu")
COMMANDS = {
    "show": ("checkpoint", "show", "org/base", "org/tuned"),
    "slice": ("slice", "org/base", "--towards", "org/tuned@main", "--directions", "1", "--alpha", "0:0.02:2", *SMALL),
    "basin": ("basin", "org/base", "--directions", "1", "--reach", "0.02", *SMALL),
    "plane": ("plane", "org/base", "--y", "towards:org/tuned", "--grid", "3", "--x-range=-.01:.01", "--y-range=0:.01",
              *SMALL),
    "inspect": ("inspect", "org/base", "org/tuned", "--draws", "1", "--json", "-", *SMALL),
}  # fmt: skip


@pytest.fixture
def hub(tmp_path: Path, checkpoint: Path, finetuned: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockHub]:
    with serving() as served, at(served, tmp_path / "hub-cache", monkeypatch):
        served.put("org/base", files_in(checkpoint))
        served.put("org/tuned", files_in(finetuned))
        for name in ("org/base", "org/tuned"):
            fingerprint(name)
        yield served


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    file = tmp_path / "capitals.jsonl"
    lines = [{"prompt": f"The capital of {n} is", "answer": " Paris", "choices": [" Paris", " Rome"]} for n in "ABCD"]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_cached_checkpoints_asks_once_for_each(
    hub: MockHub, cli: Cli, examples: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Its worker runs in this process, as a command's does."""
    words = [word.format(examples=examples) for word in COMMANDS[command]]
    names = [name for name in ("org/base", "org/tuned") if any(name in word for word in words)]
    code = 3 if command == "inspect" else 0
    for _ in range(2):  # measuring, and reading what is measured
        another_process(monkeypatch)
        hub.asked.clear()
        cli(*words, code=code)
        assert hub.asked == [f"GET /api/models/{name}/revision/main" for name in names]
    another_process(monkeypatch)
    hub.asked.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    before = {run.id for run in Store().runs()}
    cli(*words, code=code)
    assert hub.asked == []
    assert {run.id for run in Store().runs()} == before  # the same commits, so the same runs


def test_a_report_says_which_commits_it_judges(hub: MockHub, cli: Cli, examples: Path, tmp_path: Path) -> None:
    base, tuned = (hub.branches[name, "main"] for name in ("org/base", "org/tuned"))
    report, page = tmp_path / "v.md", tmp_path / "v.html"
    words = [word.format(examples=examples) for word in COMMANDS["inspect"]]
    shown = cli(*words, "--markdown", report, "--html", page, code=3)
    told = json.loads(shown.stdout)
    assert told["spec"]["checkpoint"] == f"org/base@{base}"
    assert told["spec"]["other"] == f"org/tuned@{tuned}"
    assert f"(tuned@{tuned[:7]}, made from base@{base[:7]})" in report.read_text()
    for file in (report, page):
        assert f"inspect org/base@{base} org/tuned@{tuned}" in file.read_text()


def test_a_branch_that_moves_is_another_measurement_and_nothing_is_measured_twice(
    hub: MockHub, cli: Cli, examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [word.format(examples=examples) for word in COMMANDS["basin"]]
    cli(*words)
    (first,) = Store().runs()
    hub.put("org/base", files_in(Path(save(tmp_path / "moved", make_model(seed=3)))))
    another_process(monkeypatch)
    cli(*words)
    second, _ = Store().runs()
    assert second.spec.checkpoint != first.spec.checkpoint
    assert second.content is not None
    assert first.content is not None
    assert second.content.digests[second.spec.checkpoint] != first.content.digests[first.spec.checkpoint]
    cli("basin", first.spec.checkpoint, *words[2:])
    assert len(Store().runs()) == 2


def test_a_silent_hub_leaves_a_command_to_the_copy_that_is_here(
    hub: MockHub, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "SILENCE", 0.3)
    another_process(monkeypatch)
    hub.asked.clear()
    hub.silent = "."
    shown = cli("checkpoint", "show", "org/base")
    commit = hub.branches["org/base", "main"]
    assert (
        f"org/base: the hub did not answer within 0.3 s. The cached copy of commit {commit[:7]} is used."
        in shown.stderr
    )
    assert f"base@{commit[:7]}" in shown.stdout
    assert len(hub.asked) == 1
    shown = cli("checkpoint", "show", "org/missing", code=2)
    assert "the hub did not answer within 0.3 s" in shown.stderr


def test_a_run_that_names_no_commit_still_opens_and_is_not_measured_again(
    hub: MockHub, cli: Cli, examples: Path
) -> None:
    """As version 0.6 stored them, and as its links say."""
    spec = SliceSpec(
        checkpoint="org/base", directions=(Gaussian(seed=0),), alphas=(0.0, 0.02), capabilities=(str(examples),),
        device="cpu",
    )  # fmt: skip
    from landscape.runs import worker
    from landscape.runs.submit import current_run_of, exact_spec, submit_or_resume

    cli("run", "list")  # makes the store
    store = Store()
    old = store.submit(spec)
    worker.work(store, device="cpu", run_id=old)
    assert store.run(old).status == "done"
    exact = exact_spec(spec)
    assert exact.checkpoint == f"org/base@{hub.branches['org/base', 'main']}"
    found = current_run_of(store, spec)
    assert found is not None
    assert (found.id, found.spec) == (old, spec)
    assert submit_or_resume(store, spec).id == old
    new = submit_or_resume(store, exact)  # what a command asks for
    assert new.id != old
    worker.work(store, device="cpu", run_id=new.id)
    assert store.run(new.id).status == "done"
    assert store.result(new.id).rows.equals(store.result(old).rows)
    assert (store.run(new.id).measured, store.run(old).measured) == (0, 2)


def test_a_data_set_of_the_hub_is_kept_by_its_commit_and_shown_by_its_name(
    hub: MockHub, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_ENDPOINT", hub.address)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "data-sets")
    row = {"prompt": "The capital of France is", "answer": " Paris", "choices": [" Paris", " Rome"]}
    commit = hub.put("org/capitals", {"test.jsonl": (json.dumps(row) + "\n").encode()}, kind="datasets/")
    words = ("slice", "org/base", "--directions", "1", "--alpha", "0:0.02:2", "--device", "cpu", "--json", "-")
    told = json.loads(cli(*words, "--capability", "hf:org/capitals").stdout)
    assert told["spec"]["capabilities"] == [f"hf:org/capitals@{commit}"]
    assert {row["capability"] for row in told["rows"]} == {"capitals"}
    another_process(monkeypatch)
    sources._rows.cache_clear()
    hub.asked.clear()
    assert json.loads(cli(*words, "--capability", "hf:org/capitals@main").stdout) == told
    assert sorted(hub.asked) == [
        "GET /api/datasets/org/capitals/revision/main", "GET /api/models/org/base/revision/main",
    ]  # fmt: skip
    another_process(monkeypatch)
    sources._rows.cache_clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    hub.asked.clear()
    assert json.loads(cli(*words, "--capability", "hf:org/capitals").stdout) == told
    assert hub.asked == []
    assert len(Store().runs()) == 1
