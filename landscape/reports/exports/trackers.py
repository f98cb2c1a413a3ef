"""Runs for experiment trackers of the W&B interface: trackio, which is local, or wandb. Both are optional."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pandas as pd

from landscape.basins.losses import as_searched
from landscape.basins.radii import basins_of
from landscape.inspection.verdict import Verdict
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from landscape.store.records import Run

Library = Literal["trackio", "wandb"]
Metrics = dict[str, float]


def log_result(library: Library, project: str, run: Run, result: Result[Any]) -> None:
    """Log a run: a step for each place where it measured, in ascending order, then the radii of a search.

    Raises ValueError where the library is not installed.
    """
    _log(library, project, run, [*_steps(result), *_radii(result)])


def log_verdict(library: Library, project: str, run: Run, verdict: Verdict) -> None:
    """Log an inspection: scores of both, and the change with its interval, in one step; the verdict in its settings."""
    metrics: Metrics = {}
    for judged in verdict.capabilities:
        if any(judged.not_finite):
            continue
        numbers = {"base score": judged.base, "score": judged.tuned, "change": -judged.drop.drop}
        numbers |= {"change low": -judged.drop.high, "change high": -judged.drop.low}
        metrics |= {f"{judged.capability}/{name}": value for name, value in numbers.items()}
    _log(library, project, run, [metrics], {"verdict": verdict.outcome})


def _log(library: Library, project: str, run: Run, steps: list[Metrics], more: Mapping[str, str] | None = None) -> None:
    tracker = _tracker(library)
    labels = run.labels
    about = {"landscape run": run.id, "found": run.found, "tags": list(labels.tags), "note": labels.note}
    config = run.spec.model_dump(mode="json") | about | dict(more or {})
    name = f"{labels.name} {run.id}" if labels.name else f"{run.kind} {short_name(run.checkpoint)} {run.id}"
    tracker.init(project=project, name=name, config=config)
    for step, metrics in enumerate(steps):
        tracker.log({key: value for key, value in metrics.items() if math.isfinite(value)}, step=step)
    tracker.finish()


def _tracker(library: Library) -> Any:
    try:
        if library == "trackio":
            import trackio

            return trackio
        import wandb

        return wandb
    except ImportError:
        raise ValueError(f"{library} is not installed: pip install {library}") from None


def _steps(result: Result[Any]) -> Iterator[Metrics]:
    """One step for each α, σ, or place of a plane: every score and loss there, by capability and direction."""
    where = [name for name in ("alpha", "sigma", "x", "y") if name in result.rows]
    for place, rows in result.scored.groupby(where, sort=True):
        metrics: Metrics = {name: float(value) for name, value in zip(where, place, strict=True)}
        for (name, along), each in rows.groupby([rows["capability"], _along(rows)], sort=False):
            metrics |= {f"{name}/{key}{along}": float(each[key].mean()) for key in ("score", "loss")}
        yield metrics


def _along(rows: pd.DataFrame) -> pd.Series:
    """What tells the directions apart: ` gaussian 3`, ` towards demo:assistant`; nothing where there are none."""
    if "direction" not in rows:
        return pd.Series("", rows.index)
    seeds = rows["seed"].astype("string").radd(" ").fillna("")
    return " " + rows["direction"].astype("string") + seeds


def _radii(result: Result[Any]) -> Iterator[Metrics]:
    """The radii of a search, with what is known beside the median; a lower bound is named so."""
    if not isinstance(result.spec, BasinSpec):
        return
    metrics: Metrics = {}
    for basin in basins_of(as_searched(result)):
        if (radius := basin.radius) is not None:
            metrics[f"{basin.capability}/radius{' at least' if radius.at_least else ''}"] = radius.median
            if radius.spread is not None:
                _, low, high = radius.spread
                metrics |= {f"{basin.capability}/radius low": low, f"{basin.capability}/radius high": high}
    if metrics:
        yield metrics
