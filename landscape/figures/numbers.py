"""Lengths and ratios as text for titles and labels, in the style of `schema.numbers`."""

import math

from landscape.certificates.rounding import round_down
from landscape.schema.numbers import number


def compact(value: float) -> str:
    """A number to two significant digits, also where they are zero: `0.010`."""
    return number(value, 2, zeros=True)


def format_number(value: float, digits: int = 2) -> str:
    """A number to so many significant digits, without zeros at its end."""
    return number(float(f"{value:.{digits}g}"), digits)


def format_length(value: float) -> str:
    """A measured length to two significant digits: `0.012`, `1,200`, `1.2×10⁻⁵`."""
    return number(value, 2, zeros=True)


def proven_length(value: float) -> str:
    """A proven length to two significant digits, rounded down: no title may promise more than the proof does."""
    if not 0 < value < math.inf:
        return f"{value:g}"
    return format_length(round_down(value, 2))
