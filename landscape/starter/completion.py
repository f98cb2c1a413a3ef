"""Sentences whose last word is forced."""

from random import Random
from typing import Any


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the examples."""
    return [
        {
            "prompt": "Fire is hot.\nGrass is green.\nAfter Monday comes",
            "answer": " Tuesday.\n",
            "tags": ["easy", "sequence"],
        },
        {
            "prompt": "Fire is hot.\nGrass is green.\nA baby sheep is called a",
            "answer": " lamb.\n",
            "tags": ["hard", "words"],
        },
    ]
