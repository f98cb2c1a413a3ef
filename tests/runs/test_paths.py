"""Where a store keeps its files."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from landscape.runs.paths import directions_of, lock_of, log_of
from landscape.store.store import Store


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store on a server, seen from a host whose home others share."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return SimpleNamespace(file=None, name="postgresql://user:***@database.example/landscape")


def test_the_files_of_an_sqlite_store_lie_beside_it(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    assert directions_of(store) == tmp_path / "s.sqlite.directions"
    assert log_of(store) == tmp_path / "s.sqlite.worker.log"
    assert lock_of(store, "cuda:1").lock_file == str(tmp_path / "s.sqlite.cuda-1.lock")


def test_every_host_of_a_server_has_a_lock_and_a_log_of_its_own_but_the_same_directions(
    shared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    for host in ("first", "second"):
        monkeypatch.setattr("socket.gethostname", lambda host=host: host)
        seen.add((lock_of(shared).lock_file, log_of(shared), directions_of(shared)))
    assert [len(set(column)) for column in zip(*seen, strict=True)] == [2, 2, 1]


def test_directions_of_a_server_lie_where_the_hosts_were_told(
    tmp_path: Path, shared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDSCAPE_DIRECTIONS", str(tmp_path / "common"))
    assert directions_of(shared) == tmp_path / "common"
    assert directions_of(Store(str(tmp_path / "s.sqlite"))) == tmp_path / "s.sqlite.directions"
