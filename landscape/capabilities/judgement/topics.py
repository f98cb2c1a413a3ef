"""Whether two texts are about the same: by the words that carry meaning, as far as their first letters."""

import re

SHARED = 2  # of the reference's words, so many in a text make it one on the same topic
LETTERS = 5  # of a word: "process", "processes" and "processing" are one

_WORD = re.compile(r"[^\W\d_]{4,}")
_EMPTY = re.compile(
    r"about|after|also|been|before|being|both|could|does|doing|each|every|find|first|from|gets|give|goes|good"
    r"|have|here|into|just|know|like|long|made|make|many|more|most|much|need|only|other|over|part|same|should"
    r"|some|such|sure|take|than|that|their|them|then|there|these|they|thing|things|this|those|time|until|used"
    r"|using|very|want|well|were|what|when|where|which|while|will|with|without|would|your|yours"
)


def words_of(text: str) -> set[str]:
    """The beginnings of the words in a text that carry meaning: of four letters or more, and no auxiliaries."""
    return {word[:LETTERS] for word in _WORD.findall(text.casefold()) if not _EMPTY.fullmatch(word)}


def shares(text: str, reference: str) -> bool:
    """Whether a text holds two of the reference's words, or the only one."""
    wanted = words_of(reference)
    return len(words_of(text) & wanted) >= min(SHARED, len(wanted))
