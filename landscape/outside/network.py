"""What may be fetched from other machines, and when: a command fetches what it names, a page only after a press.

The same holds for what takes minutes to make of a file that is here. Whoever does either says so by `announce`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_pressed: ContextVar[dict[Any, Any] | None] = ContextVar("_pressed", default=None)
_answers: dict[Any, Any] = {}
_told: ContextVar[Callable[[str], None]] = ContextVar("_told", default=lambda text: None)
_asks_first: list[Callable[[], bool]] = []


class NotHere(ValueError):
    """Something lies on another machine, or takes long to make, and whoever asked may not do that unasked."""

    def __init__(
        self,
        what: str,
        fetch: Callable[[], object],
        state: str = "is not on this machine yet",
        verb: str = "Download",
    ) -> None:
        """`what` it is, for a sentence: `the checkpoint org/name`; `fetch` brings it here, within `fetching`.

        `state`: what is said of it; `verb`: what a button does that fetches it.
        """
        super().__init__(f"{what} {state}")
        self.what, self.fetch, self.verb = what, fetch, verb


def ask_first_where(rule: Callable[[], bool]) -> None:
    """From now on, nothing is fetched where the rule holds (in a page's script, say), except within `fetching`."""
    _asks_first.append(rule)


def may_fetch() -> bool:
    """Return whether the caller may ask other machines for anything."""
    return _pressed.get() is not None or not any(rule() for rule in _asks_first)


def answers() -> dict[Any, Any]:
    """Return what other machines answered, to be kept as long as it holds: within one press, or in this process."""
    pressed = _pressed.get()
    return _answers if pressed is None else pressed


@contextmanager
def fetching() -> Iterator[None]:
    """Within the block, everything may be fetched: somebody pressed a button that says so."""
    token = _pressed.set({})
    try:
        yield
    finally:
        _pressed.reset(token)


def announce(text: str) -> None:
    """Say, in a sentence, what takes long now: to whoever listens within `announcing`."""
    _told.get()(text)


@contextmanager
def announcing(tell: Callable[[str], None]) -> Iterator[None]:
    """Within the block, what takes long is told."""
    token = _told.set(tell)
    try:
        yield
    finally:
        _told.reset(token)
