"""Conversations: their turns, in the two ways that people write them, and the last reply, which is the answer."""

import reprlib
from typing import Any

from landscape.capabilities.sources.choices import listed

FIELDS = ("messages", "conversations", "conversation")
_ROLES = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bot": "assistant", "model": "assistant",
}  # fmt: skip
Turn = tuple[str, str]  # role (system, user, assistant), text


def is_conversation(value: Any) -> bool:
    """Whether a value is a list of turns, as {"role", "content"} or {"from", "value"}."""
    found = listed(value)
    return isinstance(found, list) and bool(found) and all(isinstance(turn, dict) and _keys(turn) for turn in found)


def turns(place: str, value: Any) -> list[Turn]:
    """Return the turns of a conversation. Raises ValueError for tools, pictures, and what is no conversation."""
    if not is_conversation(value):
        what = 'a list of turns such as {"role": "user", "content": "..."}'
        raise ValueError(f"{place}: expected {what}, got {reprlib.repr(value)}")
    return [_turn(f"{place}, turn {number}", turn) for number, turn in enumerate(listed(value), 1)]


def last_reply(place: str, found: list[Turn]) -> tuple[list[Turn], str]:
    """Return the turns before the assistant's last one, and that one. Raises ValueError where nothing is asked."""
    replies = [index for index, (role, _) in enumerate(found) if role == "assistant"]
    if not replies:
        raise ValueError(
            f"{place}: no turn is the assistant's: expected its reply as the last turn, which is the answer"
        )
    before, answer = found[: replies[-1]], found[replies[-1]][1]
    if not before or before[-1][0] != "user":
        raise ValueError(f"{place}: expected a turn of the user before the assistant's last one")
    return before, answer


def as_text(found: list[Turn]) -> str:
    """Return turns as one text for people to read: a single one of the user as it stands, else each with its role."""
    if [role for role, _ in found] == ["user"]:
        return found[0][1]
    return "\n".join(f"{role}: {text}" for role, text in found)


def _keys(turn: dict[str, Any]) -> tuple[str, str] | None:
    return next((pair for pair in (("role", "content"), ("from", "value")) if set(pair) <= set(turn)), None)


def _turn(place: str, turn: dict[str, Any]) -> Turn:
    keys = _keys(turn)
    assert keys is not None, "`is_conversation` looked"
    said, content = turn[keys[0]], turn[keys[1]]
    role = _ROLES.get(str(said).lower())
    if role is None:
        raise ValueError(
            f"{place}: a turn of {reprlib.repr(said)}: expected system, user or assistant; leave such examples out"
        )
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type", "text") == "text"]
        texts = [part for part in parts if isinstance(part, str)]
        content = "".join(texts) if len(texts) == len(content) else None
    if not isinstance(content, str) or not content.strip():
        raise ValueError(f"{place}: expected a turn of text alone; leave such examples out")
    return role, content
