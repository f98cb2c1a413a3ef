"""The interval of a population's median, from draws whose measurement noise is partly shared."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.intervals import check_confidence


def median_low(
    values: ArrayLike,
    again: ArrayLike,
    rng: np.random.Generator,
    confidence: float = 0.95,
    understated: float = 1.0,
) -> float:
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
        understated: by which factor `again` is known to understate the shared noise.

    Raises:
        ValueError: so few values that even the lowest and highest do not enclose the median with `confidence`.
    """
    drawn, resampled = np.sort(np.asarray(values, float)), np.asarray(again, float)
    check_confidence(confidence)
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
    return middle - math.hypot(middle - end, understated * math.sqrt((both**2 - own**2) / (1 - kept)))


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
