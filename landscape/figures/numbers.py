"""Numbers as text for titles and labels."""

import math

import numpy as np

from landscape.certificates.rounding import round_down
from landscape.figures.scale import Scale


def compact(value: float) -> str:
    """A number to two significant digits, never with an exponent."""
    return Scale(1.0, "", "", "").format(value)


def format_number(value: float, digits: int = 2) -> str:
    """A number to so many significant digits, without an exponent, with commas between thousands."""
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else np.format_float_positional(rounded, trim="-")


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_length(value: float) -> str:
    """A measured length to two significant digits: `0.012`, `1,200`, `1.2·10⁻⁵`."""
    if value >= 100:
        return f"{value:,.0f}"
    mantissa, _, power = f"{value:#.2g}".partition("e")
    return f"{mantissa}·10{str(int(power)).translate(_RAISED)}" if power else mantissa.removesuffix(".")


def proven_length(value: float) -> str:
    """A proven length to two significant digits, rounded down: no title may promise more than the proof does."""
    if not 0 < value < math.inf:
        return f"{value:g}"
    return format_length(round_down(value, 2))
