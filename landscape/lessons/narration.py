"""What a lesson says of one result, and how it says numbers."""

from dataclasses import dataclass

from landscape.figures.numbers import compact, format_number
from landscape.schema.directions import short_name

SUBSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Question:
    """Something to predict before it is shown. Which option is right is computed from the result."""

    text: str
    options: tuple[str, ...]
    right: int
    reveal: str  # the answer in measured numbers

    def __post_init__(self) -> None:
        """Refuse a question without its answer."""
        assert 0 <= self.right < len(self.options)


@dataclass(frozen=True)
class Narration:
    """A lesson about one capability of one result: every number in it comes from the result."""

    idea: tuple[str, ...]  # a few short sentences, Markdown
    question: Question
    finding: str  # what the picture shows; its text for those who do not see it
    before: str  # what the picture shows while the answer is still hidden
    reading: str  # how to read the picture


def format_alpha(alpha: float) -> str:
    """An α to two digits, without an exponent."""
    return compact(alpha)


def percent(share: float) -> str:
    """A score in whole per cent."""
    return f"{100 * share:.0f} %"


def nats(loss: float) -> str:
    """A loss to two digits."""
    return format_number(loss, 2)


def times(ratio: float) -> str:
    """`1.2`, `18`, `280`."""
    return format_number(ratio, 2)


def count_of(number: int, one: str, several: str = "") -> str:
    """`1 answer`, `7 answers`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def bold_name(checkpoint: str) -> str:
    """A checkpoint in a sentence."""
    return f"**{short_name(checkpoint)}**"


def power_of_ten(number: float) -> str:
    """A power of ten: `10⁶`."""
    return f"10{str(round(number)).translate(SUBSCRIPTS)}"
