"""What a reader sees of a run: its row, its progress, and when it may end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from pydantic import ValidationError
from sqlalchemy import Connection, Row, Select, and_, bindparam, case, delete, exists, func, insert, or_, select

from landscape.schema.frames import PointSpec, Spec
from landscape.schema.labels import Labels
from landscape.schema.results import Facts
from landscape.schema.specs import parse_spec
from landscape.store.clock import Now
from landscape.store.tables import artifacts, freeze_references, points, run_points, runs

STALE = 15.0  # s without a heartbeat until a run reads as stalled and another worker may take it
RECENT = 20  # points over which the rate is taken
CONTENT = "content"  # the artifact that says what a run was measured on

Status = Literal["queued", "running", "stalled", "done", "failed", "cancelled"]
ENDED = ("done", "failed", "cancelled")


def _progress() -> Select[Any]:
    at_origin = and_(run_points.c.alpha == 0, run_points.c.beta == 0)
    direction = case((at_origin, 0), else_=run_points.c.direction)  # θ₀ is one point, whatever the directions
    mine = func.max(case((points.c.measured_by == run_points.c.run, 1), else_=0))
    each = (
        select(
            run_points.c.run,
            case((func.count() == func.count(points.c.key), 1), else_=0).label("done"),
            mine.label("measured"),
        )
        .outerjoin_from(run_points, points, run_points.c.key == points.c.key)
        .where(run_points.c.run.in_(bindparam("ids", expanding=True)))
        .group_by(run_points.c.run, direction, run_points.c.alpha, run_points.c.beta)
        .subquery()
    )
    return select(each.c.run, func.sum(each.c.done), func.count(), func.sum(each.c.measured)).group_by(each.c.run)


# A worker asks after every point; putting a query together takes longer than its answer.
_PROGRESS = _progress()
_CONTENTS = select(artifacts.c.run, artifacts.c.content).where(
    artifacts.c.run.in_(bindparam("ids", expanding=True)), artifacts.c.name == CONTENT
)


@dataclass(frozen=True)
class Phase:
    """Work before the points: what it is, and how far."""

    text: str
    done: int
    total: int


@dataclass(frozen=True)
class Content:
    """What the names in a spec stood for when measuring began, by name of a checkpoint or capability."""

    digests: dict[str, str]
    stamps: dict[str, str]  # of the files at that time (`outside.file_stamps`); empty where they told nothing


class UnreadableRun(ValueError):
    """A run whose row this version cannot read: a later one may have written it."""


@dataclass(frozen=True)
class Run:
    """A run as it stood when it was read. Times are epoch seconds by the database's clock.

    A point is one θ with the capabilities wanted there. `total` is 0 until a worker has planned the run, and
    an estimate while a search goes on; `measured` counts the points that this run measured itself, `done` also
    those it found in the store.
    """

    id: str
    spec: Spec
    status: Status
    read: float  # now, for "how long ago" by the same clock
    created: float
    started: float | None  # first time that a worker took it
    finished: float | None
    heartbeat: float | None
    worker: str | None
    error: str | None
    cancel_requested: bool
    settings: dict[str, Any]
    facts: Facts | None
    done: int
    total: int
    measured: int
    phase: Phase | None  # what it is busy with before its points are planned
    seconds_left: float | None  # from the rate of the latest points; None: not running, or not known yet
    content: Content | None = None  # what it was measured on; None: not begun, or measured by version 0.6
    deaths: int = 0  # workers that died with it in a row, without a new point between them
    labels: Labels = Labels()  # what people wrote on it
    found: str = ""  # what a worker read off it when it was done, in a few words; "" up to version 0.6

    @property
    def kind(self) -> str:
        """The name of its kind, as in `runs.kinds.KINDS`."""
        return self.spec.kind

    @property
    def checkpoint(self) -> str:
        """θ₀'s name."""
        return self.spec.checkpoint

    @property
    def ended(self) -> bool:
        """Done, failed or cancelled: nothing will change unless it is resumed."""
        return self.status in ENDED


def status_of(row: Row[Any], now: float) -> Status:
    """The stored status, with "stalled" (or, were it asked to stop, "cancelled") for a worker that went silent."""
    if row.status == "running" and row.heartbeat < now - STALE:
        return "cancelled" if row.cancel_requested else "stalled"
    status: Status = row.status
    return status


def read_runs(connection: Connection, rows: Sequence[Row[Any]], unread: list[str] | None = None) -> list[Run]:
    """Rows of `runs` → runs with progress, in the given order.

    The ids of those that this version cannot read are appended to `unread`; without such a list, raises UnreadableRun.
    """
    ids = [row.id for row in rows]
    progress, contents = progress_of(connection, ids), _contents(connection, ids)
    now = connection.execute(select(Now())).scalar_one()
    found = []
    for row in rows:
        try:
            found.append(_run(connection, row, contents.get(row.id), *progress[row.id], now=now))
        except UnreadableRun:
            if unread is None:
                raise
            unread.append(row.id)
    return found


def _contents(connection: Connection, ids: list[str]) -> dict[str, Content]:
    return {run: Content(**orjson.loads(content)) for run, content in connection.execute(_CONTENTS, {"ids": ids})}


def replace_artifact(connection: Connection, run_id: str, name: str, artifact: dict[str, Any]) -> None:
    """Write what a run has found under a name, in place of what is there."""
    connection.execute(delete(artifacts).where(artifacts.c.run == run_id, artifacts.c.name == name))
    content = orjson.dumps(artifact, option=orjson.OPT_SERIALIZE_NUMPY)
    connection.execute(insert(artifacts).values(run=run_id, name=name, content=content))


def delete_run(connection: Connection, run_id: str) -> None:
    """Delete a run, and the points that no other run refers to."""
    mine = select(run_points.c.key).where(run_points.c.run == run_id)
    made = or_(points.c.key.in_(mine), points.c.measured_by == run_id)  # also before it started over
    others = exists().where(run_points.c.key == points.c.key, run_points.c.run != run_id)
    freeze_references(connection)
    connection.execute(delete(points).where(made, ~others))
    connection.execute(delete(runs).where(runs.c.id == run_id))


def find(connection: Connection, run_id: str) -> Run:
    """The run that has this id or name, or whose id begins so. Raises ValueError where there is none, or several."""
    kept = select(runs).where(runs.c.deleted.is_(None))
    begins = runs.c.id.startswith(run_id, autoescape=True)
    for asked in (runs.c.id == run_id, and_(runs.c.name == run_id, runs.c.name != ""), begins):
        found = connection.execute(kept.where(asked)).all()
        if len(found) == 1:
            return read_runs(connection, found)[0]
        if found:
            several = f"with which {len(found)} begin" if asked is begins else f"which is the name of {len(found)}"
            raise ValueError(f"expected the id of one run, got {run_id!r}, {several}")
    ids_there = select(runs.c.id).where(runs.c.deleted.is_(None)).order_by(runs.c.created.desc()).limit(3)
    latest = connection.execute(ids_there).scalars().all()
    there = f"the latest here: {', '.join(latest)}" if latest else "there is no run here yet"
    raise ValueError(f"expected the id of a run, got {run_id!r}; {there}")


def _run(
    connection: Connection, row: Row[Any], content: Content | None, done: int, total: int, measured: int, *, now: float
) -> Run:
    status = status_of(row, now)
    try:
        spec, facts = parse_spec(row.spec), Facts(**row.facts) if row.facts else None
    except (ValueError, TypeError) as error:
        raise UnreadableRun(
            f"run {row.id} cannot be read by this version ({first_words(error)}): a later one may have written it"
        ) from None
    if not isinstance(spec, PointSpec):
        done, total, measured = int(status == "done"), 1, int(status == "done")
    elif status != "done":
        total += row.later
    pace = _seconds_a_point(connection, row) if status == "running" and done < total else None
    return Run(
        id=row.id,
        spec=spec,
        status=status,
        read=now,
        created=row.created,
        started=row.started,
        finished=row.finished,
        heartbeat=row.heartbeat,
        worker=row.worker,
        error=row.error,
        cancel_requested=row.cancel_requested,
        settings=row.settings or {},
        facts=facts,
        done=done,
        total=total,
        measured=measured,
        phase=Phase(**row.phase) if row.phase and status == "running" else None,
        seconds_left=None if pace is None else pace * (total - done),
        content=content,
        deaths=row.deaths,
        labels=Labels(row.name or "", tuple(row.tags or ()), row.note or "", bool(row.pinned)),
        found=(row.found or "") if status == "done" else "",
    )


def first_words(error: Exception) -> str:
    """What is wrong with a spec or facts, on one line."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'spec'}: {first['msg']}"
    return str(error).splitlines()[0]


def progress_of(connection: Connection, ids: list[str]) -> dict[str, tuple[int, int, int]]:
    """(done, total, measured) of each run, in points; a point is done when all that is wanted there is."""
    rows = connection.execute(_PROGRESS, {"ids": ids})
    found = {run: (int(done), int(total), int(mine)) for run, done, total, mine in rows}
    return {run: found.get(run, (0, 0, 0)) for run in ids}


def _seconds_a_point(connection: Connection, row: Row[Any]) -> float | None:
    """Mean time between the latest points that the run measured since it was last claimed."""
    query = (
        select(points.c.created)
        .where(points.c.measured_by == row.id, points.c.created >= row.claimed)
        .distinct()
        .order_by(points.c.created.desc())
        .limit(RECENT)
    )
    times = connection.execute(query).scalars().all()
    return (times[0] - times[-1]) / (len(times) - 1) if len(times) > 1 else None
