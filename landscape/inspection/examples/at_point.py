"""The examples that are lost and won at a point of a result, beside θ₀: from the outcomes that were measured."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from landscape.inspection.examples.flips import Flip, Flips, changes, load_examples
from landscape.schema.capability_names import name_of
from landscape.schema.directions import label_of, seed_of
from landscape.schema.frames import PointSpec
from landscape.schema.points import Point
from landscape.schema.results import NOT_SCORED, Result
from landscape.schema.specs import PlaneSpec


def rows_at(result: Result[Any], point: Point) -> pd.DataFrame:
    """Return the rows of a result that were measured at a point, one a capability; none where nothing was."""
    rows, spec = result.rows, result.spec
    if isinstance(spec, PlaneSpec):
        near = np.isclose(rows["x"], point.alpha, rtol=1e-6, atol=1e-12)
        return rows[near & np.isclose(rows["y"], point.beta, rtol=1e-6, atol=1e-12)]
    along = rows_along(result, point.direction)
    return along[np.isclose(along["alpha"], point.alpha, rtol=1e-6, atol=1e-12)]


def rows_along(result: Result[Any], direction: int) -> pd.DataFrame:
    """Return the rows along one of the directions of a result; θ₀, which is on all of them, is among them."""
    rows, one = result.rows, result.spec.directions[direction]
    seed = seed_of(one)
    same = (rows["direction"] == label_of(one)) & (rows["seed"].isna() if seed is None else rows["seed"] == seed)
    return rows[same.fillna(False) | (rows["alpha"] == 0)]


def flips_at(result: Result[Any], point: Point, digests: Mapping[str, str] | None = None) -> list[Flips] | None:
    """Return what is lost and won at a point, by capability, what lost most first; None where nobody can tell.

    That is where nothing was measured at the point, or a result ships without the outcome of each example.

    Args:
        result: of points on lines, or of a plane.
        point: one of those that were measured.
        digests: what the names of its capabilities stood for, where that is known.
    """
    here = rows_at(result, point)
    found = []
    for name in result.spec.capabilities:
        own, origin = here[here["capability"] == name_of(name)], _origin(result, name_of(name))
        if own.empty or origin is None or own.iloc[0]["outcomes"] is None or origin["outcomes"] is None:
            continue
        found.append(_flips(result, name, origin, own.iloc[0], (digests or {}).get(name)))
    return sorted(found, key=lambda one: -one.lost) if found else None


def _origin(result: Result[Any], name: str) -> pd.Series | None:
    try:
        return result.row_at_origin(name)
    except IndexError:
        return None


def _flips(result: Result[Any], name: str, before: pd.Series, after: pd.Series, digest: str | None) -> Flips:
    assert isinstance(result.spec, PointSpec)
    first, second, short = before["outcomes"], after["outcomes"], name_of(name)
    examples, lacking = load_examples(name, result.spec.limit, len(first), digest)
    requests = result.requests_of(short)
    flips = tuple(
        Flip(
            short,
            index,
            change,
            _loss(before, index),
            _loss(after, index),
            examples[index] if examples else None,
            request=requests[index] if requests else None,
        )
        for index, change in changes(first, second, before["losses"], after["losses"])
    )
    both = (first != NOT_SCORED) & (second != NOT_SCORED)
    return Flips(short, int(both.sum()), flips, bool(requests), lacking)


def _loss(row: pd.Series, index: int) -> float | None:
    losses = row["losses"]
    return None if losses is None or np.isnan(losses[index]) else float(losses[index])
