"""Inspections that ship measured, so that the first verdict needs no computing: the evidence of each in one file."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from landscape.assets import CAPABILITIES, DATA
from landscape.bundled.real_specs import BASE, OVERTRAINED, TUNED
from landscape.bundled.real_specs import CAPABILITIES as REAL_CAPABILITIES
from landscape.inspection.evidence import Evidence
from landscape.schema.results import Result
from landscape.schema.specs import InspectionSpec, canonical_json

DEMO_INSPECTIONS = tuple(
    InspectionSpec(checkpoint=f"demo:{base}", other=f"demo:{tuned}", capabilities=tuple(CAPABILITIES))
    for base, tuned in (("assistant", "adversarial"), ("assistant", "benign"), ("base", "assistant"))
)
REAL_INSPECTIONS = tuple(
    InspectionSpec(checkpoint=BASE, other=tuned, capabilities=REAL_CAPABILITIES, limit=100, budget=1800, draws=3)
    for tuned in (TUNED, OVERTRAINED)
)


def file_of(spec: InspectionSpec) -> Path:
    """Return the file in which the evidence of an inspection ships, if it does."""
    return DATA / "results" / f"inspection-{spec.other.partition(':')[2]}.json"


def without_budget(spec: InspectionSpec) -> InspectionSpec:
    """Return the same inspection with all the time that it takes."""
    return spec.model_copy(update={"budget": None})


@cache
def shipped_evidence(spec: InspectionSpec) -> Evidence | None:
    """Return the evidence of an inspection, if it ships with the project; it answers every budget."""
    known = {without_budget(each) for each in (*DEMO_INSPECTIONS, *REAL_INSPECTIONS)}
    file = file_of(spec)
    if without_budget(spec) not in known or not file.is_file():
        return None
    saved = orjson.loads(file.read_bytes())
    parts = {name: Result.unpacked(part) for name, part in saved["parts"].items()}
    said = {(who, name): {int(i): one for i, one in each.items()} for who, name, each in saved.get("responses", ())}
    return Evidence(saved["delta"], parts, cut=tuple(saved["cut"]), digests=saved["digests"], responses=said)


def shipped_instead(spec: InspectionSpec, chosen: Sequence[str] = ()) -> InspectionSpec:
    """Return the inspection of the same two that ships, where one does that asks the capabilities `chosen` (none: any).

    An inspection that ships itself, or that nothing that ships stands for, is returned as it is.
    """
    if shipped_evidence(spec) is not None:
        return spec
    same = (each for each in (*DEMO_INSPECTIONS, *REAL_INSPECTIONS) if each.named_checkpoints == spec.named_checkpoints)
    asked = (each for each in same if not chosen or set(chosen) == set(each.capabilities))
    return next((each for each in asked if shipped_evidence(each) is not None), spec)


def ship_inspection(spec: InspectionSpec, evidence: Evidence) -> None:
    """Write the evidence of an inspection to the file in which it ships.

    The outcome of every example goes with it, its loss where both checkpoints are compared by it, and what both said
    to those that were lost or won.
    """
    parts = {
        name: part.packed(outcomes=True, losses=name.startswith(("scores", "tuned scores")))
        for name, part in evidence.parts.items()
    }
    saved: dict[str, Any] = {"spec": spec.model_dump(mode="json"), "delta": evidence.delta, "parts": parts}
    saved |= {"cut": evidence.cut, "digests": dict(evidence.digests)}
    said = [(*whose, {str(index): one for index, one in each.items()}) for whose, each in evidence.responses.items()]
    saved |= {"responses": said} if said else {}
    file_of(spec).write_text(canonical_json(saved))
    shipped_evidence.cache_clear()
