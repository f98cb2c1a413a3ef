"""Seeded mutations of what people, and programs with bad intentions, hand in: plain JSON values, texts, arguments."""

import base64
import json
import random
import zlib
from typing import Any

WORDS = (
    "", " ", "\x00", "\ud800", "é", "😀" * 3, "-1", "0", "1", "nan", "inf", "-inf", "1e400", "1e-400", "9" * 25, "0x10", "None", "null", "true",
    "[]", "{}", "a,b", "a:b", "0:1:2", "1:0:5", "0:1:99999999999", "..", "/", "/etc/passwd", "~", "~nobody", "-", "--", "-x", "--bogus",
    "demo:", "demo:base", "demo:base+demo:assistant", "+", "org/name@", "@", "lm_eval:", "lm_eval::", "chat:", "chat:lm_eval:x", "*", "[", "%s",
    "worst:", "worst:math~math", "worst:math?steps=-1", "worst:math?steps=1e9", "principal:0:a,b,c", "move:", "gaussian:-1", "x" * 5000,
    "<b>", "[red]x[/red]", "[/]", "\n", "a\nb", "\\", "'", '"',
)  # fmt: skip
NUMBERS = (
    0,
    1,
    2,
    3,
    50,
    101,
    20_000,
    0.01,
    0.95,
    0.999,
    -1,
    2**31,
    2**53 + 1,
    2**62,
    2**63,
    2**64,
    -(2**70),
    10**400,
    0.5,
    -0.0,
    1e-320,
    1e308,
    1e-9,
)


def value(chance: random.Random) -> Any:
    """Anything that JSON can hold."""
    kinds = [None, True, [], {}, [[]], {"kind": "x"}, [None] * 3, chance.choice(NUMBERS), chance.choice(WORDS)]
    return chance.choice(kinds) if chance.random() < 0.6 else chance.choice([*NUMBERS, *WORDS])


def mutated(plain: Any, chance: random.Random, share: float = 0.2) -> Any:
    """Plain values, some of which are replaced, left out, doubled or nested deeper."""
    if isinstance(plain, int | float) and chance.random() < share:
        return chance.choice(NUMBERS)
    if chance.random() < share / 8:
        return value(chance)
    if isinstance(plain, dict):
        found = {}
        for name, inner in plain.items():
            if chance.random() < share / 6:
                continue
            found[chance.choice(WORDS) if chance.random() < share / 10 else name] = mutated(inner, chance, share)
        return found | ({chance.choice(WORDS): value(chance)} if chance.random() < share / 6 else {})
    if isinstance(plain, list):
        found = [mutated(inner, chance, share) for inner in plain if chance.random() > share / 6]
        return found + found[:1] if chance.random() < share / 6 else found
    return plain


def damaged(text: str, chance: random.Random) -> str:
    """A text with some letters replaced, left out or added, or cut short."""
    letters = list(text)
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(letters) + 1)
        match chance.randrange(4):
            case 0:
                letters[place : place + 1] = chance.choice("AZaz09-_=%/+ é\x00")
            case 1:
                del letters[place : place + chance.randrange(1, 9)]
            case 2:
                letters[place:place] = chance.choice(WORDS)[:40]
            case 3:
                letters = letters[:place]
    return "".join(letters)


def packed(plain: Any) -> str:
    """Plain values as the text of a permalink, whatever they are."""
    text = json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(zlib.compress(text)).decode().rstrip("=")
