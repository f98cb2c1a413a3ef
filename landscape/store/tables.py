"""Tables of the store, and the version they are at."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from landscape.schema.specs import canonical_json, parse_spec

VERSION = 5  # raise it with every change of a table
metadata = MetaData()

meta = Table("meta", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False))

# Times are epoch seconds by the database's clock.
# A running run whose heartbeat is old reads as "stalled": that is no stored status.
runs = Table(
    "runs",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("spec", Text, nullable=False),
    Column("device", String(20), nullable=False),  # the spec's, for workers that serve one device
    Column("status", String(12), nullable=False),  # queued, running, done, failed, cancelled
    Column("created", Double, nullable=False),
    Column("started", Double),  # first claim
    Column("claimed", Double),  # latest claim: the rate of a resumed run counts from here
    Column("finished", Double),
    Column("heartbeat", Double),
    Column("worker", String(120)),
    Column("error", Text),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("settings", JSON(none_as_null=True)),
    Column("later", Integer, nullable=False, server_default="0"),  # about how many points are not planned yet
    Column("facts", JSON(none_as_null=True)),
    Column("phase", JSON(none_as_null=True)),  # what it is busy with before its points: {text, done, total}
    Column("deaths", Integer, nullable=False, server_default="0"),  # of workers that held it, since its latest point
    Column("name", Text),  # this and the next four are people's: `curation.labels`
    Column("tags", JSON(none_as_null=True)),
    Column("note", Text),
    Column("pinned", Boolean),
    Column("edited", Double),  # when people last wrote on it
    Column("deleted", Double),  # when it was deleted; it is hidden since, and gone for good later: `curation.bin`
    Column("found", Text),  # what a worker read off it when it was done, in a few words
    Index("runs_by_status", "status", "created"),
)

# What a run asks for, and the key under which the answer lies (or will lie) in `points`.
run_points = Table(
    "run_points",
    metadata,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("direction", Integer, primary_key=True),  # index in the spec's directions
    Column("alpha", Double, primary_key=True),
    Column("beta", Double, primary_key=True),  # along a plane's second axis; 0 on a line
    Column("capability", String(200), primary_key=True),
    Column("key", String(64), nullable=False),
    Index("run_points_by_key", "key"),
)

# One θ scored on one capability. Runs share these rows; `measured_by` may name a run that was deleted since.
points = Table(
    "points",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("outcomes", LargeBinary, nullable=False),  # uint8, one an example
    Column("losses", LargeBinary, nullable=False),  # float32 little endian, nats per token; NaN: no reference answer
    Column("n", Integer, nullable=False),
    Column("score", Double, nullable=False),
    Column("loss", Double),
    Column("realised_alpha", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("measured_by", String(16), nullable=False),
    Column("created", Double, nullable=False),
    Index("points_by_run", "measured_by", "created"),
)

# Points that a run is measuring now, so that no other run measures them at the same time. A row counts for as long as a
# worker holds its run.
reservations = Table(
    "reservations",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("content", LargeBinary, nullable=False),  # JSON
)

# Which runs an inspection takes for its parts.
inspection_parts = Table(
    "inspection_parts",
    metadata,
    Column("inspection", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("name", Text, nullable=False),
    Column("made", Boolean, nullable=False),  # whether the inspection asked for it; else it was there before
)
PEOPLES = {"name": "TEXT", "tags": "JSON", "note": "TEXT", "pinned": "BOOLEAN", "edited": "DOUBLE PRECISION"}


def version_of(connection: Connection) -> int:
    """The version that a store is of; 0: it says none."""
    return int(connection.execute(select(meta.c.value).where(meta.c.name == "schema")).scalar() or 0)


def upgrade(connection: Connection, version: int) -> None:
    """Bring an older store up to VERSION; every point is kept."""
    if version < 2:  # points of planes, and runs that grow
        connection.execute(text("ALTER TABLE runs ADD COLUMN later INTEGER NOT NULL DEFAULT 0"))
        kept = connection.execute(text("SELECT run, direction, alpha, capability, key FROM run_points")).mappings()
        rows = [{**row, "beta": 0.0} for row in kept]
        connection.execute(text("DROP TABLE run_points"))
        run_points.create(connection)
        insert_missing(connection, run_points, rows)
    if version < 3:  # searches before the points; specs with more fields, each under its new text
        connection.execute(text("ALTER TABLE runs ADD COLUMN phase JSON"))
        for row in connection.execute(select(runs.c.id, runs.c.spec)).all():
            spec = canonical_json(parse_spec(row.spec))
            connection.execute(runs.update().where(runs.c.id == row.id).values(spec=spec))
    if version < 4:  # deaths of workers, and points that are being measured
        connection.execute(text("ALTER TABLE runs ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0"))
        reservations.create(connection)
    if version < 5:  # labels of people, deletions that can be undone, what runs found, parts of inspections
        for name, kind in (PEOPLES | {"deleted": "DOUBLE PRECISION", "found": "TEXT"}).items():
            connection.execute(text(f"ALTER TABLE runs ADD COLUMN {name} {kind}"))
        inspection_parts.create(connection)
        insert_missing(connection, inspection_parts, list(_named_parts(connection)))
    connection.execute(meta.update().where(meta.c.name == "schema").values(value=str(VERSION)))


def _named_parts(connection: Connection) -> Iterator[dict[str, object]]:
    """The parts that finished inspections of earlier versions name: those wrote no other list of them."""
    created = {run: when for run, when in connection.execute(select(runs.c.id, runs.c.created))}
    named = select(artifacts.c.run, artifacts.c.content).join(runs, runs.c.id == artifacts.c.run)
    for inspection, content in connection.execute(
        named.where(runs.c.kind == "inspection", artifacts.c.name == "result")
    ):
        for name, run in orjson.loads(content).get("parts", {}).items():
            if run in created:
                made = created[run] > created[inspection]
                yield {"inspection": inspection, "run": run, "name": name, "made": made}


def insert_into(table: Table, dialect: str) -> Any:
    """An INSERT of the database's own dialect, which can say what is done where a primary key is taken."""
    return (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)


def insert_missing(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    """Insert the rows whose primary key is not taken yet."""
    if rows:
        connection.execute(_insert_missing(table, connection.dialect.name), rows)


@cache
def _insert_missing(table: Table, dialect: str) -> Any:
    return insert_into(table, dialect).on_conflict_do_nothing()


def freeze_references(connection: Connection) -> None:
    """Block new rows in `run_points` until this transaction ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE run_points IN SHARE ROW EXCLUSIVE MODE"))
