"""How much the curvature differs between random directions: measured by probes of the Hessian, without a model.

Along a Gaussian δ the curvature δᵀHδ has the mean tr H and the variance 2‖H‖_F², so it varies by √2·‖H‖_F / tr H. A
probe v with independent entries of variance 1 gives both for one product: E vᵀHv = tr H and E ‖Hv‖² = ‖H‖_F². The
latter also holds for probes of signs, of which vᵀHv itself varies less, and so tells the trace better.
"""

import math
from collections.abc import Sequence

import numpy as np

FEW = 10  # probes below which the estimate is called one of few


def spread_of(forms: Sequence[float], squares: Sequence[float]) -> tuple[float, float] | None:
    """√2·‖H‖_F / tr H and its standard error (jackknife), from vᵀHv and ‖Hv‖² of each probe.

    None where the trace is not told apart from 0 by two standard errors, or one probe says nothing of an error.
    """
    a, b, n = np.asarray(forms, float), np.asarray(squares, float), len(forms)
    if n < 2 or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    if not a.mean() > 2 * a.std(ddof=1) / math.sqrt(n):
        return None
    without = np.sqrt(2 * (b.sum() - b) / (n - 1)) / ((a.sum() - a) / (n - 1))
    error = math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    return math.sqrt(2 * float(b.mean())) / float(a.mean()), error


def spread_of_rises(mean: float | None, error: float | None, directions: int) -> float | None:
    """The standard deviation of the loss's rises over random directions, as a share of their mean; None: not known."""
    if mean is None or error is None or not math.isfinite(error) or not mean > 0 or directions < 2:
        return None
    return error * math.sqrt(directions) / mean


def spread_of_ends(ends: Sequence[float | None]) -> float | None:
    """The same of the α where draws end; None where one does not end, or there are fewer than two."""
    known = [end for end in ends if end]
    if len(known) < 2 or len(known) < len(ends):
        return None
    return float(np.std(known, ddof=1) / np.mean(known))
