"""Choices and the right one of them, in the ways that people write both: lists, columns, letters, numbers, texts."""

import ast
import json
import re
import reprlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_LETTERED = re.compile(r"(?:option|choice|answer|opt)?_?([a-j])")
_NUMBERED = re.compile(r"(sol|option|choice|ending|answer|opt)_?([0-9])")
_LETTER = re.compile(r"\(?([A-Ja-j])[).:]?")


@dataclass(frozen=True)
class Offered:
    """The choices of one example; their labels, where it names them."""

    place: str
    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()


def plain(value: Any) -> str | None:
    """Return text or a number as text; None for anything else, and for what is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)  # a column of whole numbers with gaps
    text = value if isinstance(value, str) else repr(value)
    return text if text.strip() else None


def listed(value: Any) -> Any:
    """Return the list or object that a cell of a table writes as text, in JSON or as Python does; else the value."""
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        for read in (json.loads, ast.literal_eval):  # the latter reads plain values, and runs nothing
            with suppress(ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                found = read(value.strip())
                if isinstance(found, list | tuple | dict):
                    return list(found) if isinstance(found, tuple) else found
    return value


def columns(names: Sequence[str]) -> list[str]:
    """Return the columns of which each holds one choice, in order: A, B, C, D; option1, option2; sol1, sol2."""
    lettered = {found[1]: name for name in names if (found := _LETTERED.fullmatch(name))}
    if {"a", "b"} <= set(lettered) and sorted(lettered) == list("abcdefghij")[: len(lettered)]:
        return [lettered[letter] for letter in sorted(lettered)]
    numbered = {int(found[2]): name for name in names if (found := _NUMBERED.fullmatch(name))}
    first = min(numbered, default=0)
    if len(numbered) > 1 and first in (0, 1) and sorted(numbered) == list(range(first, first + len(numbered))):
        return [numbered[n] for n in sorted(numbered)]
    return []


def offered(place: str, name: str, value: Any) -> Offered:
    """Read a field of choices: a list of texts or of {label, text}, {"text": [...], "label": [...]}, {"A": "..."}.

    Raises:
        ValueError: it is none of these.
    """
    found, labels = listed(value), None
    if isinstance(found, dict) and isinstance(found.get("text"), list):
        found, labels = found["text"], found.get("label")
    elif isinstance(found, dict) and len(found) > 1 and all(_LETTER.fullmatch(str(key)) for key in found):
        found, labels = list(found.values()), list(found)
    elif isinstance(found, list) and found and all(isinstance(one, dict) and "text" in one for one in found):
        found, labels = [one["text"] for one in found], [one.get("label") for one in found]
    texts = [plain(one) for one in found] if isinstance(found, list) else []
    if len(texts) < 2 or None in texts:
        raise ValueError(f"{place}: {name}: expected a list of two or more texts, got {reprlib.repr(value)}")
    known = [plain(one) or "" for one in labels] if isinstance(labels, list) and len(labels) == len(texts) else []
    return Offered(place, tuple(filter(None, texts)), tuple(known) if all(known) else ())


def _by_label(answer: str, one: Offered) -> int | None:
    return one.labels.index(answer) if one.labels.count(answer) == 1 else None


def _by_text(answer: str, one: Offered) -> int | None:
    for texts in (one.texts, [text.casefold() for text in one.texts]):
        wanted = answer if texts is one.texts else answer.casefold()
        same = [n for n, text in enumerate(texts) if text.strip() == wanted]
        if len(same) == 1:
            return same[0]
    return None


def _by_letter(answer: str, one: Offered) -> int | None:
    found = _LETTER.fullmatch(answer)
    index = ord(found[1].upper()) - ord("A") if found else len(one.texts)
    return index if index < len(one.texts) else None


def _counted_from(first: int) -> Callable[[str, Offered], int | None]:
    def by_number(answer: str, one: Offered) -> int | None:
        index = int(answer) - first if answer.isdecimal() and len(answer) < 4 else -1
        return index if 0 <= index < len(one.texts) else None

    return by_number


READINGS: Mapping[str, Callable[[str, Offered], int | None]] = {
    "the text of a choice": _by_text,
    "a letter": _by_letter,
    "a number counted from 0": _counted_from(0),
    "a number counted from 1": _counted_from(1),
}


def right_ones(
    file: str, all_offered: Sequence[Offered], answers: Sequence[Any], known: str = ""
) -> tuple[list[int], str]:
    """Return the index of the right choice of each example, and how the answers name it, in words.

    They may be read in several ways if those agree, or if one is `known`.

    Raises:
        ValueError: no way of reading fits all answers, or several do and lead to different choices.
    """
    texts = [(plain(answer) or "").strip() for answer in answers]
    for one, text, answer in zip(all_offered, texts, answers, strict=True):
        if not text:
            raise ValueError(
                f"{one.place}: expected the right choice as its text, letter or number, got {reprlib.repr(answer)}"
            )
    pairs = list(zip(texts, all_offered, strict=True))
    if all(one.labels for one in all_offered):
        found = [_by_label(*pair) for pair in pairs]
        if all(index is not None for index in found):
            return [index for index in found if index is not None], "a label of a choice"
    fits: dict[str, list[int]] = {}
    for name, reading in READINGS.items():
        indices = [reading(*pair) for pair in pairs]
        if None not in indices:
            fits[name] = [index for index in indices if index is not None]
    if known in fits:
        return fits[known], known
    if not fits:
        _refuse_unread(pairs)
        raise ValueError(f"{file}: its answers name choices in several ways: write each as the text of its choice")
    if len(set(map(tuple, fits.values()))) > 1:
        ways = " or ".join(fits)
        raise ValueError(
            f"{file}: its answers may be {ways}: write each as the text of its choice, or as a letter A, B, C"
        )
    return next(iter(fits.values())), next(iter(fits))


def _refuse_unread(pairs: Sequence[tuple[str, Offered]]) -> None:
    for text, one in pairs:
        if all(reading(text, one) is None for reading in READINGS.values()):
            raise ValueError(
                f"{one.place}: expected the right choice as its text, letter or number, got {reprlib.repr(text)}"
            )
