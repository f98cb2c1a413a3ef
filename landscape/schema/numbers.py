"""How numbers are written everywhere: plain decimals, and powers of ten for the very small and the very large."""

import math

LEAST, MOST = 1e-4, 1e6  # what is written without a power of ten
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def number(value: float, digits: int = 3, *, zeros: bool = False) -> str:
    """A number to so many significant digits: `0.012`, `1,234`, `1.8×10⁻⁶`; digits before the point are all written.

    `zeros`: also digits that are zero, as in `0.010`, which say how well it is known.
    """
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "-∞"
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    rounded, places = float(f"{mantissa}e{power}"), digits - 1 - int(power)
    if rounded == 0:
        return "0"
    if LEAST <= abs(rounded) < MOST:
        text = f"{rounded:,.{places}f}" if places >= 0 else f"{value:,.0f}"
        return text if zeros or "." not in text else text.rstrip("0").rstrip(".")
    if not zeros and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}×{power_of_ten(int(power))}"


def power_of_ten(power: int) -> str:
    """A power of ten: `10⁶`."""
    return f"10{str(power).translate(_RAISED)}"


def count(value: int) -> str:
    """A large count to three significant digits: `97 k`, `260 k`, `135 M`, `7.24 B`."""
    for scale, letter in _SCALES:
        if value >= scale * 0.9995 or (letter == "k" and value >= 1000):
            return f"{number(value / scale)} {letter}"
    return str(value)
