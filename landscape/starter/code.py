"""Python: what a line prints, and how a line goes on. Every printed answer comes from running the program."""

import contextlib
import io
from collections.abc import Iterator
from random import Random
from typing import Any

HEADER = "print(2 + 3)  # 5\nprint('tree'.upper())  # TREE\nprint(len([4, 1]))  # 2\n"
_WORDS = (
    "apple bread chair dream eagle flower garden house island jacket kettle lemon market needle orange paper".split(" ")
)


def printed(program: str) -> str:
    """What a program prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(program, {})
    return out.getvalue()


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return programs whose last line is to be answered exactly, and lines with four ways to go on."""
    found: dict[str, dict[str, Any]] = {}
    for tier, domain, (*before, last) in [*_expressions(rng), *_programs(rng)]:
        program = "".join(f"{line}\n" for line in before) + f"print({last})"
        prompt = f"{HEADER}{program}  #"
        found.setdefault(prompt, {"prompt": prompt, "answer": f" {printed(program)}", "tags": [tier, domain]})
    return [*found.values(), *_lines(rng)]


def _numbers(rng: Random, count: int) -> list[int]:
    return rng.sample(range(1, 10), count)


def _expressions(rng: Random) -> Iterator[tuple[str, str, list[str]]]:
    for _ in range(9):
        a, b, word, other = rng.randint(2, 9), rng.randint(2, 9), rng.choice(_WORDS), rng.choice(_WORDS)
        few, some, more = _numbers(rng, 3), _numbers(rng, 4), _numbers(rng, 5)
        for one in (
            f"{a} + {b}", f"{a} * {b}", f"{a * 3} - {b}", f"len('{word}')", f"len({few})", f"max({few})", f"min({some})",
            f"'{word}'.upper()", f"'{word.upper()}'.lower()", f"'{word}'[0]", f"{few}[0]", f"{a} > {b}", f"{a} == {b}",
            f"'{word}' + 's'", f"{a} in {few}", f"'{word}'.capitalize()", f"str({a * 7})",
            f"sum({few[:2]})",
        ):  # fmt: skip
            yield "easy", "expressions", [one]
        for one in (
            f"sorted({more})", f"{more}[::-1]", f"{more}[1:{rng.randint(3, 4)}]", f"{a * 7 + 3} % {b}", f"{a * 9} // {b}",
            f"'{word}'[::-1]", f"'{word}'[-2:]", f"'{word}'.replace('{word[1]}', '{other[0]}')",
            f"[n * {a} for n in {few}]", f"[n for n in {more} if n > {a}]", f"sum(n * n for n in {few})",
            f"list(range({a}, {a + 3 * b}, {b}))", f"'-'.join(['{word}', '{other}'])", f"{few} + {some[:2]}",
            f"'{word} {other}'.split()[1]", f"sorted({some}, reverse=True)[1]", f"'{word}'.count('{word[-1]}')",
            f"{{'{word}': {a}, '{other}x': {b}}}['{word}']", f"len(set({[a, b, a, b, a]}))", f"{a} ** 2 - {b}",
        ):  # fmt: skip
            yield "hard", "expressions", [one]


def _programs(rng: Random) -> Iterator[tuple[str, str, list[str]]]:
    for _ in range(9):
        a, b, c, few = rng.randint(2, 9), rng.randint(2, 9), rng.randint(2, 5), _numbers(rng, 3)
        word = rng.choice(_WORDS)
        yield "easy", "variables", [f"x = {a}", f"y = {b}", "x + y"]
        yield "easy", "variables", [f"name = '{word}'", "name"]
        yield "hard", "variables", [f"x = {a}", f"y = {b}", "x, y = y, x", "x - y"]
        yield "hard", "variables", [f"x = {few}", f"x.append({a})", "x.pop(0)", "x"]
        yield "hard", "programs", ["total = 0", f"for n in {few}:", f"    total += n * {c}", "total"]
        yield "hard", "programs", ["def f(n):", f"    return n * {a} - {b}", f"f({c})"]
        yield "hard", "programs", ["n = 0", f"while n * n < {a * b}:", "    n += 1", "n"]
        yield "hard", "programs", ["s = ''", f"for c in '{word[:4]}':", "    s = c + s", "s"]


_OPEN_LINES = r"""
def add({a}, {b}):\n    return {a} +|{b}|{a}|self|None
def area({a}, {b}):\n    return {a} *|{b}|{a}|area|print
total = 0\nfor {a} in {b}:\n    total +=|{a}|{b}|total|in
if {a} > {b}:\n    largest = {a}\nelse:\n    largest =|{b}|{a}|largest|else
class Thing:\n    def __init__(self, {a}):\n        self.{a} =|{a}|self|Thing|{b}
def swap({a}, {b}):\n    return {b},|{a}|{b}|swap|return
lowest = {b}[0]\nfor {a} in {b}:\n    if {a} < lowest:\n        lowest =|{a}|{b}|lowest|0
count = 0\nwhile count < {b}:\n    print({a})\n    count +=|1|{a}|{b}|count
{a} = {{}}\n{a}["{b}"] = 3\nassert {a}["{b}"] ==|3|{a}|"{b}"|None
try:\n    {a} = int({b})\nexcept|ValueError|{a}|int|{b}
def has({a}, {b}):\n    for one in {b}:\n        if one == {a}:\n            return True\n    return|False|True|one|{a}
{a} = [3, 1, 2]\n{b} = {a}\n{b}.sort()\nassert {a} ==|[1, 2, 3]|[3, 1, 2]|[3, 2, 1]|[1, 3, 2]
"""
_NAMES = ("width height", "price prices", "first second", "left right", "item items", "size limit", "name names")


def _lines(rng: Random) -> Iterator[dict[str, Any]]:
    place = 0
    for line in filter(None, _OPEN_LINES.split("\n")):
        text, *options = line.split("|")
        for names in _NAMES:
            a, b = names.split(" ")
            right, *wrong = (f" {option.format(a=a, b=b)}" for option in options)
            choices = rng.sample(wrong, 3)
            place = (place + 1) % 4
            choices.insert(place, right)
            prompt = text.replace("\\n", "\n").format(a=a, b=b)
            yield {"prompt": prompt, "choices": choices, "answer": place, "tags": ["easy", "complete the line"]}
