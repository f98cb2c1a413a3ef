"""The evidence of an inspection, gathered from the runs that hold its parts; also while it is still being measured."""

from dataclasses import replace
from typing import Any

import pandas as pd

from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import parts_of
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.points import Point
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.store.store import Store


def collect_evidence(store: Store, run: Run) -> tuple[Evidence, dict[str, str]]:
    """What an inspection's parts have found so far, and which run holds which part."""
    assert isinstance(run.spec, InspectionSpec)
    ended = store.artifact(run.id) or {}
    ids: dict[str, str] = dict(ended.get("parts", {}))
    evidence, looked = Evidence(cut=tuple(ended.get("cut", ()))), set[str]()
    while fresh := {name: part for name, part in parts_of(run.spec, evidence).items() if name not in looked}:
        for name, part in fresh.items():
            run_id = ids.get(name) or _find(store, part)
            if run_id is not None:
                ids[name] = run_id
                evidence = evidence.plus(name, part_result(store, run_id, name, whole=evidence.looked_at(name)))
        looked |= fresh.keys()
    return evidence, ids


def _find(store: Store, part: Spec) -> str | None:
    run = store.latest_run_of(part)
    return run.id if run is not None else None


def part_result(store: Store, run_id: str, name: str, *, whole: bool = False) -> Any:
    """What the run of a part has found; None before there is anything to read off it.

    Args:
        store: where the run is.
        run_id: the run.
        name: of the part. A verdict on half of the examples would be none: scores count once they are complete, and
            bring the examples' losses along.
        whole: as for scores, since an earlier look has something to show meanwhile.
    """
    run = store.get_run_or_none(run_id)
    if run is None:
        return None
    if not isinstance(run.spec, PointSpec):
        return store.artifact(run_id)
    scores = name.startswith(("scores", "tuned scores"))
    if run.facts is None or ((whole or scores) and run.status != "done"):
        return None
    result = store.result(run_id)
    if not len(result.rows):
        return None
    return replace(result, rows=_with_losses(store, run_id, result.rows)) if scores else result


def _with_losses(store: Store, run_id: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of θ₀ with every example's loss beside its outcome, for paired differences."""
    losses = [store.outcomes(run_id, Point(0, 0.0), name)[1] for name in rows["capability"]]
    return rows.assign(losses=pd.Series(losses, rows.index, "object"))
