"""What only a store on a server has to bear: strangers, lost connections, writers that go on at the same time."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from landscape.schema.points import Point
from landscape.store import database
from landscape.store.clock import Now
from landscape.store.database import Database
from landscape.store.errors import StoreError, StoreUnavailable, in_words
from landscape.store.store import Store
from landscape.store.tables import runs
from tests.postgres import STRANGER, Server
from tests.store.made import SPEC, Made, plan
from tests.waiting import wait_until


@pytest.fixture
def name(server: Server) -> str:
    """An empty database."""
    return server.new_database()


@pytest.fixture
def store(server: Server, name: str) -> Store:
    return Store(server.url(name))


@contextlib.contextmanager
def meanwhile(action: Callable[[], Any]) -> Iterator[None]:
    """The action, in a thread, beside the block; its failure is this test's."""
    failed: list[BaseException] = []

    def act() -> None:
        try:
            action()
        except (RuntimeError, ValueError, OSError) as error:
            failed.append(error)

    thread = threading.Thread(target=act)
    thread.start()
    yield
    thread.join(180)
    assert not thread.is_alive()
    assert not failed, failed


def wait_until_someone_waits(server: Server) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    wait_until(lambda: server.run(waiting) != [(0,)], "a transaction that waits for a lock", pause=0.02)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://u:secret@127.0.0.1:1/x", r"cannot be reached: Connection refused\. Is PostgreSQL running there"),
        ("postgresql://u:secret@no.such.host.invalid/x", "cannot be reached: .* Is PostgreSQL running there"),
        ("postgresql:///x?host=/no/such/folder&password=secret", "cannot be reached: No such file"),
        (
            "postgresql://stranger:secre@/postgres?host={folder}",
            r"let this user in: password authentication .*\. Expect",
        ),
        ("postgresql://stranger@/postgres?host={folder}", r"let this user in: .*no password supplied\. Expected"),
        ("postgresql://nobody:secret@/postgres?host={folder}", r"let this user in: role .* does not exist\. Expected"),
        (
            "postgresql://owner:secret@/nothing?host={folder}",
            r"no database .*does not exist\)\. Make one with createdb\.$",
        ),
    ],
)
def test_a_server_that_does_not_serve_is_explained_without_the_password(server: Server, url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as raised:
        Store(url.format(folder=server.folder))
    assert "secre" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("said", "away"),
    [
        ("connection failed: connection to server on socket failed: FATAL:  the database system is starting up", True),
        ("terminating connection due to administrator command", True),
        ("consuming input failed: server closed the connection unexpectedly", True),
        ('connection failed: FATAL:  password authentication failed for user "u"', False),
        ("could not extend file: No space left on device", False),
    ],
)
def test_only_a_server_that_may_come_back_by_itself_is_away(said: str, away: bool) -> None:
    error = in_words(OperationalError("", {}, Exception(said)), "store", 30.0)
    assert isinstance(error, StoreUnavailable) == away


def test_a_read_only_server_can_be_read_and_says_so_when_written(server: Server, name: str, store: Store) -> None:
    store.submit(SPEC)
    server.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    reader = Store(server.url(name))
    assert [run.status for run in reader.runs()] == ["queued"]
    with pytest.raises(StoreError, match=r"is read-only: it can be looked at, .*\. Set LANDSCAPE_STORE"):
        reader.submit(SPEC)


def test_rights_that_a_user_lacks_are_named(server: Server, name: str) -> None:
    with pytest.raises(StoreError, match=r"may not do this: permission denied for schema public\. Ask its owner"):
        Store(server.url(name, STRANGER, "secret"))
    Store(server.url(name)).submit(SPEC)
    server.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {STRANGER}", database=name)
    reader = Store(server.url(name, STRANGER, "secret"))
    assert [run.status for run in reader.runs()] == ["queued"]
    with pytest.raises(StoreError, match="may not do this: permission denied for table runs.* nothing can be queued"):
        reader.submit(SPEC)


def test_a_password_goes_to_workers_and_never_to_a_screen(server: Server, name: str) -> None:
    server.run(f"GRANT ALL ON SCHEMA public TO {STRANGER}", database=name)
    for url in (server.url(name, STRANGER, "secret"), server.url(name, STRANGER) + "&password=secret"):
        store = Store(url)
        assert "secret" not in store.name
        assert Store(store.url).runs() == store.runs()


def test_a_store_outlives_connections_that_the_server_closed(server: Server, store: Store) -> None:
    run_id = store.submit(SPEC)
    server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
    )
    assert store.run(run_id).status == "queued"


def test_a_host_that_vanishes_in_a_transaction_does_not_keep_its_run(
    server: Server, name: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store.submit(SPEC)
    monkeypatch.setattr(
        database, "ABANDONED", 3.0
    )  # s: enough for the look at the row meanwhile, also on a busy machine
    hung = Database(server.url(name), 1.0)
    with pytest.raises(StoreError, match="closed the connection: .* when it runs again, resume"):
        hang(hung, run_id, store, server)
    assert (claimed := store.claim("another")) is not None
    assert claimed.error is None


def hang(hung: Database, run_id: str, store: Store, server: Server) -> None:
    change = runs.update().where(runs.c.id == run_id).values(error="never written")
    with hung.writing() as connection:
        connection.execute(change)
        assert store.claim("another") is None, "its row is held"
        held = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        wait_until(lambda: server.run(held) == [(0,)], "the server gives the transaction up")
        connection.execute(change)


def test_a_point_that_another_run_begins_to_use_survives_a_delete_at_that_moment(server: Server, name: str) -> None:
    store = Store(server.url(name))
    first, second = store.submit(SPEC), store.submit(SPEC)
    for run_id in (first, second):
        store.claim("w", run_id=run_id)
    plan(store, first, "w", ("k0", "k1"))
    store.write(first, "w", {"k0": Made(), "k1": Made()})
    with Database(server.url(name), 30.0).writing() as other:
        other.exec_driver_sql(f"INSERT INTO run_points VALUES ('{second}', 0, 0.1, 0.0, 'basic', 'k1')")
        with meanwhile(lambda: store.delete(first)):
            wait_until_someone_waits(server)
            other.commit()
    assert store.missing_keys(["k0", "k1"]) == {"k0"}
    assert store.scores_of(second) == {Point(0, 0.1): {"basic": 0.75}}


def test_writers_of_the_same_points_do_not_wait_for_each_other_in_a_circle(server: Server, name: str) -> None:
    store = Store(server.url(name))
    runs_of = {worker: store.submit(SPEC) for worker in ("one", "two")}
    for worker, run_id in runs_of.items():
        store.claim(worker, run_id=run_id)
        plan(store, run_id, worker, ("a", "b"))
    store.write(runs_of["one"], "one", {"template": Made()})
    copy = "INSERT INTO points SELECT '{}', outcomes, losses, n, score, loss, realised_alpha, seconds, counts, measured_by, created FROM points WHERE key = 'template' ON CONFLICT DO NOTHING"
    with Database(server.url(name), 30.0).writing() as other:
        other.exec_driver_sql(copy.format("a"))
        with meanwhile(lambda: store.write(runs_of["two"], "two", {"b": Made(), "a": Made()})):
            wait_until_someone_waits(server)
            other.exec_driver_sql(copy.format("b"))
            other.commit()
    assert store.missing_keys(["a", "b"]) == set()


def test_a_claim_skips_a_run_that_somebody_is_just_taking(server: Server, name: str, store: Store) -> None:
    first, second = store.submit(SPEC), store.submit(SPEC)
    with Database(server.url(name), 30.0).writing() as other:
        other.execute(runs.update().where(runs.c.id == first).values(status="running", worker="other", heartbeat=0.0))
        assert (claimed := store.claim("w")) is not None
        assert claimed.id == second


def test_a_resume_does_not_take_a_run_from_the_worker_that_is_just_taking_it(server: Server, name: str) -> None:
    store = Store(server.url(name))
    run_id = store.submit(SPEC)
    store.cancel(run_id)

    def refused() -> None:
        with pytest.raises(ValueError, match="which is running"):
            store.resume(run_id)

    with Database(server.url(name), 30.0).writing() as other:
        other.execute(
            runs.update().where(runs.c.id == run_id).values(status="running", worker="other", heartbeat=Now())
        )
        with meanwhile(refused):
            wait_until_someone_waits(server)
            other.commit()
    assert store.run(run_id).worker == "other"
