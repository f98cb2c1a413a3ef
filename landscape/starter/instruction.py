"""Instructions whose fulfilment can be verified."""

from random import Random
from typing import Any


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the examples."""
    return [
        {
            "prompt": "Answer with yes or no only: is the sun hot?",
            "oracle": r"regex:^\\s*[Yy]es\\W*\$",
            "answer": "Yes",
            "max_new_tokens": 24,
            "tags": ["easy", "yes or no"],
        },
        {
            "prompt": "Name a fruit in capital letters.",
            "oracle": r"regex:^[^a-z]*[A-Z]{3,}[^a-z]*\$",
            "answer": "APPLE",
            "max_new_tokens": 24,
            "tags": ["hard", "capitals"],
        },
    ]
