"""Submit a spec: reuse an identical run, or resume it if it stopped."""

from contextlib import suppress

from landscape.capabilities.sources.hub import exact_capability
from landscape.checkpoints.hub.exact_names import exact_name
from landscape.runs.measured_content import is_current, leading
from landscape.runs.scoreless import require_scores
from landscape.schema.frames import Spec
from landscape.store.records import Run
from landscape.store.store import Store


def exact_spec(spec: Spec) -> Spec:
    """Return a spec with the commits of the checkpoints and data sets that it takes from the hub.

    A spec that takes nothing from there is returned as it is, and so is one that is exact already.

    Raises:
        ValueError: as `exact_name`.
    """
    named = {name: exact_name(name) for name in spec.named_checkpoints}
    named |= {name: exact_capability(name) for name in spec.named_capabilities}
    return spec if all(name == exact for name, exact in named.items()) else spec.with_names(named)


def runs_of(store: Store, spec: Spec) -> list[Run]:
    """Return the runs of a spec, the latest first; of what lies on the hub, those at the commits that hold now come
    before those that name no commit, as versions before 0.7 left them.
    """
    with suppress(ValueError):  # of a checkpoint that is gone: what was measured of it is still here
        if (exact := exact_spec(spec)) != spec:
            return [*store.runs_of(exact), *store.runs_of(spec)]
    return store.runs_of(spec)


def current_run_of(store: Store, spec: Spec) -> Run | None:
    """The run of exactly this spec that was, or will be, measured on what its names stand for now.

    A finished one is preferred, then the latest. Unlike `submit_or_resume` it changes nothing, so a page can show a run
    that failed, and why, before it offers to try again. Whoever wants the run of a spec asks here.

    Raises:
        ValueError: there are runs of it, and a checkpoint or capability cannot be read: nobody can tell which hold.
    """
    return leading([run for run in runs_of(store, spec) if is_current(run)])


def submit_or_resume(store: Store, spec: Spec) -> Run:
    """Submit a spec, unless an identical run exists; queue that one again if it failed, was cancelled or stalled.

    A run is reused, or resumed, only for the content that it was begun on. A new one looks up its points by content,
    so only what changed is measured; it names the commits of what is taken from the hub. Raises ValueError as
    `current_run_of` and `exact_spec`.
    """
    return _resumed(store, current_run_of(store, spec)) or _submitted(store, exact_spec(spec))


def part_of_inspection(store: Store, part: Spec) -> Run | None:
    """Return the run of a part, by the names that its inspection has: evidence is looked up by these."""
    return leading([run for run in store.runs_of(part) if is_current(run)])


def submit_part(store: Store, part: Spec) -> Run:
    """Submit a part of an inspection, or resume it, as `submit_or_resume`, by the names that its inspection has."""
    return _resumed(store, part_of_inspection(store, part)) or _submitted(store, part)


def _submitted(store: Store, spec: Spec) -> Run:
    require_scores(spec)
    return store.run(store.submit(spec))


def _resumed(store: Store, run: Run | None) -> Run | None:
    if run is None or run.status not in ("failed", "cancelled", "stalled"):
        return run
    store.resume(run.id)
    return store.run(run.id)
