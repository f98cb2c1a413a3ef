"""How far a fine-tune holds with one part of it moved alone, as plain values and texts for a report."""

from typing import Any

from landscape.figures.inspection.brittle import Cell, brittle_finding, cells_of
from landscape.inspection.evidence import Evidence
from landscape.schema.directions import short_name
from landscape.schema.results import json_safe
from landscape.schema.specs import InspectionSpec


def brittle_dict(spec: InspectionSpec, evidence: Evidence) -> dict[str, Any]:
    """By part and capability: `brittle` has the median radius in α of that part's weights (None: no basin, or unknown).

    `brittle_ranges` has from where to where the directions end (`high` None: one was not followed to its end), and
    `brittle_finding` the sentence that rests on them.
    """
    cells = _cells(evidence)
    return {
        "brittle": {part: {one.capability: one.radius for one in row} for part, row in cells.items()},
        "brittle_ranges": {part: {one.capability: _range(one) for one in row} for part, row in cells.items()},
        "brittle_finding": brittle_sentence(spec, evidence),
    }


def brittle_sentence(spec: InspectionSpec, evidence: Evidence) -> str | None:
    """Which part has the smallest radius, over which range, and what is not told apart from it; None if unmeasured."""
    return brittle_finding(evidence.brittle, short_name(spec.other)) if evidence.brittle else None


def brittle_texts(evidence: Evidence) -> dict[str, dict[str, str]]:
    """By part and capability: `0.020 (0.018 to 0.025 over 3 directions)`, or why there is none."""
    return {
        part: {one.capability: f"{one.text} ({one.ranges})" if one.ranges else one.text for one in row}
        for part, row in _cells(evidence).items()
    }


def _cells(evidence: Evidence) -> dict[str, list[Cell]]:
    return {part: cells_of({part: result}) for part, result in evidence.brittle.items()}


def _range(cell: Cell) -> dict[str, Any] | None:
    if cell.radius is None:
        return None
    ends = {"low": cell.nearest, "high": cell.farthest, "directions": cell.directions, "at_least": cell.at_least}
    return dict(json_safe(ends))
