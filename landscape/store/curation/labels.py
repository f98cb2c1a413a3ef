"""Writing what people say of a run: its name, tags, note, and whether it is pinned."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import update

from landscape.schema.labels import clean_name, clean_note, clean_tags
from landscape.store.clock import Now
from landscape.store.database import Database
from landscape.store.leases import lock_row
from landscape.store.tables import runs


class LabelWriter:
    """Writes labels. They may be changed at any time: no worker reads or writes them."""

    def __init__(self, database: Database) -> None:
        """Of the runs in this database."""
        self._database = database

    def edit(
        self,
        run_id: str,
        *,
        name: str | None = None,
        tags: Iterable[str] | None = None,
        note: str | None = None,
        pinned: bool | None = None,
    ) -> None:
        """Change what is given of a run's labels; `run_id` must be whole.

        Raises:
            ValueError: the run was deleted meanwhile, or what is given is too long.
        """
        values: dict[str, Any] = {} if pinned is None else {"pinned": pinned}
        values |= {} if name is None else {"name": clean_name(name)}
        values |= {} if note is None else {"note": clean_note(note)}
        values |= {} if tags is None else {"tags": list(clean_tags(tags))}
        if values:
            with self._database.writing() as connection:
                lock_row(connection, run_id)
                connection.execute(update(runs).where(runs.c.id == run_id).values(values | {"edited": Now()}))

    def record_found(self, run_id: str, found: str) -> None:
        """Keep what a worker read off a run that is done, in a few words."""
        with self._database.writing() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(found=found))
