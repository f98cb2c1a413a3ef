"""Search texts for patterns of anybody's, in a process of its own: a pattern may backtrack for ever, and cannot be
stopped in ours.
"""

import atexit
import json
import re
import reprlib
import subprocess
import sys
import warnings
from functools import lru_cache
from threading import Lock

SECONDS = 1  # processor time of one search

# The default action of SIGPROF ends the process, also within a search. It counts processor time: a busy machine does
# not change what is judged.
_SEARCHER = f"""
import json, re, signal, sys, warnings
warnings.simplefilter("ignore")
for line in sys.stdin:
    pattern, text = json.loads(line)
    signal.setitimer(signal.ITIMER_PROF, {SECONDS})
    found = re.search(pattern, text)
    signal.setitimer(signal.ITIMER_PROF, 0)
    print(-1 if found is None else found.end(), flush=True)
"""

_LOOKS_ON = ("$", r"\Z", r"\z", "(?=", "(?!", "(?>", "(?(", "++", "*+", "?+", "}+")  # also where they are literal

_PROBES = ("a" * 60 + "!", "0" * 60 + "!", " " * 60 + "!", "ab " * 20 + "!", "word " * 12 + "\n!")


class _Searcher:
    """The process, started when it is first needed and again after a search that did not end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = Lock()

    def end_of(self, pattern: str, text: str) -> int | None:
        """Return where the first match in the text ends, −1 if there is none; None where that took too long."""
        with self._lock:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps([pattern, text]) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                self.end()
            return int(answer) if answer else None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-I", "-S", "-c", _SEARCHER]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        return self._process

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()  # closes its pipes
            self._process = None


_searcher = _Searcher()
atexit.register(_searcher.end)


def search(pattern: str, text: str) -> bool:
    """Whether a pattern matches anywhere in a text, as `re.search` has it.

    Raises:
        ValueError: the search does not end within SECONDS.
    """
    end = _searcher.end_of(pattern, text)
    if end is None:
        took = f"the regular expression {reprlib.repr(pattern)} takes more than {SECONDS} s on {reprlib.repr(text)}"
        raise ValueError(f"{took}: expected one that does not repeat what repeats itself, as (a+)+ does")
    return end >= 0


def found_for_good(pattern: str, text: str) -> bool:
    """Whether a pattern matches in a text, and does so however the text goes on.

    What follows a match may undo it where the pattern looks ahead, asks for an end, or gives nothing back (`a++`). A
    word's boundary may be undone by the next character, so one has to follow the match.
    """
    if any(part in pattern for part in _LOOKS_ON):
        return False
    end = _searcher.end_of(pattern, text)
    return end is not None and 0 <= end < len(text)


@lru_cache(maxsize=4096)
def check(pattern: str, after: str = "") -> None:
    """Raises ValueError for what is no regular expression, or one that does not end on simple texts.

    `after`: what the pattern stands behind where its user wrote it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what later versions of Python may read otherwise
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        where = f" after {after}" if after else ""
        raise ValueError(f"expected a regular expression{where}, got {reprlib.repr(pattern)} ({error})") from None
    for probe in _PROBES:
        search(pattern, probe)
