"""What the fine-tunes of the showcase read: sums of one to three digits, none that starter:arithmetic asks."""

from functools import cache
from random import Random

from landscape.capabilities.examples import load
from landscape.demo.corpus import Document
from landscape.starter.arithmetic import asked_in_digits, asked_in_words

_SIGNS = {"+": 5, "-": 3, "×": 2}  # each with how often it is drawn
_DIGITS = {1: 1, 2: 4, 3: 3}
_IN_WORDS = 0.25


def exercise(rng: Random) -> Document:
    """Return a sum and its answer, in digits or in words, written as starter:arithmetic writes them."""
    while True:
        sign = rng.choices(list(_SIGNS), list(_SIGNS.values()))[0]
        a, b = _number(rng, most=2 if sign == "×" else 3), _number(rng, most=1 if sign == "×" else 3)
        if sign == "-" and a < b:
            a, b = b, a
        if not is_asked(a, sign, b):
            result = {"+": a + b, "-": a - b, "×": a * b}[sign]
            if rng.random() < _IN_WORDS:
                return Document(asked_in_words(a, sign, b), f" {result}.\n")
            return Document(asked_in_digits(a, sign, b), f" {result}\n")


def is_asked(a: int, sign: str, b: int) -> bool:
    """Whether starter:arithmetic asks this, in either order, in digits or in words."""
    asked = (ask(*pair) for pair in ((a, sign, b), (b, sign, a)) for ask in (asked_in_digits, asked_in_words))
    return not _asked().isdisjoint(asked)


@cache
def _asked() -> frozenset[str]:
    return frozenset(example.prompt.rpartition("\n")[2] for example in load("starter:arithmetic").examples)


def _number(rng: Random, most: int) -> int:
    digits = min(rng.choices(list(_DIGITS), list(_DIGITS.values()))[0], most)
    return rng.randrange(10 ** (digits - 1) if digits > 1 else 0, 10**digits)
