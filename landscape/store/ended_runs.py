"""Runs that have ended do not change, so a process reads each of them once: pages list all runs again and again."""

from dataclasses import replace

from sqlalchemy import Connection, select

from landscape.store.clock import Now
from landscape.store.records import ENDED, Run, read_runs
from landscape.store.tables import runs

PORTION = 500  # runs read by one statement: a statement has room for so many parameters
# Status, latest claim and end, which change when a run is resumed; when people last wrote on it; what it found.
Mark = tuple[str, float | None, float | None, float | None, str | None]


class EndedRuns:
    """The ended runs that were read from one store, by id. Safe to share between threads."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._known: dict[str, tuple[Mark, Run]] = {}

    def all_runs(self, connection: Connection, unread: list[str]) -> list[Run]:
        """Every run of the store, the latest first; the ids of those this version cannot read go into `unread`."""
        order = select(runs.c.id, runs.c.status, runs.c.claimed, runs.c.finished, runs.c.edited, runs.c.found)
        order = order.where(runs.c.deleted.is_(None))
        rows = connection.execute(order.order_by(runs.c.created.desc(), runs.c.id)).all()
        marks: dict[str, Mark] = {
            row.id: (row.status, row.claimed, row.finished, row.edited, row.found) for row in rows
        }
        known = {i: one for i, (mark, one) in self._known.copy().items() if marks.get(i) == mark}
        now = connection.execute(select(Now())).scalar_one()
        found = {i: replace(one, read=now) for i, one in known.items()}
        missing, failed = [i for i in marks if i not in found], list[str]()
        for start in range(0, len(missing), PORTION):
            part = missing[start : start + PORTION]
            read = connection.execute(select(runs).where(runs.c.id.in_(part))).all()
            found |= {one.id: one for one in read_runs(connection, read, failed)}
        unread += [i for i in missing if i in failed]
        ended = {i: one for i, one in found.items() if marks[i][0] in ENDED and one.status == marks[i][0]}
        self._known = {i: (marks[i], one) for i, one in ended.items()}
        return [found[i] for i in marks if i in found]
