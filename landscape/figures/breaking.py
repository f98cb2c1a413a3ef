"""Where a text may break into lines: at its spaces, but never inside `95 %`, `α ≈ 0.012` or `n = 120`."""

import re

_BEFORE = re.compile(r" (?=[%±×·≈=<>≤≥] |[%×](?!\w))")  # 95_%, α_≈ 0.012, 3.8_× as far
_AFTER = re.compile(r"(?<=[\s\u00a0][±≈=<>≤≥]) (?=[\d\-−.θ∞])")  # α ≈_0.012


def unbroken(text: str) -> str:
    """The text with no-break spaces inside of numbers with their unit or sign."""
    return _AFTER.sub("\u00a0", _BEFORE.sub("\u00a0", text))


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
