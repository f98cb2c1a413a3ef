"""The store: claims, leases, bookkeeping and failures, without a model; on SQLite and on PostgreSQL."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import NullPool, create_engine, func, inspect, select, update

from landscape.schema.points import Point
from landscape.schema.specs import ComparisonSpec
from landscape.store.database import Database, locate
from landscape.store.errors import StoreError
from landscape.store.leases import Cancelled, LeaseLost, assert_lease
from landscape.store.records import Phase
from landscape.store.store import Store
from landscape.store.tables import runs
from tests.runs.processes import fork
from tests.store.made import FACTS, SPEC, Made, plan


@pytest.fixture
def store(new_url: Callable[[], str]) -> Store:
    return Store(new_url(), patience=0.2)


def claim_all(url: str, worker: str) -> None:
    store = Store(url)
    while run := store.claim(worker):
        print(run.id)


def test_a_run_is_claimed_once_by_many_processes(store: Store, tmp_path: Path) -> None:
    ids = {store.submit(SPEC) for _ in range(40)}
    files = [tmp_path / f"claimed-{i}" for i in range(4)]
    claimants = [fork(claim_all, store.url, f"w{i}", output=file) for i, file in enumerate(files)]
    assert [process.wait(180) for process in claimants] == [0] * 4
    claimed = [line for file in files for line in file.read_text().split()]
    assert sorted(claimed) == sorted(ids)


def test_many_processes_make_one_store(new_url: Callable[[], str]) -> None:
    url = new_url()
    assert [process.wait(180) for process in [fork(Store, url) for _ in range(4)]] == [0] * 4


def test_runs_are_claimed_in_the_order_in_which_they_were_queued(store: Store) -> None:
    queued = [store.submit(SPEC) for _ in range(30)]
    assert [run.id for _ in queued if (run := store.claim("w"))] == queued


def test_the_oldest_run_comes_first_but_a_comparison_waits_for_no_slice(store: Store) -> None:
    first, second = store.submit(SPEC), store.submit(SPEC)
    quick = store.submit(ComparisonSpec(checkpoint="demo:base", other="demo:assistant"))
    claimed = [store.claim("worker") for _ in range(3)]
    assert [run.id for run in claimed if run] == [quick, first, second]


def test_rows_come_back_as_measured(store: Store) -> None:
    run_id = store.submit(SPEC)
    assert store.claim("w") is not None
    plan(store, run_id, "w")
    store.write(run_id, "w", {"k1": Made()})
    run = store.run(run_id[:4])
    assert (run.status, run.done, run.total, run.measured, run.settings, run.facts) == (
        "running", 1, 2, 1, {"threads": 1}, FACTS,
    )  # fmt: skip
    (row,) = store.result(run_id).rows.to_dict("records")
    assert (row["direction"], row["alpha"], row["score"], row["loss"], row["n"]) == ("gaussian", 0.1, 0.75, 1.0, 4)
    outcomes, losses = store.outcomes(run_id, Point(0, 0.1), "basic")
    np.testing.assert_array_equal(outcomes, Made().outcomes)
    np.testing.assert_array_equal(losses, Made().losses)
    assert store.missing_keys(["k0", "k1"]) == {"k0"}


def test_a_point_that_is_there_keeps_what_it_has(store: Store) -> None:
    run_id = store.submit(SPEC)
    store.claim("w")
    plan(store, run_id, "w")
    store.write(run_id, "w", {"k1": Made()})
    store.write(run_id, "w", {"k1": Made(outcomes=np.zeros(4, np.uint8))})
    assert store.result(run_id).rows["score"].tolist() == [0.75]


def test_a_silent_worker_loses_its_run_to_another(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = store.submit(SPEC)
    store.claim("first")
    assert store.claim("second") is None
    for module in ("leases", "records"):
        monkeypatch.setattr(f"landscape.store.{module}.STALE", -1.0)
    assert store.run(run_id).status == "stalled"
    taken = store.claim("second")
    assert taken is not None
    with pytest.raises(LeaseLost, match="not this worker's"):
        store.write(run_id, "first", {"k1": Made()})
    with pytest.raises(LeaseLost, match="not this worker's"):
        store.finish(run_id, "first", "done")


@pytest.mark.parametrize("off", [-3600.0, 3600.0])
def test_a_worker_whose_clock_is_an_hour_off_neither_steals_nor_loses_a_run(
    store: Store, monkeypatch: pytest.MonkeyPatch, off: float
) -> None:
    right = time.time
    first, second = store.submit(SPEC), store.submit(SPEC)
    assert store.claim("right", run_id=first) is not None
    with monkeypatch.context() as wrong:
        wrong.setattr(time, "time", lambda: right() + off)
        assert store.claim("wrong", run_id=first) is None, "nothing is stolen"
        assert store.claim("wrong", run_id=second) is not None
        plan(store, second, "wrong")
        store.write(second, "wrong", {"k1": Made()})
        assert [run.status for run in store.runs()] == ["running", "running"]
        late = store.submit(SPEC)
    assert store.claim("right", run_id=second) is None, "nothing is lost"
    run = store.run(second)
    assert run.status == "running"
    assert abs(run.read - right()) < 60
    assert run.created <= run.started <= run.heartbeat <= run.read  # type: ignore[operator]
    assert [seen.id for seen in store.runs()] == [late, second, first]


def test_a_reader_sees_one_state_of_the_store(store: Store) -> None:
    with Database(store.url, 1.0).reading() as connection:
        before = connection.execute(select(func.count()).select_from(runs)).scalar_one()
        store.submit(SPEC)
        assert connection.execute(select(func.count()).select_from(runs)).scalar_one() == before
    assert len(store.runs()) == before + 1


def test_cancel_and_resume_go_through_their_states(store: Store) -> None:
    run_id = store.submit(SPEC)
    store.cancel(run_id)
    assert store.run(run_id).status == "cancelled"
    store.resume(run_id)
    with pytest.raises(ValueError, match="which is queued"):
        store.resume(run_id)
    store.claim("w")
    store.cancel(run_id)
    assert store.heartbeat(run_id, "w")
    store.finish(run_id, "w", "cancelled")
    assert store.run(run_id).ended


def test_deleting_a_run_keeps_points_that_others_use(store: Store) -> None:
    first, second = store.submit(SPEC), store.submit(SPEC)
    for run_id, keys in ((first, ("k0", "k1")), (second, ("k1", "k2"))):
        store.claim("w", run_id=run_id)
        plan(store, run_id, "w", keys)
        store.write(run_id, "w", {key: Made() for key in keys})
        store.finish(run_id, "w", "done")
    store.delete(first)
    assert store.missing_keys(["k0", "k1", "k2"]) == {"k0"}
    assert [run.id for run in store.runs()] == [second]


def test_an_unknown_run_is_named_with_what_is_there(store: Store) -> None:
    with pytest.raises(ValueError, match="there is no run here yet"):
        store.run("abc")
    there = store.submit(SPEC)
    with pytest.raises(ValueError, match=there):
        store.run("zzz")


READ = """
import os, sqlite3, sys
import sqlalchemy.dialects.sqlite.pysqlite  # before the rights to read them are gone
from landscape.store.errors import StoreError
from landscape.store.store import Store
if os.geteuid() == 0:  # root may write anywhere: become somebody who may not
    os.setgid(65534)
    os.setuid(65534)
store = Store(sys.argv[1])
run = store.runs()[0]
print(run.status)
try:
    store.submit(run.spec)
except StoreError as error:
    print("refused:", error)
"""


def test_a_read_only_file_can_be_read_and_says_so_when_written() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        file = Path(folder) / "store.sqlite"
        Store(str(file)).submit(SPEC)
        for each in Path(folder).iterdir():  # its owner's alone, until its owner opens it to others
            each.chmod(0o444)
        Path(folder).chmod(0o555)
        command = [sys.executable, "-c", READ, str(file)]
        read = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
        Path(folder).chmod(0o755)
    assert read.stdout.startswith("queued\nrefused:"), read.stdout + read.stderr


def test_a_locked_store_says_who_to_wait_for(store: Store) -> None:
    engine = create_engine(locate(store.url), poolclass=NullPool)
    with engine.connect() as other:
        other.exec_driver_sql("DELETE FROM meta WHERE name = ''" if store.file else "LOCK TABLE runs")
        with pytest.raises(StoreError, match=r"was locked by another program for 0 s\. Close what holds it"):
            store.submit(SPEC)
    assert store.submit(SPEC)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://x/y", "Expected an SQLite or PostgreSQL store"),
        ("sqlite:///:memory:", "cannot be shared"),
        ("/proc/none/store.sqlite", "cannot be made"),
    ],
)
def test_a_store_that_cannot_be_says_why(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        Store(url)


def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("dear diary " * 100)
    with pytest.raises(StoreError, match="."):
        Store(str(file))
    assert file.read_text().startswith("dear diary")


@pytest.mark.parametrize(
    ("tables", "column"),
    [(("notes",), "name"), (("runs",), "name"), (("meta", "runs"), "key"), (("meta", "runs"), "name")],
)
def test_a_database_of_another_program_is_left_alone(
    new_url: Callable[[], str], tables: tuple[str, ...], column: str
) -> None:
    url = new_url()
    engine = create_engine(locate(url), poolclass=NullPool)
    with engine.begin() as connection:
        for table in tables:
            connection.exec_driver_sql(f"CREATE TABLE {table} ({column} TEXT, value TEXT)")
    with pytest.raises(StoreError, match=r"is a database of another program\. Set LANDSCAPE_STORE"):
        Store(url)
    assert set(inspect(engine).get_table_names()) == set(tables)


def test_a_store_without_a_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"needs its driver \(.*\): pip install 'psycopg\[binary\]'"):
        Store("postgresql://localhost/landscape")


def test_a_run_says_what_it_is_busy_with_until_its_points_are_planned(store: Store) -> None:
    run_id = store.submit(SPEC)
    store.claim("w")
    assert store.run(run_id).phase is None
    store.note(run_id, "w", Phase("searching", 3, 90))
    assert store.run(run_id).phase == Phase("searching", 3, 90)
    plan(store, run_id, "w")
    assert store.run(run_id).phase is None
    store.cancel(run_id)
    with pytest.raises(Cancelled):
        store.note(run_id, "w", Phase("searching", 4, 90))
    with pytest.raises(LeaseLost):
        store.note(run_id, "another", Phase("searching", 4, 90))


def test_a_run_that_grows_says_what_is_still_to_come(store: Store) -> None:
    run_id = store.submit(SPEC)
    store.claim("w")
    store.record_settings(run_id, "w", {}, FACTS)
    store.request_points(run_id, "w", [(Point(0, 0.0), "basic", "k0")], remaining_estimate=10)
    store.write(run_id, "w", {"k0": Made()})
    assert (store.run(run_id).done, store.run(run_id).total) == (1, 11)
    store.request_points(
        run_id, "w", [(Point(0, 0.1), "basic", "k1"), (Point(0, 0.1), "math", "k2")], remaining_estimate=0
    )
    store.write(run_id, "w", {"k1": Made()})
    assert (store.run(run_id).done, store.run(run_id).total) == (1, 2), "a point is done with its last capability"
    assert store.scores_of(run_id) == {Point(0, 0.0): {"basic": 0.75}, Point(0, 0.1): {"basic": 0.75}}


def test_examples_left_out_are_no_part_of_a_score(store: Store) -> None:
    run_id = store.submit(SPEC)
    store.claim("w")
    plan(store, run_id, "w")
    store.write(run_id, "w", {"k1": Made(outcomes=np.array([1, 0, 255, 255], np.uint8))})
    (row,) = store.result(run_id).rows.to_dict("records")
    assert (row["score"], row["n"]) == (0.5, 2)


def test_a_loss_that_is_not_finite_is_no_number(store: Store) -> None:
    run_id = store.submit(SPEC)
    store.claim("w")
    plan(store, run_id, "w")
    store.write(run_id, "w", {"k1": Made(counts={"not_finite": 1})})
    assert store.result(run_id).rows["loss"].isna().all()


def test_an_equal_spec_finds_its_run(store: Store) -> None:
    run_id = store.submit(SPEC)
    assert (found := store.runs_of(SPEC)[0])
    assert found.id == run_id
    assert store.runs_of(SPEC.model_copy(update={"limit": 3})) == []
    assert store.get_run_or_none(run_id) is not None
    assert store.get_run_or_none(run_id[:4]) is None


def test_an_interrupt_waits_for_the_end_of_a_transaction_and_is_not_forgotten(store: Store) -> None:
    run_id = store.submit(SPEC)
    assert store.claim("w") is not None

    def interrupted() -> None:
        with store._database.writing() as connection:
            store.interrupt()  # as a signal handler calls it
            assert_lease(connection, run_id, "w")  # the connection is still usable
            connection.execute(update(runs).where(runs.c.id == run_id).values(status="queued", worker=None))

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(KeyboardInterrupt):
        store.run(run_id)  # also where somebody has swallowed the first one
    assert Store(store.url).run(run_id).status == "queued", "what the transaction wrote is there"


def test_an_interrupt_between_transactions_is_raised_at_once(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        store.interrupt()
