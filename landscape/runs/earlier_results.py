"""Results of earlier runs that still hold: no checkpoint or file that they rest on was written since."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from landscape.basins.boundaries import Radius
from landscape.basins.radii import basins_of
from landscape.bundled import results, specs
from landscape.capabilities import lm_eval_files
from landscape.checkpoints.files import resolve
from landscape.schema.capability_names import CHAT, LM_EVAL, name_of
from landscape.schema.frames import TOLERANCE, PointSpec, Spec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, digest
from landscape.store.store import Store


class EarlierSearch(NamedTuple):
    """A finished search for boundaries, measured here or shipped."""

    name: str  # the run's id; for a shipped search the beginning of its spec's digest
    result: Result[BasinSpec]


def is_outdated(spec: Spec, moment: float) -> bool:
    """Whether a checkpoint or capability file that a spec names was written after a moment (epoch seconds).

    A file that no longer exists does not count as changed: what was measured of it stays valid.
    """
    named = [name.removeprefix(CHAT) for name in spec.named_capabilities]
    files = [Path(name) for name in named]
    if any(name.startswith(LM_EVAL) for name in named):
        files += lm_eval_files.files()  # any of them: a task may include others
    for name in spec.named_checkpoints:
        with suppress(ValueError):
            source = resolve(name)
            for folder in (source.folder, *source.adapters):
                files += [folder, *folder.iterdir()]
    return any(max(file.stat().st_mtime, file.stat().st_ctime) > moment for file in files if file.exists())


def earlier_searches(store: Store, spec: PointSpec) -> Iterator[EarlierSearch]:
    """Yield the finished searches that moved the same weights of the same checkpoint, and that still hold.

    The latest run comes first, the shipped searches last; a result is read when its turn comes. Left out are searches
    along directions whose α is relative (layer, filter), and runs whose checkpoints or capability files were written
    since (`is_outdated`).
    """
    for run in store.runs():
        finished = run.status == "done" and isinstance(run.spec, BasinSpec) and _moves_same_weights(run.spec, spec)
        if finished and not is_outdated(run.spec, run.started or run.created):
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


def _moves_same_weights(search: BasinSpec, spec: PointSpec) -> bool:
    fields = ("checkpoint", "only", "exclude", "adapter")
    return not search.relative and all(getattr(search, name) == getattr(spec, name) for name in fields)
