"""A real server, a real browser, a real worker. Without Chromium the tests skip, except in CI, where they fail."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, expect, sync_playwright

from tests.waiting import wait_until

TIMEOUT = 180_000  # ms: a cold page on a busy machine; a stalled worker shows after 15 s
expect.set_options(timeout=TIMEOUT)
ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.fspath).parts:
            item.add_marker("browser")


@contextmanager
def serving(store: Path) -> Iterator[str]:
    """The app on a free port with a store of its own; ends with every worker that it started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {"LANDSCAPE_STORE": str(store), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with (store.parent / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until(lambda: is_healthy(address), "the server starts")
            yield address
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            for worker in workers(store):
                worker.kill()


def is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=10):
            return True
    except OSError:
        return False


def workers(store: Path) -> list[psutil.Process]:
    """The worker processes of a store."""
    found = []
    for process in psutil.process_iter():
        try:
            if "worker" in process.cmdline() and str(store) in process.environ().get("LANDSCAPE_STORE", ""):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI=true, but there is no Chromium: .ci/run installs it")
        pytest.skip("no Chromium on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def server(store: Path) -> Iterator[str]:
    with serving(store) as address:
        yield address


@pytest.fixture(scope="session")
def standing_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server, store and worker for all tests that only look at what ships."""
    with serving(tmp_path_factory.mktemp("standing") / "store.sqlite") as address:
        yield address


Visit = Callable[..., Page]


Windows = dict[tuple[bool, bool], BrowserContext]  # (phone, dark) → a browser window, with its cache of scripts


@pytest.fixture
def visit(chromium: Browser, server: str) -> Iterator[Visit]:
    """Open a page of a server of the test's own, in a session of its own."""
    with closing_windows() as windows, visiting(chromium, server, windows) as opened:
        yield opened


@pytest.fixture(scope="session")
def standing_windows() -> Iterator[Windows]:
    """Windows that have loaded the scripts of the standing server: megabytes, which take seconds to compile."""
    with closing_windows() as windows:
        yield windows


@pytest.fixture
def browse(chromium: Browser, standing_server: str, standing_windows: Windows) -> Iterator[Visit]:
    """Open a page of the standing server, in a session of its own."""
    with visiting(chromium, standing_server, standing_windows) as opened:
        yield opened


@contextmanager
def closing_windows() -> Iterator[Windows]:
    windows: Windows = {}
    try:
        yield windows
    finally:
        for context in windows.values():
            context.close()


@contextmanager
def visiting(chromium: Browser, server: str, windows: Windows) -> Iterator[Visit]:
    """Open pages, each in a session of its own. At the end: no script failed and nothing asked another machine."""
    pages: list[Page] = []
    troubles: list[str] = []
    outside: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((server, server.replace("http", "ws"), "data:", "blob:")):
            outside.append(request.url)

    def opened(path: str, *, phone: bool = False, dark: bool = False) -> Page:
        if (context := windows.get((phone, dark))) is None:
            size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 1000}
            context = chromium.new_context(viewport=size, color_scheme="dark" if dark else "light")
            context.set_default_timeout(TIMEOUT)
            windows[phone, dark] = context
        page = context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", note)
        page.goto(f"{server}{path}")
        return page

    try:
        yield opened
    finally:
        for page in pages:
            page.close()
    assert not outside, "asked another machine"
    assert not troubles, "a script failed"
