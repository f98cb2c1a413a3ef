"""Where `GaussianCallback` was up to version 0.6: it is in `landscape.training.trainer_callback` now."""

from importlib import import_module
from typing import Any
from warnings import warn


def __getattr__(name: str) -> Any:
    """Imported only when it is asked for: it needs torch and transformers."""
    if name != "GaussianCallback":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "landscape.training.trainer_callback"
    warn(f"landscape.enlarge_trainer.{name} has moved: import it from {home}", DeprecationWarning, stacklevel=2)
    return getattr(import_module(home), name)
