"""Points that are being measured: no two runs measure the same one at the same time."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, exists, select

from landscape.store.leases import held
from landscape.store.tables import insert_into, points, reservations, runs


def reserve(connection: Connection, run_id: str, keys: Iterable[str]) -> tuple[set[str], set[str]]:
    """Reserve what neither is measured nor being measured elsewhere.

    Returns (the keys that are the run's to measure, those that another run is measuring). What a run has reserved
    stays so until it is written, or until no worker holds the run.
    """
    wanted = sorted(set(keys))  # sorted: two workers that reserve in different orders would wait for each other
    if not wanted:
        return set(), set()
    new = insert_into(connection, reservations)
    abandoned = ~exists().where(runs.c.id == reservations.c.run, held())
    taken = new.on_conflict_do_update(
        index_elements=[reservations.c.key], set_={"run": new.excluded.run}, where=abandoned
    )
    connection.execute(taken, [{"key": key, "run": run_id} for key in wanted])
    own = select(reservations.c.key).where(reservations.c.key.in_(wanted), reservations.c.run == run_id)
    mine = set(connection.execute(own).scalars())
    # Looked at afterwards: whoever measured a key until a moment ago has written it before he gave it up.
    measured = set(connection.execute(select(points.c.key).where(points.c.key.in_(wanted))).scalars())
    give_up(connection, mine & measured)
    return mine - measured, set(wanted) - mine - measured


def give_up(connection: Connection, keys: Collection[str]) -> None:
    """Let others have these keys: they are measured."""
    if keys:
        connection.execute(delete(reservations).where(reservations.c.key.in_(keys)))


def give_up_all(connection: Connection, run_id: str) -> None:
    """Let others have what an earlier attempt at a run had reserved."""
    connection.execute(delete(reservations).where(reservations.c.run == run_id))
