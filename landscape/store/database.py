"""Where the store lies, its versions, and its transactions."""

import math
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from platformdirs import user_data_path
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from landscape.store import tables as store_tables
from landscape.store.errors import UNOPENED, StoreError, first_line, in_words, is_outside

PATIENCE = 30.0  # s to wait for another program's lock
ABANDONED = 300.0  # s until a server gives up a transaction whose host has vanished, and with it the lock on its run


def locate(url: str | None) -> URL:
    """A URL or a plain path (else LANDSCAPE_STORE, else the user's data folder) → an absolute URL."""
    chosen = url or os.environ.get("LANDSCAPE_STORE") or str(user_data_path("landscape") / "store.sqlite")
    if "://" not in chosen:
        return URL.create("sqlite", database=str(Path(chosen).expanduser().absolute()))
    try:
        parsed = make_url(chosen.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        raise StoreError(f"Expected a path or a URL such as sqlite:////data/store.sqlite, got {chosen!r}.") from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"Expected an SQLite or PostgreSQL store, got {parsed.get_backend_name()}.")
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StoreError("A store in memory cannot be shared with a worker: expected a file.")
        return parsed.set(database=str(Path(str(parsed.database)).expanduser().absolute()))
    return parsed.set(drivername="postgresql+psycopg")  # the driver that the tests use


class Database:
    """One engine; `reading()` and `writing()` give a transaction each and raise StoreError."""

    def __init__(self, url: str | None, patience: float) -> None:
        """Connect; `patience` is how long to wait for locks, in seconds."""
        self.url = locate(url)
        self.name = self.url.set(drivername="postgresql").difference_update_query(["password"]).render_as_string()
        self.file: Path | None = None
        if self.url.get_backend_name() == "sqlite":
            self.name = str(self.url.database)
            self.file = Path(self.name)
        self._patience = patience
        self._open_in_main = 0  # transactions of the main thread, where signals are handled
        self._interrupted = False
        with self.explained():
            self._make_folder()
            self.engine = self._engine(self.url)
            self._open()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store and never waits for a writer."""
        with self.explained(), self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is written whole or not at all; waits for other writers, at most `patience`."""
        with self.explained(), self._transaction(writes=True) as connection:
            yield connection

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt: now, or once the transaction that is open has ended. For signal handlers.

        In the middle of a transaction it would leave the driver's connection in a state that nobody knows.
        """
        self._interrupted = True
        if not self._open_in_main:
            raise KeyboardInterrupt

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        options: dict[str, Any] = {"writes": writes}
        if not self.file:  # SQLite has one level, which is stricter than both
            options["isolation_level"] = "READ COMMITTED" if writes else "REPEATABLE READ"
        in_main = threading.current_thread() is threading.main_thread()
        self._open_in_main += in_main
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        finally:
            self._open_in_main -= in_main
        if in_main and self._interrupted and not self._open_in_main:
            raise KeyboardInterrupt

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn a failure of the database (not of our SQL) into a StoreError."""
        try:
            yield
        except DatabaseError as error:
            if not is_outside(error):
                raise
            raise in_words(error, self.name, self._patience) from error

    def _make_folder(self) -> None:
        if self.file and self.file.is_dir():
            raise StoreError(UNOPENED.format(store=self.name))
        try:
            if self.file and not self.file.exists():
                self.file.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's -wal and -shm follow it
        except OSError as error:
            reason = error.strerror or error
            hint = "Set LANDSCAPE_STORE to a file in a folder of yours."
            raise StoreError(f"The folder of the store {self.name} cannot be made: {reason}. {hint}") from None

    def _engine(self, url: URL, **options: Any) -> Engine:
        try:
            if not self.file:
                # Of a database that declares no encoding (SQL_ASCII), the driver would return bytes.
                settings = {"connect_timeout": math.ceil(self._patience), "client_encoding": "UTF8"}
                engine = create_engine(url, pool_pre_ping=True, connect_args=settings, **options)
                event.listen(engine, "connect", _limiting(self._patience))
                weakref.finalize(self, engine.dispose)  # the driver warns of connections that nobody closes
                return engine
            engine = create_engine(url, connect_args={"timeout": self._patience}, **options)
        except ImportError as error:
            raise StoreError(f"A PostgreSQL store needs its driver ({error}): pip install 'psycopg[binary]'.") from None
        event.listen(engine, "connect", _connect_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _open(self) -> None:
        try:
            version = self._version()
        except OperationalError:
            if not (self.file and self.file.exists() and self._reopen_for_reading()):
                raise
            version = self._version()
        if version is None:
            _patiently(self._create, self._patience)
        elif version < store_tables.VERSION:
            self._bring_up(version)
        else:
            self.require_known(version)

    def require_known(self, version: int) -> None:
        """Raises StoreError: another program has written the store in a form that this one does not know."""
        if version > store_tables.VERSION:
            raise StoreError(
                f"The store {self.name} was written by a newer landscape (schema {version}, this one knows "
                f"{store_tables.VERSION}). Update landscape (git pull, then pip install -r requirements.txt), or set "
                "LANDSCAPE_STORE to another store."
            )

    def _version(self) -> int | None:
        """The schema's version; None: nothing there yet. Raises StoreError for somebody else's database."""
        with self._transaction(writes=False) as connection:
            inspector = inspect(connection)
            tables = set(inspector.get_table_names())
            if not tables:
                return None
            if {"meta", "runs"} <= tables:
                columns = {column["name"] for column in inspector.get_columns("meta")}
                if {"name", "value"} <= columns and (version := store_tables.version_of(connection)):
                    return version
        raise StoreError(f"{self.name} is a database of another program. Set LANDSCAPE_STORE to an empty one.")

    def _create(self) -> None:
        if self.file:
            with self.engine.connect() as connection:  # outside any transaction; it is remembered in the file
                raw = connection.connection.cursor()
                try:
                    raw.execute("PRAGMA journal_mode=WAL")
                except sqlite3.OperationalError as error:  # a full disk, say; as SQLAlchemy would have raised it
                    raise OperationalError("PRAGMA journal_mode=WAL", None, error) from error
                finally:
                    raw.close()
        with self._transaction(writes=True) as connection:
            if not self.file:  # two that create at once: the second waits, then finds the tables
                connection.execute(text("SELECT pg_advisory_xact_lock(20131114)"))
            store_tables.metadata.create_all(connection)
            store_tables.insert_missing(
                connection, store_tables.meta, [{"name": "schema", "value": str(store_tables.VERSION)}]
            )

    def _bring_up(self, version: int) -> None:
        try:
            _patiently(self._upgrade, self._patience)
        except DatabaseError as error:
            needed = store_tables.VERSION
            raise StoreError(
                f"The store {self.name} is of an older landscape (schema {version}, this one needs {needed}), "
                f"and could not be brought up: {first_line(error)}. Run `python -m landscape run list` once as "
                "somebody who may write to it, while no other program uses it."
            ) from error

    def _upgrade(self) -> None:
        with self._transaction(writes=True) as connection:
            connection.execute(select(store_tables.meta).with_for_update())
            version = store_tables.version_of(connection)  # another program may have been faster
            if version < store_tables.VERSION:
                store_tables.upgrade(connection, version)

    def _reopen_for_reading(self) -> bool:
        """A read-only folder has no room for SQLite's -shm file: read the file as it lies, if nothing is pending."""
        pending = Path(f"{self.file}-wal")
        if pending.exists() and pending.stat().st_size:
            return False
        self.engine.dispose()
        query = {"mode": "ro", "immutable": "1", "uri": "true"}
        address = URL.create("sqlite", database=f"file:{quote(self.name)}", query=query)
        self.engine = self._engine(address, poolclass=NullPool)  # a fresh look at the file for every transaction
        return True


def _limiting(patience: float) -> Callable[[Any, Any], None]:
    """For a new connection to PostgreSQL: how long to wait for others, and how long the server waits for us."""

    def limit(connection: Any, _record: Any) -> None:
        limits = {"lock_timeout": patience, "idle_in_transaction_session_timeout": ABANDONED}
        with connection.cursor() as cursor:
            for name, seconds in limits.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, f"{1000 * seconds:.0f}"))
        connection.commit()

    return limit


def _connect_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins, not the driver: see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: a transaction that reads first and writes later fails instead of waiting.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _patiently(action: Callable[[], None], patience: float) -> None:
    """Repeat while locked: SQLite does not wait by itself when two programs switch a new file to WAL."""
    give_up = time.monotonic() + patience
    pause = 0.01
    while True:
        try:
            return action()
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > give_up:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 1.0)
