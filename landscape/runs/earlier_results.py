"""Results of earlier searches that still hold: what they were measured on is what its names stand for now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from landscape.basins.boundaries import Curve, Radius
from landscape.basins.radii import basins_of, random_curves
from landscape.bundled import results, specs
from landscape.runs.measured_content import outdated_because
from landscape.schema.capability_names import name_of
from landscape.schema.frames import TOLERANCE, PointSpec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, digest
from landscape.store.store import Store


@dataclass(frozen=True)
class EarlierSearch:
    """A finished search for boundaries, measured here or shipped. Its name determines its result."""

    name: str  # the run's id; for a shipped search the beginning of its spec's digest
    spec: BasinSpec
    read: Callable[[], Result[BasinSpec]]  # takes a while, so it is left to those who need it


def earlier_searches(store: Store, spec: PointSpec) -> Iterator[EarlierSearch]:
    """Yield the finished searches that moved the same weights of the same checkpoint, and that still hold.

    The latest run comes first, the shipped searches last. Left out are searches along directions whose α is relative
    (layer, filter), and runs of other content than there is now (`outdated_because`).
    """
    for run in store.runs():
        if run.status != "done" or not isinstance(run.spec, BasinSpec) or not _moves_same_weights(run.spec, spec):
            continue
        if outdated_because(run) is None:
            yield EarlierSearch(run.id, run.spec, partial(store.result, run.id))
    for known in specs.shipped_specs().values():
        if isinstance(known, BasinSpec) and _moves_same_weights(known, spec):
            shipped = results.shipped(known)
            if shipped is not None:
                yield EarlierSearch(digest(known)[:12], known, partial(replace, shipped))  # a copy: it is read already


def known_radii(store: Store, spec: PointSpec, tolerance: float = TOLERANCE) -> dict[str, Radius]:
    """The most-case radius of each capability that an earlier search of the same weights knows.

    The latest such search counts. Its number format may differ from the spec's: a radius is far above rounding.
    """
    found: dict[str, Radius] = {}
    for search in earlier_searches(store, spec):
        wanted = _shared(search, spec) - found.keys()
        for basin in basins_of(search.read(), tolerance) if wanted else []:
            if basin.capability in wanted and basin.radius is not None:
                found[basin.capability] = basin.radius
    return found


def known_curves(store: Store, spec: PointSpec) -> dict[str, list[Curve]]:
    """The scores along random directions of each capability that an earlier search knows on the same examples."""
    found: dict[str, list[Curve]] = {}
    for search in earlier_searches(store, spec):
        wanted = _shared(search, spec) - found.keys()
        if wanted and search.spec.limit == spec.limit:
            curves = {name: random_curves(search.read(), name) for name in wanted}
            found |= {name: those for name, those in curves.items() if those}
    return found


def _shared(search: EarlierSearch, spec: PointSpec) -> set[str]:
    """The names of the capabilities that both measure."""
    return {name_of(name) for name in set(spec.capabilities) & set(search.spec.capabilities)}


def _moves_same_weights(search: BasinSpec, spec: PointSpec) -> bool:
    fields = ("checkpoint", "only", "exclude", "adapter")
    return not search.relative and all(getattr(search, name) == getattr(spec, name) for name in fields)
