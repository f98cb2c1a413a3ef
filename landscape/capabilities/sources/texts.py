"""Plain text as a capability: windows of it, whose next-token loss is measured."""

import re

WINDOW = 1000  # characters, some 250 tokens of English: several fit into any context


def windows(text: str) -> list[str]:
    """Cut a text into windows of about WINDOW characters, each ending between words where there is a gap.

    Together they are the text, white space at its ends aside. The last one takes in what would be less than half.
    """
    text, found = text.replace("\r\n", "\n").strip(), []
    while len(text) > 1.5 * WINDOW:
        gaps = [gap.end() for gap in re.finditer(r"\s+", text[WINDOW // 2 : WINDOW])]
        end = WINDOW // 2 + gaps[-1] if gaps else WINDOW
        found.append(text[:end])
        text = text[end:]
    return [window for window in [*found, text] if window.strip()]
