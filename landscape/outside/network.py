"""What may be fetched from other machines, and when: a command fetches what it names, a page only after a press."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_pressed: ContextVar[bool] = ContextVar("_pressed", default=False)
_asks_first: list[Callable[[], bool]] = []


class NotHere(ValueError):
    """Something lies on another machine, and whoever asked for it may not fetch it unasked."""

    def __init__(self, what: str, fetch: Callable[[], object]) -> None:
        """`what` it is, for a sentence: `the checkpoint org/name`; `fetch` brings it here, within `fetching`."""
        super().__init__(f"{what} is not on this machine yet")
        self.what, self.fetch = what, fetch


def ask_first_where(rule: Callable[[], bool]) -> None:
    """From now on, nothing is fetched where the rule holds (in a page's script, say), except within `fetching`."""
    _asks_first.append(rule)


def may_fetch() -> bool:
    """Return whether the caller may ask other machines for anything."""
    return _pressed.get() or not any(rule() for rule in _asks_first)


@contextmanager
def fetching() -> Iterator[None]:
    """Within the block, everything may be fetched: somebody pressed a button that says so."""
    token = _pressed.set(True)
    try:
        yield
    finally:
        _pressed.reset(token)
