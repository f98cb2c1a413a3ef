"""The point of a result that a reader chose: in the address, snapped to what was measured, and in words."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from landscape.basins.radii import alpha_of_others
from landscape.figures.basins.rings import angles_of
from landscape.figures.planes.landmarks import landmarks
from landscape.inspection.examples.at_point import rows_along
from landscape.planes.grid import axis
from landscape.schema.directions import Direction, Towards, label_of, seed_of, short_name
from landscape.schema.numbers import number
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, PlaneSpec

ORIGIN = Point(0, 0.0)


def from_url(result: Result[Any]) -> Point:
    """The point in the address, snapped; θ₀ where there is none. `at=x,y` of a plane, `at=direction:α` of lines."""
    return snap(result, _read(result, st.query_params.get("at", "")))


def chosen() -> bool:
    """Whether the address names a point."""
    return bool(st.query_params.get("at"))


def put(result: Result[Any], point: Point) -> Point:
    """Write a point into the address, snapped, and return it."""
    there = snap(result, point)
    st.query_params["at"] = text_of(result, there)
    return there


def text_of(result: Result[Any], point: Point) -> str:
    """A point as the address has it."""
    if isinstance(result.spec, PlaneSpec):
        return f"{point.alpha:.10g},{point.beta:.10g}"
    return f"{point.direction}:{point.alpha:.10g}"


def _read(result: Result[Any], text: str) -> Point:
    plane = isinstance(result.spec, PlaneSpec)
    first, _, second = text.partition("," if plane else ":")
    try:
        one, other = float(first), float(second)
    except ValueError:
        return ORIGIN
    if not (math.isfinite(one) and math.isfinite(other)):
        return ORIGIN
    return Point(0, one, other) if plane else Point(int(one) if abs(one) < 1e6 else 0, other)


def snap(result: Result[Any], point: Point) -> Point:
    """The point to show: of a plane a checkpoint that was hit exactly, else the nearest point of the grid; of lines the
    nearest that was measured in its direction.
    """
    if isinstance(result.spec, PlaneSpec):
        return _snapped_to_grid(result, point)
    direction = point.direction if 0 <= point.direction < len(result.spec.directions) else 0
    alphas = measured_alphas(result, direction)
    nearest = min(alphas, key=lambda alpha: abs(alpha - point.alpha), default=0.0)
    return Point(direction, nearest)


def _snapped_to_grid(result: Result[PlaneSpec], point: Point) -> Point:
    for x, y, distance in landmarks(result).values():
        same = math.isclose(x, point.alpha, abs_tol=1e-9) and math.isclose(y, point.beta, abs_tol=1e-9)
        if not distance and same:
            return Point(0, x, y)
    spec = result.spec
    return Point(0, _nearest(axis(spec.x, spec.grid), point.alpha), _nearest(axis(spec.y, spec.grid), point.beta))


def _nearest(line: list[float], value: float) -> float:
    inside = min(max(value, line[0]), line[-1])
    return min(line, key=lambda a: abs(a - inside))


def nearest_measured(result: Result[Any], point: Point) -> Point:
    """The measured point of a plane that is nearest to a point, which may be itself; on lines every point is one."""
    if not isinstance(result.spec, PlaneSpec) or result.rows.empty:
        return point
    away = np.hypot(result.rows["x"] - point.alpha, result.rows["y"] - point.beta)
    row = result.rows.iloc[int(away.argmin())]
    return Point(0, float(row["x"]), float(row["y"]))


def measured_alphas(result: Result[Any], direction: int) -> list[float]:
    """Every α that was measured along a direction, ascending; θ₀ is one of them."""
    return [float(alpha) for alpha in np.unique(rows_along(result, direction)["alpha"])]


def direction_text(direction: Direction) -> str:
    """A direction in a reader's words: `random, seed 3`, `towards assistant`."""
    seed = seed_of(direction)
    if isinstance(direction, Towards):
        return f"towards {short_name(direction.checkpoint)}"
    label = label_of(direction).replace("demo:", "")
    return label if seed is None else f"{'random' if label == 'gaussian' else label}, seed {seed}"


def words(result: Result[Any], point: Point) -> str:
    """A point in words: `x = 0.01, y = 0.005`, or `α = 0.01, towards assistant`."""
    if isinstance(result.spec, PlaneSpec):
        return f"x = {number(point.alpha, 4)}, y = {number(point.beta, 4)}"
    return f"α = {number(point.alpha, 4)}, {direction_text(result.spec.directions[point.direction])}"


def of_angle(spec: BasinSpec, alpha: float, angle: float) -> Point:
    """The point that a click on the rings means: its angle is nearest to that of a direction, or of its opposite."""
    names: Mapping[tuple[str, int | None], float] = angles_of(spec)
    found = []
    for index, direction in enumerate(spec.directions):
        own = names[label_of(direction), seed_of(direction)]
        for sign in (1, -1) if spec.both_signs else (1,):
            turned = (angle - own - (180 if sign < 0 else 0)) % 360
            found.append((min(turned, 360 - turned), index, sign))
    _, index, sign = min(found)
    return Point(index, sign * alpha)


def fine_tunes(result: Result[Any]) -> dict[str, Point]:
    """The checkpoints that directions point at, and where they stand: a point of the frame of a plane, or of a line."""
    spec = result.spec
    if isinstance(spec, PlaneSpec):
        return {
            name: Point(0, x, y)
            for name, (x, y, distance) in landmarks(result).items()
            if name != spec.checkpoint and not distance
        }
    places = {d.checkpoint: index for index, d in enumerate(spec.directions) if isinstance(d, Towards)}
    known = alpha_of_others(result)
    return {name: Point(index, known[name]) for name, index in places.items() if name in known}
