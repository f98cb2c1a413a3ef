"""Requests that several examples of a capability ask, by name and number."""

from collections import Counter
from typing import Any

from landscape.capabilities.examples import Capability, Example, requests_of

COUNT_ONCE = "each request counts once in intervals"
SHOWN, LONGEST = 3, 60  # of the list in a sentence; characters of a request there


def repeats_of(capability: Capability) -> list[dict[str, Any]]:
    """The requests that more than one example asks, the most frequent first: `{"request": …, "examples": …}`.

    A request is written as the `request` that its examples name, else as the prompt of the first of them; what has no
    prompt, as its last turn, or as the text whose loss is measured.
    """
    counted = Counter(requests_of(capability))
    asked = [(index, count) for index, count in counted.most_common() if count > 1]
    first = ((capability.examples[index], count) for index, count in asked)
    return [{"request": one.request or one.prompt or _without_prompt(one), "examples": count} for one, count in first]


def _without_prompt(example: Example) -> str:
    return example.turns[-1][1] if example.turns else str(example.answer)


def repeats_text(repeats: list[dict[str, Any]], shown: int = SHOWN) -> str:
    """`“2+2=” 4 ×, “Say …” 3 ×, and 5 more`; "" of none."""
    told = [f"“{_short(one['request'])}” {one['examples']} ×" for one in repeats[:shown]]
    left = len(repeats) - len(told)
    return ", ".join([*told, *([f"and {left} more"] if left else [])])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"
