"""Draw the trials of a certificate: each has fresh noise ε and a freshly drawn example."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from landscape.capabilities.examples import Capability
from landscape.certificates.sigma_elimination import BATCH
from landscape.engine.cache_keys import MEASUREMENT, CacheKeys
from landscape.engine.direction_tensors import GaussianDirection
from landscape.engine.session import Session
from landscape.schema.directions import Gaussian
from landscape.schema.points import Point
from landscape.schema.results import Measurement
from landscape.schema.specs import CertificateSpec, digest


class Trials:
    """Draws trials. Trial t has the same ε (times σ) and the same example at every σ.

    Raises:
        ValueError: a fine-tune in the spec also changed weights without noise, so that no certificate covers it.
    """

    def __init__(self, session: Session, spec: CertificateSpec) -> None:
        """Nothing is drawn yet."""
        self._session = session
        noise = spec.directions[0]
        assert isinstance(noise, Gaussian), "CertificateSpec begins with its noise"
        self._seed = noise.seed
        self.keys = TrialKeys(session.keys, noise.seed)
        session.directions.require_all_moved()

    def measure(
        self, point: Point, wanted: Sequence[Capability], floors: Mapping[str, float] | None = None
    ) -> dict[str, Measurement]:
        """Measure a batch of trials, one outcome each; θ₀ itself is scored on all examples."""
        if point.at_origin:
            return self._session.measure(point, wanted, floors)
        drawn: dict[str, list[tuple[int, float, float]]] = {capability.name: [] for capability in wanted}
        moved = []
        for trial in range(point.direction * BATCH, (point.direction + 1) * BATCH):
            started = time.perf_counter()
            noise = GaussianDirection((self._seed << 32) + trial)
            with self._session.mover.at([(noise, point.alpha)]) as realised:
                moved.append(realised)
                for capability in wanted:
                    outcome, loss = self._one(capability, self._example(trial, capability))
                    seconds, started = time.perf_counter() - started, time.perf_counter()
                    drawn[capability.name].append((outcome, loss, seconds))
        alpha = float(np.sqrt(np.mean(np.square(moved))))
        return {capability.name: _batch(drawn[capability.name], alpha) for capability in wanted}

    def _example(self, trial: int, capability: Capability) -> int:
        """The index of a trial's example, uniform over the capability's."""
        seed = hashlib.sha256(f"{self._seed}:{trial}:{capability.digest}".encode()).digest()
        return int(np.random.default_rng(list(seed)).integers(len(capability.examples)))

    def _one(self, capability: Capability, index: int) -> tuple[int, float]:
        scores = self._session.scorer.score(capability, np.array([index]))
        return int(scores.outcomes[index]), float(scores.losses[index])


def _batch(trials: Sequence[tuple[int, float, float]], realised: float) -> Measurement:
    outcomes, losses, seconds = zip(*trials, strict=True)
    counts = {"trials": len(trials)}
    return Measurement(np.array(outcomes, np.uint8), np.array(losses, np.float32), sum(seconds), realised, counts)


@dataclass(frozen=True)
class TrialKeys:
    """The cache keys of batches of trials. That of the clean θ₀ is shared with all other runs."""

    origin: CacheKeys
    seed: int  # of the noise

    def as_read(self, readings: Mapping[str, Mapping[str, Any]]) -> Self:
        """See CacheKeys."""
        return replace(self, origin=self.origin.as_read(readings))

    def of(self, point: Point, capability: Capability, floor: float | None = None) -> str:
        """The key of a batch: `point.direction` is its number, `point.alpha` is σ."""
        assert floor is None
        origin = self.origin.of(Point(0, 0.0), capability)
        if point.at_origin:
            return origin
        noised = {"seed": self.seed, "sigma": point.alpha, "batch": [point.direction, BATCH]}
        moved = {"only": self.origin.frame.only, "exclude": self.origin.frame.exclude}
        return digest({"trials": MEASUREMENT, "origin": origin, **noised, **moved})
