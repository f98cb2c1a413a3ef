"""A run of two points, and measurements as a worker would have made them."""

from dataclasses import dataclass, field

import numpy as np

from landscape.schema.directions import Gaussian
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store

SPEC = SliceSpec(checkpoint="demo:base", directions=(Gaussian(seed=0),), alphas=(0.0, 0.1), capabilities=("basic",))
FACTS = Facts(10, 0.1)


@dataclass
class Made:
    outcomes: np.ndarray = field(default_factory=lambda: np.array([1, 0, 1, 1], np.uint8))
    losses: np.ndarray = field(default_factory=lambda: np.array([0.5, np.nan, 1.5, 1.0], np.float32))
    seconds: float = 0.1
    realised_alpha: float = 0.1
    counts: dict[str, int] = field(default_factory=dict)


def plan(store: Store, run_id: str, name: str, keys: tuple[str, ...] = ("k0", "k1")) -> None:
    store.record_settings(run_id, name, {"threads": 1}, FACTS)
    store.request_points(
        run_id, name, [(Point(0, 0.1 * i), "basic", key) for i, key in enumerate(keys)], remaining_estimate=0
    )
