"""Sums in digits and in words."""

from random import Random
from typing import Any


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the examples."""
    return [
        {"prompt": "Q: What is 2 + 3?\nA: 5\nQ: What is 4 + 5?\nA:", "answer": " 9\n", "tags": ["easy", "digits"]},
        {"prompt": "Q: What is 2 + 3?\nA: 5\nQ: What is 43 + 58?\nA:", "answer": " 101\n", "tags": ["hard", "digits"]},
    ]
