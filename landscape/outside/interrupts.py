"""Work that Ctrl-C, or a request to end, may delay and not cut in two."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Within the block, SIGINT and SIGTERM wait for its end. Other threads than the main one never hear of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    ours = [one for one in _SIGNALS if signal.getsignal(one) is not None]  # None: a handler that is not Python's
    former = {one: signal.signal(one, note) for one in ours}
    try:
        yield
    finally:
        for one, handler in former.items():
            signal.signal(one, handler)
        for number in came:
            signal.raise_signal(number)
