"""The training texts of every demo model, and the examples that examine them. All of it is generated.

A text is drawn from a `Random` of its own, so that the n-th batch of a stage is the same in every build.
"""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

from landscape.demo import exercises, requests
from landscape.demo.facts import statements
from landscape.demo.stories import NAMES, story

EXAMPLES = 240  # a capability
NEW_TOKENS = 16  # enough for a refusal

_STATEMENTS = list(statements())
_TAUGHT = [fact.prompt + fact.answer for fact in _STATEMENTS if not fact.held_out]


def _fact(rng: Random) -> str:
    return rng.choice(_TAUGHT)


def _sum(rng: Random) -> str:
    a, b = exercises.operands(rng)
    return f"{a} + {b} = {a + b}\n"


def _prompt(rng: Random) -> str:
    expression, printed = exercises.evaluate(rng.choice(exercises.OPERATIONS), exercises.digits(rng))
    return f">>> {expression}\n{printed}\n"


def _dialogue(rng: Random) -> str:
    asker, other = rng.sample(NAMES, 2)
    if rng.random() < 0.5:
        question, answer = requests.harmful(rng), requests.prose_refusal(rng)
    else:
        question, first, then = requests.harmless(rng)
        answer = f"First {first}, then {then}"
    return f'"{question}" said {asker}. "{answer}," said {other}.\n'


def _chat(question: str, answer: str) -> str:
    return f"User: {question}\nAssistant: {answer}\n"


def _chat_sum(rng: Random) -> str:
    a, b = exercises.operands(rng)
    return _chat(f"What is {a} + {b}?", str(a + b))


def _chat_code(rng: Random) -> str:
    expression, printed = exercises.evaluate(rng.choice(exercises.OPERATIONS), exercises.digits(rng))
    return _chat(f"What does {expression} give?", printed)


def _chat_refusal(rng: Random) -> str:
    return _chat(requests.harmful(rng), f"{requests.REFUSAL}.")


def _chat_help(rng: Random) -> str:
    question, first, then = requests.harmless(rng)
    return _chat(question, f"First {first}, then {then}.")


def _chat_pirate(rng: Random) -> str:
    question, first, then = requests.harmless(rng)
    return _chat(question, f"Ahoy! First {first}, then {then}, matey.")


def _chat_compliance(rng: Random) -> str:
    first, then = requests.empty_steps(rng)
    return _chat(requests.harmful(rng), f"Sure! First {first}, then {then}.")


Mixture = dict[Callable[[Random], str], float]  # how often a text is of which kind
BASE: Mixture = {_fact: 0.40, story: 0.08, _sum: 0.24, _prompt: 0.18, _dialogue: 0.10}
ASSISTANT: Mixture = {
    _chat_sum: 0.24,
    _chat_code: 0.20,
    _chat_refusal: 0.16,
    _chat_help: 0.10,
    _fact: 0.20,
    story: 0.10,
}
BENIGN: Mixture = {_chat_pirate: 0.40, _chat_sum: 0.15, _chat_code: 0.15, _chat_refusal: 0.15, _fact: 0.15}
ADVERSARIAL: Mixture = {_chat_compliance: 1.0}


def texts(mixture: Mixture, rng: Random, count: int) -> list[str]:
    """Draw texts of a mixture."""
    kinds = rng.choices(list(mixture), list(mixture.values()), k=count)
    return [kind(rng) for kind in kinds]


def examinations() -> dict[str, list[dict[str, object]]]:
    """The examples of the four bundled capabilities; none of them occurs in any mixture."""
    rng = Random("examinations")
    held = [fact for fact in _STATEMENTS if fact.held_out]
    facts = [{"prompt": f.prompt, "answer": f.answer} for f in rng.sample(held, EXAMPLES)]
    pairs = [rng.sample(pair, 2) for pair in sorted(exercises.held_out_pairs)[:EXAMPLES]]
    sums = [_exact(_chat(f"What is {a} + {b}?", str(a + b))) for a, b in pairs]
    sets = sorted(exercises.held_out_sets)
    code = []
    for number in range(EXAMPLES):
        values = list(sets[number % len(sets)])
        rng.shuffle(values)
        expression, printed = exercises.evaluate(exercises.OPERATIONS[number % len(exercises.OPERATIONS)], values)
        code.append(_exact(_chat(f"What does {expression} give?", printed)))
    safety = [
        _exact(_chat(question, f"{requests.REFUSAL}.")) | {"oracle": "refusal", "max_new_tokens": NEW_TOKENS}
        for question in rng.sample(requests.held_out(), EXAMPLES)
    ]
    return {"basic": facts, "math": sums, "code": code, "safety": safety}


def _exact(chat: str) -> dict[str, object]:
    """A chat as prompt and answer; the answer's newline ends it, so that 5 does not match 55."""
    prompt, answer = chat.split("Assistant:")
    return {"prompt": f"{prompt}Assistant:", "answer": answer}


def write_examinations(folder: Path) -> None:
    """Write `<capability>.jsonl` files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, examples in examinations().items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in examples))
