"""Every answer that can be worked out is worked out again here, by other means than the generator's."""

import calendar
import contextlib
import io
import re
import string
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from landscape.capabilities.examples import Example, load
from landscape.capabilities.oracles import judge
from landscape.starter.facts.nature import ELEMENTS

UNITS = dict(zip(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
    [*range(20), *range(20, 100, 10)], strict=True,
))  # fmt: skip


def number(words: str) -> int:
    total = 0
    for word in re.split(r"[ -]", words):
        total = total * 100 if word == "hundred" else total + UNITS[word]
    return total


STORIES: dict[str, Callable[..., float]] = {
    r"has (\d+) red pens and (\d+) blue": lambda a, b: a + b,
    r"has (\d+) \w+ and gives away (\d+)": lambda a, b: a - b,
    r"has (\d+) \w+ and buys (\d+) more": lambda a, b: a + b,
    r"has (\d+) \w+ and loses (\d+)": lambda a, b: a - b,
    r"has (\d+) bags with (\d+)": lambda a, b: a * b,
    r"has (\d+) \w+, gets (\d+) more and gives away (\d+)": lambda a, b, c: a + b - c,
    r"A train has (\d+) cars with (\d+) seats": lambda a, b: a * b,
    r"(\d+) rows of (\d+) seats, and (\d+) are taken": lambda a, b, c: a * b - c,
    r"reads (\d+) pages a day.*in (\d+) weeks": lambda a, b: a * b * 7,
    r"sells (\d+) cakes on Monday and twice as many": lambda a: a + 2 * a,
    r"(\d+) children share (\d+) ": lambda a, b: Fraction(b, a),
    r"A book costs (\d+) dollars and a pen costs (\d+). The price of 3 books and a pen": lambda a, b: 3 * a + b,
    r"has (\d+) passengers. (\d+) get off and (\d+) get on": lambda a, b, c: a - b + c,
}


def worked_out(asked: str) -> Fraction:
    for pattern, formula in STORIES.items():
        if found := re.search(pattern, asked):
            return Fraction(formula(*map(int, found.groups())))
    said = asked.removesuffix(" =").removesuffix(" is").lower()
    for sign, word in {"+": "plus", "-": "minus", "×": "times", "÷": "divided by"}.items():
        if found := re.fullmatch(rf"([a-z -]+) {word} ([a-z -]+)", said):
            said = f"{number(found[1])} {sign} {number(found[2])}"
    assert re.fullmatch(r"[\d +×÷()-]+", said), asked
    return Fraction(eval(said.replace("×", "*").replace("÷", "/")))


def test_sums() -> None:
    examples = load("starter:arithmetic").examples
    for example in examples:
        lines = f"{example.prompt}{example.answer}".splitlines()
        assert len(lines) in (3, 5)
        for line in lines:  # the solved ones too
            asked, answer = re.fullmatch(r"(.*) (\d+)\.?", line).groups()  # type: ignore[union-attr]
            assert worked_out(asked) == int(answer), line
    assert max(int(str(example.answer).strip(" .\n")) for example in examples) < 3000


PRINTED = [e for e in load("starter:code").examples if e.kind == "exact"]


def test_what_python_prints() -> None:
    """Also in the solved lines: what stands behind # there is what they print."""
    assert len(PRINTED) > 200
    for example in PRINTED:
        whole, out = f"{example.prompt}{example.answer}", io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(whole, "whole", "exec"), {})
        assert out.getvalue().splitlines() == re.findall(r"print\(.*\)  # (.*)$", whole, re.MULTILINE), whole
        assert str(example.answer).count("\n") == 1


CHECKS = (  # a pattern of the lines, what comes before them and after them
    (r"def add\(", "", "\nassert add(2, 3) == 5"),
    (r"def area\(", "", "\nassert area(2, 3) == 6"),
    (r"total = 0\nfor \w+ in (\w+)", "{0} = [1, 2, 3]\n", "\nassert total == 6"),
    (r"if (\w+) > (\w+):\n    largest", "{0}, {1} = 1, 2\n", "\nassert largest == 2"),
    (r"class Thing:\n    def __init__\(self, (\w+)", "", "\nassert Thing(7).{0} == 7"),
    (r"def swap\(", "", "\nassert swap(1, 2) == (2, 1)"),
    (r"lowest = (\w+)\[0\]", "{0} = [3, 1, 2]\n", "\nassert lowest == 1"),
    (r"count = 0\nwhile count < (\w+):\n    print\((\w+)\)", "{0}, {1} = 3, 5\n", "\nassert len(said) == 3"),
    (r"(\w+) = \{\}\n", "", ""),
    (r"try:\n    \w+ = int\((\w+)\)", "{0} = 'x'\n", ":\n    caught = True\nassert caught"),
    (r"def has\(", "", "\nassert has(1, [2, 3]) is False"),
    (r"(\w+) = \[3, 1, 2\]", "", ""),
)


def works(example: Example, option: str) -> bool:
    found, before, after = next(
        (match, b, a) for pattern, b, a in CHECKS if (match := re.match(pattern, example.prompt))
    )
    said: list[Any] = []

    def say(value: object) -> None:
        said.append(value)
        if len(said) > 9:
            raise RuntimeError("for ever")

    try:
        exec(
            before.format(*found.groups()) + example.prompt + option + after.format(*found.groups()),
            {"print": say, "said": said},
        )
    except Exception:
        return False
    return True


def test_exactly_one_way_to_complete_a_line_works() -> None:
    lines = [e for e in load("starter:code").examples if e.kind == "choice"]
    assert len(lines) > 30
    for example in lines:
        right = [place for place, option in enumerate(example.choices or ()) if works(example, option)]
        assert right == [example.answer], example


DAYS, MONTHS = list(calendar.day_name), list(calendar.month_name)[1:]
ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]


def follows(text: str) -> str | None:
    """The word that completes a sentence, where rules give it."""
    upper = string.ascii_uppercase
    for names in (DAYS, MONTHS):
        n = len(names)
        word = "day" if names is DAYS else "month"
        if found := re.fullmatch(rf"The {word} (\w+) {word}s after (\w+) is", text):
            return names[(names.index(found[2]) + UNITS[found[1]]) % n]
        if found := re.fullmatch(rf"The {word} (after|before) (\w+) is", text):
            return names[(names.index(found[2]) + (1 if found[1] == "after" else -1)) % n]
    if found := re.fullmatch(r"The (\w+) letter of the alphabet is", text):
        return upper[ORDINALS.index(found[1])]
    if found := re.fullmatch(r"The (\w+) month of the year is", text):
        return MONTHS[ORDINALS.index(found[1])] if found[1] != "last" else "December"
    if found := re.fullmatch(r"The letter before (\w) is", text):
        return chr(ord(found[1]) - 1)
    if found := re.fullmatch(r"Spelled backwards, (\w+) is", text):
        return "".join(reversed(found[1]))
    if re.fullmatch(r"-?\d+( -?\d+){3}", text):
        a, b, c, d = map(int, text.split())
        assert d - c == c - b == b - a or a * d == b * c, text
        return str(d + d - c if d - c == b - a else d * b // a)
    if re.fullmatch(r"[A-Z]( [A-Z]){3}", text):
        return chr(2 * ord(text[-1]) - ord(text[-3]))
    words = text.lower().split()
    for known in (list(UNITS)[:21], ORDINALS):
        if len(words) > 2 and set(words) <= set(known):
            return known[known.index(words[-1]) + 1]
    return None


def test_sentences_that_rules_complete() -> None:
    computed = 0
    for example in load("starter:completion").examples:
        text = example.prompt.rpartition("\n")[2]
        expected = follows(text)
        computed += expected is not None
        assert expected is None or example.answer == f" {expected}.\n", text
        assert re.fullmatch(r" [\w'-]+\.\n", str(example.answer))
        assert (expected is not None) == (example.tags[1] in ("sequences", "steps")) or " month of " in text
    assert computed > 140


def test_elements_are_in_the_order_of_their_numbers() -> None:
    known = {"hydrogen": 1, "carbon": 6, "oxygen": 8, "sodium": 11, "argon": 18, "calcium": 20, "iron": 26, "zinc": 30,
             "krypton": 36, "silver": 47, "tin": 50, "iodine": 53, "xenon": 54, "tungsten": 74, "platinum": 78, "gold": 79,
             "mercury": 80, "lead": 82, "radon": 86, "uranium": 92}  # fmt: skip
    assert len(set(ELEMENTS)) == 92
    assert {name: ELEMENTS.index(name) + 1 for name in known} == known


BAD = {  # replies that do not what is asked, by kind
    "yes or no": ("Yes and no", "Maybe", "", "It depends on the weather."),
    "number": ("many", "The answer is 1234567", "3 or 4 or 5"),
    "choice of two": ("both", "neither of the two", "The first one is what I would say"),
    "repetition": ("apple apple apple", "word, word, word", "apple, river, candle"),
    "copy": ("Sure! Here it is", "Another sentence."),
    "beginning": ("This is it.", "Sure, here is a sentence."),
    "capitals": ("I like it.", "i like it", "I LIKE it.", "I."),
    "small letters": ("I like it.", "RAIN", "it is Nice"),
    "three words": ("Two words", "These are four words", ""),
    "ending": ("It is very nice.", "Nothing to see here!"),
    "JSON": ("{}", 'Here it is: {"a": 1}', '["a"]'),
    "list": ("- one\n- two", "one\ntwo\nthree", "- one - two - three", "- a\n- b\n- c\n- d"),
    "semicolons": ("a, b, c", "a; b", "a; b; c; d", "Sure:\na; b; c"),
    "countdown": ("1 2 3 4", "ten nine eight", "9"),
}


@pytest.mark.parametrize("kind", BAD)
def test_instructions_tell_a_good_reply_from_a_bad_one(kind: str) -> None:
    some = [example for example in load("starter:instruction").examples if example.tags[1] == kind]
    assert len(some) >= 15
    for example in some:
        assert judge(str(example.oracle), str(example.answer))
        assert judge(str(example.oracle), f" {example.answer}\n"), "white space around a reply is no fault"
        for bad in BAD[kind]:
            assert not judge(str(example.oracle), bad), (example.prompt, bad)
    own = {"yes or no", "number", "choice of two", "copy", "repetition", "beginning", "JSON", "countdown"}
    if kind in own:  # another's good reply is a bad one, unless the same is asked for
        for example, other in zip(some, some[1:], strict=False):
            same = str(example.answer).split()[0] == str(other.answer).split()[0]
            assert same or not judge(str(example.oracle), str(other.answer))
