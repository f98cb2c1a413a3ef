"""The text of a lesson (Narration and its Question), and numbers and names as lessons write them."""

import math
from dataclasses import dataclass

from landscape.figures.numbers import compact, format_number
from landscape.outside.text import markdown
from landscape.schema import numbers
from landscape.schema.directions import short_name


@dataclass(frozen=True)
class Question:
    """A question to answer before the result is shown. The right option is computed from the result."""

    text: str  # this and all below plain text, no Markdown
    options: tuple[str, ...]
    right: int
    reveal: str  # the answer in measured numbers
    short: str  # the same in a sentence or two, for a lecture

    def __post_init__(self) -> None:
        """Refuse a question without its answer."""
        assert 0 <= self.right < len(self.options)


@dataclass(frozen=True)
class Narration:
    """The text of a lesson about one capability of one result; every number in it comes from the result."""

    idea: tuple[str, ...]  # a few short sentences, Markdown
    gist: str  # the same in a sentence or two, for a lecture; Markdown
    question: Question
    finding: str  # what the figure shows, plain text like all below; also its alternative text
    before: str  # what the figure shows while the answer is hidden
    reading: str  # how to read the figure


def format_alpha(alpha: float) -> str:
    """An α to two significant digits, without an exponent."""
    return compact(alpha)


def percent(share: float) -> str:
    """A score in whole per cent, with a decimal where only rounding would make it none or all; in words without one."""
    if math.isnan(share):
        return "no score (logits that are not finite)"
    whole = f"{100 * share:.0f}"
    if whole not in ("0", "100") or share in (0, 1):
        return f"{whole} %"
    return f"{min(max(100 * share, 0.1), 99.9):.1f} %"


def nats(loss: float) -> str:
    """A loss to two significant digits."""
    return format_number(loss, 2)


def times(ratio: float) -> str:
    """A ratio to two significant digits: `1.2`, `18`, `280`."""
    return format_number(ratio, 2)


def count_of(number: int, one: str, several: str = "") -> str:
    """A number with its noun: `1 answer`, `7 answers`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def bold_name(checkpoint: str) -> str:
    """A checkpoint's short name in bold Markdown."""
    return f"**{markdown(short_name(checkpoint))}**"


def power_of_ten(exponent: float) -> str:
    """A power of ten: `10⁶`."""
    return numbers.power_of_ten(round(exponent))
