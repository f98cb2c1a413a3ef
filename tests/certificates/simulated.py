"""Outcomes under noise of known probability, and the planner let loose on them."""

from collections.abc import Callable, Mapping
from statistics import NormalDist

import numpy as np

from landscape.certificates.sigma_elimination import BATCH, next_step
from landscape.schema.points import Known, Point
from landscape.schema.results import Facts
from landscape.schema.specs import CertificateSpec

NORMAL = NormalDist()
Truth = Mapping[str, Callable[[float], float]]


def facts_of(spec: CertificateSpec, chance: float = 0.0, **alphas: float) -> Facts:
    return Facts(
        10_000,
        0.1,
        {f"demo:{name}": alpha for name, alpha in alphas.items()},
        chance=dict.fromkeys(spec.capabilities, chance),
    )


def edge(at: float, width: float = 0.002, best: float = 0.98) -> Callable[[float], float]:
    """A capability that noise up to about `at` spares."""
    return lambda sigma: best * NORMAL.cdf((at - sigma) / width)


def half_space(c: float) -> Callable[[float], float]:
    return lambda sigma: NORMAL.cdf(c / sigma)


def outcome(truth: Truth, point: Point, name: str) -> float:
    """The same at a point whenever it is asked for, as a seed makes it."""
    if point.at_origin:
        return 1.0
    rng = np.random.default_rng([point.direction, round(point.alpha * 1e9), *name.encode()])
    return float(rng.binomial(BATCH, truth[name](point.alpha))) / BATCH


def run(
    spec: CertificateSpec, truth: Truth, known: Known | None = None, facts: Facts | None = None, stop: int | None = None
) -> dict[Point, dict[str, float]]:
    """Measure what the planner asks for until it asks no more, or until `stop` scores are taken."""
    found = {point: dict(scores) for point, scores in (known or {}).items()}
    taken = 0
    while (step := next_step(spec, facts or facts_of(spec), found)).points:
        for point, names in step.points:
            for name in names:
                if taken == stop:
                    return found
                assert name not in found.get(point, {}), "a point that is known is not asked for again"
                found.setdefault(point, {})[name] = outcome(truth, point, name)
                taken += 1
    return found
