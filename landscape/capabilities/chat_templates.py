"""Prompts as turns of a user in a checkpoint's own chat template."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from landscape.capabilities.examples import Capability, Example
from landscape.schema.capability_names import ASKED_IN_CHAT

PINNED = datetime(2025, 1, 1)  # stands for today in a template that writes the date, so that scores of two days compare
TODAY_IS = "1 January 2025 stands for it"
OPENING, CLOSING = "<think>", "</think>"  # around what a model thinks before it answers
_TODAY = re.compile(r"strftime_now\(\s*(?P<quote>['\"])(?P<form>.*?)(?P=quote)\s*\)")
_PROMPT, _REPLY = "What does Landscape ask?", "What the model replies."  # to see what a template makes of them


class ChatTemplate:
    """The chat template of a tokenizer, with what a capability's name passes to it (`chat_template`: one of several).

    Raises:
        ValueError: there is none, or none of that name, or several without a default; it does not know an option;
            it refuses a single turn of a user, or leaves its text out.
    """

    def __init__(self, tokenizer: Any, options: Mapping[str, Any] | None = None) -> None:
        """Find out what the template takes and how it begins a reply."""
        given = dict(options or {})
        template = _chosen(getattr(tokenizer, "chat_template", None), given.pop("chat_template", None))
        if unknown := [name for name in given if not re.search(rf"\b{re.escape(name)}\b", template)]:
            raise ValueError(f"the chat template knows no {unknown[0]}: leave it out of the capability's name")
        self._tokenizer, self._options, self._template = tokenizer, given, pinned(template)
        self._writes_today, self._named = writes_today(template), "chat_template" in (options or {})
        self._in_parts = self._wants_parts()
        self.before_reply = self._white_space_before_reply()

    @property
    def read_otherwise(self) -> bool:
        """Whether version 0.6 made other texts of the same examples, at least on some days, or none by this name."""
        return self._writes_today or self._in_parts or self._named or bool(self.before_reply)

    def remarks(self, capability: Capability) -> list[str]:
        """Sentences that a reader of the scores needs: which date stands in the prompts, whether the model thinks."""
        found = []
        if self._writes_today:
            always = "strftime_now(" not in self._template
            what = TODAY_IS if always else "scores hold for the day on which they were measured"
            found.append(f"{capability.name}: the chat template writes today's date; {what}")
        thinks = OPENING in self._template and self._options.get("enable_thinking", "enable_thinking" in self._template)
        if thinks and any(example.kind != "generate" for example in capability.examples):
            off = "; chat:enable_thinking=false: leaves that out" if "enable_thinking" in self._template else ""
            found.append(f"{capability.name}: the model is asked to think first, and is scored as if it did not{off}")
        return found

    def turn(self, example: Example) -> Example:
        """Return the example with its prompt as a user's turn and its answer as the reply.

        Answers lose the leading space that separates them from a plain prompt, and get the template's own.
        """
        text, answer = self._rendered(example.prompt, in_parts=self._in_parts), example.answer
        if isinstance(answer, str):
            answer = self.before_reply + answer.lstrip()
        choices = example.choices and tuple(self.before_reply + choice.lstrip() for choice in example.choices)
        return example.model_copy(update={"prompt": text, "answer": answer, "choices": choices})

    def _rendered(self, prompt: str, reply: str | None = None, *, in_parts: bool) -> str:
        told = [("user", prompt), *([("assistant", reply)] if reply else [])]
        turns = [{"role": r, "content": [{"type": "text", "text": t}] if in_parts else t} for r, t in told]
        try:
            how = {"chat_template": self._template, "tokenize": False, "add_generation_prompt": not reply}
            return str(self._tokenizer.apply_chat_template(turns, **how, **self._options))
        except Exception as error:  # a template is a program of anybody's, which may raise anything
            said = " ".join(str(error).split()) or type(error).__name__
            raise ValueError(f"the chat template takes no single turn of a user: {said}") from None

    def _wants_parts(self) -> bool:
        """Whether the template writes only the parts of a message, as those of models that see pictures do."""
        with suppress(ValueError):
            if _PROMPT in self._rendered(_PROMPT, in_parts=False):
                return False
        with suppress(ValueError):
            if _PROMPT in self._rendered(_PROMPT, in_parts=True):
                return True
        self._rendered(_PROMPT, in_parts=False)  # raises what the template says
        raise ValueError("the chat template leaves out what the user says: expected one for turns of text")

    def _white_space_before_reply(self) -> str:
        """Return what the template writes between the prompt and a reply, where that is white space."""
        with suppress(ValueError):
            asked, told = (self._rendered(_PROMPT, reply, in_parts=self._in_parts) for reply in (None, _REPLY))
            between, met, _ = told.removeprefix(asked).partition(_REPLY)
            if told.startswith(asked) and met and between.isspace():
                return between
        return ""


def writes_today(template: str) -> bool:
    """Whether a template writes today's date."""
    return "strftime_now" in template


def pinned(template: str) -> str:
    """Return a template in which a fixed date stands for today's."""
    return _TODAY.sub(lambda call: repr(PINNED.strftime(call["form"])), template)


def _chosen(found: Any, wanted: str | None) -> str:
    """Return one of a tokenizer's templates, by name where there are several. Raises ValueError if it is not there."""
    if not found:
        hint = f"expected one for a capability that begins with chat:, and for {', '.join(sorted(ASKED_IN_CHAT))}"
        raise ValueError(f"the tokenizer has no chat template: {hint}; without chat: prompts stand as they are")
    named = found if isinstance(found, dict) else {"default": found}
    if (name := wanted or "default") not in named:
        hint = f"choose one of {', '.join(sorted(named))}, as in chat:chat_template=NAME:math"
        raise ValueError(f"the tokenizer has no chat template {name!r}: {hint}")
    return str(named[name])
