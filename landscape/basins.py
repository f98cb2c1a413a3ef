"""From numbers to basins: boundaries along one direction, and the uncertainty of a score. Pure functions."""

from collections.abc import Sequence

TOLERANCE = 0.05  # how much a score may drop and still count as inside the basin


def boundary(alphas: Sequence[float], scores: Sequence[float], tolerance: float = TOLERANCE) -> float | None:
    """The largest α such that every measured 0 ≤ α′ ≤ α keeps S ≥ S(θ₀) − tolerance.

    Interpolated linearly between the last point inside and the first outside; None when the score never
    leaves within the range. Negative alphas are another direction and are ignored.

    Raises:
        ValueError: α = 0 is not among the alphas.
    """
    pairs = sorted((a, s) for a, s in zip(alphas, scores, strict=True) if a >= 0)
    if not pairs or pairs[0][0] != 0:
        raise ValueError(f"expected α = 0 among the alphas, got {[a for a, _ in pairs][:3]}")
    floor = pairs[0][1] - tolerance
    for (inside, above), (outside, below) in zip(pairs, pairs[1:], strict=False):
        if below < floor:
            return inside + (outside - inside) * (above - floor) / (above - below)
    return None


def wilson(score: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a score from n independent examples (Wilson 1927). n = 0 → (0, 1)."""
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest  # a second to import: not before a page that needs no interval is drawn

    interval = binomtest(round(score * n), n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
