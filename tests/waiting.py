"""Wait for a state, however slow the machine: what is waited for comes, or the test fails with its name."""

import time
from collections.abc import Callable


def wait_until(claim: Callable[[], bool], what: str, seconds: float = 180, pause: float = 0.2) -> None:
    """Ask every `pause` seconds whether the claim holds, for `seconds` at most."""
    limit = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < limit, f"waited in vain: {what}"
        time.sleep(pause)
