"""Which runs are parts of which inspections. A part may belong to several; a run may have been there before."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import select

from landscape.store.database import Database
from landscape.store.tables import insert_missing, inspection_parts, runs


class Part(NamedTuple):
    """One run as part of one inspection."""

    inspection: str  # a run's id
    run: str  # a run's id
    name: str  # of the part: tuned scores
    made: bool  # whether the inspection asked for the run; else it was there before


class PartsOfInspections:
    """Records and reads the parts."""

    def __init__(self, database: Database) -> None:
        """Of the inspections in this database."""
        self._database = database

    def record(self, part: Part) -> None:
        """Note that an inspection takes a run for one of its parts; what was noted of the two before stays."""
        with self._database.writing() as connection:
            there = select(runs.c.id).where(runs.c.id.in_([part.inspection, part.run]))
            if len(connection.execute(there).all()) == 2:  # neither was deleted for good meanwhile
                insert_missing(connection, inspection_parts, [part._asdict()])

    def pending(self) -> set[str]:
        """The ids of runs that are queued or measured and that somebody asked for: no parts, answers or questions."""
        made = select(inspection_parts.c.run).where(inspection_parts.c.made)
        query = select(runs.c.id).where(
            runs.c.status.in_(["queued", "running"]),
            runs.c.deleted.is_(None),
            runs.c.kind.not_in(["answer", "swap"]),
            runs.c.id.not_in(made),
        )
        with self._database.reading() as connection:
            return set(connection.execute(query).scalars())

    def all(self) -> list[Part]:
        """Every part of every inspection, as far as neither is deleted."""
        of, part = runs.alias(), runs.alias()
        query = (
            select(inspection_parts)
            .join(of, of.c.id == inspection_parts.c.inspection)
            .join(part, part.c.id == inspection_parts.c.run)
            .where(of.c.deleted.is_(None), part.c.deleted.is_(None))
            .order_by(of.c.created, part.c.created)
        )
        with self._database.reading() as connection:
            return [Part(*row) for row in connection.execute(query)]


def folded(parts: Iterable[Part]) -> set[str]:
    """The runs that have no line of their own: an inspection asked for them, and nobody else."""
    return {part.run for part in parts if part.made}


def go_along(parts: Collection[Part], chosen: Collection[str]) -> list[str]:
    """The parts that are deleted with the runs chosen: an inspection made them, and no other one rests on them."""
    needed = {part.run for part in parts if part.inspection not in chosen}
    made = folded(parts)
    mine = dict.fromkeys(part.run for part in parts if part.inspection in chosen and part.run in made)
    return [run for run in mine if run not in needed and run not in chosen]


def rest_on(parts: Iterable[Part], chosen: Collection[str]) -> dict[str, list[str]]:
    """Inspections that would stay and rest on the runs chosen, with the names of those parts."""
    found: dict[str, list[str]] = {}
    for part in parts:
        if part.run in chosen and part.inspection not in chosen:
            found.setdefault(part.inspection, []).append(part.name)
    return found
