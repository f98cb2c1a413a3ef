"""Who may read what the store writes: its owner alone."""

import os
import stat
from pathlib import Path

import pytest

from landscape.runs import worker
from landscape.runs.paths import log_of
from landscape.schema.specs import ComparisonSpec
from landscape.store.store import Store


@pytest.fixture
def generous() -> object:
    """A umask that would let everybody read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous")
def test_a_new_store_its_pending_writes_and_its_log_are_the_owners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(str(tmp_path / "new" / "store.sqlite"))
    store.submit(ComparisonSpec(checkpoint="demo:base", other="demo:assistant"))
    monkeypatch.setattr(worker.subprocess, "Popen", lambda *args, **options: None)
    worker.ensure_running(store)
    names = ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm", log_of(store).name]
    modes = {name: oct(stat.S_IMODE((tmp_path / "new" / name).stat().st_mode)) for name in names}
    assert modes == dict.fromkeys(names, "0o600")


@pytest.mark.usefixtures("generous")
def test_a_store_that_its_owner_shares_stays_shared(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    Store(str(file))
    file.chmod(0o660)
    Store(str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o660
