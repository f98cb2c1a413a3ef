"""Planes that this program exported, as JSON or CSV, and arrays in JSON."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from landscape.schema.directions import describe_direction, short_name
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec
from landscape.surfaces.bare_arrays import contents_of_array
from landscape.surfaces.named_arrays import contents_of_arrays
from landscape.surfaces.points import OFF, contents_of_points
from landscape.surfaces.surface import ALPHA, NATS, OF_EXPORT, RELATIVE_ALPHA, SHARE, Contents

CAPABILITY = "capability"
OWN = "Landscape"
_UNITS = {"score": SHARE, "loss": NATS}


def read_json(name: str, text: str) -> Contents:
    """Return what a JSON file holds: an exported plane, arrays by name, or one array. Raises ValueError."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is no JSON: {error}") from None
    if isinstance(held, dict) and {"spec", "rows"} <= held.keys():
        return _plane(name, held)
    if isinstance(held, dict):
        arrays = {key: array for key, value in held.items() if (array := _array(value)) is not None}
        return contents_of_arrays(name, arrays)
    if (array := _array(held)) is None:
        raise ValueError(f"{name} holds no lists of numbers of equal length")
    return contents_of_array(name, array)


def _array(value: Any) -> npt.NDArray | None:
    """A list of numbers, or of lists of as many each, with NaN for null; None for anything else."""
    if not isinstance(value, list):
        return None
    try:
        return np.array(value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _plane(name: str, held: Mapping[str, Any]) -> Contents:
    try:
        result = Result[Any].unpacked(dict(held))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{name} is no export of a plane: {' '.join(str(error).split())[:200]}") from None
    spec = result.spec
    if not isinstance(spec, PlaneSpec):
        raise ValueError(f"{name} is the export of a {spec.kind}: expected that of a plane")
    if not len(result.rows):
        raise ValueError(f"{name} is the export of a plane without a point")
    columns = {key: result.rows[key].to_numpy() for key in ("x", "y", CAPABILITY, "score", "loss")}
    said = [describe_direction(direction) for direction in spec.directions[:2]]
    alpha = "relative change" if spec.relative else "α"
    titles = (f"x, {alpha}: {said[0]}", f"y, {alpha}: {said[1]}") if len(said) == 2 else (f"x, {alpha}", f"y, {alpha}")
    unit = RELATIVE_ALPHA if spec.relative else ALPHA
    return contents_of_rows(name, columns, titles, unit, short_name(spec.checkpoint))


def contents_of_rows(
    name: str,
    columns: Mapping[str, npt.NDArray],
    titles: tuple[str, str] = ("x", "y"),
    axis_unit: str = OF_EXPORT,
    around: str = "",
) -> Contents:
    """Return the tidy rows of an exported plane: score and loss of each capability. Raises ValueError."""
    if not {"x", "y", "score", "loss"} <= columns.keys():
        raise ValueError(f"{name} has the columns {', '.join(columns)}: expected the CSV of a plane, with x and y")
    capabilities = columns[CAPABILITY].astype(str)
    points, place = np.unique(np.stack([columns["x"], columns["y"]], axis=1), axis=0, return_inverse=True)
    fields, units = {}, {}
    for capability in dict.fromkeys(capabilities.tolist()):
        rows = capabilities == capability
        if len(np.unique(place[rows])) < rows.sum():
            raise ValueError(f"{name}: {capability} stands twice at one point: expected the export of one plane")
        for what, unit in _UNITS.items():
            if np.isfinite(columns[what][rows]).any():
                field = np.full(len(points), np.nan)
                field[place[rows]] = columns[what][rows]
                fields[f"{capability} {what}"], units[f"{capability} {what}"] = field, unit
    on_grid = _fits(points[:, 0]) & _fits(points[:, 1])
    format_ = f"{OWN}, a plane around {around}" if around else f"{OWN}, a plane"
    made = contents_of_points(
        name, points[on_grid, 0], points[on_grid, 1], {key: field[on_grid] for key, field in fields.items()},
        format_=format_, titles=titles, axis_unit=axis_unit, units=units,
    )  # fmt: skip
    off = int((~on_grid).sum())
    what = "1 point lies" if off == 1 else f"{off} points lie"
    note = f"{what} off the grid, as checkpoints do, and not in the picture."
    return replace(made, notes=(note,)) if off else made


def _fits(coordinates: npt.NDArray) -> npt.NDArray:
    """Which coordinates are whole steps of the grid from its begin; those of checkpoints are not."""
    values, counts = np.unique(coordinates, return_counts=True)
    shared = values[counts > 1]
    if len(shared) < 3:
        return np.ones(len(coordinates), bool)
    steps = (coordinates - shared[0]) / np.diff(shared).min()
    return np.abs(steps - np.round(steps)) < OFF
