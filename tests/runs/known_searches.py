"""Finished searches whose ends are known: nothing is measured."""

from pathlib import Path

import numpy as np

from landscape.runs.measured_content import content_of
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import BasinSpec
from landscape.store.store import Store
from tests.store.made import Made


def finish(store: Store, spec: BasinSpec, end: float = 0.01, status: str = "done") -> str:
    """A run that found every capability to end at this α."""
    run_id = store.submit(spec)
    store.claim("w", run_id=run_id)
    if Path(spec.checkpoint).exists():
        store.record_content(run_id, "w", content_of(spec))
    store.record_settings(run_id, "w", {}, Facts(1_000_000, 0.1))
    alphas = (0.0, 0.5 * end, 0.999 * end, 1.001 * end, spec.reach)
    planned = [(Point(0, alpha), name, f"{run_id}-{alpha}-{name}") for alpha in alphas for name in spec.capabilities]
    store.request_points(run_id, "w", planned, remaining_estimate=0)
    right = {key: np.full(100, point.alpha < end, np.uint8) for point, _, key in planned}
    store.write(run_id, "w", {key: Made(outcomes=outcomes) for key, outcomes in right.items()})
    store.finish(run_id, "w", status)
    return run_id
