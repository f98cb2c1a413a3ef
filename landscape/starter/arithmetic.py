"""Sums, differences, products and quotients, in digits, in words and in stories. A few solved ones come first."""

from collections.abc import Iterator
from random import Random
from typing import Any

HEADERS = {
    "digits": "4 + 3 = 7\n9 - 5 = 4\n6 × 5 = 30\n12 ÷ 3 = 4\n",
    "words": "Four plus three is 7.\nNine minus five is 4.\nSix times five is 30.\nTwelve divided by three is 4.\n",
    "stories": (
        "Tom has 2 red pens and 6 blue pens. The number of pens is 8.\n"
        "Eva has 9 cards and gives away 4. The number of cards left is 5.\n"
    ),
}
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split(" ")
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ")
_SIGNS = {"+": "plus", "-": "minus", "×": "times", "÷": "divided by"}
_NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry")
_THINGS = ("apples", "stamps", "marbles", "books", "coins", "shells", "cards", "nuts")

Sum = tuple[str, str, str, int]  # tier, domain, what stands before the answer, the answer


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
    for kind in (_small, _large, _stories):
        for one in kind(rng):
            if one[2] not in "".join(HEADERS.values()):
                found.setdefault(one[2], one)
    return [
        {
            "prompt": HEADERS[domain] + asked,
            "answer": f" {answer}\n" if domain == "digits" else f" {answer}.\n",
            "tags": [tier, domain],
        }
        for tier, domain, asked, answer in found.values()
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
    if words:
        return tier, "words", f"{in_words(a).capitalize()} {_SIGNS[sign]} {in_words(b)} is", result
    return tier, "digits", f"{a} {sign} {b} =", result


def _small(rng: Random) -> Iterator[Sum]:
    for sign, high, count in (("+", 9, 45), ("+", 19, 35), ("-", 9, 25), ("×", 9, 45), ("÷", 9, 25), ("+", 60, 15),
                              ("-", 60, 8)):  # fmt: skip
        for number in range(count):
            a, b, result = _pair(rng, sign, 2, high, 9)
            yield _asked("easy", a, sign, b, result, words=number % 4 == 0)


def _large(rng: Random) -> Iterator[Sum]:
    for sign, low, high, second in (("+", 21, 99, 99), ("+", 100, 899, 999), ("-", 200, 999, 199), ("×", 12, 99, 9),
                                    ("×", 12, 40, 25), ("÷", 23, 99, 9)):  # fmt: skip
        for number in range(18):
            a, b, result = _pair(rng, sign, low, high, second)
            yield _asked("hard", a, sign, b, result, words=number % 3 == 0)
    for _ in range(14):
        a, b, c = rng.randint(3, 60), rng.randint(3, 12), rng.randint(3, 12)
        yield "hard", "digits", f"{a} + {b} × {c} =", a + b * c
        yield "hard", "digits", f"({a} + {b}) × {c} =", (a + b) * c


def _stories(rng: Random) -> Iterator[Sum]:
    """Yield stories of one step and small numbers, and others of two steps or larger numbers."""
    for number in range(8):
        a, b, c = rng.randint(21, 80), rng.randint(12, 40), rng.randint(5, 20)
        name, things = rng.choice(_NAMES), rng.choice(_THINGS)
        few, more = rng.randint(2, 9), rng.randint(2, 9)
        one_step = (
            (f"{name} has {few} {things} and buys {more} more. The number of {things} is", few + more),
            (f"{name} has {few + more} {things} and loses {few}. The number of {things} left is", more),
            (f"{name} has {few} bags with {more} {things} each. The number of {things} is", few * more),
        )
        yield "easy", "stories", *one_step[number % 3]
        told = (
            (f"{name} has {a} {things}, gets {b} more and gives away {c}. The number of {things} left is", a + b - c),
            (f"A train has {c} cars with {b} seats each. The number of seats is", c * b),
            (f"A hall has {b} rows of {c + 5} seats, and {a} are taken. The number of free seats is", b * (c + 5) - a),
            (f"{name} reads {c} pages a day. The number of pages in {number + 2} weeks is", 7 * c * (number + 2)),
            (f"A shop sells {a} cakes on Monday and twice as many on Tuesday. The number of cakes is", 3 * a),
            (f"{c} children share {c * b} {things} equally. The number of {things} for each child is", b),
            (f"A book costs {b} dollars and a pen costs {c}. The price of 3 books and a pen, in dollars, is", 3 * b + c),
            (f"A bus has {a} passengers. {c} get off and {b} get on. The number of passengers after that is", a - c + b),
        )  # fmt: skip
        yield from (("hard", "stories", asked, answer) for asked, answer in told)
