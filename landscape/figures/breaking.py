"""Where a text may break into lines: at its spaces, but never inside `95 %`, `α ≈ 0.012` or `n = 120`."""

import re

# Spaces that never end a line, for Python and for browsers alike: α_≈ 0.012, 95_%, 3.8_× as far; then α ≈_0.012.
UNBROKEN = (r" (?=[±≈=<>≤≥] |[%×](?![0-9A-Za-z]))", r"(?<=\s[±≈=<>≤≥]) (?=[0-9.\-−θ∞])")


def unbroken(text: str) -> str:
    """The text with no-break spaces inside of numbers with their unit or sign."""
    for pattern in UNBROKEN:
        text = re.sub(pattern, "\u00a0", text)
    return text


def wrapped(text: str, characters: int) -> list[str]:
    """Break a text into lines of at most so many characters, at its spaces and its own `<br>`."""
    lines: list[str] = []
    for part in unbroken(text).split("<br>"):
        lines.append("")
        for word in part.split(" "):
            if lines[-1] and len(lines[-1]) + 1 + len(word) > characters:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".strip(" ")
    return lines
