"""Text that somebody else wrote, made literal: it shows as it is, and makes no element in whatever it is put into."""

import re
from typing import Any

# A colon before a space, and an underscore within a word, are no markup.
_MARKUP = re.compile(r"([\\`*\[\]<>$~|#&]|:(?=\S)|(?<![^\W_])_|_(?![^\W_]))")
_AT_LINE_START = re.compile(r"(?m)^([-+=]|\d+(?=[.)]))")  # lists and underlined headings
# What is looked for after the escapes are read: addresses, icons and emoji (:x:), people (@x), numbers (#1), arrows.
_LATER = re.compile(
    r"(?i):(?=//|[\w/+-]+:)|www(?=\.)|[\w.+-](?=@[\w-]+\.)|(?<!\w)[@#](?=\w)|(?<!\S)[-<>~](?=[-=>]{1,2}(?!\S))"
)
_JOINER = "\u2060"  # takes no room, and is no part of any word
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with these a cell of a spreadsheet begins that is computed


def markdown(text: object) -> str:
    """Escape text from outside, so that Markdown (the pages', or that of a pull request) shows it as it is."""
    lines = "\n".join(line.strip() for line in _LATER.sub(_joined, str(text)).splitlines())
    return _AT_LINE_START.sub(_escaped, _MARKUP.sub(r"\\\1", lines))


def _joined(found: re.Match[str]) -> str:
    return found[0] + _JOINER


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}" if found[0] in "-+=" else f"{found[0]}{_JOINER}"


def code_span(text: str) -> str:
    """Put text between backticks, more of them than it holds in a row: Markdown shows it as it is, as code."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{' '.join(text.split())}{pad}{fence}"


def plotly(text: object) -> str:
    """Escape text from outside for a figure, where Plotly reads a few HTML tags, entities, %{…} and $…$."""
    plain = str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("%{", "&#37;{").replace("$", "&#36;")


def cell(value: Any) -> Any:
    """Return a cell of a CSV file: text that a spreadsheet would compute gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
