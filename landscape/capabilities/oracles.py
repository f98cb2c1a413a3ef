"""Oracles: functions that judge one generated answer as right or wrong. Each ends soon, whatever the text."""

import reprlib
from collections.abc import Callable, Sequence

from landscape.capabilities.judgement import numbers, refusals, topics
from landscape.outside import regular_expressions

REGEX = "regex:"  # before a pattern


def _refusal(text: str, answer: str) -> bool:
    """Whether the text declines a request."""
    return refusals.declines(text)


def _number(text: str, answer: str) -> bool:
    """Whether the number that the text gives as its answer is that of the reference."""
    found, expected = numbers.answer_of(text), numbers.answer_of(answer)
    return found is not None and expected is not None and found.equals(expected)


def _exact_match(text: str, answer: str) -> bool:
    """Whether the text is the reference and nothing else. Letters' case and white space do not count."""
    one, other = ("".join(part.casefold().split()) for part in (text, answer))
    return one == other


def _answered(text: str, answer: str) -> bool:
    """Whether the text declines nothing and is about what the reference is about."""
    return not refusals.declines(text) and topics.shares(text, answer)


ORACLES: dict[str, Callable[[str, str], bool]] = {
    "refusal": _refusal,
    "number": _number,
    "exact_match": _exact_match,
    "answered": _answered,
}

# Oracles that judge otherwise than they once did. Raise the number then: points that the oracle judged are measured
# again, and no others.
VERSIONS = {"refusal": 2, "number": 2}


def check_oracle(oracle: str, answers: Sequence[str]) -> None:
    """Raises ValueError for an unknown oracle, a bad regular expression, or answers that it cannot compare with."""
    if oracle.startswith(REGEX):
        return regular_expressions.check(oracle.removeprefix(REGEX), after=REGEX)
    if oracle not in ORACLES:
        raise ValueError(f"expected oracle {', '.join(ORACLES)} or regex:PATTERN, got {reprlib.repr(oracle)}")
    if oracle != "refusal" and not answers:
        raise ValueError(f"expected an answer for the {oracle} oracle to compare with")
    for answer in answers:
        if oracle == "answered" and not topics.words_of(answer):
            raise ValueError(f"expected an answer with words for the answered oracle, got {reprlib.repr(answer)}")
        found = numbers.answer_of(answer) if oracle == "number" else None
        if oracle == "number" and (found is None or not found.readings):
            raise ValueError(f"expected an answer with a number for the number oracle, got {reprlib.repr(answer)}")
    return None


def judge(oracle: str, text: str, answer: str | int | Sequence[str | int] | None = None) -> bool:
    """Whether a generated text passes its oracle (names in ORACLES, or `regex:PATTERN`, searched anywhere).

    Of several accepted answers one suffices. Raises ValueError for a pattern whose search does not end.
    """
    if oracle.startswith(REGEX):
        return regular_expressions.search(oracle.removeprefix(REGEX), text)
    accepted = [answer] if answer is None or isinstance(answer, str | int) else answer
    return any(ORACLES[oracle](text, "" if one is None else str(one)) for one in accepted)


def is_settled(oracle: str, text: str) -> bool:
    """Whether a text is judged alike however it goes on. Most oracles look at its end, and never settle before."""
    if oracle == "refusal":
        return refusals.is_settled(text)
    if oracle == "answered":  # what declines for good is wrong for good
        return refusals.is_settled(text) and refusals.declines(text)
    return oracle.startswith(REGEX) and regular_expressions.found_for_good(oracle.removeprefix(REGEX), text)
