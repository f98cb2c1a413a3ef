"""Queue runs, look at them, and do a worker's bookkeeping: one short transaction each."""

import math
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson
from sqlalchemy import and_, delete, exists, func, insert, or_, select, update

from landscape.capabilities import name_of
from landscape.results import Facts, Result, tidy
from landscape.specs import ComparisonSpec, SliceSpec, canonical_json, label_of, seed_of
from landscape.store.database import PATIENCE, Database
from landscape.store.leases import claimable, own, silent
from landscape.store.records import ENDED, Run, read_runs, status_of
from landscape.store.schema import artifacts, insert_missing, points, run_points, runs

ARTIFACT = "result"  # the one artifact a run has so far


class Measured(Protocol):
    """One capability at one θ (`slices.Measurement`)."""

    @property
    def outcomes(self) -> np.ndarray: ...  # noqa: D102
    @property
    def losses(self) -> np.ndarray: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102
    @property
    def realised_alpha(self) -> float: ...  # noqa: D102
    @property
    def counts(self) -> dict[str, int]: ...  # noqa: D102


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

    # --- for pages and the command line -------------------------------------------------------------

    def submit(self, spec: SliceSpec | ComparisonSpec) -> str:
        """Queue a run; its id."""
        run_id = secrets.token_hex(4)
        row = {"id": run_id, "kind": spec.kind, "spec": canonical_json(spec), "device": spec.device}
        with self._database.writing() as connection:
            connection.execute(insert(runs).values(**row, status="queued", created=time.time()))
        return run_id

    def runs(self) -> list[Run]:
        """Every run, the latest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(runs).order_by(runs.c.created.desc(), runs.c.id)).all()
            return read_runs(connection, rows)

    def run(self, run_id: str) -> Run:
        """One run by its id or a unique beginning of it. Raises ValueError when there is none, or several."""
        with self._database.reading() as connection:
            found = connection.execute(select(runs).where(runs.c.id.startswith(run_id, autoescape=True))).all()
            if len(found) == 1:
                return read_runs(connection, found)[0]
            latest = connection.execute(select(runs.c.id).order_by(runs.c.created.desc()).limit(3)).scalars().all()
        if found:
            raise ValueError(f"expected the id of one run, got {run_id!r}, with which {len(found)} begin")
        there = f"the latest here: {', '.join(latest)}" if latest else "there is no run here yet"
        raise ValueError(f"expected the id of a run, got {run_id!r}; {there}")

    def cancel(self, run_id: str) -> None:
        """Stop a run: at once when no worker is on it, else within a point. No effect on one that has ended."""
        run_id = self.run(run_id).id
        now = time.time()
        alone = or_(runs.c.status == "queued", silent(now))
        with self._database.writing() as connection:
            values = {"status": "cancelled", "finished": now, "worker": None}
            connection.execute(update(runs).where(runs.c.id == run_id, alone).values(values))
            running = and_(runs.c.id == run_id, runs.c.status == "running")
            connection.execute(update(runs).where(running).values(cancel_requested=True))

    def resume(self, run_id: str) -> None:
        """Queue a run again that was cancelled, failed or stalled; points and settings are kept.

        Raises:
            ValueError: it is queued, running or done.
        """
        run_id = self.run(run_id).id
        with self._database.writing() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).one()
            status = status_of(row, time.time())
            if status not in ("cancelled", "failed", "stalled"):
                raise ValueError(f"expected a cancelled, failed or stalled run, got {run_id}, which is {status}")
            values = {"status": "queued", "error": None, "finished": None, "worker": None, "cancel_requested": False}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))

    def delete(self, run_id: str) -> None:
        """Forget a run, and the points that no other run refers to. A worker on it loses it."""
        run_id = self.run(run_id).id
        mine = select(run_points.c.key).where(run_points.c.run == run_id)
        others = exists().where(run_points.c.key == points.c.key, run_points.c.run != run_id)
        with self._database.writing() as connection:
            connection.execute(delete(points).where(points.c.key.in_(mine), ~others))
            connection.execute(delete(runs).where(runs.c.id == run_id))

    def result(self, run_id: str) -> Result:
        """What a slice run found so far. Raises ValueError for a comparison."""
        run = self.run(run_id)
        if not isinstance(run.spec, SliceSpec):
            raise ValueError(f"expected a slice run, got {run.id}, a {run.kind}")
        asked, found = run_points.c, points.c
        columns = (asked.direction, asked.alpha, asked.capability, found.realised_alpha, found.score, found.loss)
        query = (
            select(*columns, found.n, found.seconds)
            .join_from(run_points, points, asked.key == found.key)
            .where(asked.run == run.id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        order = {name_of(capability): index for index, capability in enumerate(run.spec.capabilities)}
        rows = sorted(rows, key=lambda row: (row["direction"], row["alpha"], order.get(row["capability"], 0)))
        directions = run.spec.directions
        labels = [{"direction": label_of(direction), "seed": seed_of(direction)} for direction in directions]
        return Result(run.spec, tidy([{**row, **labels[row["direction"]]} for row in rows]), run.facts)

    def artifact(self, run_id: str) -> dict[str, Any] | None:
        """The result of a comparison run; None until it is done."""
        query = select(artifacts.c.content).where(artifacts.c.run == self.run(run_id).id, artifacts.c.name == ARTIFACT)
        with self._database.reading() as connection:
            content = connection.execute(query).scalar()
        return None if content is None else orjson.loads(content)

    def outcomes(self, run_id: str, direction: int, alpha: float, capability: str) -> tuple[np.ndarray, np.ndarray]:
        """Per-example outcomes (uint8, 0 or 1) and losses (float32, nats per token; NaN: no reference) of a point.

        Args:
            run_id: whose run.
            direction: index in the spec's directions.
            alpha: of a measured point, to 6 digits (a chart hands back float32).
            capability: its name, as in the rows of the result.

        Raises:
            ValueError: nothing measured there.
        """
        run_id = self.run(run_id).id
        there = and_(run_points.c.direction == direction, run_points.c.capability == capability)
        query = (
            select(run_points.c.alpha, points.c.outcomes, points.c.losses)
            .join_from(run_points, points, run_points.c.key == points.c.key)
            .where(run_points.c.run == run_id, there)
            .order_by(func.abs(run_points.c.alpha - alpha))
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or not math.isclose(row.alpha, alpha, rel_tol=1e-6, abs_tol=1e-12):
            where = f"direction {direction}, α {alpha:g}, {capability}"
            raise ValueError(f"expected a measured point of run {run_id}, got {where}")
        return np.frombuffer(row.outcomes, np.uint8), np.frombuffer(row.losses, "<f4").astype(np.float32)

    # --- for workers --------------------------------------------------------------------------------

    def claim(self, worker: str, device: str | None = None, run_id: str | None = None) -> Run | None:
        """Take the oldest run that is queued or stalled, comparisons first; None: there is none. No two get the same.

        Args:
            worker: an id that no other worker has.
            device: only runs for this device or for any; None or "auto": all runs.
            run_id: only this run.
        """
        with self._database.reading() as connection:  # an idle worker asks often: it should not lock the store
            if connection.execute(claimable(device, run_id)).first() is None:
                return None
        now = time.time()
        taken = {"status": "running", "worker": worker, "heartbeat": now, "claimed": now, "error": None}
        chosen = claimable(device, run_id).with_for_update(skip_locked=True).scalar_subquery()
        with self._database.writing() as connection:
            given_up = update(runs).where(silent(now), runs.c.cancel_requested)
            connection.execute(given_up.values(status="cancelled", finished=now, worker=None))
            query = update(runs).where(runs.c.id == chosen).values(taken | {"finished": None})
            found = connection.execute(
                query.values(started=func.coalesce(runs.c.started, now), cancel_requested=False).returning(runs.c.id)
            ).scalar()
        return None if found is None else self.run(found)

    def heartbeat(self, run_id: str, worker: str) -> bool:
        """Say that the worker lives; whether it was asked to stop. Raises Lost."""
        with self._database.writing() as connection:
            return own(connection, run_id, worker)

    def plan(
        self,
        run_id: str,
        worker: str,
        rows: Iterable[tuple[int, int, float, str, str]],
        settings: Mapping[str, Any],
        facts: Facts,
    ) -> None:
        """Record what the run asks for: (position, direction, α, capability, key) of every point. Raises Lost."""
        names = ("position", "direction", "alpha", "capability", "key")
        planned = [{"run": run_id, **dict(zip(names, row, strict=True))} for row in rows]
        with self._database.writing() as connection:
            own(connection, run_id, worker)
            values = {"settings": dict(settings), "facts": asdict(facts)}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))
            connection.execute(delete(run_points).where(run_points.c.run == run_id))
            if planned:
                connection.execute(insert(run_points), planned)

    def missing(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that nobody has measured yet."""
        wanted = list(dict.fromkeys(keys))
        found: set[str] = set()
        with self._database.reading() as connection:
            for start in range(0, len(wanted), 500):  # SQLite limits the variables of a statement
                part = wanted[start : start + 500]
                found.update(connection.execute(select(points.c.key).where(points.c.key.in_(part))).scalars())
        return set(wanted) - found

    def write(self, run_id: str, worker: str, measurements: Mapping[str, Measured]) -> bool:
        """Keep measurements by key, all or none; a key that is taken keeps what it has.

        Returns whether the worker was asked to stop. Raises Lost.
        """
        now = time.time()
        with self._database.writing() as connection:
            cancel_requested = own(connection, run_id, worker)
            rows = [_point(key, measured, run_id, now) for key, measured in measurements.items()]
            insert_missing(connection, points, rows)
        return cancel_requested

    def finish(
        self, run_id: str, worker: str, status: str, error: str | None = None, artifact: dict[str, Any] | None = None
    ) -> None:
        """End a run: `done`, `failed` with its error, or `cancelled`. Raises Lost."""
        assert status in ENDED
        with self._database.writing() as connection:
            own(connection, run_id, worker)
            if artifact is not None:
                connection.execute(delete(artifacts).where(artifacts.c.run == run_id))
                content = orjson.dumps(artifact, option=orjson.OPT_SERIALIZE_NUMPY)
                connection.execute(insert(artifacts).values(run=run_id, name=ARTIFACT, content=content))
            values = {"status": status, "error": error, "finished": time.time(), "worker": None}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))

    def release(self, run_id: str, worker: str) -> None:
        """Hand a run back unfinished: queued again, or cancelled if that was asked. Raises Lost."""
        with self._database.writing() as connection:
            cancelled = own(connection, run_id, worker)
            values: dict[str, Any] = {"status": "queued", "worker": None}
            if cancelled:
                values |= {"status": "cancelled", "finished": time.time()}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))


def _point(key: str, measured: Measured, run_id: str, now: float) -> dict[str, Any]:
    losses = np.asarray(measured.losses, "<f4")
    known = losses[~np.isnan(losses)].astype(np.float64)
    return {
        "key": key,
        "outcomes": np.asarray(measured.outcomes, np.uint8).tobytes(),
        "losses": losses.tobytes(),
        "n": len(measured.outcomes),
        "score": float(np.mean(measured.outcomes)),
        "loss": float(known.mean()) if len(known) else None,
        "realised_alpha": float(measured.realised_alpha),
        "seconds": float(measured.seconds),
        "counts": dict(measured.counts),
        "measured_by": run_id,
        "created": now,
    }
