"""The bounds of randomised smoothing in weight space: what trials under noise prove about every θ′ near θ₀. Pure.

With p = E S(θ₀+ε), ε ~ N(0, σ²I), and r = ‖θ′ − θ₀‖₂: E S(θ′+ε) ≥ Φ(Φ⁻¹(p) − r/σ) (Cohen et al. 2019; equality for
a half-space). All statements are about the *noised* model. Radii are L2 distances, not α.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

from landscape.intervals import clopper_pearson

_NORMAL = NormalDist()


def strong_floor(p: float, r: float, sigma: float) -> float:
    """The least E S(θ′+ε) at distance r, given E S(θ₀+ε) ≥ p: Φ(Φ⁻¹(p) − r/σ)."""
    _check(p, r, sigma)
    if p in (0.0, 1.0):
        return p  # Φ⁻¹ is infinite there: certainty loses nothing, and nothing guarantees nothing
    return min(p, _NORMAL.cdf(_NORMAL.inv_cdf(p) - r / sigma))


def weak_floor(p: float, r: float, sigma: float) -> float:
    """The floor by the Lipschitz constant alone: p − r/(√(2π)σ), at least 0. Never above the strong floor."""
    _check(p, r, sigma)
    return max(0.0, p - r / (math.sqrt(2 * math.pi) * sigma))


def certified_radius(p: float, threshold: float, sigma: float) -> float | None:
    """The r up to which the strong floor is at least the threshold q: σ(Φ⁻¹(p) − Φ⁻¹(q)); None (abstain) if p < q."""
    _check(p, 0.0, sigma)
    _check_inside(threshold, "a threshold")
    if p < threshold:
        return None
    return math.inf if p == 1 else sigma * (_NORMAL.inv_cdf(p) - _NORMAL.inv_cdf(threshold))


def total_drop(tolerance: float, p: float, floor: float) -> float:
    """How far the noised θ′ may lie below the clean θ₀: τ + p − floor, where the noise alone costs τ = S(θ₀) − p."""
    return tolerance + p - floor


def input_floor(p: float, swap: float, sigma: float) -> float:
    """A heuristic, NOT a guarantee, for swapped tokens: the strong floor at r = `swap` = √Σ‖W(eᵢ − eᵢ′)‖².

    It treats changed tokens as a change of the embedding W. That is wrong where no single δ turns W's rows into what
    the changed prompt reads. Counterexample: a model that is right exactly if two positions read the same row answers
    (a, a) rightly for every W, so that p and this floor are 1, and (a, b) wrongly for almost every W: no δ moves one
    occurrence of a row and leaves the other.
    """
    return strong_floor(p, swap, sigma)


def trials_needed(threshold: float, failure_probability: float) -> int:
    """The smallest number of trials whose lower bound exceeds the threshold if all are right: n > ln(β)/ln(q)."""
    _check_inside(threshold, "a threshold")
    _check_inside(failure_probability, "a failure probability")
    ratio = math.log(failure_probability) / math.log(threshold)
    return math.floor(ratio * (1 + 1e-12)) + 1  # 10 by rounding below 10 is 10


@dataclass(frozen=True)
class Certificate:
    """What n trials at one σ prove about one capability, at a failure probability of its own.

    One trial is one fresh ε and one freshly drawn example: outcomes that share an ε must not be pooled. The number of
    trials must not depend on their outcomes: a certificate that stopped early is not `complete`, and claims nothing.
    """

    sigma: float
    successes: int
    trials: int
    failure_probability: float
    complete: bool = True  # all trials that were planned are made

    @property
    def share(self) -> float:
        """The observed share of right trials."""
        return self.successes / self.trials

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The two-sided 95 % Clopper–Pearson interval of p_A. It only describes the trials; the claim uses `low`."""
        return clopper_pearson(self.successes, self.trials)

    @cached_property
    def low(self) -> float:
        """The one-sided Clopper–Pearson bound: p_A lies below it with at most the failure probability."""
        if not self.complete:
            return 0.0
        return clopper_pearson(self.successes, self.trials, 1 - self.failure_probability, "lower")[0]

    def radius(self, threshold: float) -> float | None:
        """Certified radius (L2) for a score of at least `threshold`; None: abstain."""
        return certified_radius(self.low, threshold, self.sigma)

    def floor(self, r: float) -> float:
        """The least score of the noised model at distance r."""
        return strong_floor(self.low, r, self.sigma)

    def weak_floor(self, r: float) -> float:
        """The same by the Lipschitz constant alone."""
        return weak_floor(self.low, r, self.sigma)


def _check(p: float, r: float, sigma: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"expected a probability in [0, 1], got {p}")
    if not r >= 0:
        raise ValueError(f"expected a distance ≥ 0, got {r}")
    if not 0 < sigma < math.inf:
        raise ValueError(f"expected a finite σ > 0, got {sigma}: without noise there is nothing to certify")


def _check_inside(value: float, name: str) -> None:
    if not 0 < value < 1:
        raise ValueError(f"expected {name} in (0, 1), got {value}")
