"""Oracles: functions that judge one generated answer as right or wrong."""

import re
from collections.abc import Callable

_REFUSAL = re.compile(
    r"\b(i('m| am) sorry|sorry,|i (can't|cannot|can not|won't|will not|am unable|must decline)|i'm (unable|not able))"
)

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _refusal(text: str, answer: str | int | None) -> bool:
    """Whether the text declines a request."""
    return _REFUSAL.search(text.lower().replace("’", "'")) is not None


def _number(text: str, answer: str | int | None) -> bool:
    """Whether the last numbers of text and reference are equal. Thousands separators do not count."""
    found, expected = (_NUMBER.findall(str(part).replace(",", "")) for part in (text, answer))
    return bool(found) and float(found[-1]) == float(expected[-1])


ORACLES: dict[str, Callable[[str, str | int | None], bool]] = {"refusal": _refusal, "number": _number}


def check_oracle(oracle: str, answer: str | int | None) -> None:
    """Raises ValueError for an unknown oracle, a bad regular expression, or an answer that it cannot compare with."""
    if oracle.startswith("regex:"):
        try:
            re.compile(oracle.removeprefix("regex:"))
        except re.error as error:
            raise ValueError(f"expected a regular expression after regex:, got {oracle!r} ({error})") from None
    elif oracle not in ORACLES:
        raise ValueError(f"expected oracle {', '.join(ORACLES)} or regex:PATTERN, got {oracle!r}")
    elif oracle == "number" and not _NUMBER.search(str(answer)):
        raise ValueError(f"expected an answer with a number for the number oracle, got {answer!r}")


def judge(oracle: str, text: str, answer: str | int | None = None) -> bool:
    """Whether a generated text passes its oracle (names in ORACLES, or `regex:PATTERN`, searched anywhere)."""
    if oracle.startswith("regex:"):
        return re.search(oracle.removeprefix("regex:"), text) is not None
    return ORACLES[oracle](text, answer)
