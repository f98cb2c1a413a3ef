"""Results of earlier searches that still hold: what they were measured on is what its names stand for now."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from landscape.basins.boundaries import Curve, Radius
from landscape.basins.radii import basins_of, random_curves
from landscape.bundled import results, specs
from landscape.checkpoints.stored.typical_weights import typical_weight
from landscape.runs.measured_content import outdated_because
from landscape.schema.capability_names import name_of
from landscape.schema.default_ranges import sigmas_of, sigmas_within
from landscape.schema.directions import seed_of
from landscape.schema.frames import TOLERANCE, PointSpec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, FlatnessSpec, digest
from landscape.store.store import Store


@dataclass(frozen=True)
class EarlierSearch:
    """A finished search for boundaries, measured here or shipped. Its name determines its result."""

    name: str  # the run's id; for a shipped search the beginning of its spec's digest
    spec: BasinSpec
    read: Callable[[], Result[BasinSpec]]  # takes a while, so it is left to those who need it


Asked = PointSpec | FlatnessSpec  # what moves weights and scores capabilities
SHARPNESS_AT = 1 / 5  # of a radius: well inside the basin
UNKNOWN_AT = 1 / 50  # of a typical weight, where no radius is known


def earlier_searches(store: Store, spec: Asked) -> Iterator[EarlierSearch]:
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


def known_radii(store: Store, spec: Asked, tolerance: float = TOLERANCE) -> dict[str, Radius]:
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


def with_sigmas(store: Store, spec: CertificateSpec) -> tuple[CertificateSpec, str]:
    """A certificate's spec with σ that suit the model, and a sentence that says what they follow from.

    They run up to the widest radius that an earlier search of the same weights knows, and without one over a wide range
    of shares of a typical weight. Either way they are fixed before a trial is drawn, and no trial has a share in the
    choice: a trial's noise may be that of a random direction that the search measured, so the noise takes a seed whose
    draws no search had.
    """
    searches = list(earlier_searches(store, spec))
    if radii := _above_zero(known_radii(store, spec)):
        name = max(radii, key=lambda one: radii[one])
        sigmas = tuple(float(f"{sigma:.3g}") for sigma in sigmas_within(3 * radii[name]))
        how = f"up to {radii[name]:.3g}, the most-case radius of {name} that an earlier search of these weights found"
    else:
        typical = _typical(spec)
        sigmas = sigmas_of(typical)
        how = f"from a thousandth to a quarter of a typical weight ({typical:.3g}): no search of these weights is known"
    drawn = {seed >> 32 for one in searches for d in one.spec.directions if (seed := seed_of(d)) is not None}
    noise = spec.directions[0]
    seed = next(seed for seed in count(seed_of(noise) or 0) if seed not in drawn)
    chosen = {"sigmas": sigmas, "directions": (noise.model_copy(update={"seed": seed}), *spec.directions[1:])}
    fresh = f"; seed {seed} draws the noise, which no search drew" if seed != seed_of(noise) else ""
    return spec.model_copy(update=chosen), f"σ {how}{fresh}."


def with_alpha(store: Store, spec: FlatnessSpec) -> tuple[FlatnessSpec, str]:
    """A flatness spec with an α well inside the basin, and a sentence that says what it follows from."""
    if radii := _above_zero(known_radii(store, spec)):
        name = min(radii, key=lambda one: radii[one])
        alpha, what = SHARPNESS_AT * radii[name], f"a fifth of the most-case radius of {name} that a search found"
    else:
        alpha, what = UNKNOWN_AT * _typical(spec), "a fiftieth of a typical weight: no search of these weights is known"
    alpha = float(f"{alpha:.3g}")
    return spec.model_copy(update={"alpha": alpha}), f"Average sharpness at α = {alpha:g}, {what}."


def _above_zero(radii: Mapping[str, Radius]) -> dict[str, float]:
    return {name: radius.median for name, radius in radii.items() if radius.median > 0}


def _typical(spec: Asked) -> float:
    """The size of a typical weight that moves. Raises ValueError where the files do not say it."""
    found = typical_weight(spec.checkpoint, spec.only, spec.exclude, adapter=spec.adapter)
    if found is None:
        raise ValueError(f"no plain weights other than 0 move in {spec.checkpoint}: give the range yourself")
    return found


def _shared(search: EarlierSearch, spec: Asked) -> set[str]:
    """The names of the capabilities that both measure."""
    return {name_of(name) for name in set(spec.capabilities) & set(search.spec.capabilities)}


def _moves_same_weights(search: BasinSpec, spec: Asked) -> bool:
    fields = ("checkpoint", "only", "exclude", "adapter")
    return not search.relative and all(getattr(search, name) == getattr(spec, name) for name in fields)
