"""Numbers as the program writes them, read again."""

_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def read(text: str) -> float:
    """The value of `0.012`, `1,234` or `1.8×10⁻⁶`."""
    mantissa, _, power = text.replace(",", "").replace("\u00a0", "").partition("×10")
    return float(mantissa) * 10.0 ** int(power.translate(_LOWERED) or 0)
