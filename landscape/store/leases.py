"""Leases: which worker holds a run. Every heartbeat renews a lease; it ends when the worker goes silent."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, or_, select, update
from sqlalchemy.exc import NoResultFound

from landscape.schema.specs import spec_types
from landscape.store.clock import Now
from landscape.store.records import STALE
from landscape.store.tables import runs


class LeaseLost(RuntimeError):
    """The run is no longer this worker's: another one took it over, or it was deleted."""


class Cancelled(Exception):
    """The run was asked to stop."""


def silent() -> ColumnElement[bool]:
    """Running, but without a heartbeat for STALE seconds."""
    return and_(runs.c.status == "running", runs.c.heartbeat < Now() - STALE)


def held(stale: float) -> ColumnElement[bool]:
    """Running, and its worker gave a sign of life within so many seconds."""
    return and_(runs.c.status == "running", runs.c.heartbeat >= Now() - stale)


def claimable(devices: Collection[str] | None, run_id: str | None, kind: str | None) -> Any:
    """The query for the run to claim: queued, or its worker silent; the quick kinds first, then the oldest."""
    free = or_(runs.c.status == "queued", and_(silent(), ~runs.c.cancel_requested))
    quick = [kind for kind, spec in spec_types().items() if spec.quick]
    query = (
        select(runs)
        .where(free, runs.c.deleted.is_(None))
        .order_by(runs.c.kind.not_in(quick), runs.c.created, runs.c.id)
        .limit(1)
    )
    if run_id is not None:
        query = query.where(runs.c.id == run_id)
    if kind is not None:
        query = query.where(runs.c.kind == kind)
    if devices is not None:
        query = query.where(runs.c.device.in_(devices))
    return query


class Lease(NamedTuple):
    """What a worker learns when it renews its lease."""

    cancelled: bool  # whether the run was asked to stop
    now: float
    deaths: int  # of the workers that held the run before, since its latest point


# Put together once, as other queries that every point asks: that takes longer than SQLite takes to answer.
_RENEWAL = (
    update(runs)
    .where(runs.c.id == bindparam("held"), runs.c.worker == bindparam("holder"), runs.c.status == "running")
    .values(heartbeat=Now())
    .returning(runs.c.cancel_requested, runs.c.heartbeat, runs.c.deaths)
)


def assert_lease(connection: Connection, run_id: str, worker: str) -> Lease:
    """Assert the lease and renew it; the row stays locked for this transaction. Raises LeaseLost."""
    try:
        return Lease(*connection.execute(_RENEWAL, {"held": run_id, "holder": worker}).one())
    except NoResultFound:
        raise LeaseLost(f"run {run_id} is not this worker's any more") from None


def lock_row(connection: Connection, run_id: str) -> Row[Any]:
    """Lock and return the row of a run until this transaction ends. Raises ValueError where it was deleted."""
    try:
        return connection.execute(select(runs).where(runs.c.id == run_id).with_for_update()).one()
    except NoResultFound:
        raise ValueError(f"run {run_id} was deleted meanwhile") from None
