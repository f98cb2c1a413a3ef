"""Prompts as they are asked: what a question is about, the words around it, the space before its answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from landscape.capabilities.sources.choices import plain
from landscape.capabilities.sources.fields import QUESTIONS, Roles, normalised
from landscape.capabilities.sources.records import Row

_AROUND = {"instruction": ("Instruction: ", "\nResponse:")}  # of what is asked without a chat template
_AROUND_ALL = ("Question: ", "\nAnswer:")
_FOLLOWS_SPACE = re.compile(r"[\w.,;:?!)\]\"'”’%]")  # after these, a word has a space before it
_WORD = re.compile(r"[\w\"'“‘(\[$€£+\-−]")


@dataclass(frozen=True)
class Prompts:
    """The prompts of a file, and how they came about."""

    texts: list[str]
    words: str  # a part of the sentence: question → prompt
    asked: bool  # questions that are to be answered, not beginnings to go on with


def prompts_of(rows: Sequence[Row], chosen: Roles, *, chat: bool) -> Prompts:
    """Return what is asked. Without a chat template, “Question:” and “Answer:” say that an answer is due."""
    questions, abouts = [text_of(row, chosen.prompt) for row in rows], [_about(row, chosen) for row in rows]
    asked = _is_asked(questions, chosen)
    words = f"{chosen.prompt}{f' and {chosen.context}' if chosen.context else ''} → prompt"
    before, after = ("", "") if not asked or chat else _AROUND.get(chosen.kind, _AROUND_ALL)
    texts = [_whole(*both, before, after, chosen) for both in zip(questions, abouts, strict=True)]
    if not before:
        return Prompts(texts, words, asked)
    said = f"{words} (as “{before}…” and then “{after.strip()}”)"
    return Prompts(texts, said, asked)


def text_of(row: Row, name: str) -> str:
    """Return a field as text. Raises ValueError where it is none."""
    text = plain(row.fields.get(name))
    if text is None:
        raise ValueError(f"{row.place}: {name}: expected text, got {type(row.fields.get(name)).__name__}")
    return text


def spaced(prompt: str, answer: str) -> str:
    """Return the answer with the space before it that a text would have there."""
    due = _FOLLOWS_SPACE.fullmatch(prompt[-1:]) and _WORD.fullmatch(answer[:1])
    return f" {answer}" if due else answer


def _about(row: Row, chosen: Roles) -> str:
    """What a question is about, or the input of an instruction; "" where there is none."""
    about = row.fields.get(chosen.context or "")
    if isinstance(about, list):
        return " ".join(map(str, about))
    return text_of(row, str(chosen.context)) if about is not None else ""


def _whole(question: str, about: str, before: str, after: str, chosen: Roles) -> str:
    asked = f"{before}{question.strip()}" if before else question
    if not about:
        return f"{asked}{after}"
    follows = normalised(str(chosen.context)) == "input"  # of an instruction
    return f"{asked}\n\n{about}{after}" if follows else f"{about}\n\n{asked}{after}"


def _is_asked(prompts: Sequence[str], chosen: Roles) -> bool:
    """Whether prompts are questions to answer, and not texts to go on with."""
    ends = [prompt.rstrip()[-1:] for prompt in prompts]
    if 2 * sum(end in (":", "=", "_") for end in ends) > len(ends):
        return False
    if chosen.kind in QUESTIONS:
        return True
    ours = chosen.kind == "prompt" and normalised(chosen.answer or "") == "answer"
    ended = sum(end in (".", "?", "!", "”", '"') for end in ends)
    return chosen.kind in ("prompt", "input") and not ours and 2 * ended > len(ends)
