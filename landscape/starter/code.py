"""What a line of Python prints."""

from random import Random
from typing import Any


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the examples."""
    return [
        {"prompt": ">>> 2 + 3\n5\n>>> len([4, 7, 1])\n", "answer": "3\n", "tags": ["easy", "print"]},
        {"prompt": ">>> 2 + 3\n5\n>>> [4, 7, 1][-1]\n", "answer": "1\n", "tags": ["hard", "print"]},
    ]
