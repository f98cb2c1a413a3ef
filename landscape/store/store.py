"""The store: what pages and commands (first), then workers do with runs and points, one short transaction each."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from sqlalchemy import case, func, insert, select, update

from landscape.schema.default_ranges import with_known_range
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.points import Point
from landscape.schema.results import Facts, Measurement, Result
from landscape.schema.specs import canonical_json
from landscape.store import measurements as stored
from landscape.store import records
from landscape.store.attempts import cancel, forget_deaths, forgive, queue_again, take
from landscape.store.clock import Now
from landscape.store.curation.bin import Bin
from landscape.store.curation.labels import LabelWriter
from landscape.store.curation.parts import PartsOfInspections
from landscape.store.database import PATIENCE, Database
from landscape.store.ended_runs import EndedRuns
from landscape.store.leases import Cancelled, assert_lease, claimable, lock_row
from landscape.store.records import ENDED, Content, Phase, Run
from landscape.store.requests import read_requests, request, withdraw
from landscape.store.reservations import give_up, give_up_all, reserve
from landscape.store.tables import artifacts, insert_missing, points, runs, version_of

ARTIFACT = "result"  # the artifact that a run without points has found


class Store:
    """Runs, points and artifacts behind one URL. Safe to share between threads.

    Args:
        url: a URL or a plain path; None: LANDSCAPE_STORE, else a file in the user's data folder.
        patience: seconds to wait for another program's lock.

    Raises:
        StoreError: here and in every method, when the database cannot do its work.
    """

    def __init__(self, url: str | None = None, *, patience: float = PATIENCE) -> None:
        """Open, or make, the store."""
        self._database = Database(url, patience)
        self._ended = EndedRuns()
        self.labels = LabelWriter(self._database)
        self.bin = Bin(self._database)
        self.parts = PartsOfInspections(self._database)

    @property
    def url(self) -> str:
        """The full URL, password included: for a worker's environment, never for a screen."""
        return self._database.url.render_as_string(hide_password=False)

    @property
    def name(self) -> str:
        """The file, or the URL without its password."""
        return self._database.name

    @property
    def file(self) -> Path | None:
        """The SQLite file, None for a server."""
        return self._database.file

    def submit(self, spec: Spec) -> str:
        """Queue a run. Returns its id."""
        run_id, text = secrets.token_hex(4), canonical_json(spec)
        row = {"id": run_id, "kind": spec.kind, "spec": text, "device": spec.device, "status": "queued"}
        after = select(func.coalesce(func.max(runs.c.created), 0.0) + 1e-6).scalar_subquery()
        created = case((after > Now(), after), else_=Now())  # two within a millisecond keep their order
        with self._database.writing() as connection:
            connection.execute(insert(runs).values(**row, created=created))
        return run_id

    def runs(self, unread: list[str] | None = None) -> list[Run]:
        """Return every run that this version can read, the latest first. The ids of the others go into `unread`."""
        with self._database.reading() as connection:
            return self._ended.all_runs(connection, [] if unread is None else unread)

    def run(self, run_id: str) -> Run:
        """Return the run whose id begins so, or that has this name. Raises ValueError for none, or several."""
        with self._database.reading() as connection:
            return records.find(connection, run_id)

    def runs_of(self, spec: Spec) -> list[Run]:
        """Return every run of exactly this spec, the latest first. What they were measured on may differ."""
        query = select(runs).where(runs.c.spec == canonical_json(spec), runs.c.deleted.is_(None))
        with self._database.reading() as connection:
            return records.read_runs(connection, connection.execute(query.order_by(runs.c.created.desc())).all())

    def get_run_or_none(self, run_id: str) -> Run | None:
        """Return the run with this id, which must be whole, if there is one."""
        query = select(runs).where(runs.c.id == run_id, runs.c.deleted.is_(None))
        with self._database.reading() as connection:
            return next(iter(records.read_runs(connection, connection.execute(query).all())), None)

    def cancel(self, run_id: str) -> None:
        """Stop a run: at once where no worker holds it, else within a point. A run that has ended stays as it is."""
        run_id = self.run(run_id).id
        with self._database.writing() as connection:
            cancel(connection, run_id)

    def resume(self, run_id: str) -> None:
        """Queue a run again that was cancelled, failed or stalled; points and settings are kept.

        Raises:
            ValueError: it is queued, running or done.
        """
        run_id = self.run(run_id).id
        with self._database.writing() as connection:
            queue_again(connection, run_id)

    def delete(self, run_id: str) -> None:
        """Delete a run for good (see also `bin`), and the points that no other run refers to; its worker loses it."""
        run_id = self.run(run_id).id
        with self._database.writing() as connection:
            lock_row(connection, run_id)
            records.delete_run(connection, run_id)

    def result(self, run_id: str) -> Result[Any]:
        """Return what a run has measured so far. Raises ValueError for a run without points."""
        run = self.run(run_id)
        if not isinstance(run.spec, PointSpec):
            raise ValueError(f"expected a run that measures points, got {run.id}, a run of kind {run.kind}")
        with self._database.reading() as connection:
            rows = stored.read_rows(connection, run.id, run.spec)
        return with_known_range(Result(run.spec, rows, run.facts, labels=run.labels))

    def artifact(self, run_id: str) -> dict[str, Any] | None:
        """Return what a run without points has found, or has kept so far. None until there is anything."""
        query = select(artifacts.c.content).where(artifacts.c.run == self.run(run_id).id, artifacts.c.name == ARTIFACT)
        with self._database.reading() as connection:
            content = connection.execute(query).scalar()
        return None if content is None else orjson.loads(content)

    def outcomes(self, run_id: str, point: Point, capability: str) -> tuple[np.ndarray, np.ndarray]:
        """Per-example outcomes (uint8; 255: not scored) and losses (float32, nats a token; NaN: no reference).

        The point's coordinates count to 6 digits (a chart hands back float32). Raises ValueError: nothing is there.
        """
        with self._database.reading() as connection:
            return stored.read_outcomes(connection, self.run(run_id).id, point, capability)

    def claim(
        self, worker: str, devices: Collection[str] | None = None, run_id: str | None = None, kind: str | None = None
    ) -> Run | None:
        """Claim the oldest run that is queued or stalled, the quick kinds first. None: there is none.

        No two workers get the same. A run with which one worker after another has died is failed meanwhile.
        Only runs whose spec names one of the `devices`, only the run `run_id`, only runs of a `kind`; None: of all.
        `worker` is an id that no other worker has.
        """
        query = claimable(devices, run_id, kind)
        with self._database.reading() as connection:  # an idle worker asks often: it should not lock the store
            if connection.execute(query).first() is None:
                return None
            self._database.require_known(version_of(connection))  # somebody may have brought it up since it was opened
        with self._database.writing() as connection:
            return take(connection, worker, query)

    def forgive(self, run_id: str) -> None:
        """Take back that the worker which held a run counts as dead: it was asleep, and lost its lease meanwhile."""
        with self._database.writing() as connection:
            forgive(connection, run_id)

    def heartbeat(self, run_id: str, worker: str) -> bool:
        """Renew the lease. Returns whether the run was asked to stop. Raises LeaseLost."""
        with self._database.writing() as connection:
            return assert_lease(connection, run_id, worker).cancelled

    def note(self, run_id: str, worker: str, phase: Phase, *, came_further: bool = False) -> None:
        """Record what a run is busy with before its points, or (`came_further`) that it found what will be kept.

        Raises LeaseLost, or Cancelled if it was asked to stop.
        """
        values: dict[str, Any] = {"phase": asdict(phase)} | ({"deaths": 0} if came_further else {})
        with self._database.writing() as connection:
            lease = assert_lease(connection, run_id, worker)
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))
        if lease.cancelled:
            raise Cancelled

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt, but never within a transaction of the main thread. For signal handlers."""
        self._database.interrupt()

    def record_content(self, run_id: str, worker: str, content: Content) -> None:
        """Record what a run is measured on. Raises LeaseLost."""
        with self._database.writing() as connection:
            assert_lease(connection, run_id, worker)
            row: dict[str, object] = {"run": run_id, "name": records.CONTENT, "content": orjson.dumps(content)}
            insert_missing(connection, artifacts, [row])

    def keep(self, run_id: str, worker: str, artifact: dict[str, Any]) -> None:
        """Keep what a run without points has found so far. Raises LeaseLost."""
        with self._database.writing() as connection:
            assert_lease(connection, run_id, worker)
            records.replace_artifact(connection, run_id, ARTIFACT, artifact)

    def record_settings(self, run_id: str, worker: str, settings: Mapping[str, Any], facts: Facts) -> None:
        """Record under which settings a run is measured, and the facts that a reader needs. Raises LeaseLost."""
        with self._database.writing() as connection:
            assert_lease(connection, run_id, worker)
            give_up_all(connection, run_id)
            values = {"settings": dict(settings), "facts": asdict(facts), "phase": None}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))

    def request_points(
        self, run_id: str, worker: str, wanted: Iterable[tuple[Point, str, str]], remaining_estimate: int
    ) -> None:
        """Record which points a run measures next, as (point, capability, key), and about how many will follow.

        A point that was asked for before and never measured gets the new key. Raises LeaseLost.
        """
        with self._database.writing() as connection:
            assert_lease(connection, run_id, worker)
            request(connection, run_id, wanted)
            connection.execute(update(runs).where(runs.c.id == run_id).values(later=remaining_estimate))

    def requested_keys(self, run_id: str) -> dict[tuple[Point, str], str]:
        """Return the keys of all that a run has asked for, measured or not, by point and capability."""
        with self._database.reading() as connection:
            return read_requests(connection, run_id)

    def forget_points(self, run_id: str, worker: str, pairs: Iterable[tuple[Point, str]]) -> None:
        """Take these points out of a run, which then asks for them anew. What was measured stays. Raises LeaseLost."""
        with self._database.writing() as connection:
            assert_lease(connection, run_id, worker)
            withdraw(connection, run_id, pairs)

    def reserve(self, run_id: str, worker: str, keys: Iterable[str]) -> tuple[set[str], set[str]]:
        """Reserve keys to measure now. Returns (those that are this run's to measure, those that another measures).

        The rest is in the store. Raises LeaseLost, or Cancelled if the run was asked to stop.
        """
        with self._database.writing() as connection:
            lease = assert_lease(connection, run_id, worker)
            found = reserve(connection, run_id, keys)
        if lease.cancelled:
            raise Cancelled
        return found

    def scores_of(self, run_id: str, *, by_loss: bool = False) -> dict[Point, dict[str, float]]:
        """Return the scores that a run has so far, by point and capability; or the losses with a minus sign."""
        with self._database.reading() as connection:
            return stored.read_scores(connection, run_id, by_loss=by_loss)

    def alphas(self) -> list[float]:
        """Return every α at which any run has measured along a single direction."""
        with self._database.reading() as connection:
            return stored.read_alphas(connection)

    def measurements(self, keys: Iterable[str]) -> dict[str, Measurement]:
        """Return what is measured under those of the keys (a few hundred at most) that are in the store."""
        with self._database.reading() as connection:
            return stored.read_measurements(connection, keys)

    def missing_keys(self, keys: Iterable[str]) -> set[str]:
        """Return those of the keys that are not in the store yet."""
        with self._database.reading() as connection:
            return stored.read_missing(connection, keys)

    def write(self, run_id: str, worker: str, measurements: Mapping[str, Measurement]) -> bool:
        """Store measurements by key, all or none. A key that is there already keeps what it has.

        Returns whether the run was asked to stop. Raises LeaseLost.
        """
        with self._database.writing() as connection:
            lease = assert_lease(connection, run_id, worker)
            rows = stored.as_rows(measurements, run_id, lease.now)
            if lease.deaths and stored.read_missing(connection, measurements):
                forget_deaths(connection, run_id)
            insert_missing(connection, points, rows)
            give_up(connection, measurements.keys())
        return lease.cancelled

    def finish(
        self, run_id: str, worker: str, status: str, error: str | None = None, artifact: dict[str, Any] | None = None,
        found: str = "",
    ) -> None:  # fmt: skip
        """End a run: `done` with what it found in a few words, `failed`, or `cancelled`. Raises LeaseLost."""
        assert status in ENDED
        with self._database.writing() as connection:
            lease = assert_lease(connection, run_id, worker)
            if artifact is not None:
                records.replace_artifact(connection, run_id, ARTIFACT, artifact)
            values = {"status": status, "error": error, "finished": lease.now, "worker": None, "found": found or None}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))

    def release(self, run_id: str, worker: str) -> None:
        """Give up a run unfinished: it is queued again, or cancelled if that was asked. Raises LeaseLost."""
        with self._database.writing() as connection:
            lease = assert_lease(connection, run_id, worker)
            values = {"status": "cancelled", "finished": lease.now} if lease.cancelled else {"status": "queued"}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values | {"worker": None}))
