"""Where a slice loses each capability, as plain values for JSON."""

from typing import Any

import numpy as np

from landscape.basins.boundaries import RAYS_NEEDED, RayEnds, radius_of
from landscape.basins.standings import standing_notes
from landscape.figures.slices.findings import known_ends, slice_title
from landscape.figures.slices.slice import panels
from landscape.schema.capability_names import name_of
from landscape.schema.results import Result, json_safe
from landscape.schema.specs import SliceSpec


def slice_reading(result: Result[SliceSpec], tolerance: float) -> dict[str, Any]:
    """By direction and capability where it is lost at a tolerance, by score or by loss as the result is read.

    Of several random directions `boundaries` has one each; null: not lost within the range.
    """
    found = {panel: known_ends(result, panel, tolerance) for panel in panels(result)}
    return {
        "tolerance": tolerance,
        "tolerance_of": "loss, nats" if result.by_loss else "score",
        "notes": standing_notes(result, tolerance),
        "directions": {
            panel: {
                "finding": slice_title(result, panel, known, tolerance).replace("\u00a0", " "),
                "capabilities": {name: _ends(known.get(name)) for name in map(name_of, result.spec.capabilities)},
            }
            for panel, known in found.items()
        },
    }


def _ends(ends: RayEnds | None) -> dict[str, Any] | None:
    """The boundaries along the directions of a panel, and their median with its interval where there is one."""
    if ends is None:
        return None
    found: dict[str, Any] = {"boundaries": ends.found.tolist(), "examples": ends.examples}
    if len(ends.found) >= RAYS_NEEDED:
        middle = radius_of(ends, np.random.default_rng(0))
        found |= {"median": middle.median, "low": middle.low, "high": middle.high, "at_least": middle.at_least}
    return dict(json_safe(found))
