"""The number that a text gives as its answer, read exactly: as fractions, never as floats."""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 1000  # characters, and digits of a power: what is longer is no number that anybody meant

_LETTER = "A-Za-zÀ-ɏͰ-ӿ_"  # a digit right after one belongs to a name: H2O, x2
_CURRENCY = "$€£¥₹"
_NARROW = "\u00a0\u2009\u202f"  # spaces that only separate thousands
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_SCALES |= {"k": 10**3, "K": 10**3}
_SIGNS = str.maketrans("\u2212\u2013\ufe63\uff0d٫٬．，％", "----.,.,%")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_NUMBER = re.compile(
    rf"""
    (?P<minus> (?<![\w)\]}}%]) (?<!\d\ ) -[{_CURRENCY}]? | [=≈(]\s*-\s+ | (?<!\d\ )\b(?:minus|negative)\s+ )?
    (?P<root> (?:√|\\sqrt|\bsqrt) [{{(\s]* )?
    (?<![{_LETTER}\d^]) (?<!/) (?<!\d[.'’_]) (?<!\^[-+])
    (?:
        (?P<whole> \d+ )[ ](?=\d+/\d)             # 1 1/2
    )?
    (?:
        (?P<over> \d+ )/(?P<under> \d+ )(?!/?\d)
      | (?: (?P<commas> \d{{1,3}}(?:,\d{{2,3}}){{0,40}},\d{{3}}(?:\.\d+)? )    # 1,234.5; 12,34,567
          | (?P<points> \d{{1,3}}(?:\.\d{{3}}){{1,40}},\d+ | \d{{1,3}}(?:\.\d{{3}}){{2,40}} )   # 1.234,5; 1.234.567
          | (?P<marks> \d{{1,3}}(?:(?P<mark>['’_{_NARROW}])\d{{3}})(?:(?P=mark)\d{{3}}){{0,40}}(?:[.,]\d+)? )
          | (?P<spaces> \d{{1,3}}(?:\ \d{{3}}){{1,40}}(?:[.,]\d+)? )
        )(?![,.'’_]?\d)
      | (?P<pair> \d+,\d+ )(?!,?\d)              # 3,4 is 3.4, or a list
      | (?P<list> \d+(?:[.,]\d+){{2,}} | \d+(?:/\d+){{2,}} )   # 1,2,3; a version; a date
      | (?P<plain> \d+\.\d+ | \d+ | (?<![\w.)])\.\d+ )
    )
    (?: [eE](?P<e> [-+]?\d+ )(?!\w) | \s?[x×*·⋅]\s?10\^(?P<ten> [-+]?\d+ ) | \^(?P<power> [-+]?\d+ ) )?
    (?P<irrational> \s?(?:√|\\sqrt|π|\\pi\b|pi\b) )?
    (?: (?P<percent> \s?(?:[%٪]|per\s?cent\b) ) | \s?(?P<scale> hundred|thousand|million|billion|trillion|dozen )s?\b
      | (?P<kilo> [kK])\b )?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Number:
    """A number as it is written. It has several readings where people write so: 3,4 is 3.4 or the end of a list."""

    readings: tuple[Fraction, ...]  # none: it is no rational number, or beyond all bounds
    percent: bool = False

    def equals(self, other: "Number") -> bool:
        """Whether both are equal in some reading. A per cent sign that only one has may mean hundredths, or not."""
        ours, theirs = set(self.readings), set(other.readings)
        if self.percent != other.percent:
            percents = ours if self.percent else theirs
            percents |= {value / 100 for value in percents}
        return bool(ours & theirs)


def answer_of(text: str) -> Number | None:
    r"""Return the number that a text gives as its answer; None without one.

    It is the one in the last `\boxed{}`, or after the first `####`, otherwise the last number of all. Words count
    (`forty-two`) where a text has no digits.
    """
    for part in (*_marked(text), text):
        found = list(_NUMBER.finditer(_plain(part)))
        if found:
            return _read(found[-1])
        if not any(map(str.isdigit, part)) and (spelled := _spelled(part)) is not None:
            return spelled
    return None


def _marked(text: str) -> list[str]:
    boxed = re.findall(r"\\boxed\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}", text)
    lines = re.findall(r"####[ \t]*(.+)", text)
    return [*boxed[-1:], *lines[:1]]


def _plain(text: str) -> str:
    """Return a text in which signs of one meaning are one sign, and LaTeX is what it shows."""
    text = re.sub(r"\b(?:USD|EUR|GBP|CHF|INR|Rs)(?=\d)", "$", text.translate(_SIGNS))
    text = re.sub(r"\{,\}", ",", re.sub(r"\\[,!;:]", "", text)).replace("\\%", "%").replace("\\$", "$")
    text = re.sub(r"\\(?:times|cdot)(?![A-Za-z])", "×", text)
    text = re.sub(r"(?<=\d)\*\*(?=[-\d])", "^", text)
    text = re.sub(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda power: "^" + power[0].translate(_SUPERSCRIPTS), text)
    text = re.sub(r"(\d?)([¼-¾⅐-⅞])", lambda of: f"{of[1]}{' ' * bool(of[1])}{_fraction(of[2])}", text)
    text = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}", text)
    text = re.sub(r"(\d?)\\[dt]?frac\s*\{\s*([^{}]*?)\s*\}\s*\{\s*([^{}]*?)\s*\}", _over, text)
    return re.sub(r"\^\{\s*([-+]?\d+)\s*\}", r"^\1", text)


def _fraction(sign: str) -> str:
    return unicodedata.normalize("NFKC", sign).replace("\u2044", "/")


def _over(fraction: re.Match[str]) -> str:
    before, over, under = fraction.groups()
    return f"{before}{' ' * bool(before)}{over}/{under}"


def _read(found: re.Match[str]) -> Number:
    """Return the number of a match of _NUMBER."""
    if len(found[0]) > LONGEST or found["root"] or found["irrational"]:
        return Number(())
    try:
        values = [value * _factor(found) for value in _values(found)]
        if found["power"]:
            values = [_power(value, int(found["power"])) for value in values]
    except (ZeroDivisionError, OverflowError):
        return Number(())
    sign = -1 if found["minus"] else 1
    return Number(tuple(sign * value for value in values), found["percent"] is not None)


def _values(found: re.Match[str]) -> list[Fraction]:
    """Return the readings of the digits, without sign, power and unit."""
    whole = _decimal(found["whole"]) if found["whole"] else Fraction(0)
    if found["over"]:
        return [whole + Fraction(int(found["over"]), int(found["under"]))]
    if found["commas"]:
        return [_decimal(found["commas"].replace(",", ""))]
    if found["points"]:
        return [_decimal(found["points"].replace(".", "").replace(",", "."))]
    if found["marks"]:
        return [_decimal(found["marks"].replace(found["mark"], "").replace(",", "."))]
    if found["spaces"]:  # also a list of numbers
        last = found["spaces"].split()[-1]
        listed = [] if last.startswith("0") or not last.isdigit() else [_decimal(last)]
        return [_decimal(found["spaces"].replace(" ", "").replace(",", ".")), *listed]
    if found["pair"]:
        first, last = found["pair"].split(",")
        return [_decimal(f"{first}.{last}"), *([] if first == "0" else [_decimal(last)])]
    if found["list"]:
        last = re.split("[,/]" if re.search("[,/]", found["list"]) else "[.]", found["list"])[-1]
        return [_decimal(last)]
    return [_decimal(found["plain"])]


def _decimal(digits: str) -> Fraction:
    whole, _, decimals = digits.partition(".")
    return Fraction(int(f"{whole}{decimals}"), 10 ** len(decimals))


def _factor(found: re.Match[str]) -> Fraction:
    exponent = int(found["e"] or found["ten"] or 0)
    return _power(Fraction(10), exponent) * _SCALES.get(found["scale"] or found["kilo"] or "", 1)


def _power(value: Fraction, exponent: int) -> Fraction:
    """Raises OverflowError for more digits than anybody meant, and ZeroDivisionError."""
    size = max(abs(value.numerator), value.denominator).bit_length()
    if size * abs(exponent) > 4 * LONGEST:
        raise OverflowError
    return value**exponent


_WORDS = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
    **{"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16},
    **{"seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50},
    **{"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90},
}
_WORD = "|".join([*_WORDS, "hundred", "thousand", "million", "billion", "trillion", "dozen"])
_SPELLED = re.compile(rf"\b(?:(minus|negative)\s+)?((?:{_WORD})(?:(?:[\s-]+(?:and\s+)?)(?:{_WORD}))*)\b", re.IGNORECASE)


def _spelled(text: str) -> Number | None:
    """Return the last number that is written in English words."""
    found = list(_SPELLED.finditer(text))
    if not found:
        return None
    total, part = 0, 0
    for word in re.findall(r"[a-z]+", found[-1][2].lower()):
        if word in _WORDS:
            part += _WORDS[word]
        elif word in ("hundred", "dozen"):
            part = max(part, 1) * _SCALES[word]
        elif word != "and":
            total, part = total + max(part, 1) * _SCALES[word], 0
    return Number((Fraction(-total - part if found[-1][1] else total + part),))
