"""What a run has asked for: points and capabilities, and the key under which each answer lies, or will lie."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from landscape.schema.points import Point
from landscape.store.tables import insert_into, run_points

_ONE = (run_points.c.direction, run_points.c.alpha, run_points.c.beta, run_points.c.capability)


def read_requests(connection: Connection, run_id: str) -> dict[tuple[Point, str], str]:
    """The keys of all that a run has asked for, measured or not, by point and capability."""
    query = select(*_ONE, run_points.c.key).where(run_points.c.run == run_id)
    return {(Point(*where), capability): key for *where, capability, key in connection.execute(query)}


def request(connection: Connection, run_id: str, wanted: Iterable[tuple[Point, str, str]]) -> None:
    """Ask for points, as (point, capability, key). What was asked for under another key gets this one."""
    rows = [{"run": run_id, **asdict(point), "capability": name, "key": key} for point, name, key in wanted]
    if rows:
        connection.execute(_request(connection.dialect.name), rows)


@cache
def _request(dialect: str) -> Any:
    new = insert_into(run_points, dialect)
    return new.on_conflict_do_update(index_elements=run_points.primary_key, set_={"key": new.excluded.key})


def withdraw(connection: Connection, run_id: str, pairs: Iterable[tuple[Point, str]]) -> None:
    """Ask for these points no longer. What was measured of them stays in the store."""
    rows = [{f"one_{k}": v for k, v in (asdict(point) | {"capability": name}).items()} for point, name in pairs]
    if rows:
        this = (column == bindparam(f"one_{column.name}") for column in _ONE)
        connection.execute(delete(run_points).where(run_points.c.run == run_id, *this), rows)
