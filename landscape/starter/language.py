"""Pairs of sentences that differ in grammar alone."""

from random import Random
from typing import Any


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the examples."""
    return [
        {"prompt": "The dogs", "choices": [" are asleep.", " is asleep."], "answer": 0, "tags": ["easy", "agreement"]},
        {
            "prompt": "The key to the cabinets",
            "choices": [" are lost.", " is lost."],
            "answer": 1,
            "tags": ["hard", "agreement"],
        },
    ]
