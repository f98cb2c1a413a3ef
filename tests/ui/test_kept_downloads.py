"""A press on the download button of an earlier run of the page gives its file."""

import pytest
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from landscape.ui import kept_downloads
from landscape.ui.kept_downloads import KEPT, keep_downloads


class Server:
    """Streamlit's book of downloads, with a clock and two sessions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.storage = MemoryMediaFileStorage("/media")
        self.manager = MediaFileManager(self.storage)
        self.session = "reader"
        monkeypatch.setattr(media_file_manager, "_get_session_id", lambda: self.session)
        monkeypatch.setattr(kept_downloads.time, "monotonic", lambda: self.now)

    def run(self, session: str = "reader", *, fragment: bool = False, offers: str | None = "report") -> str:
        """Run a session's page, or a fragment of it, to its end: the id of the download that it offers."""
        self.session = session
        if not fragment:
            self.manager.clear_session_refs()
        offered = "" if offers is None else self.manager.add_deferred(lambda: offers, "text/plain", "0.1", "r.txt")
        self.manager.remove_orphaned_files()
        return offered

    def fetched(self, url: str) -> bytes:
        return self.storage.get_file(url.rpartition("/")[2].partition("?")[0]).content


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(MediaFileManager, "remove_orphaned_files", MediaFileManager.remove_orphaned_files)
    keep_downloads()
    return Server(monkeypatch)


@pytest.mark.parametrize("fragment", [True, False])
def test_the_button_of_the_run_before_gives_its_file(server: Server, fragment: bool) -> None:
    shown = server.run(offers="before")
    for _ in range(3):
        server.run(fragment=fragment)
    assert server.fetched(server.manager.execute_deferred(shown)) == b"before"


def test_a_run_of_another_session_takes_no_download_away_while_a_page_runs(server: Server) -> None:
    shown = server.run()
    server.session = "reader"
    server.manager.clear_session_refs()  # its page begins to run again, and has not come to the button yet
    server.run("another", offers=None)
    assert server.fetched(server.manager.execute_deferred(shown)) == b"report"


def test_a_file_that_was_made_waits_until_it_is_fetched(server: Server) -> None:
    url = server.manager.execute_deferred(server.run())
    for tick in range(20):
        server.now = float(tick)
        server.run("another", fragment=True)
    assert server.fetched(url) == b"report"


def test_after_a_minute_out_of_use_it_is_forgotten(server: Server) -> None:
    old = server.run(offers="before")
    url = server.manager.execute_deferred(old)
    server.run()
    for _ in range(3):  # a file is marked in one run, and deleted in the next
        server.now += KEPT + 1
        current = server.run(fragment=True)
    with pytest.raises(MediaFileStorageError, match="not found"):
        server.manager.execute_deferred(old)
    with pytest.raises(MediaFileStorageError):
        server.fetched(url)
    assert server.fetched(server.manager.execute_deferred(current)) == b"report"


def test_a_button_that_is_off_gives_nothing(server: Server) -> None:
    shown = server.run()
    server.session = "reader"
    server.manager.remove_deferred("0.1")
    server.run(offers=None)
    with pytest.raises(MediaFileStorageError, match="not found"):
        server.manager.execute_deferred(shown)


def test_without_it_the_button_of_the_run_before_gives_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Streamlit itself does; once it keeps them, this module can go."""
    monkeypatch.setattr(MediaFileManager, "remove_orphaned_files", kept_downloads._remove)
    shown = server.run()
    server.run(fragment=True)
    with pytest.raises(MediaFileStorageError, match="not found"):
        server.manager.execute_deferred(shown)
