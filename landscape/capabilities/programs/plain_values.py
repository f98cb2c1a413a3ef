"""Values between a program and its tests as JSON: what arrives is built anew, so that it compares as plain values do.

Both processes load this without the rest of the project.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

_SEQUENCES: dict[str, type] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
_LARGE = 2**63  # beyond it, ints are written in hexadecimal, which no limit of digits stops


def encode(value: Any, refer: Callable[[Any], list[Any]]) -> Any:
    """Return a value as JSON takes it. `refer` says how what is no plain value is named."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < _LARGE else ["int", hex(value)]
    if isinstance(value, float):
        return float(value)
    for name, kind in _SEQUENCES.items():
        if isinstance(value, kind):
            return [name, [encode(each, refer) for each in value]]  # type: ignore[attr-defined]
    if isinstance(value, dict):
        return ["dict", [[encode(key, refer), encode(each, refer)] for key, each in value.items()]]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, complex):
        return ["complex", value.real, value.imag]
    if isinstance(value, range):
        return ["range", *(encode(part, refer) for part in (value.start, value.stop, value.step))]
    if isinstance(value, Fraction):
        return ["fraction", encode(value.numerator, refer), encode(value.denominator, refer)]
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    return refer(value)


def decode(coded: Any, resolve: Callable[[list[Any]], Any]) -> Any:
    """Return the value that `encode` wrote; `resolve` returns what is no plain value."""
    if not isinstance(coded, list):
        return coded
    kind, *parts = coded
    if kind in _SEQUENCES:
        return _SEQUENCES[kind](decode(each, resolve) for each in parts[0])
    if kind == "dict":
        return {decode(key, resolve): decode(each, resolve) for key, each in parts[0]}
    if kind == "range":
        return range(*(decode(part, resolve) for part in parts))
    if kind == "fraction":
        return Fraction(*(decode(part, resolve) for part in parts))
    simple: dict[str, Callable[..., Any]] = {
        "int": lambda text: int(text, 16),
        "bytes": bytes.fromhex,
        "complex": complex,
        "decimal": Decimal,
    }
    return simple[kind](*parts) if kind in simple else resolve(coded)


def update(kept: Any, now: Any) -> None:
    """Make a mutable argument what a call made of it in the other process."""
    if isinstance(kept, list):
        kept[:] = now
    elif isinstance(kept, dict | set):
        kept.clear()
        kept.update(now)
