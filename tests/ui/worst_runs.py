"""Searches along worst directions in every state."""

from dataclasses import dataclass

import numpy as np
import pytest

from landscape.schema.directions import Direction
from landscape.schema.points import Point
from landscape.schema.specs import WorstSpec
from landscape.store.records import Run
from landscape.store.store import Store
from tests.store.made import Made
from tests.ui.states import end_in
from tests.worst.known_rays import DIRECTIONS, NAMES, REACH, alphas_of, facts, loss, outcomes

SPEC = WorstSpec(checkpoint="demo:assistant", directions=DIRECTIONS, capabilities=NAMES, reach=REACH)


@dataclass
class Scored:
    """A point as a worker would have measured it."""

    direction: Direction
    capability: str
    alpha: float

    def made(self) -> Made:
        losses = np.full(200, loss(self.direction, self.alpha), np.float32)
        return Made(outcomes=outcomes(self.direction, self.capability, self.alpha), losses=losses)


def bring(store: Store, state: str, monkeypatch: pytest.MonkeyPatch, spec: WorstSpec = SPEC) -> Run:
    """A run in a state; only a done one is measured to the end."""
    run_id = store.submit(spec)
    if state == "queued":
        return store.run(run_id)
    store.claim("w")
    store.record_settings(run_id, "w", {}, facts(spec.directions))
    planned = [
        (Point(index, alpha), name, f"{run_id}-{index}-{alpha}-{name}")
        for index, direction in enumerate(spec.directions)
        for alpha in alphas_of(spec, direction)[: None if state == "done" else 4]
        for name in spec.capabilities
    ]
    store.request_points(run_id, "w", planned, remaining_estimate=0 if state == "done" else 30)
    store.write(
        run_id, "w", {key: Scored(spec.directions[p.direction], name, p.alpha).made() for p, name, key in planned}
    )
    end_in(store, run_id, state, monkeypatch)
    return store.run(run_id)
