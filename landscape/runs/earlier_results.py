"""Results of earlier searches that still hold: what they were measured on is what its names stand for now."""

from collections.abc import Iterator
from typing import NamedTuple

from landscape.basins.boundaries import Curve, Radius
from landscape.basins.radii import basins_of, random_curves
from landscape.bundled import results, specs
from landscape.runs.measured_content import outdated_because
from landscape.schema.capability_names import name_of
from landscape.schema.frames import TOLERANCE, PointSpec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, digest
from landscape.store.store import Store


class EarlierSearch(NamedTuple):
    """A finished search for boundaries, measured here or shipped."""

    name: str  # the run's id; for a shipped search the beginning of its spec's digest
    result: Result[BasinSpec]


def earlier_searches(store: Store, spec: PointSpec) -> Iterator[EarlierSearch]:
    """Yield the finished searches that moved the same weights of the same checkpoint, and that still hold.

    The latest run comes first, the shipped searches last; a result is read when its turn comes. Left out are searches
    along directions whose α is relative (layer, filter), and runs of other content than there is
    now (`outdated_because`).
    """
    for run in store.runs():
        finished = run.status == "done" and isinstance(run.spec, BasinSpec) and _moves_same_weights(run.spec, spec)
        if finished and outdated_because(run) is None:
            yield EarlierSearch(run.id, store.result(run.id))
    for known in specs.shipped_specs().values():
        if isinstance(known, BasinSpec) and _moves_same_weights(known, spec):
            shipped = results.shipped(known)
            if shipped is not None:
                yield EarlierSearch(digest(known)[:12], shipped)


def known_radii(store: Store, spec: PointSpec, tolerance: float = TOLERANCE) -> dict[str, Radius]:
    """The most-case radius of each capability that an earlier search of the same weights knows.

    The latest such search counts. Its number format may differ from the spec's: a radius is far above rounding.
    """
    found: dict[str, Radius] = {}
    for _, result in earlier_searches(store, spec):
        wanted = {name_of(name) for name in spec.capabilities if name in result.spec.capabilities}
        for basin in basins_of(result, tolerance):
            if basin.capability in wanted and basin.radius is not None:
                found.setdefault(basin.capability, basin.radius)
    return found


def known_curves(store: Store, spec: PointSpec) -> dict[str, list[Curve]]:
    """The scores along random directions of each capability that an earlier search knows on the same examples."""
    found: dict[str, list[Curve]] = {}
    for _, result in earlier_searches(store, spec):
        if result.spec.limit == spec.limit:
            for name in map(name_of, set(spec.capabilities) & set(result.spec.capabilities)):
                if curves := random_curves(result, name):
                    found.setdefault(name, curves)
    return found


def _moves_same_weights(search: BasinSpec, spec: PointSpec) -> bool:
    fields = ("checkpoint", "only", "exclude", "adapter")
    return not search.relative and all(getattr(search, name) == getattr(spec, name) for name in fields)
