"""A run that was stopped, and whose files changed since: what they hold now is measured in a run of its own."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from landscape.engine.cache_keys import CacheKeys
from landscape.engine.session import Session
from landscape.runs import worker
from landscape.runs.kinds import KINDS
from landscape.runs.submit import submit_or_resume
from landscape.schema.directions import Gaussian
from landscape.schema.frames import PointSpec
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(worker, "REPORTING", float("inf"))  # a slow machine leaves reports out, and stops too late
    return Store(str(tmp_path / "store.sqlite"))


@pytest.fixture
def model(checkpoint: Path, tmp_path: Path) -> Path:
    """A checkpoint that a test may overwrite."""
    return Path(shutil.copytree(checkpoint, tmp_path / "model"))


@pytest.fixture
def suite(own_answers: Path, tmp_path: Path) -> Path:
    """A capability file that a test may overwrite."""
    return Path(shutil.copy(own_answers, tmp_path / "suite.jsonl"))


@pytest.fixture
def other_suite(greedy_suite: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(greedy_suite, tmp_path / "other.jsonl"))


def specs_of(model: Path, suite: Path, *more: Path) -> dict[str, PointSpec]:
    names = tuple(map(str, (suite, *more)))
    fields = {"checkpoint": str(model), "capabilities": names, "limit": 16, "device": "cpu"}
    two = fields | {"directions": (Gaussian(seed=0), Gaussian(seed=1))}
    one = fields | {"directions": (Gaussian(seed=0),)}
    return {
        "slice": SliceSpec(**two, alphas=tuple(0.02 * i for i in range(9))),  # 17 points
        "basin": BasinSpec(**two, reach=0.5),
        "sequential": BasinSpec(**two, reach=0.5, sequential=True),
        "plane": PlaneSpec(**two, x=(-0.1, 0.1), y=(-0.1, 0.1), grid=9),
        "certificate": CertificateSpec(**one, sigmas=(0.001, 0.01), trials=150, threshold=0.2),
    }


def stop_at(store: Store, spec: PointSpec, done: int) -> Run:
    """A run of the spec that was cancelled after so many points."""

    def stop(run: Run) -> None:
        if run.done >= done:
            store.cancel(run.id)

    run_id = submit_or_resume(store, spec).id
    worker.work(store, run_id=run_id, on_progress=stop)
    run = store.run(run_id)
    assert run.status == "cancelled"
    assert done <= run.done < run.total
    return run


def go_on(store: Store, spec: PointSpec) -> Run:
    run_id = submit_or_resume(store, spec).id
    worker.work(store, run_id=run_id)
    return store.run(run_id)


def rows(store: Store, run: Run) -> list[dict[str, object]]:
    return store.result(run.id).rows.drop(columns=["seconds", "outcomes", "losses"]).astype(object).to_dict("records")


def fix_examples(model: Path, suite: Path) -> None:
    lines = [json.loads(line) for line in suite.read_text().splitlines()]
    for line in lines[:8]:
        line["answer"] = " no"
    suite.write_text("\n".join(map(json.dumps, lines)))


def fix_weights(model: Path, suite: Path) -> None:
    shutil.copy(model.parents[0] / "tuned" / "model.safetensors", model)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("slice", fix_examples),
        ("slice", fix_weights),
        ("basin", fix_weights),
        ("sequential", fix_examples),
        ("plane", fix_examples),
        ("certificate", fix_weights),
    ],
)
def test_after_a_change_of_files_the_same_command_measures_what_they_hold_now(
    store: Store, model: Path, finetuned: Path, suite: Path, kind: str, change: Callable[[Path, Path], None],
    tmp_path: Path,
) -> None:  # fmt: skip
    shutil.copytree(finetuned, tmp_path / "tuned")
    spec = specs_of(model, suite)[kind]
    stopped = stop_at(store, spec, 3)
    change(model, suite)
    after = go_on(store, spec)
    assert (after.id != stopped.id, after.status, after.error) == (True, "done", None)
    fresh = Store(str(tmp_path / "fresh.sqlite"))
    assert rows(store, after) == rows(fresh, go_on(fresh, spec)), "no point of the old content is left among them"


def test_a_run_that_is_resumed_after_its_files_changed_fails_and_the_queue_goes_on(
    store: Store, model: Path, suite: Path, other_suite: Path
) -> None:
    stopped = stop_at(store, specs_of(model, suite)["slice"], 6)
    behind = store.submit(specs_of(model, other_suite)["slice"])
    fix_examples(model, suite)
    store.resume(stopped.id)
    worker.work(store, idle_exit=0.1)
    assert store.run(stopped.id).status == "failed"
    assert "suite" in str(store.run(stopped.id).error)
    assert rows(store, store.run(stopped.id)) == rows(store, stopped)
    assert store.run(behind).status == "done"


def test_only_the_capability_that_changed_is_measured_again(
    store: Store, model: Path, suite: Path, other_suite: Path, tmp_path: Path
) -> None:
    spec = specs_of(model, suite, other_suite)["slice"]
    stopped = stop_at(store, spec, 6)
    kept = [row for row in rows(store, stopped) if row["capability"] == "other"]
    fix_examples(model, suite)
    after = go_on(store, spec)
    assert (after.status, after.done, after.total) == ("done", 17, 17)
    assert all(row in rows(store, after) for row in kept)
    fresh = Store(str(tmp_path / "fresh.sqlite"))
    assert rows(store, after) == rows(fresh, go_on(fresh, spec))


def test_what_was_measured_of_the_old_content_is_found_when_the_files_come_back(
    store: Store, model: Path, suite: Path
) -> None:
    spec, before = specs_of(model, suite)["slice"], suite.read_bytes()
    stopped = stop_at(store, spec, 6)
    keys = [key for key in store.requested_keys(stopped.id).values() if not store.missing_keys([key])]
    fix_examples(model, suite)
    stop_at(store, spec, 3)
    assert not store.missing_keys(keys)
    suite.write_bytes(before)
    after = go_on(store, spec)
    assert (after.status, after.done) == ("done", 17)
    assert set(keys) <= set(store.requested_keys(after.id).values())
    store.delete(after.id)
    assert store.missing_keys(keys) == set(keys), "with the run all that it ever measured is gone"


def test_a_run_that_goes_on_with_other_keys_on_another_device_ends(
    store: Store, model: Path, suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = specs_of(model, suite)["slice"].model_copy(update={"device": "auto"})
    stop_at(store, spec, 6)
    mine = Session.keys.func  # type: ignore[attr-defined]
    elsewhere: Callable[[Session], CacheKeys] = lambda session: replace(mine(session), device="cuda")  # noqa: E731
    monkeypatch.setattr(Session, "keys", property(elsewhere))
    after = go_on(store, spec)
    assert (after.status, after.done, after.total) == ("done", 17, 17)


def test_points_that_another_run_scored_whole_meanwhile_do_not_hold_up_a_sequential_search(
    store: Store, model: Path, suite: Path
) -> None:
    kinds = specs_of(model, suite)
    stop_at(store, kinds["sequential"], 3)
    assert go_on(store, kinds["basin"]).status == "done"
    assert go_on(store, kinds["sequential"]).status == "done"


def test_a_run_that_would_go_round_in_circles_fails_and_says_so(
    store: Store, model: Path, suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS["slice"]
    assert kind.points is not None
    blind = replace(kind.points, known_scores=lambda store, run_id: {})
    monkeypatch.setitem(KINDS, "slice", replace(kind, points=blind))
    run_id = store.submit(specs_of(model, suite)["slice"])
    with pytest.raises(RuntimeError, match="goes round in circles: suite was measured at direction 0, α 0"):
        worker.work(store, run_id=run_id)
    assert store.run(run_id).status == "failed"
