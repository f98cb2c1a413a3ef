"""A store without a worker, and the pages that show it."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from landscape.store.store import Store
from tests.ui.states import Page

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True, scope="session")
def installed_components() -> Iterator[None]:
    """Streamlit reads the metadata of all installed packages for every AppTest, which takes 0.1 s: read them once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def warm_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has run app.py before: every run of a page goes through it. AppTest begins each run as a cold one.

    What a cold link to a page does is tested in a browser.
    """
    begin = PagesManager.__init__

    def warm(manager: PagesManager, *args: object, **options: object) -> None:
        begin(manager, *args, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", warm)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store that the pages see; no worker is started for it."""
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))  # where whose code may run is written
    monkeypatch.setattr("landscape.runs.worker.ensure_running", lambda store, device="auto": None)
    st.cache_resource.clear()
    return Store()


@pytest.fixture
def page(store: Store) -> Page:
    def opened(name: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
        app.query_params.update(query)
        if name != "home":
            app.switch_page(f"pages/{name}.py")  # as who follows a link: the home page is not run before
        return app.run()

    return opened
