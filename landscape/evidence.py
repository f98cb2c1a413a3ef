"""The evidence of an inspection, gathered from the runs that hold its parts; also while it is still being measured."""

from typing import Any

from landscape.inspections import DECISIVE, parts_of
from landscape.specs import InspectionSpec, Survey
from landscape.store import Run, Store
from landscape.verdicts import Evidence, held_by_base


def gather(store: Store, run: Run) -> tuple[Evidence, dict[str, str]]:
    """What an inspection's parts have found so far, and which run holds which part."""
    assert isinstance(run.spec, InspectionSpec)
    ended = store.artifact(run.id) or {}
    ids: dict[str, str] = dict(ended.get("parts", {}))
    delta = _artifact(store, run.spec, ids, "delta")
    scores = _result(store, run.spec, ids, "scores", delta, None)
    held = held_by_base(run.spec, scores) if scores is not None else None
    names = list(parts_of(run.spec, delta, held))
    found = {n: _result(store, run.spec, ids, n, delta, held) for n in names if n not in ("delta", "scores")}
    brittle = {n: part for n, part in found.items() if part is not None and n.split()[0] in ("layer", "module")}
    evidence = Evidence(
        delta,
        scores,
        found.get("base basin"),
        found.get("headroom"),
        found.get("way"),
        found.get("moves"),
        brittle,
        tuple(ended.get("cut", ())),
        tuned=found.get("tuned scores"),
    )
    return evidence, ids


def _find(store: Store, spec: InspectionSpec, ids: dict[str, str], name: str, *known: Any) -> str | None:
    """The run of a part, noted in `ids`."""
    if name not in ids:
        part = parts_of(spec, *(known or (None, None))).get(name)
        run = store.find(part) if part is not None else None
        if run is not None:
            ids[name] = run.id
    return ids.get(name)


def _artifact(store: Store, spec: InspectionSpec, ids: dict[str, str], name: str) -> dict[str, Any] | None:
    run_id = _find(store, spec, ids, name)
    return None if run_id is None or store.seek(run_id) is None else store.artifact(run_id)


def _result(store: Store, spec: InspectionSpec, ids: dict[str, str], name: str, *known: Any) -> Any:
    """The result of a part once it has θ₀; None before."""
    run_id = _find(store, spec, ids, name, *known)
    run = store.seek(run_id) if run_id is not None else None
    if run is None or not isinstance(run.spec, Survey) or run.facts is None:
        return None
    result = store.result(run.id)
    if name in DECISIVE and run.status != "done":
        return None  # a verdict on half of the examples would be none
    return result if len(result.rows) else None
