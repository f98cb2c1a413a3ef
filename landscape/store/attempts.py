"""Attempts at a run: it is claimed, and given up after too many workers in a row that died with it."""

from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from landscape.store.clock import Now
from landscape.store.leases import lock_row, silent
from landscape.store.records import Run, UnreadableRun, find, progress_of, status_of
from landscape.store.tables import runs

MOST_DEATHS = 3  # of workers in a row that held a run and left no new point: it is then failed, and the queue goes on


def take(connection: Connection, worker: str, query: Any) -> Run | None:
    """Claim the first run of a `claimable` query; None where there is none.

    A worker that let its lease run out has died, for all that is known. A run that MOST_DEATHS workers in a row died
    with, none of which left a new point, is failed here, and the next run claimed; so is one that cannot be read.
    """
    given_up = update(runs).where(silent(), runs.c.cancel_requested)
    connection.execute(given_up.values(status="cancelled", finished=Now(), worker=None))
    while (row := connection.execute(query.with_for_update(skip_locked=True)).one_or_none()) is not None:
        deaths = row.deaths + (row.status == "running" and row.worker != worker)  # not if it could not let go of it
        change = update(runs).where(runs.c.id == row.id)
        if deaths < MOST_DEATHS:
            taken = {"status": "running", "worker": worker, "heartbeat": Now(), "claimed": Now(), "error": None}
            again = {"finished": None, "cancel_requested": False, "started": func.coalesce(runs.c.started, Now())}
            connection.execute(change.values(taken | again | {"deaths": deaths}))
            try:
                return find(connection, row.id)
            except UnreadableRun as unreadable:
                why = str(unreadable)
        else:
            why = _epitaph(connection, row)
        failed = {"status": "failed", "error": why, "finished": Now(), "worker": None}
        connection.execute(change.values(failed | {"deaths": deaths}))
    return None


def _epitaph(connection: Connection, row: Row[Any]) -> str:
    """Why a run is given up: how far it was when its workers died."""
    done, total, _ = progress_of(connection, [row.id])[row.id]
    at = f"{done} of {total + row.later} points measured" if total else "before the first point"
    if row.phase:
        at = f"{row.phase['text']}, {row.phase['done']} of {row.phase['total']}"
    return (
        f"the worker died or fell silent {MOST_DEATHS} times in a row while it measured this ({at}), as happens when "
        "memory runs out or a file of the checkpoint is overwritten meanwhile: mend that, then resume"
    )


def forgive(connection: Connection, run_id: str) -> None:
    """Take one death back."""
    alive = update(runs).where(runs.c.id == run_id, runs.c.deaths > 0)
    connection.execute(alive.values(deaths=runs.c.deaths - 1))


def cancel(connection: Connection, run_id: str) -> None:
    """Stop a run: at once where no worker holds it, else its worker is asked to."""
    lock_row(connection, run_id)
    mine, alone = update(runs).where(runs.c.id == run_id), or_(runs.c.status == "queued", silent())
    connection.execute(mine.where(alone).values(status="cancelled", finished=Now(), worker=None))
    connection.execute(mine.where(runs.c.status == "running").values(cancel_requested=True))


def queue_again(connection: Connection, run_id: str) -> None:
    """Queue a run that has stopped; what it has measured and found stays. Raises ValueError for any other."""
    row = lock_row(connection, run_id)
    status = status_of(row, connection.execute(select(Now())).scalar_one())
    if status not in ("cancelled", "failed", "stalled"):
        raise ValueError(f"expected a cancelled, failed or stalled run, got {run_id}, which is {status}")
    deaths = row.deaths + 1 if status == "stalled" else 0
    values = {"status": "queued", "error": None, "finished": None, "worker": None, "cancel_requested": False}
    connection.execute(update(runs).where(runs.c.id == run_id).values(values | {"deaths": deaths}))


def forget_deaths(connection: Connection, run_id: str) -> None:
    """The run makes progress, whoever died with it before."""
    connection.execute(update(runs).where(runs.c.id == run_id).values(deaths=0))
