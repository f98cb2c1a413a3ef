"""Statistics of counts: intervals of scores and shares, examples needed, paired drops and changes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000  # of a bootstrap: the ends of its 95 % interval then vary by a few per cent of its length
CHANGED_NEEDED = 10  # examples that changed: with fewer, no interval of a mean change can be trusted
_UNCHANGED = 0.1  # a change smaller than this share of the root mean square change counts as none

# scipy.stats takes a second to import: inside functions only, so that a page is drawn before it is needed.


@dataclass(frozen=True)
class Share:
    """A share of n independent trials and its Clopper–Pearson interval."""

    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class PairedDrop:
    """How much a score fell on the same n examples: the drop, its interval, and the p-value of a drop this large.

    `independent`: as how many examples they count, where some ask the same; None: n.
    """

    drop: float
    low: float
    high: float
    p_value: float
    n: int
    independent: float | None = None


@dataclass(frozen=True)
class PairedChange:
    """How much a mean over the same n examples changed, and its bootstrap interval.

    `low` and `high` are NaN where too few of the examples changed to give one (`CHANGED_NEEDED`).
    """

    change: float
    low: float
    high: float
    n: int
    changed: int

    def text(self, digits: int = 3) -> str:
        """`+0.015 [+0.008, +0.024]`, or why there is no interval."""
        numbers = [f"{value:+.{digits}f}".replace("-", "−") for value in (self.change, self.low, self.high)]
        if math.isnan(self.low):
            return f"{numbers[0]} (no interval: {self.changed} of {self.n} examples changed, too few to give one)"
        return "{} [{}, {}]".format(*numbers)


def independent(requests: ArrayLike | None, n: int) -> float:
    """As how many independent examples n examples count, of which some ask the same request.

    `requests` (n,) says which; None: each asks its own. Examples of one request are taken to stand or fall together, so
    that each request counts once; where some are asked more often than others, a little less: (Σc)² / Σc² over their
    counts c (Kish 1965).
    """
    if requests is None:
        return float(n)
    counts = np.unique(np.asarray(requests), return_counts=True)[1]
    return float(counts.sum() ** 2 / (counts**2).sum())


def wilson(score: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a score from n independent examples (Wilson 1927). n = 0 → (0, 1)."""
    if n == 0:
        return 0.0, 1.0
    square = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2 / n
    middle, half = score + square / 2, math.sqrt(square * (score * (1 - score) + square / 4))
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))


@lru_cache(maxsize=4096)  # 1 ms each, and a page asks for the same bounds again and again
def clopper_pearson(
    successes: int, n: int, confidence: float = 0.95, side: Literal["two", "lower", "upper"] = "two"
) -> tuple[float, float]:
    """The exact interval of a probability: it covers it with at least `confidence` (Clopper & Pearson 1934).

    `lower` spends all of 1 − confidence on the lower bound and leaves the upper at 1; `upper` the reverse.
    n = 0 → (0, 1).

    Raises:
        ValueError: successes lie outside 0 … n, or confidence outside (0, 1).
    """
    if not 0 <= successes <= n:
        raise ValueError(f"expected successes between 0 and n = {n}, got {successes}")
    check_confidence(confidence)
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    alternative = {"two": "two-sided", "lower": "greater", "upper": "less"}[side]
    interval = binomtest(successes, n, alternative=alternative).proportion_ci(confidence, method="exact")
    return float(interval.low), float(interval.high)


def share_of(holds: ArrayLike, confidence: float = 0.95) -> Share:
    """The share of independent trials (n,) of true or false that hold, with its two-sided Clopper–Pearson interval.

    Raises:
        ValueError: there is no trial, or confidence lies outside (0, 1).
    """
    flags = np.asarray(holds, bool)
    if not flags.size:
        raise ValueError("expected at least one trial, got none")
    successes, n = int(flags.sum()), flags.size
    return Share(successes / n, *clopper_pearson(successes, n, confidence), n)


def examples_needed(score: float, tolerance: float, confidence: float = 0.95) -> int:
    """The smallest number of examples at which Wilson's interval of `score` has a half-width ≤ `tolerance`.

    Closed form: with z the normal quantile, half-width² (n + z²)² = z² (score (1 − score) n + z²/4).
    This is for a single score; a drop on the same examples (`dropped_by_more_than`) is often clear with fewer.

    Raises:
        ValueError: score lies outside [0, 1], tolerance is not positive, or confidence lies outside (0, 1).
    """
    if not 0 <= score <= 1:
        raise ValueError(f"expected a score in [0, 1], got {score}")
    if not tolerance > 0:
        raise ValueError(f"expected a tolerance > 0, got {tolerance}")
    check_confidence(confidence)
    square, wanted = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2, tolerance**2
    half_b = square * (wanted - score * (1 - score) / 2)  # wanted·n² + 2·half_b·n + c = 0
    c = square**2 * (wanted - 0.25)
    discriminant = half_b**2 - wanted * c
    root = (math.sqrt(discriminant) - half_b) / wanted if discriminant > 0 else 0.0
    return max(1, math.ceil(root - 1e-9))


def dropped_by_more_than(
    before: ArrayLike,
    after: ArrayLike,
    tolerance: float,
    confidence: float = 0.95,
    requests: ArrayLike | None = None,
) -> PairedDrop:
    """Test whether a score has fallen by more than `tolerance` on the same examples.

    Tango's score test for matched pairs (Tango 1998, Statistics in Medicine 17:891) of H₀: mean(before − after) ≤
    tolerance, one-sided; at tolerance 0 it is McNemar's without continuity correction. The two-sided interval holds
    the drops that the same statistic does not reject, so it keeps its coverage near scores of 0 and 1. At tolerance 0,
    unchanged examples are no evidence: without any changed example the p-value is 0.5.

    Args:
        before: (n,) outcomes 0 or 1; an example with NaN (not scored), before or after, is left out.
        after: (n,) outcomes of the same examples.
        tolerance: the drop that is still accepted, in [0, 1).
        confidence: of the interval.
        requests: (n,) which request each example asks; None: each its own. See `independent`.

    Raises:
        ValueError: shapes differ, an outcome is not 0 or 1, no example was scored both times, or tolerance or
            confidence lies out of range.
    """
    first, second, scored = _pairs(before, after)
    if not 0 <= tolerance < 1:
        raise ValueError(f"expected a tolerance in [0, 1), got {tolerance}")
    check_confidence(confidence)
    counted = independent(None if requests is None else np.asarray(requests)[scored], first.size)
    lost, gained = (float((first - second == sign).sum()) * counted / first.size for sign in (1, -1))
    normal = NormalDist()
    z = normal.inv_cdf(0.5 + confidence / 2)
    return PairedDrop(
        drop=float((first - second).mean()),
        low=_drop_at(z, lost, gained, counted),
        high=_drop_at(-z, lost, gained, counted),
        p_value=normal.cdf(-_tango(tolerance, lost, gained, counted)),
        n=first.size,
        independent=counted,
    )


def sign_test(lost: float, won: float) -> float:
    """The exact chance that at least so many of the changed examples are lost, were each as likely won (McNemar).

    Fractions, of examples that count as fewer independent ones, are rounded against the loss.
    """
    least, most = math.floor(lost + 1e-9), math.ceil(won - 1e-9)
    return sum(math.comb(least + most, k) for k in range(least, least + most + 1)) / 2 ** (least + most)


def rejected(p_values: Sequence[float], error: float) -> int:
    """How many hypotheses are rejected, with at most `error` for the chance of any false rejection (Holm 1979)."""
    count = len(p_values)
    return next((i for i, p in enumerate(sorted(p_values)) if p >= error / (count - i)), count)


def mean_change(
    before: ArrayLike, after: ArrayLike, confidence: float = 0.95, requests: ArrayLike | None = None
) -> PairedChange | None:
    """The mean of after − before over the same examples, with a bootstrap-t interval (Efron 1981).

    Losses change much in few examples, and there percentiles of a bootstrap cover 50 to 85 % instead of 95: a resample
    that misses the few has both a small mean and a small spread. Dividing by each resample's own standard error makes
    up for it (measured in data/guides/statistics.md). The resamples are the same on every call. None if fewer than two
    examples have both values.

    Args:
        before: (n,) values; an example with NaN, before or after, is left out.
        after: (n,) values of the same examples.
        confidence: of the two-sided interval.
        requests: (n,) which request each example asks; None: each its own. Those of one request are drawn together.

    Raises:
        ValueError: shapes differ, or confidence lies outside (0, 1).
    """
    first, second = np.asarray(before, float), np.asarray(after, float)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"expected two (n,) arrays of the same examples, got {first.shape} and {second.shape}")
    check_confidence(confidence)
    known = ~np.isnan(second - first)
    changes = (second - first)[known]
    if len(changes) < 2:
        return None
    mean = float(changes.mean())
    units = changes - mean
    if requests is not None:
        units = np.bincount(np.unique(np.asarray(requests)[known], return_inverse=True)[1], units)
        units = units * (len(units) / len(changes))
    size = np.abs(units + mean)
    changed = int((size >= _UNCHANGED * math.sqrt(np.mean(size**2))).sum()) if size.any() else 0
    ends = _bootstrap_t(units, confidence) if changed >= CHANGED_NEEDED else (math.nan, math.nan)
    return PairedChange(mean, mean + ends[0], mean + ends[1], len(changes), changed)


def _bootstrap_t(values: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """The interval of the mean of values (n,) of mean 0, from the bootstrap's distribution of its t statistic."""
    n, error, rng = len(values), float(values.std()), np.random.default_rng(0)
    statistics = np.empty(RESAMPLES)
    for some in np.split(statistics, RESAMPLES // 200):  # in parts: a large capability's resamples fill the memory
        drawn = values[rng.integers(0, n, (len(some), n))]
        means, errors = drawn.mean(axis=1), drawn.std(axis=1)
        some[:] = np.divide(means, errors, out=np.copysign(np.inf, means), where=errors > 1e-9 * error)
    statistics.sort()
    low = round((RESAMPLES - 1) * (1 - confidence) / 2)
    return (-error * float(statistics[-1 - low]), -error * float(statistics[low])) if error else (0.0, 0.0)


def _pairs(before: ArrayLike, after: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Outcomes before and after of the examples that were scored both times, and which those are."""
    first, second = np.asarray(before, float), np.asarray(after, float)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"expected two (n,) arrays of the same examples, got {first.shape} and {second.shape}")
    scored = ~(np.isnan(first) | np.isnan(second))
    first, second = first[scored], second[scored]
    if not first.size:
        raise ValueError("expected at least one example scored before and after, got none")
    odd = [float(v) for v in np.unique(np.concatenate([first, second])) if v not in (0, 1)]
    if odd:
        raise ValueError(f"expected outcomes 0 or 1, got {odd[:3]}")
    return first, second, scored


def _tango(drop: float, lost: float, gained: float, n: float) -> float:
    """Tango's statistic: (observed drop − `drop`) over its standard error if `drop` is the truth."""
    a, b = 2 * n, (2 * n - lost + gained) * drop - lost - gained
    c = -gained * drop * (1 - drop)
    regained = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)  # likeliest P(0 → 1) given the drop
    variance = n * (2 * regained + drop * (1 - drop))
    excess = lost - gained - n * drop
    if variance <= 1e-12:
        return 0.0 if abs(excess) < 1e-9 else math.copysign(math.inf, excess)
    return excess / math.sqrt(variance)


def _drop_at(z: float, lost: float, gained: float, n: float) -> float:
    """The drop at which Tango's statistic is z. It falls as the drop grows: bisection to 1e-12."""
    low, high = -1.0, 1.0
    for _ in range(41):
        middle = (low + high) / 2
        low, high = (middle, high) if _tango(middle, lost, gained, n) > z else (low, middle)
    return (low + high) / 2


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless a confidence lies within (0, 1)."""
    if not 0 < confidence < 1:
        raise ValueError(f"expected a confidence in (0, 1), got {confidence}")
