"""Searches for basins in every state."""

from dataclasses import dataclass

import numpy as np
import pytest

from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import BasinSpec
from landscape.store.records import Run
from landscape.store.store import Store
from tests.store.made import Made
from tests.ui.states import end_in

SPEC = BasinSpec(
    checkpoint="demo:assistant",
    directions=(*(Gaussian(seed=seed) for seed in range(6)), Towards(checkpoint="demo:base")),
    capabilities=("basic", "math"),
    reach=0.08,
)
LADDER = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08)
ENDS = {"basic": 0.03, "math": 0.007}  # the score falls linearly around here, from 1 to 0 over two thirds of it


@dataclass
class Scored:
    """A capability that is lost little by little: other tolerances then have other boundaries."""

    capability: str
    alpha: float

    def made(self) -> Made:
        end = ENDS[self.capability]
        right = np.clip(1.5 - self.alpha / end, 0, 1)
        return Made(outcomes=(np.arange(100) < round(100 * right)).astype(np.uint8), losses=np.ones(100, np.float32))


def bring(
    store: Store,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    spec: BasinSpec = SPEC,
    ladder: tuple[float, ...] = LADDER,
) -> Run:
    """A run in a state; only a done one has climbed its whole ladder."""
    run_id = store.submit(spec)
    if state == "queued":
        return store.run(run_id)
    store.claim("w")
    store.record_settings(run_id, "w", {}, Facts(100, 0.1, {"demo:base": 0.01}, chance={"basic": 0.0, "math": 0.0}))
    climbed = ladder if state == "done" else ladder[:3]
    planned = [
        (Point(direction, alpha), name, f"{run_id}-{direction}-{alpha}-{name}")
        for direction in range(len(spec.directions))
        for alpha in climbed
        for name in spec.capabilities
    ]
    store.request_points(run_id, "w", planned, remaining_estimate=0 if state == "done" else 30)
    store.write(run_id, "w", {key: Scored(name, point.alpha).made() for point, name, key in planned})
    end_in(store, run_id, state, monkeypatch)
    return store.run(run_id)
