"""The topology of a plane: its minima, where they merge, and which of them other examples might not have. No model.

Between its measured points, wherever they lie, a field is taken as linear over triangles (Delaunay), so its sublevel
sets change at measured points only. Each minimum begins a component of them, which ends in an older one at a saddle:
how much higher that is, is the minimum's persistence (Edelsbrunner, Letscher and Zomorodian 2002).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError

from landscape.schema.results import NOT_SCORED, Result
from landscape.schema.specs import PlaneSpec

REQUESTS_NEEDED = 10  # a bootstrap of fewer knows nothing
_CONFIDENCE, _RESAMPLES = 0.95, 1000

Floats = NDArray[np.float64]
Place = tuple[float, float]  # x, y: α along either direction


@dataclass(frozen=True)
class Minimum:
    """A minimum of a field over a plane, and where its basin merges with that of a lower one."""

    place: Place
    value: float
    at_edge: bool  # it lies on the edge of the window: the field may fall further beyond
    saddle: float = math.inf  # the field where it merges; infinite for the lowest, and behind places without a value
    saddle_place: Place | None = None
    into: int | None = None  # the place in `Topology.minima` of the one it merges with

    @property
    def persistence(self) -> float:
        """How far one has to climb out of it, to reach a lower one."""
        return self.saddle - self.value


@dataclass(frozen=True)
class Topology:
    """The minima of a field over a plane, the most persistent first: so the lowest of all is the first."""

    minima: tuple[Minimum, ...]
    noise: float  # a persistence up to this other examples may not show; NaN where that is not known
    requests: int  # distinct examples
    points: int

    @cached_property
    def certain(self) -> tuple[Minimum, ...]:
        """The minima that other examples would show too, all at once, at 95 %. None where noise is not known."""
        return tuple(each for each in self.minima if each.persistence > self.noise)


def topology_of(result: Result[PlaneSpec], capability: str, view: str = "loss") -> Topology | None:
    """Return the topology of a capability's loss, or (`view` is "score") of its share of wrong answers.

    None where the capability has no such field, or fewer than three points were measured that span a plane.
    """
    rows = result.rows[result.rows["capability"] == capability].drop_duplicates(["x", "y"])
    field = (rows["loss"] if view == "loss" else 1 - rows["score"]).to_numpy(float)
    if np.isnan(field).all():
        return None
    broken = (rows["not_finite"] > 0).to_numpy()
    field = np.where(np.isnan(field) | broken, np.inf, field)
    places, spec = rows[["x", "y"]].to_numpy(float), result.spec
    low, high = np.array([spec.x, spec.y]).T
    values, known = _values(rows["losses"] if view == "loss" else rows["outcomes"], view, broken)
    requests = result.requests_of(capability)
    asked = None if requests is None or len(requests) != len(known) else np.asarray(requests)[known].tolist()
    edge = (np.isclose(places, low) | np.isclose(places, high)).any(axis=1)
    return topology((places - low) / (high - low), field, values, asked, places, edge)


def topology(
    points: Floats,
    field: Floats,
    values: Floats | None = None,
    requests: Sequence[int] | None = None,
    places: Floats | None = None,
    edge: NDArray[np.bool_] | None = None,
) -> Topology | None:
    """Return the topology of a field that is linear between points; None where they span no plane.

    Args:
        points: (m, 2), between which triangles are laid: in the scale in which the plane is looked at.
        field: (m,), infinite where there is no value.
        values: (m, n), what the field is the mean of, one an example; NaN rows where it is infinite. None: not known.
        requests: (n,) which request each example asks; None: each its own.
        places: (m, 2) what to call the points; None: as they are.
        edge: (m,) which of them lie on the edge of the window; None: none.
    """
    try:
        triangles = Delaunay(points).simplices
    except (QhullError, ValueError):  # fewer than three points, or all on a line
        return None
    places = points if places is None else places
    edge = np.zeros(len(points), bool) if edge is None else edge
    edges = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2)), axis=0)
    pairs = _pairs(edges, field)
    order = [born for born, _ in pairs]
    minima = []
    for born, saddle in pairs:
        found = Minimum(_place(places, born), float(field[born]), bool(edge[born]))
        if saddle is not None:
            into = _elder(edges, field, order, saddle)
            found = Minimum(found.place, found.value, found.at_edge, float(field[saddle]), _place(places, saddle), into)
        minima.append(found)
    level = max((each.saddle for each in minima if math.isfinite(each.saddle)), default=math.inf)
    noise, distinct = (math.nan, 0) if values is None else _noise(values, level, requests)
    return Topology(tuple(minima), noise, distinct, len(points))


def _pairs(edges: NDArray[np.intp], field: Floats) -> list[tuple[int, int | None]]:
    """Return (minimum, saddle) as indices of points, the most persistent first; None for the saddle of the lowest.

    A component without any finite value is none.
    """
    from gudhi import SimplexTree  # slow to import

    tree = SimplexTree()
    tree.insert_batch(np.arange(len(field))[None], field)
    tree.insert_batch(edges.T, field[edges].max(axis=1))
    tree.compute_persistence(min_persistence=0)
    found: list[tuple[int, int | None]] = []
    for born, died in tree.persistence_pairs():
        if len(born) == 1 and np.isfinite(field[born[0]]):  # what begins with an edge is a loop
            saddle = max(died, key=lambda point: field[point], default=None)
            found.append((born[0], saddle if saddle is not None and np.isfinite(field[saddle]) else None))
    return sorted(found, key=lambda pair: _persistence(field, pair), reverse=True)


def _persistence(field: Floats, pair: tuple[int, int | None]) -> tuple[float, float]:
    born, saddle = pair
    return (math.inf if saddle is None else float(field[saddle] - field[born])), -float(field[born])


def _elder(edges: NDArray[np.intp], field: Floats, minima: Sequence[int], saddle: int) -> int:
    """Return which of the minima, the most persistent first, lives on where several merge at a saddle."""
    below = edges[field[edges].max(axis=1) <= field[saddle]]
    graph = coo_array((np.ones(len(below)), (below[:, 0], below[:, 1])), shape=(len(field),) * 2)
    labels = connected_components(graph, directed=False)[1]
    return next(place for place, born in enumerate(minima) if labels[born] == labels[saddle])


def _place(places: Floats, index: int) -> Place:
    x, y = places[index]
    return float(x), float(y)


def _values(
    column: Sequence[NDArray[np.generic] | None], view: str, broken: NDArray[np.bool_]
) -> tuple[Floats | None, NDArray[np.bool_]]:
    """Return what every example adds to the field at each point (m, n), and which examples those are.

    None where single examples are not known. One without a value at some point that has one is left out.
    """
    each = [np.empty(0) if values is None else np.asarray(values, float) for values in column]
    if len({values.shape for values in each}) > 1 or not each[0].size:
        return None, np.empty(0, bool)
    found = np.stack(each)
    if view == "score":
        found = np.where(found == NOT_SCORED, np.nan, 1 - found)
    found[broken] = np.nan
    known = np.isfinite(found[~broken]).all(axis=0)
    return (found[:, known] if known.any() else None), known


def _noise(values: Floats, level: float, requests: Sequence[int] | None) -> tuple[float, int]:
    """Return (the persistence that other examples might not show, distinct requests).

    A persistence changes by no more than the field's changes differ between two points (Cohen-Steiner, Edelsbrunner and
    Harer 2007). How far they differ is read off a bootstrap of the requests, for all points at once (Fasy et al. 2014).
    What all points have in common changes none; nor does what lies above `level`, the highest saddle, where fields are
    cut off.
    """
    known = np.isfinite(values).all(axis=1)
    values = values[known]
    groups = np.unique(np.arange(values.shape[1]) if requests is None else requests, return_inverse=True)[1]
    distinct = int(groups.max()) + 1
    if distinct < REQUESTS_NEEDED:
        return math.nan, distinct
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(distinct, np.full(distinct, 1 / distinct), size=_RESAMPLES)[:, groups].astype(float)
    means = drawn @ values.T / drawn.sum(axis=1, keepdims=True)  # (resamples, points)
    mean = values.mean(axis=1)
    low = mean <= level
    means -= (means - mean)[:, low].mean(axis=1, keepdims=True)
    changes = np.minimum(means, level) - np.minimum(mean, level)
    return float(np.quantile(np.ptp(changes, axis=1), _CONFIDENCE)), distinct
