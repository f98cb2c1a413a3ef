"""Checkpoints that differ in how they were trained: whose basins are wider, by how much, and what tuning forgot.

Training under weight noise itself is in `landscape.training`.
"""

from importlib import import_module
from typing import Any
from warnings import warn


def __getattr__(name: str) -> Any:
    """`GaussianAugmented` was here up to version 0.6. Imported only when it is asked for: it needs torch."""
    if name != "GaussianAugmented":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "landscape.training.weight_noise"
    warn(f"landscape.enlarge.{name} has moved: import it from {home}", DeprecationWarning, stacklevel=2)
    return getattr(import_module(home), name)
