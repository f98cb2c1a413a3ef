"""What the benchmark scores: examples as long as those that ship, questions with options, and behind a header."""

import random
import re
from collections.abc import Sequence

from landscape.assets import CAPABILITIES
from landscape.capabilities import examples as bundled
from landscape.capabilities.examples import Capability, Example

ALPHABET = "abcdefghijklmnopqrstuvwxyz "
ANSWER = 16  # tokens
OPTIONS = 4
SHARES = {"basic": 9, "math": 1, "code": 1, "safety": 1}  # of twelve completions: most are short, and some are not


def texts(examples: int, length: int) -> Capability:
    """Return so many examples, whose prompt and answer have `length` tokens together."""
    letters = [ALPHABET[(7 * i + i // 5) % len(ALPHABET)] for i in range(length + examples)]
    written = ["".join(letters[i : i + length]) for i in range(examples)]
    made = (Example(prompt=text[:-ANSWER], answer=text[-ANSWER:], max_new_tokens=ANSWER) for text in written)
    return Capability("bench", tuple(made), f"bench {examples} {length}")


def completions(examples: int) -> Capability:
    """Return so many examples, whose prompts and answers are as long as those of the capabilities that ship."""
    lengths = {name: [_words(e.prompt, str(e.reference)) for e in bundled.load(name).examples] for name in CAPABILITIES}
    order = [name for name, count in SHARES.items() for _ in range(count)]
    drawn, made = random.Random(0), []
    for index in range(examples):
        of_one = lengths[order[index % len(order)]]
        prompt, answer = of_one[index % len(of_one)]
        made.append(Example(prompt=_text(drawn, prompt), answer=_text(drawn, answer)))
    return Capability("completions", tuple(made), f"completions {examples}")


def questions(number: int, options: Sequence[int] = (1, 2, 3, 4), header: int = 0, prompt: int = 30) -> Capability:
    """Return so many questions of about `prompt` tokens, with an option of each length, behind a common header."""
    drawn = random.Random(0)
    begun, made = _text(drawn, header), []
    for index in range(number):
        asked = begun + _text(drawn, prompt * 2 // 3 + index % max(1, prompt * 2 // 3))
        choices = [*{_text(drawn, length) for length in options}]
        while len(choices) < len(options):  # options of one letter may be the same
            choices = [*{*choices, _text(drawn, options[0])}]
        made.append(Example(prompt=asked, choices=tuple(sorted(choices)), answer=index % len(choices)))
    return Capability("questions", tuple(made), f"questions {number} {options} {header} {prompt}")


def _words(*texts: str) -> tuple[int, ...]:
    """Return about as many tokens as texts have: words and marks."""
    return tuple(max(1, len(re.findall(r"\w+|[^\w ]", text))) for text in texts)


def _text(drawn: random.Random, length: int) -> str:
    return "".join(drawn.choice(ALPHABET[:-1]) for _ in range(length))
