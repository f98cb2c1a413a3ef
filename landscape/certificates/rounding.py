"""Proven numbers as text: bounds rounded down and drops rounded up, so that no text promises more than the proof."""

import math


def round_down(value: float, digits: int) -> float:
    """A positive number with so many significant digits, never above it by more than floating point."""
    unit = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return math.floor(value / unit * (1 + 1e-12)) * unit  # 0.3 is 0.3, though 0.3 / 0.1 lies below 3


def round_up(value: float, digits: int) -> float:
    """A positive number with so many significant digits, never below it by more than floating point."""
    unit = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return math.ceil(value / unit * (1 - 1e-12)) * unit


def length_down(length: float, digits: int) -> str:
    """A proven length ≥ 0 to so many significant digits."""
    return f"{round_down(length, digits) if length > 0 else 0.0:.{digits}g}"


def bound_down(bound: float) -> str:
    """A lower bound of a score to three decimals, strictly never above it."""
    return f"{math.floor(bound * 1000) / 1000:.3f}"


def score_down(score: float, decimals: int = 2) -> str:
    """A score that may also be a reader's own input: 0.29 stays 0.29, though 0.29 · 100 lies below 29."""
    return f"{math.floor(score * 10**decimals + 1e-9) / 10**decimals:.{decimals}f}"


def percent_down(share: float) -> str:
    """A proven share in whole per cent."""
    return f"{math.floor(100 * share)} %"


def drop_up(drop: float) -> str:
    """The most that a score may drop, to three decimals."""
    return f"{math.ceil(drop * 1000 - 1e-9) / 1000:.3f}"
