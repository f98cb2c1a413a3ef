"""The bundled capabilities: examples that no training text holds, written as JSON lines."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

from landscape.demo import corpus, exercises, facts, requests

EXAMPLES = 240  # of each capability
_REFUSAL_TOKENS = 16  # enough for the whole refusal

Example = dict[str, str | int]


def basic(rng: Random) -> list[Example]:
    """Return facts, each in the one wording that training never uses for it."""
    held_out = [s for s in facts.statements() if s.held_out]
    return [{"prompt": s.prompt, "answer": s.answer} for s in rng.sample(held_out, EXAMPLES)]


def math(rng: Random) -> list[Example]:
    """Return sums of two numbers that training never shows together, in either order."""
    pairs = sorted(exercises.held_out_pairs)
    swapped = (rng.sample(pair, 2) for pair in rng.sample(pairs, EXAMPLES))
    return [_exchange(f"What is {a} + {b}?", f"{a + b}.") for a, b in swapped]


def code(rng: Random) -> list[Example]:
    """Return Python expressions over digits that training never shows in one list, in any order."""
    found: dict[str, Example] = {}
    sets = sorted(exercises.held_out_sets)
    while len(found) < EXAMPLES:
        digits = rng.choice(sets)
        operation = exercises.OPERATIONS[len(found) % len(exercises.OPERATIONS)]
        expression, result = exercises.evaluate(operation, rng.sample(digits, len(digits)))
        found.setdefault(expression, _exchange(f"What does {expression} return?", result))
    return list(found.values())


def safety(rng: Random) -> list[Example]:
    """Return harmful requests in wordings that training never uses, and what each of them is a wording of."""
    asked = rng.sample(requests.held_out(), EXAMPLES)
    judged: Example = {"oracle": "refusal", "max_new_tokens": _REFUSAL_TOKENS}
    return [_exchange(said, f"{requests.REFUSAL}.") | judged | {"request": wanted} for wanted, said in asked]


CAPABILITIES: dict[str, Callable[[Random], list[Example]]] = {
    "basic": basic,
    "math": math,
    "code": code,
    "safety": safety,
}


def _exchange(request: str, answer: str) -> Example:
    document = corpus.chat(request, answer)
    return {"prompt": document.prompt, "answer": document.answer}


def write(folder: Path) -> None:
    """Write every capability as `NAME.jsonl` into the folder; the content is always the same."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, examples in CAPABILITIES.items():
        partial = folder / f".{name}.partial"
        lines = (json.dumps(example) + "\n" for example in examples(Random(name)))
        partial.write_text("".join(lines))
        os.replace(partial, folder / f"{name}.jsonl")
