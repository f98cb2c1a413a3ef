"""Submit a spec: reuse an identical run, or resume it if it stopped."""

from landscape.runs.earlier_results import is_outdated
from landscape.schema.frames import Spec
from landscape.store.records import Run
from landscape.store.store import Store


def current_run_of(store: Store, spec: Spec) -> Run | None:
    """The latest run of exactly this spec, unless it is done and a checkpoint or file was written since.

    Unlike `submit_or_resume` it changes nothing, so a page can show a run that failed, and why, before it offers to
    try again.
    """
    run = store.latest_run_of(spec)
    if run is not None and run.status == "done" and is_outdated(spec, run.started or run.created):
        return None
    return run


def submit_or_resume(store: Store, spec: Spec) -> Run:
    """Submit a spec, unless an identical run exists; queue that one again if it failed, was cancelled or stalled.

    A finished run is reused unless a checkpoint or capability file was written since. The new run then looks up its
    points by content, so only what changed is measured.
    """
    run = current_run_of(store, spec)
    if run is None:
        return store.run(store.submit(spec))
    if run.status in ("failed", "cancelled", "stalled"):
        store.resume(run.id)
        return store.run(run.id)
    return run
