"""What a reader sees of a run's points: tidy rows, scores for the search, outcomes example by example."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, bindparam, func, select

from landscape.schema.capability_names import name_of
from landscape.schema.frames import PointSpec
from landscape.schema.points import Point
from landscape.schema.results import NOT_SCORED, Measurement, tidy
from landscape.store.tables import points, run_points

_WHERE = (run_points.c.direction, run_points.c.alpha, run_points.c.beta)


def read_rows(connection: Connection, run_id: str, spec: PointSpec) -> pd.DataFrame:
    """The rows of a result, by coordinates and then in the spec's order of capabilities."""
    measured = ("realised_alpha", "score", "loss", "n", "seconds", "outcomes", "losses", "counts")
    query = (
        select(*_WHERE, run_points.c.capability, *(points.c[name] for name in measured))
        .join_from(run_points, points, run_points.c.key == points.c.key)
        .where(run_points.c.run == run_id)
        .order_by(*_WHERE)
    )
    order = {name_of(capability): index for index, capability in enumerate(spec.capabilities)}
    rows = [_record(spec, row) for row in connection.execute(query).mappings()]
    rows.sort(key=lambda row: (*row["where"], order.get(row["capability"], 0)))
    return tidy(spec, rows)


def _record(spec: PointSpec, row: Any) -> dict[str, Any]:
    where = (row["direction"], row["alpha"], row["beta"])
    outcomes = np.frombuffer(row["outcomes"], np.uint8)
    losses = np.frombuffer(row["losses"], "<f4")
    known = {"where": where, "outcomes": outcomes, "losses": losses, "not_finite": row["counts"].get("not_finite", 0)}
    unscored = {"score": math.nan} if row["counts"].get("by_loss_alone") else {}
    return {**row, **spec.coordinates_of(Point(*where)), **known, **unscored}


_SCORES = (
    select(*_WHERE, run_points.c.capability, points.c.score, points.c.loss)
    .join_from(run_points, points, run_points.c.key == points.c.key)
    .where(run_points.c.run == bindparam("asker"))
)


def read_scores(connection: Connection, run_id: str, *, by_loss: bool = False) -> dict[Point, dict[str, float]]:
    """The scores that a run has so far, by point and capability; by loss: the losses with a minus sign.

    Where there is no loss, as logits are not finite or no example has a reference answer, it is −inf.
    """
    found: dict[Point, dict[str, float]] = {}
    for direction, alpha, beta, capability, score, loss in connection.execute(_SCORES, {"asker": run_id}):
        value = score if not by_loss else -math.inf if loss is None else -loss
        found.setdefault(Point(direction, alpha, beta), {})[capability] = value
    return found


def read_missing(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Those of the keys under which nothing is measured yet."""
    wanted = list(dict.fromkeys(keys))
    found: set[str] = set()
    for start in range(0, len(wanted), 500):  # SQLite limits the variables of a statement
        part = wanted[start : start + 500]
        found.update(connection.execute(select(points.c.key).where(points.c.key.in_(part))).scalars())
    return set(wanted) - found


def read_measurements(connection: Connection, keys: Iterable[str]) -> dict[str, Measurement]:
    """What is measured under those of the keys that are there."""
    query = select(points).where(points.c.key.in_(list(keys)))
    return {
        row.key: Measurement(*_examples(row), row.seconds, row.realised_alpha, row.counts)
        for row in connection.execute(query)
    }


def _examples(row: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.frombuffer(row.outcomes, np.uint8), np.frombuffer(row.losses, "<f4").astype(np.float32)


def read_outcomes(connection: Connection, run_id: str, point: Point, capability: str) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and losses of every example at the measured point that agrees to 6 digits."""
    away = func.abs(run_points.c.alpha - point.alpha) + func.abs(run_points.c.beta - point.beta)
    query = (
        select(*_WHERE, points.c.outcomes, points.c.losses)
        .join_from(run_points, points, run_points.c.key == points.c.key)
        .where(run_points.c.run == run_id, run_points.c.capability == capability)
        .where(run_points.c.direction == point.direction)
        .order_by(away)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    pairs = [] if row is None else [(row.alpha, point.alpha), (row.beta, point.beta)]
    if row is None or not all(math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12) for a, b in pairs):
        where = f"direction {point.direction}, α {point.alpha:g}, β {point.beta:g}, {capability}"
        raise ValueError(f"expected a measured point of run {run_id}, got {where}")
    return _examples(row)


def as_rows(measurements: Mapping[str, Measurement], run_id: str, now: float) -> list[dict[str, Any]]:
    """Measurements by key as rows of `points`.

    They are sorted: two workers that wrote the same keys in different orders would wait for each other.
    """
    return [_as_row(key, measured, run_id, now) for key, measured in sorted(measurements.items())]


def _as_row(key: str, measured: Measurement, run_id: str, now: float) -> dict[str, Any]:
    losses = np.asarray(measured.losses, "<f4")
    known = losses[~np.isnan(losses)].astype(np.float64)
    scored = np.asarray(measured.outcomes)[np.asarray(measured.outcomes) != NOT_SCORED]
    alone = bool(measured.counts.get("by_loss_alone"))  # it has no score; the column takes no NaN
    return {
        "key": key,
        "outcomes": np.asarray(measured.outcomes, np.uint8).tobytes(),
        "losses": losses.tobytes(),
        "n": len(losses) if alone else len(scored),
        "score": 0.0 if alone else float(np.mean(scored)),
        "loss": float(known.mean()) if len(known) and not measured.counts.get("not_finite") else None,
        "realised_alpha": float(measured.realised_alpha),
        "seconds": float(measured.seconds),
        "counts": dict(measured.counts),
        "measured_by": run_id,
        "created": now,
    }


def read_alphas(connection: Connection) -> list[float]:
    """Return every α at which any run has measured along a single direction."""
    query = select(run_points.c.alpha).where(run_points.c.beta == 0).distinct().order_by(run_points.c.alpha)
    return list(connection.execute(query).scalars())
