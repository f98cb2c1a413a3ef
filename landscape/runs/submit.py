"""Asking for a measurement: an equal one is not made twice, and one that stopped goes on."""

from landscape.runs.earlier_results import is_outdated
from landscape.schema.specs import Spec
from landscape.store.records import Run
from landscape.store.store import Store


def submit_or_resume(store: Store, spec: Spec) -> Run:
    """The run of a spec: an equal one as it is, queued again where it stopped; else a new one.

    A run that is done counts unless a checkpoint or capability file was written since. A new run then looks its points
    up by content, and only what is new is measured.
    """
    run = store.latest_run_of(spec)
    if run is None or (run.status == "done" and is_outdated(spec, run.started or run.created)):
        return store.run(store.submit(spec))
    if run.status in ("failed", "cancelled", "stalled"):
        store.resume(run.id)
        return store.run(run.id)
    return run
