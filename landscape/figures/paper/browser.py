"""The browser that draws figures into files: Kaleido drives a Chromium, which fetches nothing.

It is started for the first picture and closed a while after the last, or when the program ends.
"""

import asyncio
import atexit
import os
from collections.abc import Coroutine
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Thread, Timer
from typing import Any

import plotly

IDLE = 60.0  # s that the browser is kept for another picture
PATIENCE = 90.0  # s for one picture, or for the start
HOW = "install it with pip install 'kaleido==1.5.0', and Chromium or Chrome beside it (BROWSER_PATH names another)"
_lock = Lock()
_opened: "_Browser | None" = None


@cache
def why_not() -> str:
    """One sentence on what is missing to draw a file; empty where nothing is."""
    if find_spec("kaleido") is None:
        return f"SVG, PDF and PNG are drawn by kaleido, which is not installed here: {HOW}"
    from choreographer.browsers.chromium import Chromium

    if not (os.environ.get("BROWSER_PATH") or Chromium.find_browser(skip_local=False)):
        return f"SVG, PDF and PNG are drawn by a Chromium, and none is installed here: {HOW}"
    return ""


def require() -> None:
    """Raise ValueError, in one sentence, where kaleido or a Chromium is missing."""
    if said := why_not():
        raise ValueError(said)


def drawn(figure: dict[str, Any], kind: str, scale: float) -> bytes:
    """Draw the plain values of a figure as `svg`, `pdf` or `png`, so many times as large as its layout says.

    Raises:
        ValueError: kaleido or a Chromium is missing, in one sentence.
        RuntimeError: the browser did not draw it.
    """
    global _opened
    require()
    options = {"format": kind, "width": figure["layout"]["width"], "height": figure["layout"]["height"], "scale": scale}
    with _lock:
        try:
            _opened = _opened or _Browser()
            atexit.register(close)  # after those of what it opened, so that it is closed before them
            picture = _opened.run(_opened.kaleido.calc_fig(figure, opts=options))
        except Exception as error:
            _close()
            raise RuntimeError(f"the browser did not draw the figure: {str(error) or type(error).__name__}") from error
        _opened.close_in(IDLE)
        return bytes(picture)


def close() -> None:
    """Close the browser now, if one is open."""
    with _lock:
        _close()


def _close() -> None:
    global _opened
    if _opened is not None:
        _opened.close()
    _opened = None


class _Browser:
    """A Kaleido and the thread that its coroutines run in."""

    def __init__(self) -> None:
        from kaleido import Kaleido

        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever, daemon=True, name="figures")
        self.thread.start()
        self.timer: Timer | None = None
        self.kaleido: Any = None
        try:
            self.kaleido = self.run(_made(Kaleido))
        except BaseException:
            self.close()
            raise

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine in the thread, and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    def close_in(self, seconds: float) -> None:
        """Close the browser after so long without another picture."""
        if self.timer is not None:
            self.timer.cancel()
        self.timer = Timer(seconds, close)
        self.timer.daemon = True
        self.timer.start()

    def close(self) -> None:
        """Close the browser and end the thread."""
        if self.timer is not None:
            self.timer.cancel()
        try:
            if self.kaleido is not None:
                self.run(self.kaleido.close())
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()
            self.loop.close()


async def _made(kind: Any) -> Any:
    """An open Kaleido with our Plotly.js and without MathJax: by default it would fetch that from the internet."""
    library = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    made = kind(plotlyjs=library, mathjax=False, timeout=PATIENCE)
    await made.open()
    return made
