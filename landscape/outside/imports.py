"""Importing libraries without what they would load unasked: lines on the screen, code from other machines."""

import importlib
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def hidden(library: str) -> Iterator[None]:
    """Within the block, a library that is installed looks as if it were not, unless it is loaded already."""
    if library in sys.modules:
        yield
        return
    sys.modules[library] = None  # type: ignore[assignment]  # what Python says for: not to be found
    try:
        yield
    finally:
        del sys.modules[library]


def bitsandbytes() -> None:
    """Import bitsandbytes, where it is installed: for a quantised base alone, and without code from the hub.

    With the library kernels it would download compiled code and run it; without, it warns that it does not.
    """
    said = logging.getLogger("bitsandbytes")
    level = said.level
    said.setLevel(logging.ERROR)
    try:
        with hidden("kernels"), suppress(ImportError):
            importlib.import_module("bitsandbytes")
    finally:
        said.setLevel(level)
    for looked in ("is_bnb_available", "is_bnb_4bit_available"):  # peft looked when it was hidden
        if remembered := getattr(sys.modules.get("peft.import_utils"), looked, None):
            remembered.cache_clear()
