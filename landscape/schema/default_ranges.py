"""Ranges of α and σ: those of the paper by name, and defaults by the size of a model."""

import numpy as np

RANGES = {  # of the paper's released code, by the size of its models (arXiv 2505.17646)
    "paper-0.5b": "-0.005:0.005:11",
    "paper-7b": "-0.01:0.01:41",
    "paper-8b": "-0.005:0.005:41",
    "paper-towards": "0:0.01:21",  # along fine-tunes, whose spacing is not known: as for 7B
    "paper-enlarged": "-0.015:0.015:31",  # of 0.5B after noise, likewise: as for 0.5B
}

SEARCH_FRACTION = 256  # of the reach of random directions


def default_reach(parameters: int) -> float:
    """An α by which a model of this many parameters has lost everything: wider models fall earlier."""
    return 0.06 if parameters < 10_000_000 else 0.03 if parameters < 100_000_000 else 0.01


def default_search_alpha(parameters: int) -> float:
    """The α at which a search for a worst direction begins: far inside the basin that random directions show."""
    return default_reach(parameters) / SEARCH_FRACTION


def default_alphas(parameters: int, count: int = 31) -> tuple[float, ...]:
    """A range that shows the whole fall for a model of this many parameters."""
    return evenly_spaced(0.0, default_reach(parameters), count)


def default_sigmas(parameters: int, count: int = 10) -> tuple[float, ...]:
    """σ up to about where a model of this many parameters begins to fail: noise of σ moves it by α = σ."""
    reach = default_reach(parameters)
    return evenly_spaced(reach / 60, reach / 3, count)


def evenly_spaced(start: float, stop: float, count: int) -> tuple[float, ...]:
    """`count` values from `start` to `stop`, both included, rounded so that they are read back as they are written."""
    return tuple(round(float(value), 12) for value in np.linspace(start, stop, count))
