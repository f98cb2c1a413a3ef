"""Where the store lies, its transactions, and its failures in words."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from platformdirs import user_data_path
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DatabaseError, InternalError, NoSuchModuleError, OperationalError

from landscape.store import schema

PATIENCE = 30.0  # s to wait for another program's lock


class StoreError(RuntimeError):
    """The store cannot do its work; the message says why, and what to do about it."""


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
    return parsed


class Database:
    """One engine; `reading()` and `writing()` give a transaction each and raise StoreError."""

    def __init__(self, url: str | None, patience: float) -> None:
        """Connect; `patience` is how long to wait for locks, in seconds."""
        self.url = locate(url)
        self.name = self.url.render_as_string(hide_password=True)
        self.file: Path | None = None
        if self.url.get_backend_name() == "sqlite":
            self.name = str(self.url.database)
            self.file = Path(self.name)
        self._patience = patience
        with self.explained():
            self._make_folder()
            self.engine = self._engine(self.url)
            self._open()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store and never waits for a writer."""
        with self.explained(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is written whole or not at all; waits for other writers, at most `patience`."""
        with self.explained(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn a failure of the database (not of our SQL) into a StoreError."""
        try:
            yield
        except (OperationalError, InternalError) as error:
            raise self._explain(error) from error
        except DatabaseError as error:
            if type(error) is not DatabaseError:
                raise
            raise self._explain(error) from error

    def _explain(self, error: DatabaseError) -> StoreError:
        """One sentence and a hint."""
        detail = str(error.orig).strip().splitlines()[0]
        for part, sentence in _SENTENCES.items():
            if part in detail.lower():
                return StoreError(sentence.format(store=self.name, patience=self._patience))
        return StoreError(f"The store {self.name} does not work: {detail}.")

    def _make_folder(self) -> None:
        if self.file and self.file.is_dir():
            raise StoreError(_SENTENCES["unable to open"].format(store=self.name))
        try:
            if self.file and not self.file.exists():
                self.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            hint = "Set LANDSCAPE_STORE to a file in a folder of yours."
            raise StoreError(f"The folder of the store {self.name} cannot be made: {reason}. {hint}") from None

    def _engine(self, url: URL, **options: Any) -> Engine:
        try:
            if not self.file:
                return create_engine(url, pool_pre_ping=True, **options)
            engine = create_engine(url, connect_args={"timeout": self._patience}, **options)
        except (ModuleNotFoundError, NoSuchModuleError) as error:
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
        elif version > schema.VERSION:
            raise StoreError(
                f"The store {self.name} was written by a newer landscape (schema {version}, this one knows "
                f"{schema.VERSION}). Update landscape, or set LANDSCAPE_STORE to another file."
            )
        elif version < schema.VERSION:
            _patiently(self._upgrade, self._patience)

    def _version(self) -> int | None:
        """The schema's version; None: nothing there yet. Raises StoreError for somebody else's database."""
        with self.engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            ours = tables & set(schema.metadata.tables) if not self.file else tables
            if not ours:
                return None
            if "meta" in tables and "runs" in tables:
                query = select(schema.meta.c.value).where(schema.meta.c.name == "schema")
                if (value := connection.execute(query).scalar()) is not None:
                    return int(value)
        raise StoreError(f"{self.name} is a database of another program. Set LANDSCAPE_STORE to another file.")

    def _create(self) -> None:
        if self.file:
            with self.engine.connect() as connection:  # outside any transaction; it is remembered in the file
                raw = connection.connection.cursor()
                raw.execute("PRAGMA journal_mode=WAL")
                raw.close()
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            if not self.file:  # two that create at once: the second waits, then finds the tables
                connection.execute(text("SELECT pg_advisory_xact_lock(20131114)"))
            schema.metadata.create_all(connection)
            schema.insert_missing(connection, schema.meta, [{"name": "schema", "value": str(schema.VERSION)}])

    def _upgrade(self) -> None:
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            query = select(schema.meta.c.value).where(schema.meta.c.name == "schema").with_for_update()
            version = int(connection.execute(query).scalar_one())  # another program may have been faster
            if version < schema.VERSION:
                schema.upgrade(connection, version)

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


_FULL = "Nothing measured so far is lost: free some space, then resume."
_SENTENCES = {  # part of the driver's message → what a user reads
    "database or disk is full": "The store {store} cannot grow, the disk is full. " + _FULL,
    "no space left": "The store {store} cannot grow, the disk is full. " + _FULL,
    "disk i/o error": "The store {store} cannot be read or written: the disk is full or failing. " + _FULL,
    "locked": "The store {store} was locked by another program for {patience:.0f} s. "
    "Close what holds it (a database browser, a backup), then try again.",
    "readonly": "The store {store} is read-only: it can be looked at, but nothing can be queued or measured. "
    "Set LANDSCAPE_STORE to a file that can be written.",
    "read-only": "The store {store} is read-only: it can be looked at, but nothing can be queued or measured. "
    "Set LANDSCAPE_STORE to a file that can be written.",
    "unable to open": "The store {store} cannot be opened: it is a folder, or may not be read or made there. "
    "Set LANDSCAPE_STORE to a file in a folder of yours.",
    "not a database": "{store} is not a landscape store, or is damaged. Move it away, or set LANDSCAPE_STORE.",
    "malformed": "The store {store} is damaged. Move it away, or set LANDSCAPE_STORE to another file.",
}
