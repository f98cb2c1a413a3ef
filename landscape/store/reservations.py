"""Points that are being measured: no two runs measure the same one at the same time."""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, exists, select

from landscape.store import leases
from landscape.store.tables import insert_into, points, reservations, runs

_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_OWN = select(reservations.c.key).where(reservations.c.key.in_(_WANTED), reservations.c.run == bindparam("holder"))
_MEASURED = select(points.c.key).where(points.c.key.in_(_WANTED))
_GIVEN_UP = delete(reservations).where(reservations.c.key.in_(bindparam("keys", expanding=True)))


def reserve(connection: Connection, run_id: str, keys: Iterable[str]) -> tuple[set[str], set[str]]:
    """Reserve what neither is measured nor being measured elsewhere.

    Returns (the keys that are the run's to measure, those that another run is measuring). What a run has reserved
    stays so until it is written, or until no worker holds the run.
    """
    wanted = sorted(set(keys))  # sorted: two workers that reserve in different orders would wait for each other
    if not wanted:
        return set(), set()
    connection.execute(_taking(connection.dialect.name, leases.STALE), [{"key": key, "run": run_id} for key in wanted])
    mine = set(connection.execute(_OWN, {"wanted": wanted, "holder": run_id}).scalars())
    # Looked at afterwards: whoever measured a key until a moment ago has written it before he gave it up.
    measured = set(connection.execute(_MEASURED, {"wanted": wanted}).scalars())
    give_up(connection, mine & measured)
    return mine - measured, set(wanted) - mine - measured


@cache
def _taking(dialect: str, stale: float) -> Any:
    new = insert_into(reservations, dialect)
    abandoned = ~exists().where(runs.c.id == reservations.c.run, leases.held(stale))
    return new.on_conflict_do_update(
        index_elements=[reservations.c.key], set_={"run": new.excluded.run}, where=abandoned
    )


def give_up(connection: Connection, keys: Collection[str]) -> None:
    """Let others have these keys: they are measured."""
    if keys:
        connection.execute(_GIVEN_UP, {"keys": list(keys)})


def give_up_all(connection: Connection, run_id: str) -> None:
    """Let others have what an earlier attempt at a run had reserved."""
    connection.execute(delete(reservations).where(reservations.c.run == run_id))
