"""A release gate on the next day: same command, same store, other bytes. No verdict rests on yesterday's numbers."""

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from landscape.checkpoints import fingerprints
from landscape.cli.app import main
from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import parts_of
from landscape.inspection.verdict import verdict_of
from landscape.reports import inspection as report
from landscape.runs import worker
from landscape.runs.inspection_evidence import collect_evidence
from landscape.runs.inspection_loop import InspectionLoop
from landscape.runs.submit import submit_or_resume
from landscape.schema.specs import ComparisonSpec, InspectionSpec
from landscape.store.store import Store
from tests.inspection.two_days import Places, make_places, share_right

Inspect = Callable[..., dict[str, Any]]
MAX_DROP = 0.05  # the default of the thresholds


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return make_places(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def first_day(places: Places) -> tuple[Path, dict[Path, bytes]]:
    """A store in which the fine-tune passed, its scores measured on all examples; and every file of that day."""
    store = Store(str(places.base.parent / "first-day.sqlite"))
    spec = InspectionSpec(
        checkpoint=str(places.base), other=str(places.tuned), capabilities=(str(places.kept),), budget=0.1, device="cpu"
    )
    delta = store.submit(ComparisonSpec(checkpoint=spec.checkpoint, other=spec.other, device="cpu"))
    worker.work(store, run_id=delta)
    whole = parts_of(spec.model_copy(update={"budget": None}), Evidence(delta=store.artifact(delta)))
    for name in ("scores", "tuned scores"):
        worker.work(store, run_id=store.submit(whole[name]))
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    evidence, _ = collect_evidence(store, store.run(run_id))
    verdict = verdict_of(spec, evidence)
    assert (verdict.outcome, verdict.capabilities[0].drop.n) == ("pass", 120)
    assert (verdict.capabilities[0].base, verdict.capabilities[0].tuned) == (1, 1)
    assert store.file is not None
    with sqlite3.connect(store.file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return store.file, places.written()


@pytest.fixture
def store(first_day: tuple[Path, dict[Path, bytes]], places: Places, tmp_path: Path) -> Iterator[Store]:
    """That store for one test, which finds the files as they were and may change them."""
    file, written = first_day
    yield Store(str(shutil.copy(file, tmp_path / "store.sqlite")))
    places.restore(written)


@pytest.fixture
def inspect(places: Places, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Inspect:
    """The command of both days, in this process: its report, with the exit code and what it said."""
    monkeypatch.setenv("LANDSCAPE_STORE", str(store.file))

    def call(budget: str = "0.1s") -> dict[str, Any]:
        file = tmp_path / "report.json"
        file.unlink(missing_ok=True)
        command = ["landscape", "inspect", str(places.base), str(places.tuned), "--capability", str(places.kept)]
        options = ["--device", "cpu", "--budget", budget, "--json", str(file), "--paths"]
        monkeypatch.setattr(sys, "argv", [*command, *options])
        with pytest.raises(SystemExit) as ended:
            main()
        found = json.loads(file.read_text()) if file.exists() else {}
        return found | {"code": ended.value.code, "said": capfd.readouterr().err}

    return call


def overwrite(old: Path, new: bytes) -> None:
    """Write other bytes in place and put the time of writing back, as `cp -p` and `rsync --times` do."""
    before = old.stat()
    old.write_bytes(new)
    os.utime(old, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert old.stat().st_mtime_ns == before.st_mtime_ns


def change_weights(places: Places) -> None:
    overwrite(places.tuned / "model.safetensors", (places.base.parent / "harmful/model.safetensors").read_bytes())


def change_base(places: Places) -> None:
    overwrite(places.base / "model.safetensors", (places.base.parent / "harmful/model.safetensors").read_bytes())


def change_config(places: Places) -> None:
    file = places.tuned / "config.json"
    overwrite(file, orjson.dumps(orjson.loads(file.read_bytes()) | {"rms_norm_eps": 100.0, "hidden_act": "relu"}))


def change_tokenizer(places: Places) -> None:
    """The same vocabulary, and no merges: every byte is a token of its own."""
    file = places.tuned / "tokenizer.json"
    content = orjson.loads(file.read_bytes())
    content["model"]["merges"] = []
    overwrite(file, orjson.dumps(content))


def change_examples(places: Places) -> None:
    overwrite(places.kept, places.kept.with_name("lost.jsonl").read_bytes())


def point_elsewhere(places: Places) -> None:
    """The folder moves away, and a link takes its name."""
    shutil.rmtree(places.tuned)
    places.tuned.symlink_to(places.base.parent / "harmful")


def rename_over(places: Places) -> None:
    """Another folder, older than the first day's, takes its name."""
    older = shutil.copytree(places.base.parent / "harmful", places.base.parent / "older")
    for file in older.iterdir():
        os.utime(file, (1e9, 1e9))
    shutil.rmtree(places.tuned)
    older.rename(places.tuned)


CHANGES = (
    change_weights, change_base, change_config, change_tokenizer, change_examples, point_elsewhere, rename_over,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_changed_is_measured_and_judged_as_it_is(
    inspect: Inspect, places: Places, store: Store, change: Callable[[Places], None]
) -> None:
    change(places)
    # the command line would name the target of a link: pages and Python keep its name
    found = inspected(store, places) if change is point_elsewhere else inspect()
    (judged,) = found["capabilities"].values()
    first = places.kept.with_name("first.jsonl")  # of so many examples the budget takes the first look
    first.write_text("\n".join(places.kept.read_text().splitlines()[: judged["drop"]["n"]]))
    right = share_right(places.base, first), share_right(places.tuned, first)
    assert (judged["base_score"], judged["score"]) == pytest.approx(right), "measured on the files of today"
    assert right != (1, 1)
    lost = right[0] - right[1] > MAX_DROP
    assert lost == (change is not change_base)
    assert (judged["nothing_to_lose"] is None) == lost, "the base of today answers next to nothing"
    assert found["verdict"] == ("fail" if lost else "insufficient")
    assert found.get("code", 1) == (1 if lost else 3)
    named = {str(name): fingerprints.fingerprint(str(name)) for name in (places.base, places.tuned)}
    assert found["provenance"]["fingerprints"] == named


def inspected(store: Store, places: Places) -> dict[str, Any]:
    """As the command, by a spec that names the link."""
    spec = InspectionSpec(
        checkpoint=str(places.base), other=str(places.tuned), capabilities=(str(places.kept),), budget=0.1, device="cpu"
    )
    run_id = submit_or_resume(store, spec).id
    worker.work(store, run_id=run_id)
    evidence, _ = collect_evidence(store, store.run(run_id))
    return json.loads(report.as_json(spec, verdict_of(spec, evidence), evidence, paths=True))


@pytest.mark.parametrize(
    "gone", ["model.safetensors", "config.json", "tokenizer.json", "the folder", "the examples", "half of the weights"]
)
def test_what_cannot_be_read_is_an_error(inspect: Inspect, places: Places, gone: str) -> None:
    weights = places.tuned / "model.safetensors"
    if gone == "the folder":
        shutil.rmtree(places.tuned)
    elif gone == "the examples":
        places.kept.unlink()
    elif gone == "half of the weights":
        overwrite(weights, weights.read_bytes()[: weights.stat().st_size // 2])
    else:
        (places.tuned / gone).unlink()
    found = inspect()
    assert found["code"] == 2
    assert "verdict" not in found
    (line,) = [line for line in found["said"].splitlines() if line.startswith("Error: ")]
    assert line


def test_the_same_bytes_keep_their_results_however_they_came_there(
    inspect: Inspect, places: Places, store: Store, first_day: tuple[Path, dict[Path, bytes]]
) -> None:
    before = {run.id for run in store.runs()}
    change_weights(places)
    assert inspect()["code"] == 1
    since = {run.id for run in store.runs()}
    assert since > before
    places.restore(first_day[1])  # new files, new times, the bytes of the first day
    found = inspect()
    assert (found["code"], found["verdict"]) == (0, "pass")
    assert {run.id for run in store.runs()} == since, "nothing was asked for again"


def test_a_budget_within_which_nothing_is_measured_gives_no_pass(
    inspect: Inspect, places: Places, store: Store
) -> None:
    """Another worker holds the first part, or the scores of the fine-tune, and does not come further."""
    change_weights(places)
    delta = ComparisonSpec(checkpoint=str(places.base), other=str(places.tuned), device="cpu", ranks=False)
    held = store.submit(delta)
    assert store.claim("another", run_id=held) is not None
    found = inspect()
    assert (found["code"], found["verdict"], found["capabilities"]) == (3, "insufficient", {})


def test_a_fine_tune_that_changes_while_it_is_inspected_gets_no_verdict(
    inspect: Inspect, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_examples(places)  # so that there is something to measure
    measure = InspectionLoop._measure

    def measure_then_overwrite(self: InspectionLoop, name: str, *args: Any, **options: Any) -> str:
        found = measure(self, name, *args, **options)
        if name == "scores 50":
            change_weights(places)
        return found

    monkeypatch.setattr(InspectionLoop, "_measure", measure_then_overwrite)
    found = inspect()
    assert found["code"] == 4
    assert "verdict" not in found
    assert "changed" in found["said"]


def test_a_run_that_does_not_say_what_it_was_measured_on_is_held_to_the_keys_of_its_points(
    inspect: Inspect, places: Places, store: Store
) -> None:
    """As in a store of version 0.6: where the bytes are the same every point is found, where they are not none is."""
    with sqlite3.connect(str(store.file)) as connection:
        connection.execute("DELETE FROM artifacts WHERE name = 'content'")
    former = store.runs()
    scores = [run for run in former if run.kind == "slice" and run.spec.limit is None]  # type: ignore[union-attr]
    assert len(scores) == 2
    again = [submit_or_resume(store, run.spec) for run in scores]
    assert {run.id for run in again}.isdisjoint(run.id for run in former)
    for run in again:
        worker.work(store, run_id=run.id)
        assert (store.run(run.id).status, store.run(run.id).done, store.run(run.id).measured) == ("done", 1, 0)
    found = inspect()
    assert (found["code"], found["verdict"]) == (0, "pass")
    with sqlite3.connect(str(store.file)) as connection:
        connection.execute("DELETE FROM artifacts WHERE name = 'content'")
    change_weights(places)
    assert inspect()["code"] == 1


def test_a_report_names_no_folder_of_this_machine_unless_asked(
    places: Places, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: Any
) -> None:
    monkeypatch.setenv("LANDSCAPE_STORE", str(store.file))
    monkeypatch.setattr(Path, "home", lambda: places.base.parent.parent)
    kinds = {"--json": "report.json", "--markdown": "report.md", "--html": "report.html"}
    for asked in ([], ["--paths"]):
        command = ["landscape", "inspect", str(places.base), str(places.tuned), "--capability", str(places.kept)]
        files = [word for option, name in kinds.items() for word in (option, str(tmp_path / name))]
        monkeypatch.setattr(sys, "argv", [*command, "--device", "cpu", "--budget", "0.1s", *files, *asked])
        with pytest.raises(SystemExit):
            main()
        capfd.readouterr()
        for name in kinds.values():
            text = (tmp_path / name).read_text().replace("\\", "")
            assert (str(places.base.parent) in text) == bool(asked), (name, asked)
            assert (str(places.kept.parent) in text) == bool(asked), (name, asked)
