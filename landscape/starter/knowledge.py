"""Questions with four options. Prompt and option read as a text, so that a small base model understands them."""

from random import Random
from typing import Any

_FIRST = [
    ("easy", "geography", "What is the capital of Italy?", ("Rome", "Milan", "Naples", "Turin")),
    ("easy", "biology", "Which animal lays eggs?", ("hen", "cow", "dog", "cat")),
    ("hard", "chemistry", "Which element has the symbol W?", ("tungsten", "tantalum", "thulium", "terbium")),
    ("hard", "geography", "What is the capital of Slovenia?", ("Ljubljana", "Bratislava", "Zagreb", "Sarajevo")),
]


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the questions, the right option at places of chance."""
    found = []
    for tier, domain, question, (right, *wrong) in _FIRST:
        options = rng.sample([right, *wrong], 4)
        found.append(
            {
                "prompt": f"Question: {question}\nAnswer:",
                "choices": [f" {option}" for option in options],
                "answer": options.index(right),
                "tags": [tier, domain],
            }
        )
    return found
