"""Submit a spec: reuse an identical run, or resume it if it stopped."""

from landscape.runs.measured_content import is_current, leading
from landscape.runs.scoreless import require_scores
from landscape.schema.frames import Spec
from landscape.store.records import Run
from landscape.store.store import Store


def current_run_of(store: Store, spec: Spec) -> Run | None:
    """The run of exactly this spec that was, or will be, measured on what its names stand for now.

    A finished one is preferred, then the latest. Unlike `submit_or_resume` it changes nothing, so a page can show a run
    that failed, and why, before it offers to try again. Whoever wants the run of a spec asks here.

    Raises:
        ValueError: there are runs of it, and a checkpoint or capability cannot be read: nobody can tell which hold.
    """
    return leading([run for run in store.runs_of(spec) if is_current(run)])


def submit_or_resume(store: Store, spec: Spec) -> Run:
    """Submit a spec, unless an identical run exists; queue that one again if it failed, was cancelled or stalled.

    A run is reused, or resumed, only for the content that it was begun on. A new one looks up its points by content,
    so only what changed is measured. Raises ValueError as `current_run_of`.
    """
    run = current_run_of(store, spec)
    if run is None:
        require_scores(spec)
        return store.run(store.submit(spec))
    if run.status in ("failed", "cancelled", "stalled"):
        store.resume(run.id)
        return store.run(run.id)
    return run
