"""The browser that draws fetches nothing, is closed, and says what is wrong in a sentence."""

from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from landscape.api import Slice
from landscape.bundled import results, specs
from landscape.figures.paper import browser
from landscape.figures.paper.browser import close as close_browser
from landscape.figures.paper.pictures import picture

SLICE = Slice(results.shipped(specs.DEMO_SPEC))


@pytest.mark.usefixtures("drawing")
def test_no_browser_is_left_when_it_is_closed() -> None:
    picture(SLICE.figure(), "", "svg")
    started = psutil.Process().children(recursive=True)
    assert any("chrom" in process.name() for process in started)
    close_browser()
    gone, alive = psutil.wait_procs(started, timeout=20)
    assert [process.name() for process in alive if "chrom" in process.name()] == []


def test_the_browser_is_given_our_plotly_js_and_no_mathjax(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("kaleido")
    asked: dict[str, Any] = {}

    async def done(*_: Any, **__: Any) -> bytes:
        return b"<svg viewBox='0 0 1 1'></svg>"

    def kaleido(**options: Any) -> SimpleNamespace:
        asked.update(options)
        return SimpleNamespace(open=done, close=done, calc_fig=done)

    close_browser()
    monkeypatch.setattr("kaleido.Kaleido", kaleido)
    monkeypatch.setattr(browser, "why_not", lambda: "")
    picture(SLICE.figure(), "", "svg")
    close_browser()
    assert asked["mathjax"] is False
    assert asked["plotlyjs"].is_file()


def test_a_browser_that_fails_is_closed_and_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("kaleido")
    closed = []

    async def opened() -> None: ...

    async def fails(*_: Any, **__: Any) -> bytes:
        raise OSError("the tab crashed")

    async def close() -> None:
        closed.append(True)

    close_browser()
    monkeypatch.setattr("kaleido.Kaleido", lambda **_: SimpleNamespace(open=opened, close=close, calc_fig=fails))
    monkeypatch.setattr(browser, "why_not", lambda: "")
    with pytest.raises(RuntimeError, match="did not draw the figure: the tab crashed"):
        picture(SLICE.figure(), "", "svg")
    assert closed == [True]
