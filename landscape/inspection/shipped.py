"""Inspections that ship measured, so that the first verdict needs no computing: the evidence of each in one file."""

from functools import cache
from pathlib import Path

import orjson

from landscape.assets import CAPABILITIES, DATA
from landscape.inspection.evidence import Evidence
from landscape.schema.results import Result
from landscape.schema.specs import InspectionSpec, canonical_json, parse_spec

DEMO_INSPECTIONS = tuple(
    InspectionSpec(checkpoint="demo:assistant", other=f"demo:{name}", capabilities=tuple(CAPABILITIES))
    for name in ("adversarial", "benign")
)


def shipped_inspections() -> dict[Path, InspectionSpec]:
    """Return, by file, the inspections whose evidence ships with the project."""
    return {DATA / "results" / f"inspection-{spec.other.partition(':')[2]}.json": spec for spec in DEMO_INSPECTIONS}


def without_budget(spec: InspectionSpec) -> InspectionSpec:
    """Return the same inspection with all the time that it takes."""
    return spec.model_copy(update={"budget": None})


@cache
def shipped_evidence(spec: InspectionSpec) -> Evidence | None:
    """Return the evidence of an inspection, if it ships with the project: all of it, which answers any budget."""
    whole = without_budget(spec)
    file = next((file for file, known in shipped_inspections().items() if known == whole), None)
    if file is None or not file.is_file():
        return None
    saved = orjson.loads(file.read_bytes())
    assert parse_spec(saved["spec"]) == whole, f"{file.name} holds another inspection: run demo build"
    return Evidence(saved["delta"], {name: Result.unpacked(part) for name, part in saved["parts"].items()})


def ship_inspection(spec: InspectionSpec, evidence: Evidence) -> None:
    """Write the evidence of an inspection to the file in which it ships.

    The outcome of every example goes with it, and its loss where both checkpoints are compared by it.

    Raises:
        ValueError: this inspection does not ship, or parts of it are not measured.
    """
    file = next((file for file, known in shipped_inspections().items() if known == spec), None)
    if file is None or evidence.delta is None or evidence.cut:
        raise ValueError(f"expected a whole inspection that ships, got {spec.other} beside {spec.checkpoint}")
    parts = {
        name: part.packed(outcomes=True, losses=name in ("scores", "tuned scores"))
        for name, part in evidence.parts.items()
    }
    file.write_text(canonical_json({"spec": spec.model_dump(mode="json"), "delta": evidence.delta, "parts": parts}))
    shipped_evidence.cache_clear()
