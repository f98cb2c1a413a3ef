"""Listing all runs reads those that have ended once, and sees every change to them; on SQLite and on PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from landscape.store import ended_runs
from landscape.store.store import Store
from landscape.store.tables import runs
from tests.store.made import FACTS, SPEC, Made, plan


@pytest.fixture
def store(new_url: Callable[[], str]) -> Store:
    return Store(new_url())


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the runs that were read in full."""
    ids: list[str] = []
    read_runs = ended_runs.read_runs

    def noted(connection: object, rows: list, unread: list[str]) -> list:
        ids.extend(row.id for row in rows)
        return read_runs(connection, rows, unread)  # type: ignore[arg-type]

    monkeypatch.setattr(ended_runs, "read_runs", noted)
    return ids


def ended(store: Store, status: str = "done") -> str:
    run_id = store.submit(SPEC)
    store.claim("w", run_id=run_id)
    store.record_settings(run_id, "w", {}, FACTS)
    store.finish(run_id, "w", status)
    return run_id


def test_a_run_that_ended_is_read_once_and_a_running_one_each_time(store: Store, read: list[str]) -> None:
    done, failed, queued = ended(store), ended(store, "failed"), store.submit(SPEC)
    first = store.runs()
    assert ([run.id for run in first], sorted(read)) == ([queued, failed, done], sorted([queued, failed, done]))
    read.clear()
    second = store.runs()
    assert read == [queued]
    assert [(run.id, run.status, run.done, run.total) for run in second] == [
        (run.id, run.status, run.done, run.total) for run in first
    ]
    assert all(again.read >= before.read for again, before in zip(second, first, strict=True))


def test_a_run_that_another_process_resumes_or_deletes_is_seen_as_it_is(new_url: Callable[[], str]) -> None:
    url = new_url()
    store, other = Store(url), Store(url)
    resumed, deleted = ended(store, "cancelled"), ended(store)
    assert [run.id for run in store.runs()] == [deleted, resumed]
    other.delete(deleted)
    other.resume(resumed)
    assert [(run.id, run.status) for run in store.runs()] == [(resumed, "queued")]
    other.claim("w2")
    assert [run.status for run in store.runs()] == ["running"]
    plan(other, resumed, "w2")
    other.write(resumed, "w2", {"k0": Made(), "k1": Made()})
    other.finish(resumed, "w2", "done")
    assert [(run.status, run.done, run.total) for run in store.runs()] == [("done", 2, 2)]
    [listed], alone = store.runs(), store.run(resumed)
    assert replace(listed, read=alone.read) == alone


def test_a_run_that_cannot_be_read_is_named_each_time_and_read_once_it_can_be(store: Store, read: list[str]) -> None:
    good, bad = ended(store), ended(store)
    with store._database.writing() as connection:
        connection.execute(update(runs).where(runs.c.id == bad).values(spec='{"kind": "of tomorrow"}'))
    for _ in range(2):
        unread: list[str] = []
        assert [run.id for run in store.runs(unread)] == [good]
        assert unread == [bad]
    assert read.count(good) == 1


def test_many_runs_are_read_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ended_runs, "PORTION", 2)
    ids = [store.submit(SPEC) for _ in range(5)]
    assert [run.id for run in store.runs()] == ids[::-1]
