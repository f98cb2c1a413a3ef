"""How free answers are judged: by what a file's answers look like, the same way for all of them.

Tried on questions of general knowledge with SmolLM2-135M-Instruct, 24 of them: the bare question continued with the
answer right away 0 times, after “Answer:” 3 times, and the text held it 9 times; in the chat template the reply held it
14 times, and never began with it. So a question is asked as such, and its answer looked for in what the model writes.
"""

import re
import reprlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from landscape.capabilities.judgement import numbers
from landscape.capabilities.sources.choices import listed, plain

LONG = 15  # words: nobody writes so many alike, and only their likelihood can be compared
SHORT_TEXT, WORKED_TEXT = 32, 256  # tokens that an answer may take, without and with the way to it
_FINAL = re.compile(r"####\s*(.+?)\s*$")  # GSM8K: the answer, after how to come to it
_CLASSES = ("yes", "no", "true", "false", "maybe", *"abcdefghij")  # words that any text may hold
_NUMBER = re.compile(r"[-+−]?[$€£]?\d[\d,]*(?:\.\d+)?%?")


@dataclass(frozen=True)
class Judgement:
    """How the free answers of a file are judged."""

    name: str  # exact, begins, contains, number, loss
    words: str  # a part of the sentence
    new_tokens: int | None = None

    def compared(self, accepted: Sequence[str]) -> list[str]:
        """Return what of each accepted answer is compared: all of it, or of a number what stands after ####."""
        if self.name != "number":
            return list(accepted)
        return [found[1] if (found := _FINAL.search(answer)) else answer for answer in accepted]

    def fields(self, accepted: Sequence[str]) -> dict[str, Any]:
        """Return the fields of an example beside its prompt."""
        answer = accepted[0] if len(accepted) == 1 else list(accepted)
        if self.name == "exact":
            return {"answer": answer}
        if self.name == "begins":
            return {"answer": answer, "oracle": begins_with(accepted), "max_new_tokens": self.new_tokens}
        tokens = {"max_new_tokens": self.new_tokens} if self.new_tokens else {}
        return {"answer": answer, "oracle": self.name, **tokens}


def accepted(place: str, name: str, value: Any) -> list[str]:
    """Return the texts that are all accepted: one, a list, {"text": [...]} as SQuAD has it, or TriviaQA's aliases.

    Raises:
        ValueError: there is none, or it is no text.
    """
    found = listed(value)
    if isinstance(found, dict):
        text = found.get("text", found.get("value"))
        aliases = found.get("aliases")
        found = [*(text if isinstance(text, list) else [text]), *(aliases if isinstance(aliases, list) else [])]
    several = [plain(one) for one in found] if isinstance(found, list) else [plain(found)]
    if not several or None in several:
        raise ValueError(
            f"{place}: {name}: expected a text or a list of texts, got {reprlib.repr(value)}; leave such examples out"
        )
    return list(dict.fromkeys(filter(None, several)))


def judgement_of(all_accepted: Sequence[Sequence[str]], *, asked: bool) -> Judgement:
    """Choose how a file's answers are judged. `asked`: prompts are questions or turns, and not beginnings of texts."""
    every = [answer for answers in all_accepted for answer in answers]
    if all(_FINAL.search(answer) for answer in every):
        return Judgement("number", "judged by the number that the model's text gives (what follows ####)", WORKED_TEXT)
    words = statistics.median(len(answer.split()) for answer in every)
    if words > LONG:
        return Judgement(
            "loss", f"judged by loss alone, since {words:.0f} words (the median) are too many to be matched"
        )
    if not asked:
        single = all(len(answers) == 1 for answers in all_accepted)
        if single and not any(answer.rstrip()[-1].isdigit() for answer in every):
            return Judgement("exact", "judged exact: what the model writes next must begin with it")
        tokens = min(SHORT_TEXT, max(map(len, every)) + 4)
        said = "judged by what the model writes next, which must begin with it, no digit or letter following"
        return Judgement("begins", said, tokens)
    if all(answer.strip().casefold() in _CLASSES for answer in every):
        return Judgement("begins", "judged by what the model writes next, which must begin with it", 8)
    if all(_NUMBER.fullmatch(answer.strip()) and _has_number(answer) for answer in every):
        return Judgement("number", "judged by the number that the model's text gives", SHORT_TEXT)
    return Judgement("contains", f"judged by whether the model's text of {SHORT_TEXT} tokens contains it", SHORT_TEXT)


def begins_with(texts: Sequence[str]) -> str:
    """Return the oracle that accepts a text that begins with one of the answers, as whole words."""
    return rf"regex:^[\s\"'*_(\[]*(?:{'|'.join(re.escape(text.strip()) for text in texts)})(?!\w|[.,]\d)"


def _has_number(answer: str) -> bool:
    found = numbers.answer_of(answer)
    return found is not None and bool(found.readings)
