"""Statistics of counts: intervals of scores and shares, examples needed, paired drops, intervals of medians."""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000  # of a bootstrap: the ends of its 95 % interval then vary by a few per cent of its length

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
    """How much a score fell on the same n examples: the drop, its interval, and the p-value of a drop this large."""

    drop: float
    low: float
    high: float
    p_value: float
    n: int


@dataclass(frozen=True)
class PairedChange:
    """How much a mean over the same n examples changed, and its bootstrap interval."""

    change: float
    low: float
    high: float
    n: int


def wilson(score: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a score from n independent examples (Wilson 1927). n = 0 → (0, 1)."""
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    interval = binomtest(round(score * n), n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


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
    _check_confidence(confidence)
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
    _check_confidence(confidence)
    square, wanted = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2, tolerance**2
    half_b = square * (wanted - score * (1 - score) / 2)  # wanted·n² + 2·half_b·n + c = 0
    c = square**2 * (wanted - 0.25)
    discriminant = half_b**2 - wanted * c
    root = (math.sqrt(discriminant) - half_b) / wanted if discriminant > 0 else 0.0
    return max(1, math.ceil(root - 1e-9))


def dropped_by_more_than(before: ArrayLike, after: ArrayLike, tolerance: float, confidence: float = 0.95) -> PairedDrop:
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

    Raises:
        ValueError: shapes differ, an outcome is not 0 or 1, no example was scored both times, or tolerance or
            confidence lies out of range.
    """
    first, second = _pairs(before, after)
    if not 0 <= tolerance < 1:
        raise ValueError(f"expected a tolerance in [0, 1), got {tolerance}")
    _check_confidence(confidence)
    lost, gained, n = int(((first == 1) & (second == 0)).sum()), int(((first == 0) & (second == 1)).sum()), first.size
    normal = NormalDist()
    z = normal.inv_cdf(0.5 + confidence / 2)
    return PairedDrop(
        drop=(lost - gained) / n,
        low=_drop_at(z, lost, gained, n),
        high=_drop_at(-z, lost, gained, n),
        p_value=normal.cdf(-_tango(tolerance, lost, gained, n)),
        n=n,
    )


def mean_change(before: ArrayLike, after: ArrayLike, confidence: float = 0.95) -> PairedChange | None:
    """The mean of after − before over the same examples, with a percentile bootstrap of the pairs (Efron 1979).

    The resamples are the same on every call. None if fewer than two examples have both values.

    Args:
        before: (n,) values; an example with NaN, before or after, is left out.
        after: (n,) values of the same examples.
        confidence: of the two-sided interval.

    Raises:
        ValueError: shapes differ, or confidence lies outside (0, 1).
    """
    first, second = np.asarray(before, float), np.asarray(after, float)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"expected two (n,) arrays of the same examples, got {first.shape} and {second.shape}")
    _check_confidence(confidence)
    changes = (second - first)[~np.isnan(second - first)]
    if len(changes) < 2:
        return None
    from scipy.stats import bootstrap

    drawn = bootstrap((changes,), np.mean, n_resamples=RESAMPLES, batch=200, confidence_level=confidence,
                      method="percentile", rng=np.random.default_rng(0)).confidence_interval  # fmt: skip
    return PairedChange(float(changes.mean()), float(drawn.low), float(drawn.high), len(changes))


def _pairs(before: ArrayLike, after: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
    return first, second


def _tango(drop: float, lost: int, gained: int, n: int) -> float:
    """Tango's statistic: (observed drop − `drop`) over its standard error if `drop` is the truth."""
    a, b = 2 * n, (2 * n - lost + gained) * drop - lost - gained
    c = -gained * drop * (1 - drop)
    regained = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)  # likeliest P(0 → 1) given the drop
    variance = n * (2 * regained + drop * (1 - drop))
    excess = lost - gained - n * drop
    if variance <= 1e-12:
        return 0.0 if abs(excess) < 1e-9 else math.copysign(math.inf, excess)
    return excess / math.sqrt(variance)


def _drop_at(z: float, lost: int, gained: int, n: int) -> float:
    """The drop at which Tango's statistic is z. It falls as the drop grows: bisection to 1e-12."""
    low, high = -1.0, 1.0
    for _ in range(41):
        middle = (low + high) / 2
        low, high = (middle, high) if _tango(middle, lost, gained, n) > z else (low, middle)
    return (low + high) / 2


def median_low(values: ArrayLike, again: ArrayLike, rng: np.random.Generator, confidence: float = 0.95) -> float:
    """The lower end of a two-sided interval for a population's median, from values whose noise is partly shared.

    The upper end is −median_low(−values, −again). Values that are −inf (censored) are allowed.
    Two errors add in quadrature. The choice of values, each with noise of its own, is covered by order statistics,
    interpolated between the two whose coverages enclose `confidence` (Hettmansperger & Sheather 1986): no distribution
    is assumed. Noise that moves all values at once does not show in their spread. It is estimated as how much further
    the resampled medians scatter than after shuffling each column by itself, divided by 1 − kept: a median of shuffled
    values still scatters with a share `kept` of a single value's variance, its shared part included.

    Args:
        values: (R,) independent draws, each measured with noise.
        again: (B, R) the same draws with their noise resampled; each row is one resample of the shared noise.
        rng: for the shuffles.
        confidence: of the two-sided interval.

    Raises:
        ValueError: so few values that even the lowest and highest do not enclose the median with `confidence`.
    """
    drawn, resampled = np.sort(np.asarray(values, float)), np.asarray(again, float)
    _check_confidence(confidence)
    middle, end = float(np.median(drawn)), _order_low(drawn, confidence)
    both = float(_scatter_below(np.median(resampled, axis=1), confidence))
    if math.isinf(middle) or math.isinf(end) or math.isinf(both):
        return -math.inf
    shuffled = np.median(rng.permuted(resampled, axis=0), axis=1)
    own, alone = (
        min(float(_scatter_below(shuffled, confidence)), both),
        np.median(_scatter_below(resampled, confidence)),
    )
    kept = min((own / float(alone)) ** 2, 0.5) if alone > 0 else 0.0
    return middle - math.hypot(middle - end, math.sqrt((both**2 - own**2) / (1 - kept)))


def _order_low(values: NDArray[np.float64], confidence: float) -> float:
    """The k-th sorted value, with k interpolated so that it and its mirror image enclose the median."""
    n = len(values)
    coverage = [1 - sum(math.comb(n, j) for j in range(k)) / 2 ** (n - 1) for k in range(n // 2 + 1)]
    k = max(i for i, covered in enumerate(coverage) if covered >= confidence)
    if k == 0:
        raise ValueError(f"expected {math.ceil(1 - math.log2(1 - confidence))} values or more, got {n}")
    excess = (coverage[k] - confidence) / (coverage[k] - coverage[k + 1])
    weight = (n - k) * excess / (k + (n - 2 * k) * excess)
    if math.isinf(values[k - 1]):
        return -math.inf
    return float((1 - weight) * values[k - 1] + weight * values[k])


def _scatter_below(samples: NDArray[np.float64], confidence: float) -> NDArray[np.float64]:
    """How far the lower end of samples (B, …) lies below their middle, along the first axis; inf if it is −inf."""
    ordered = np.sort(samples, axis=0)
    lowest, middle = ordered[round((len(ordered) - 1) * (1 - confidence) / 2)], ordered[len(ordered) // 2]
    return np.subtract(middle, lowest, out=np.full(np.shape(lowest), np.inf), where=~np.isinf(lowest))


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"expected a confidence in (0, 1), got {confidence}")
