"""Runs that kill their worker, and what must not: the queue goes on, and every run ends with what is known."""

import itertools
import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from landscape.engine.session import Session
from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import parts_of
from landscape.runs import worker
from landscape.runs.inspection_loop import InspectionLoop
from landscape.runs.measuring import Measuring
from landscape.schema.directions import Gaussian
from landscape.schema.specs import InspectionSpec, SliceSpec
from landscape.store.errors import PASSING, StoreBlocked, StoreError
from landscape.store.records import Phase, Run
from landscape.store.store import Store
from tests.postgres import Server


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store.sqlite"))


def slice_of(checkpoint: Path, suite: Path, device: str = "cpu", seed: int = 0) -> SliceSpec:
    directions = (Gaussian(seed=seed),)
    return SliceSpec(
        checkpoint=str(checkpoint), directions=directions, alphas=(0.0, 0.02), capabilities=(str(suite),), limit=4,
        device=device,
    )  # fmt: skip


def leases_end_at_once(patch: pytest.MonkeyPatch) -> None:
    for module in ("leases", "records"):
        patch.setattr(f"landscape.store.{module}.STALE", -1.0)


def test_a_tokenizer_that_makes_its_library_panic_fails_its_run_and_no_other(
    store: Store, checkpoint: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    damaged = shutil.copytree(checkpoint, tmp_path / "damaged")
    tokenizer = json.loads((damaged / "tokenizer.json").read_text())
    tokenizer["post_processor"]["single"] = [{"SpecialToken": {"id": "<unheard of>", "type_id": 0}}]
    (damaged / "tokenizer.json").write_text(json.dumps(tokenizer))
    bad, good = store.submit(slice_of(damaged, greedy_suite)), store.submit(slice_of(checkpoint, greedy_suite))
    worker.work(store, idle_exit=0.1)
    assert (store.run(bad).status, store.run(good).status) == ("failed", "done")
    assert "cannot load the tokenizer" in str(store.run(bad).error)


class Panic(BaseException):
    """As pyo3's PanicException: no Exception."""


@pytest.mark.parametrize("raised", [Panic("called unwrap on None\nat src/lib.rs"), SystemExit(3), GeneratorExit()])
def test_whatever_a_library_raises_the_run_is_failed_in_words_and_the_queue_goes_on(
    store: Store,
    checkpoint: Path,
    greedy_suite: Path,
    monkeypatch: pytest.MonkeyPatch,
    raised: BaseException,
) -> None:
    bad, good = (store.submit(slice_of(checkpoint, greedy_suite, seed=seed)) for seed in (0, 1))
    real = Session.verify

    def panics(self: Session, *args: object) -> object:
        if store.run(bad).status == "running":
            raise raised
        return real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "verify", panics)
    worker.work(store, idle_exit=0.1)
    assert (store.run(bad).status, store.run(good).status) == ("failed", "done")
    first = f"{type(raised).__name__}: {raised}".splitlines()[0]
    assert store.run(bad).error == (
        f"a library crashed on this ({first}), as happens when a file of the checkpoint is damaged, tokenizer.json for "
        "instance: replace it, then resume"
    )
    monkeypatch.setattr(Session, "verify", real)
    store.resume(bad)
    worker.work(store, run_id=bad)
    assert store.run(bad).status == "done"


def test_a_run_that_killed_three_workers_fails_in_the_foreground_too(
    store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store.submit(slice_of(checkpoint, greedy_suite))
    with monkeypatch.context() as patch:
        leases_end_at_once(patch)
        for name in ("a", "b", "c"):
            assert store.claim(name) is not None
        worker.work(store, run_id=run_id)
    assert store.run(run_id).status == "failed"
    assert "3 times in a row" in str(store.run(run_id).error)
    store.resume(run_id)
    worker.work(store, run_id=run_id)
    assert store.run(run_id).status == "done"


@pytest.mark.parametrize(("steps", "deaths"), [((1, 2), 2), ((3, 4), 0)])
def test_a_search_that_comes_further_than_the_last_attempt_forgives_its_deaths(
    store: Store, steps: tuple[int, int], deaths: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store.submit(slice_of(Path("demo:base"), Path("basic")))
    leases_end_at_once(monkeypatch)
    assert store.claim("a") is not None
    store.note(run_id, "a", Phase("searching", 3, 9))
    assert store.claim("b") is not None
    monkeypatch.setattr("landscape.store.records.STALE", 60.0)
    run = store.claim("c")
    assert run is not None
    assert (run.phase, run.deaths) == (Phase("searching", 3, 9), 2)
    report = Measuring(store, "c", "cpu", lambda run: None, lambda *_: None, lambda run: None)._reporter(run)
    for step in steps:
        report("searching", step, 9)
    assert store.run(run_id).deaths == deaths


def test_a_worker_that_slept_takes_back_that_it_counts_as_dead(
    store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store.submit(slice_of(checkpoint, greedy_suite))
    slept = itertools.count()

    def another_takes_it(self: Session, *_: object) -> None:
        with monkeypatch.context() as patch:
            leases_end_at_once(patch)
            assert store.claim("another") is not None
        store.write(run_id, worker_name, {})

    taken = store.claim
    worker_name = ""

    def claim(name: str, *args: object, **kwargs: object) -> Run | None:
        nonlocal worker_name
        worker_name = worker_name or name
        return taken(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "claim", claim)
    monkeypatch.setattr(Session, "verify", another_takes_it)
    monkeypatch.setattr(worker, "_sleep_clock", lambda: lambda: 0.0 if next(slept) else 60.0)
    worker.work(store, idle_exit=0.1)
    assert (store.run(run_id).worker, store.run(run_id).deaths) == ("another", 0)
    store.release(run_id, "another")
    worker_name = ""
    worker.work(store, idle_exit=0.1)  # awake all the time: it counts
    assert store.run(run_id).deaths == 1


def test_the_sleep_clock_counts_only_what_the_monotonic_clock_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = 1000.0, 50.0
    monkeypatch.setattr(time, "time", lambda: wall)
    monkeypatch.setattr(time, "monotonic", lambda: steady)
    asleep = worker._sleep_clock()
    wall, steady = 1100.0, 150.0
    assert asleep() == 0
    wall += 3600
    assert asleep() == 3600


def test_a_worker_for_a_device_that_is_not_there_leaves_the_runs_alone(
    store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    run_id = store.submit(slice_of(checkpoint, greedy_suite, device="auto"))
    for device in ("cuda", "cuda:1", "tpu", "cpu:1"):
        with pytest.raises(ValueError, match=f"no device '{device}' here: expected one of auto"):
            worker.work(store, device=device, idle_exit=0.1)
    assert store.run(run_id).status == "queued"


def test_on_a_server_a_run_waits_for_a_machine_that_has_its_device(
    server: Server, store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    for shared, status in ((Store(server.url(server.new_database())), "queued"), (store, "failed")):
        here, *elsewhere = (
            shared.submit(slice_of(checkpoint, greedy_suite, device=device)) for device in ("cpu", "cuda", "cuda:3")
        )
        worker.work(shared, idle_exit=0.1)
        assert shared.run(here).status == "done"
        assert {shared.run(run_id).status for run_id in elsewhere} == {status}


def test_a_worker_outlives_a_store_that_another_program_holds(
    tmp_path: Path, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(str(tmp_path / "store.sqlite"), patience=0.1)
    run_id = store.submit(slice_of(checkpoint, greedy_suite))
    holder = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    said: list[str] = []

    def hold(self: Session, *args: object, **kwargs: object) -> object:
        if not said:
            holder.execute("BEGIN IMMEDIATE")
        return real(self, *args, **kwargs)  # type: ignore[arg-type]

    def warn(text: str, error: StoreError, pause: float) -> None:
        said.append(str(error))
        if holder.in_transaction:
            holder.execute("ROLLBACK")

    real = Session.verify
    monkeypatch.setattr(Session, "verify", hold)
    monkeypatch.setattr(worker.log, "warning", warn)
    monkeypatch.setattr("landscape.store.leases.STALE", 0.2)  # it could not hand the run back either
    monkeypatch.setattr(worker, "BEAT", 0.05)
    worker.work(store, idle_exit=1.5)
    holder.close()
    assert "was locked by another program" in said[0]
    run = store.run(run_id)
    assert (run.status, run.error, run.deaths) == ("done", None, 0)


@pytest.mark.parametrize("failing", PASSING)
def test_a_worker_waits_until_the_store_works_again(
    store: Store,
    checkpoint: Path,
    greedy_suite: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: type[StoreError],
) -> None:
    """Also where it cannot even hand back the run: it is its own once the lease has run out, and nobody died."""
    run_id = store.submit(slice_of(checkpoint, greedy_suite))
    write, release = store.write, store.release
    left = ["write", "release", "claim"]

    def fails_once(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            if name in left:
                left.remove(name)
                raise failing(f"no {name} now.")
            return real(*args, **kwargs)

        return call

    monkeypatch.setattr(store, "write", fails_once("write", write))
    monkeypatch.setattr(store, "release", fails_once("release", release))
    monkeypatch.setattr("landscape.store.leases.STALE", 0.2)
    monkeypatch.setattr(worker, "BEAT", 0.05)
    worker.work(store, idle_exit=1.5)
    run = store.run(run_id)
    assert left == ["claim"]
    assert (run.status, run.deaths) == ("done", 0)


def test_full_and_locked_are_told_apart_from_what_somebody_must_see_to() -> None:
    assert issubclass(StoreBlocked, StoreError)
    assert StoreError not in PASSING


@pytest.fixture
def inspection(checkpoint: Path, finetuned: Path, own_answers: Path) -> InspectionSpec:
    return InspectionSpec(
        checkpoint=str(checkpoint), other=str(finetuned), capabilities=(str(own_answers),), draws=2, budget=1,
        device="cpu",
    )  # fmt: skip


def test_an_inspection_says_which_part_killed_the_workers(
    store: Store, inspection: InspectionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = store.submit(parts_of(inspection, Evidence())["delta"])
    with monkeypatch.context() as patch:
        leases_end_at_once(patch)
        for name in ("a", "b", "c"):
            assert store.claim(name, run_id=part) is not None
    monkeypatch.setattr("landscape.store.leases.STALE", 0.0)
    run_id = store.submit(inspection)
    with pytest.raises(RuntimeError, match="delta: the worker died or fell silent 3 times"):
        worker.work(store, run_id=run_id)
    assert (store.run(part).status, store.run(run_id).status) == ("failed", "failed")


def test_an_inspection_goes_on_when_another_worker_takes_its_part_over(
    store: Store, inspection: InspectionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store.submit(inspection)
    serve, taken = InspectionLoop._watch, []

    def watch(self: InspectionLoop, name: str, part: str, stopped: list[str], until: float | None = None) -> None:
        serve(self, name, part, stopped, until)
        if not taken and name.startswith("scores"):
            taken.append(part)
            with monkeypatch.context() as patch:
                leases_end_at_once(patch)
                assert store.claim("another", run_id=part) is not None
        elif taken and store.run(taken[0]).worker == "another":
            store.release(taken[0], "another")

    monkeypatch.setattr(InspectionLoop, "_watch", watch)
    monkeypatch.setattr(worker, "REPORTING", float("inf"))
    worker.work(store, run_id=run_id)
    run = store.run(run_id)
    assert taken
    assert (run.status, run.deaths, store.run(taken[0]).status) == ("done", 0, "done")
