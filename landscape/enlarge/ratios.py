"""The ratio of two radii with its interval, alone or as one of several that are looked at together. No model."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from landscape.basins.boundaries import Radius
from landscape.schema.numbers import number


@dataclass(frozen=True)
class Ratio:
    """A positive ratio with its 95 % interval, whose ends are NaN where they are not known."""

    value: float
    low: float
    high: float

    def among(self, looked_at: int) -> "Ratio":
        """The same ratio with the interval that it has as one of several: together they hold with 95 % (Bonferroni).

        Each end moves away from the estimate on the log scale, by as much as a normal quantile grows when the 5 % are
        shared out. Whoever picks the largest of several ratios, or looks for one that differs, must use this.
        """
        grown = _quantile(0.05 / max(1, looked_at)) / _quantile(0.05)
        low, high = (self.value * (end / self.value) ** grown for end in (self.low, self.high))
        return Ratio(self.value, low, high)

    def over(self, factor: float) -> "Ratio":
        """The ratio divided by a factor that is known exactly."""
        return Ratio(self.value / factor, self.low / factor, self.high / factor)

    @property
    def known(self) -> bool:
        """Whether it has an interval."""
        return not math.isnan(self.low) and not math.isnan(self.high)

    def __str__(self) -> str:
        """`5.9 × (5.0–6.5)`, without brackets where there is no interval."""
        return f"{number(self.value, 2)} ×{self.spread}"

    @property
    def spread(self) -> str:
        """The interval in brackets after a space; "" without one."""
        if not self.known:
            return ""
        return (
            f" ({number(self.low, 2)} or more)"
            if math.isinf(self.high)
            else f" ({number(self.low, 2)}–{number(self.high, 2)})"
        )


def ratio_of(radius: Radius | None, reference: Radius | None) -> Ratio | None:
    """The ratio of two radii; None if one has no basin, or was not followed to its boundary.

    The interval follows from those of both (MOVER for a ratio, Zou & Donner 2008).
    """
    if radius is None or reference is None or radius.at_least or reference.at_least:
        return None
    if not radius.median > 0 or not reference.median > 0:
        return None
    ends = ratio_interval((radius.median, radius.low, radius.high), (reference.median, reference.low, reference.high))
    return Ratio(radius.median / reference.median, *ends)


def ratio_interval(above: tuple[float, float, float], below: tuple[float, float, float]) -> tuple[float, float]:
    """The interval of a ratio of two independent positive estimates, each (estimate, low, high), on the log scale.

    The distances from each estimate to its own limits add in quadrature. NaN where a limit is unknown; a lower limit
    of 0 or an upper one of inf gives 0 or inf.
    """
    (a, a_low, a_high), (b, b_low, b_high) = above, below
    if any(math.isnan(limit) for limit in (a_low, a_high, b_low, b_high)):
        return math.nan, math.nan
    down = math.hypot(_log_ratio(a, a_low), _log_ratio(b_high, b))
    up = math.hypot(_log_ratio(a_high, a), _log_ratio(b, b_low))
    return a / b * math.exp(-down), a / b * math.exp(up) if up < math.inf else math.inf


def _log_ratio(larger: float, smaller: float) -> float:
    return math.log(larger / smaller) if smaller > 0 and larger < math.inf else math.inf


def _quantile(tail: float) -> float:
    return NormalDist().inv_cdf(1 - tail / 2)
