"""Certificates, and the searches that they stand beside, in every state."""

from dataclasses import dataclass

import numpy as np
import pytest

from landscape.certificates.sigma_elimination import BATCH
from landscape.runs.measured_content import content_of
from landscape.schema.directions import Gaussian
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import CertificateSpec, WorstSpec
from landscape.store.records import Run
from landscape.store.store import Store
from tests.figures.certificates.known_search import SEARCH
from tests.figures.certificates.known_sweep import FACTS, HOLDS, SPEC, shares
from tests.store.made import Made
from tests.ui.states import end_in

NOWHERE = {"basic": 0.0005, "math": 0.0004}  # every σ abstains


@dataclass
class Counted(Made):
    """Outcomes with this share of right ones."""

    share: float = 1.0
    n: int = BATCH

    def __post_init__(self) -> None:
        self.outcomes = (np.arange(self.n) < round(self.share * self.n)).astype(np.uint8)
        self.losses = np.ones(self.n, np.float32)


def bring(
    store: Store,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    spec: CertificateSpec = SPEC,
    holds: dict[str, float] = HOLDS,
    facts: Facts = FACTS,
) -> Run:
    """A run in a state; only a done one has tried every σ."""
    run_id = store.submit(spec)
    if state == "queued":
        return store.run(run_id)
    store.claim("w")
    store.record_settings(run_id, "w", {}, facts)
    measured = {}
    planned = []
    for name in spec.capabilities:
        planned.append((Point(0, 0.0), name, f"{run_id}-0-{name}"))
        measured[planned[-1][2]] = Counted(share=0.99, n=200)
        for index, (sigma, p) in enumerate(shares(holds[name]).items()):
            batches = spec.trials // BATCH if state == "done" or index < 2 else 3 if index == 2 else 0
            for batch in range(batches):
                planned.append((Point(batch, sigma), name, f"{run_id}-{sigma}-{batch}-{name}"))
                measured[planned[-1][2]] = Counted(share=p)
    store.request_points(run_id, "w", planned, remaining_estimate=0 if state == "done" else 30)
    store.write(run_id, "w", measured)
    end_in(store, run_id, state, monkeypatch)
    return store.run(run_id)


def bring_worst(store: Store, spec: WorstSpec = SEARCH) -> Run:
    """A finished search: random directions end at α = 0.02 (r = 20), the worst one ten times nearer."""
    run_id = store.submit(spec)
    store.claim("w")
    store.record_content(run_id, "w", content_of(spec))
    store.record_settings(run_id, "w", {}, Facts(1_000_000, 0.1))
    measured = {}
    planned = []
    for index, direction in enumerate(spec.directions):
        for alpha in (0.0, 0.001, 0.002, 0.004, 0.01, 0.02, 0.04):
            for name in spec.capabilities:
                planned.append((Point(index, alpha), name, f"{run_id}-{index}-{alpha}-{name}"))
                end = 0.02 if isinstance(direction, Gaussian) else 0.002
                measured[planned[-1][2]] = Counted(share=max(0.0, 1 - alpha / (2 * end)), n=100)
    store.request_points(run_id, "w", planned, remaining_estimate=0)
    store.write(run_id, "w", measured)
    store.finish(run_id, "w", "done")
    return store.run(run_id)
