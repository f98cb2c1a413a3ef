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
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)  # they take longest, so they begin first


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def serving(store: Path, port: int) -> Iterator[str]:
    """The app on a port with a store of its own; ends with every worker that it started."""
    env = os.environ | {"LANDSCAPE_STORE": str(store), "OMP_NUM_THREADS": "1"}
    env |= {"XDG_CONFIG_HOME": str(store.parent / "config")}  # the pairs used last are those of the tests
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


def press_measure(page: Page) -> None:
    """Press the button that measures, or inspects, what the form says."""
    page.locator(".st-key-measure button").first.click()


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
    """The store of a test's own server."""
    return tmp_path / "store.sqlite"


@pytest.fixture(scope="session")
def standing_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the standing server: it holds the runs of other tests too."""
    return tmp_path_factory.mktemp("standing") / "store.sqlite"


@pytest.fixture(scope="session")
def standing_server(standing_store: Path) -> Iterator[str]:
    """One server, store and worker for all tests that do not mind what others measured."""
    with serving(standing_store, free_port()) as address:
        yield address


Visit = Callable[..., Page]
Windows = dict[tuple[bool, bool], BrowserContext]  # (phone, dark) → a browser window, with its cache of scripts


@pytest.fixture(scope="session")
def standing_windows() -> Iterator[Windows]:
    """Windows that have loaded the scripts of a server: megabytes, which take seconds to compile."""
    with closing_windows() as windows:
        yield windows


@pytest.fixture(scope="session")
def own_port() -> int:
    """Where the servers of single tests listen, one after the other: at one address their scripts are known."""
    return free_port()


@pytest.fixture(scope="session")
def own_windows() -> Iterator[Windows]:
    """As `standing_windows`, for the servers of single tests."""
    with closing_windows() as windows:
        yield windows


@pytest.fixture
def visit(chromium: Browser, store: Path, own_port: int, own_windows: Windows) -> Iterator[Visit]:
    """Open a page of a server of the test's own, in a session of its own."""
    with serving(store, own_port) as server, visiting(chromium, server, own_windows) as opened:
        yield opened


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


def is_wider_than_window(page: Page) -> bool:
    """Whether the page scrolls sideways."""
    wider: bool = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth > window.innerWidth")
    return wider
