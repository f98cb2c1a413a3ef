"""Sums, differences, products and quotients, in digits, in words and in stories. Three solved ones come first."""

from collections.abc import Iterator
from random import Random
from typing import Any

HEADER = (
    "Q: What is 4 + 3?\nA: 7\nQ: What is nine minus four?\nA: 5\n"
    "Q: Tom has 2 red pens and 6 blue pens. How many pens does he have?\nA: 8\n"
)
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split(" ")
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ")
_SIGNS = {"+": "plus", "-": "minus", "×": "times", "÷": "divided by"}
_NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry")
_THINGS = ("apples", "stamps", "marbles", "books", "coins", "shells", "cards", "nuts")

Sum = tuple[str, str, str, int]  # tier, domain, question, answer


def in_words(number: int) -> str:
    """`317` → three hundred seventeen; up to 999."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    return f"{_ONES[number // 100]} hundred" + (f" {in_words(number % 100)}" if number % 100 else "")


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the sums: easy ones of small numbers, hard ones of two or three digits or two steps."""
    found: dict[str, Sum] = {}
    for kind in (_small, _large, _chains, _stories):
        for one in kind(rng):
            found.setdefault(one[2], one)
    return [
        {"prompt": f"{HEADER}Q: {question}\nA:", "answer": f" {answer}\n", "tags": [tier, domain]}
        for tier, domain, question, answer in found.values()
    ]


def _pair(rng: Random, sign: str, low: int, high: int, second: int) -> tuple[int, int, int]:
    """Return two numbers and what they make; never negative, never a fraction."""
    a, b = rng.randint(low, high), rng.randint(2, second)
    if sign == "+":
        return a, b, a + b
    if sign == "-":
        a, b = max(a, b), min(a, b)
        return a, b, a - b
    return (a, b, a * b) if sign == "×" else (a * b, b, a)


def _asked(tier: str, a: int, sign: str, b: int, result: int, *, words: bool) -> Sum:
    question = asked_in_words(a, sign, b) if words else asked_in_digits(a, sign, b)
    return tier, "in words" if words else "in digits", question, result


def asked_in_digits(a: int, sign: str, b: int) -> str:
    """`What is 17 + 42?`."""
    return f"What is {a} {sign} {b}?"


def asked_in_words(a: int, sign: str, b: int) -> str:
    """`What is seventeen plus forty-two?`."""
    return f"What is {in_words(a)} {_SIGNS[sign]} {in_words(b)}?"


def _small(rng: Random) -> Iterator[Sum]:
    for sign, high in (("+", 9), ("-", 18), ("×", 9), ("÷", 9), ("+", 60), ("-", 60)):
        for number in range(32):
            a, b, result = _pair(rng, sign, 2, high, 9)
            yield _asked("easy", a, sign, b, result, words=number % 3 == 0)


def _large(rng: Random) -> Iterator[Sum]:
    for sign, low, high, second in (("+", 100, 899, 99), ("-", 200, 999, 199), ("×", 12, 99, 9), ("×", 12, 40, 25),
                                    ("÷", 23, 99, 9)):  # fmt: skip
        for number in range(20):
            a, b, result = _pair(rng, sign, low, high, second)
            yield _asked("hard", a, sign, b, result, words=number % 3 == 0)


def _chains(rng: Random) -> Iterator[Sum]:
    for _ in range(18):
        a, b, c = rng.randint(3, 60), rng.randint(3, 12), rng.randint(3, 12)
        yield "hard", "two steps", f"What is {a} + {b} × {c}?", a + b * c
        yield "hard", "two steps", f"What is ({a} + {b}) × {c}?", (a + b) * c


def _stories(rng: Random) -> Iterator[Sum]:
    for number in range(9):
        a, b, c = rng.randint(21, 80), rng.randint(12, 40), rng.randint(5, 20)
        name, things = rng.choice(_NAMES), rng.choice(_THINGS)
        told = (
            (f"{name} has {a} {things}, gets {b} more and gives away {c}. How many {things} are left?", a + b - c),
            (f"A train has {c} cars with {b} seats each. How many seats does it have?", c * b),
            (f"A hall has {b} rows of {c} seats, and {a} seats are taken. How many seats are free?", b * c - a),
            (f"{name} reads {c} pages a day. How many pages is that in {number + 2} weeks?", 7 * c * (number + 2)),
            (f"A shop sells {a} cakes on Monday and twice as many on Tuesday. How many cakes is that?", 3 * a),
            (f"{c} children share {c * b} {things} equally. How many {things} does each child get?", b),
            (f"A book costs {b} dollars and a pen costs {c} dollars. What do 3 books and a pen cost?", 3 * b + c),
            (f"A bus has {a} passengers. {c} get off and {b} get on. How many passengers does it have now?", a - c + b),
        )
        yield from (("hard", "stories", question, answer) for question, answer in told if answer >= 0)
