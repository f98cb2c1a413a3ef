"""Runs that are deleted: hidden at once, brought back on request, and gone for good some minutes later."""

from collections.abc import Collection
from typing import NamedTuple

import orjson
from sqlalchemy import select, update

from landscape.store.clock import Now
from landscape.store.database import Database
from landscape.store.records import delete_run
from landscape.store.reservations import give_up_all
from landscape.store.tables import runs

KEPT = 600.0  # s for which a deleted run can be brought back


class Deleted(NamedTuple):
    """One deleted run, as far as it is told of."""

    id: str
    kind: str
    checkpoint: str
    name: str
    moment: float  # when it was deleted, epoch s: the same for those that were deleted together
    ago: float  # s since then


class Bin:
    """The deleted runs of a store."""

    def __init__(self, database: Database) -> None:
        """Of this database."""
        self._database = database

    def discard(self, run_ids: Collection[str]) -> None:
        """Hide runs, whole ids, from everything that reads runs. A worker that holds one loses its lease.

        What was discarded more than KEPT seconds ago is deleted for good by the way.
        """
        self.purge()
        with self._database.writing() as connection:
            now = connection.execute(select(Now())).scalar_one()  # one time for all: they come back together
            mine = update(runs).where(runs.c.id.in_(list(run_ids)), runs.c.deleted.is_(None))
            unfinished = mine.where(runs.c.status.in_(["queued", "running"]))
            stopped = {"status": "cancelled", "finished": now, "worker": None, "cancel_requested": False}
            connection.execute(unfinished.values(stopped))
            connection.execute(mine.values(deleted=now))
            for run_id in run_ids:
                give_up_all(connection, run_id)

    def restore(self, run_ids: Collection[str]) -> list[str]:
        """Bring back those of the runs that are not gone for good; return their ids."""
        with self._database.writing() as connection:
            there = runs.c.id.in_(list(run_ids)), runs.c.deleted.is_not(None)
            found = list(connection.execute(select(runs.c.id).where(*there)).scalars())
            connection.execute(update(runs).where(*there).values(deleted=None))
        return found

    def contents(self) -> list[Deleted]:
        """Every run that can still be brought back, the latest first."""
        columns = (
            runs.c.id,
            runs.c.kind,
            runs.c.spec,
            runs.c.name,
            runs.c.deleted,
            (Now() - runs.c.deleted).label("ago"),
        )
        query = select(*columns).where(runs.c.deleted.is_not(None)).order_by(runs.c.deleted.desc(), runs.c.created)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [
            Deleted(r.id, r.kind, _checkpoint(r.spec), r.name or "", r.deleted, r.ago) for r in rows if r.ago < KEPT
        ]

    def purge(self, older: float = KEPT) -> int:
        """Delete for good what was discarded so many seconds ago; return how many runs that were."""
        expired = select(runs.c.id).where(runs.c.deleted < Now() - older)
        with self._database.reading() as connection:  # nothing to do is no reason to lock the store
            found = list(connection.execute(expired).scalars())
        for run_id in found:
            with self._database.writing() as connection:  # each on its own: the points of a large run take a while
                if connection.execute(expired.where(runs.c.id == run_id)).first() is not None:
                    delete_run(connection, run_id)
        return len(found)


def _checkpoint(spec: str) -> str:
    try:
        return str(orjson.loads(spec).get("checkpoint", ""))
    except (ValueError, AttributeError):  # of a later version, or damaged
        return ""
