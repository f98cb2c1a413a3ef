"""Two-digit addition and Python one-liners: the exercises, and which of them are held out of all training."""

from itertools import combinations
from random import Random

HELD_OUT_PAIRS = 240
HELD_OUT_SETS = 97  # of 582 sets of three to five digits

_NUMBERS = range(10, 100)
_PAIRS = [(a, b) for a in _NUMBERS for b in _NUMBERS if a <= b]
_SETS = [digits for size in (3, 4, 5) for digits in combinations(range(10), size)]

# Both orders of a pair, and every arrangement of a set, are held out together, in whatever format they appear.
held_out_pairs = frozenset(Random("pairs").sample(_PAIRS, HELD_OUT_PAIRS))
held_out_sets = frozenset(Random("sets").sample(_SETS, HELD_OUT_SETS))

OPERATIONS = ("sorted({})", "{}[::-1]", "max({})", "min({})", "len({})", "{}[0]", "{}[-1]")


def operands(rng: Random) -> tuple[int, int]:
    """Two numbers to add, never a held-out pair in either order."""
    while True:
        a, b = rng.choice(_NUMBERS), rng.choice(_NUMBERS)
        if (min(a, b), max(a, b)) not in held_out_pairs:
            return a, b


def digits(rng: Random) -> list[int]:
    """A list of three to five different digits, never an arrangement of a held-out set."""
    while True:
        found = rng.sample(range(10), rng.choice((3, 4, 5)))
        if tuple(sorted(found)) not in held_out_sets:
            return found


def evaluate(operation: str, values: list[int]) -> tuple[str, str]:
    """The expression as written, and what the Python prompt would print for it."""
    results: dict[str, object] = {
        "sorted({})": sorted(values),
        "{}[::-1]": values[::-1],
        "max({})": max(values),
        "min({})": min(values),
        "len({})": len(values),
        "{}[0]": values[0],
        "{}[-1]": values[-1],
    }
    return operation.format(values), str(results[operation])
