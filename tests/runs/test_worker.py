"""The worker and the store together, on a tiny real checkpoint: kills, cancels, sharing, and errors."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from landscape.checkpoints.models import best_device
from landscape.engine.session import Session
from landscape.runs import worker
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import ComparisonSpec, SliceSpec
from landscape.store.errors import StoreError, StoreUnavailable
from landscape.store.records import Run
from landscape.store.store import Store
from tests.postgres import Server
from tests.runs.processes import start, wait_for
from tests.waiting import wait_until


@pytest.fixture
def store(new_url: Callable[[], str]) -> Store:
    return Store(new_url())


def spec_of(checkpoint: Path, suite: Path, *, seeds: tuple[int, ...] = (0, 1), points: int = 5) -> SliceSpec:
    alphas = tuple(0.02 * i for i in range(points))
    draws = tuple(Gaussian(seed=seed) for seed in seeds)
    return SliceSpec(
        checkpoint=str(checkpoint), directions=draws, alphas=alphas, capabilities=(str(suite),), device="cpu"
    )


def rows(store: Store, run_id: str) -> list[dict[str, object]]:
    """The rows of a run without the times, which differ."""
    return store.result(run_id).rows.drop(columns=["seconds", "outcomes", "losses"]).astype(object).to_dict("records")


def test_a_killed_worker_loses_nothing_and_the_next_ends_with_the_same_numbers(
    new_url: Callable[[], str], checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(new_url())
    spec = spec_of(checkpoint, greedy_suite, points=60)
    run_id = store.submit(spec)
    first = start(store, pause=0.1)
    wait_for(store, run_id, 10)
    first.send_signal(signal.SIGKILL)
    first.wait()
    kept = rows(store, run_id)
    before = store.run(run_id)
    assert 10 <= before.done < before.total
    monkeypatch.setattr("landscape.store.leases.STALE", 0.1)
    monkeypatch.setattr("landscape.store.records.STALE", 0.1)
    wait_until(lambda: store.run(run_id).status == "stalled", "the silence is noticed")
    worker.work(store, run_id=run_id)
    after = store.run(run_id)
    assert (after.status, after.done, after.measured) == ("done", after.total, after.total)
    undisturbed = Store(new_url())
    other = undisturbed.submit(spec)
    assert start(undisturbed).wait(300) == 0
    assert rows(store, run_id) == rows(undisturbed, other)
    assert all(row in rows(store, run_id) for row in kept)


def test_two_runs_that_share_points_measure_them_once(store: Store, checkpoint: Path, greedy_suite: Path) -> None:
    first = store.submit(spec_of(checkpoint, greedy_suite, seeds=(0, 1)))
    second = store.submit(spec_of(checkpoint, greedy_suite, seeds=(1, 2)))
    for run_id in (first, second):
        worker.work(store, run_id=run_id)
    one, two = store.run(first), store.run(second)
    assert (one.total, one.measured) == (9, 9)
    assert (two.total, two.done, two.measured) == (9, 9, 4)  # θ₀ and seed 1 were there
    store.delete(first)
    assert store.run(second).done == 9


def test_cancel_takes_effect_within_a_point_and_resume_goes_on(
    store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "REPORTING", float("inf"))  # a slow machine leaves reports out
    run_id = store.submit(spec_of(checkpoint, greedy_suite))

    def stop_at_three(run: Run) -> None:
        if run.done == 3:
            store.cancel(run.id)

    worker.work(store, run_id=run_id, on_progress=stop_at_three)
    stopped = store.run(run_id)
    assert stopped.status == "cancelled"
    assert stopped.done <= 4
    store.resume(run_id)
    worker.work(store, run_id=run_id)
    assert store.run(run_id).status == "done"


def test_a_bad_run_fails_with_its_reason_and_the_worker_goes_on(
    store: Store, checkpoint: Path, greedy_suite: Path
) -> None:
    bad = store.submit(spec_of(checkpoint, greedy_suite).model_copy(update={"only": ("*.nope",)}))
    good = store.submit(spec_of(checkpoint, greedy_suite))
    worker.work(store, idle_exit=0.1)
    assert store.run(bad).status == "failed"
    assert "matches no parameter" in str(store.run(bad).error)
    assert store.run(good).status == "done"


def test_an_internal_error_is_named_as_such(
    store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Session, *_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Session, "measure", broken)
    run_id = store.submit(spec_of(checkpoint, greedy_suite))
    worker.work(store, run_id=run_id)
    assert store.run(run_id).error == "internal error: ZeroDivisionError: oops"


def test_the_foreground_also_raises_what_was_wrong(store: Store, checkpoint: Path, greedy_suite: Path) -> None:
    spec = spec_of(checkpoint, greedy_suite).model_copy(update={"directions": (Towards(checkpoint=str(checkpoint)),)})
    run_id = store.submit(spec)
    with pytest.raises(ValueError, match="Δθ = 0"):
        worker.work(store, run_id=run_id)
    assert store.run(run_id).status == "failed"


def test_a_second_worker_on_a_store_leaves_at_once(
    store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOCK_PATIENCE", 0.1)
    run_id = store.submit(spec_of(checkpoint, greedy_suite))
    with worker.lock_of(store):
        worker.work(store)
        assert store.run(run_id).status == "queued"


def test_a_worker_does_not_give_way_to_a_look_at_its_lock(
    store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOCK_PATIENCE", 180.0)  # however late the look ends on this machine
    run_id = store.submit(spec_of(checkpoint, greedy_suite))
    lock = FileLock(worker.lock_of(store).lock_file, thread_local=False)
    lock.acquire()
    threading.Timer(0.5, lock.release).start()
    worker.work(store, idle_exit=0.1)
    assert store.run(run_id).status == "done"


def test_many_calls_start_one_worker(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: started.append(command))
    for _ in range(5):
        worker.ensure_running(store)
    assert len(started) == 1
    os.utime(worker.log_of(store), (0, 0))  # long ago, and still nobody holds the lock
    worker.ensure_running(store)
    assert len(started) == 2


def test_a_comparison_is_measured_too(store: Store, checkpoint: Path, finetuned: Path) -> None:
    run_id = store.submit(ComparisonSpec(checkpoint=str(checkpoint), other=str(finetuned), device="cpu"))
    worker.work(store, run_id=run_id)
    compared = store.artifact(run_id)
    assert compared is not None
    assert 0.009 < compared["alpha"] < 0.011


def test_a_worker_of_a_device_works_there_where_a_run_leaves_that_open(
    store: Store, checkpoint: Path, finetuned: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aimed = spec_of(checkpoint, greedy_suite).model_copy(
        update={"directions": (Towards(checkpoint=str(finetuned)),), "device": "auto"}
    )
    specs = aimed, ComparisonSpec(checkpoint=str(checkpoint), other=str(finetuned))
    ids = [store.submit(spec) for spec in specs]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert best_device("auto") == "cuda"
    worker.work(store, device="cpu", idle_exit=0.1)
    done = [store.run(run_id) for run_id in ids]
    assert [(run.status, run.error) for run in done] == [("done", None)] * 2
    assert tuple(run.spec for run in done) == specs, "equal runs stay equal"


def test_termination_hands_the_run_back(store: Store, checkpoint: Path, greedy_suite: Path, tmp_path: Path) -> None:
    run_id = store.submit(spec_of(checkpoint, greedy_suite))
    process = start(store, held=tmp_path / "held")
    wait_until((tmp_path / "held").exists, "a point is being measured")
    process.send_signal(signal.SIGTERM)
    process.wait(180)
    assert store.run(run_id).status == "queued"
    assert store.run(run_id).done >= 3


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs the right to mount a tmpfs")
def test_a_full_disk_fails_the_run_in_words_and_space_lets_it_go_on(
    checkpoint: Path, greedy_suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        store = Store(str(disk / "store.sqlite"))
        run_id = store.submit(spec_of(checkpoint, greedy_suite, points=40))
        ballast = disk / "ballast"
        ballast.write_bytes(b"\0" * (shutil.disk_usage(disk).free - 8192))
        with pytest.raises(StoreError, match="full"):
            worker.work(store, run_id=run_id)
        ballast.unlink()
        if store.run(run_id).status == "failed":
            store.resume(run_id)
        else:  # not even the failure could be written: the run reads as stalled, and is claimed again
            for module in ("leases", "records"):
                monkeypatch.setattr(f"landscape.store.{module}.STALE", 0.1)
            wait_until(lambda: store.run(run_id).status == "stalled", "the silence is noticed")
        worker.work(store, run_id=run_id)
        assert store.run(run_id).status == "done"
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_deleting_a_run_that_is_being_measured_leaves_the_worker_to_the_others(
    store: Store, checkpoint: Path, greedy_suite: Path
) -> None:
    doomed = store.submit(spec_of(checkpoint, greedy_suite, points=400))
    other = store.submit(spec_of(checkpoint, greedy_suite, points=2))
    process = start(store, pause=0.05)
    wait_for(store, doomed, 3)
    store.delete(doomed)
    assert process.wait(300) == 0
    assert [(run.id, run.status) for run in store.runs()] == [(other, "done")]


def test_workers_of_two_hosts_share_the_queue_of_a_server(
    server: Server, checkpoint: Path, greedy_suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))  # a home that both hosts have in common
    store = Store(server.url(server.new_database()))
    long = store.submit(spec_of(checkpoint, greedy_suite, points=2000))
    short = store.submit(spec_of(checkpoint, greedy_suite, seeds=(7,), points=3))
    first = start(store, "first", pause=0.05)
    wait_for(store, long, 3)
    second = start(store, "second")
    wait_for(store, short, 3)
    assert str(store.run(long).worker).startswith("first:")
    assert store.run(long).status == "running"
    store.cancel(long)
    assert (first.wait(180), second.wait(180)) == (0, 0)
    assert [store.run(run_id).status for run_id in (long, short)] == ["cancelled", "done"]


def test_a_heartbeat_outlives_a_server_that_starts_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BEAT", 0.01)
    beats: list[str] = []

    def beat(run_id: str, name: str) -> None:
        beats.append(run_id)
        if len(beats) == 1:
            raise StoreError("the server closed the connection")

    monkeypatch.setattr(store, "heartbeat", beat)
    with worker._heartbeat(store, "abc", "w"):
        wait_until(lambda: len(beats) >= 3, "the heart beats on", pause=0.01)


def failing_at(monkeypatch: pytest.MonkeyPatch, store: Store, name: str, *failures: StoreError | None) -> None:
    """The next calls of a method of the store raise these, in turn; None: that call works."""
    left, real = list(failures), getattr(store, name)

    def call(*args: object, **kwargs: object) -> object:
        if left and (failure := left.pop(0)) is not None:
            raise failure
        return real(*args, **kwargs)

    monkeypatch.setattr(store, name, call)


def test_a_worker_outlives_a_server_that_starts_again(
    store: Store,
    checkpoint: Path,
    greedy_suite: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run_id, away = (
        store.submit(spec_of(checkpoint, greedy_suite)),
        StoreUnavailable("the server closed the connection."),
    )
    failing_at(monkeypatch, store, "claim", away, away, None, None, away)  # idle, and between two points
    failing_at(monkeypatch, store, "write", None, None, away)
    worker.work(store, device="cpu", idle_exit=1)
    run = store.run(run_id)
    assert (run.status, run.error, run.done) == ("done", None, run.total)
    assert caplog.text.count("closed the connection. The worker tries again in") == 4


def test_a_worker_whose_store_fails_otherwise_ends_and_so_does_one_of_a_single_run(
    store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store.submit(spec_of(checkpoint, greedy_suite))
    failing_at(monkeypatch, store, "claim", StoreError("it is read-only"))
    with pytest.raises(StoreError, match="read-only"):
        worker.work(store, device="cpu", idle_exit=1)
    failing_at(monkeypatch, store, "claim", StoreUnavailable("cannot be reached"))
    with pytest.raises(StoreUnavailable, match="reached"):
        worker.work(store, device="cpu", run_id=run_id)
