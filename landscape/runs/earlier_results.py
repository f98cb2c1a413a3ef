"""Results of earlier runs that still hold: the checkpoints and files that they rest on have not changed."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from landscape.basins.boundaries import Radius
from landscape.basins.radii import basins_of
from landscape.bundled import results, specs
from landscape.capabilities import lm_eval_files
from landscape.checkpoints.files import resolve
from landscape.schema.capability_names import CHAT, LM_EVAL, name_of
from landscape.schema.results import Result
from landscape.schema.specs import (
    TOLERANCE,
    BasinSpec,
    PointSpec,
    Spec,
)
from landscape.store.store import Store


def is_outdated(spec: Spec, moment: float) -> bool:
    """Whether a checkpoint or capability file that a spec names was written after a moment (epoch seconds).

    Files that are gone have not changed: what was measured of them still stands.
    """
    named = [name.removeprefix(CHAT) for name in spec.named_capabilities]
    files = [Path(name) for name in named]
    if any(name.startswith(LM_EVAL) for name in named):
        files += lm_eval_files.files()  # any of them: a task may include others
    for name in spec.named_checkpoints:
        with suppress(ValueError):
            source = resolve(name)
            for folder in filter(None, (source.folder, source.adapter)):
                files += [folder, *folder.iterdir()]
    return any(max(file.stat().st_mtime, file.stat().st_ctime) > moment for file in files if file.exists())


def known_radii(store: Store, spec: PointSpec, tolerance: float = TOLERANCE) -> dict[str, Radius]:
    """The most-case radius of each capability, where a search of the same weights is finished here or ships.

    The latest search that knows a capability counts. The number format may differ: a radius is far above rounding.
    """
    found: dict[str, Radius] = {}
    for result in _searches(store, spec):
        wanted = {name_of(name) for name in spec.capabilities if name in result.spec.capabilities}
        for basin in basins_of(result, tolerance):
            if basin.capability in wanted and basin.radius is not None:
                found.setdefault(basin.capability, basin.radius)
    return found


def _searches(store: Store, spec: PointSpec) -> Iterator[Result[BasinSpec]]:
    """Finished searches that move the same weights of the same checkpoint, the latest first, the shipped ones last."""
    for run in store.runs():
        done = run.status == "done" and isinstance(run.spec, BasinSpec) and _same_weights(run.spec, spec)
        if done and not is_outdated(run.spec, run.started or run.created):
            yield store.result(run.id)
    for known in specs.shipped_specs().values():
        if isinstance(known, BasinSpec) and _same_weights(known, spec):
            shipped = results.shipped(known)
            if shipped is not None:
                yield shipped


def _same_weights(one: BasinSpec, other: PointSpec) -> bool:
    fields = ("checkpoint", "only", "exclude", "adapter")
    return not one.relative and all(getattr(one, name) == getattr(other, name) for name in fields)
