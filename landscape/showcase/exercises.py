"""What the fine-tunes of the showcase read: sums of one to three digits, none of numbers that a capability may ask."""

import hashlib
from random import Random

from landscape.demo.corpus import Document

_OPERATIONS = {"+": 5, "-": 3, "×": 2}  # each with how often it is drawn
_DIGITS = {1: 1, 2: 4, 3: 3}


def is_held_out(a: int, b: int) -> bool:
    """Whether these two numbers, in either order, are kept out of all training: half of all pairs are."""
    return hashlib.sha256(f"{min(a, b)} {max(a, b)}".encode()).digest()[0] % 2 == 0


def exercise(rng: Random) -> Document:
    """Return a sum and its answer, as starter:arithmetic writes them."""
    while True:
        operation = rng.choices(list(_OPERATIONS), list(_OPERATIONS.values()))[0]
        a, b = (_number(rng, most=2 if operation == "×" else 3) for _ in range(2))
        if operation == "×":
            b %= 10
        if operation == "-" and a < b:
            a, b = b, a
        if not is_held_out(a, b):
            result = {"+": a + b, "-": a - b, "×": a * b}[operation]
            return Document(f"Q: What is {a} {operation} {b}?\nA:", f" {result}\n")


def _number(rng: Random, most: int) -> int:
    digits = min(rng.choices(list(_DIGITS), list(_DIGITS.values()))[0], most)
    return rng.randrange(10 ** (digits - 1) if digits > 1 else 0, 10**digits)
