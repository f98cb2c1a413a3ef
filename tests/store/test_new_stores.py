"""New stores where it is difficult: on a full disk, and in a database that declares no encoding."""

import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from landscape.schema.specs import SwapSpec
from landscape.store.errors import StoreError
from landscape.store.store import Store
from tests import postgres

SPEC = SwapSpec(checkpoint="demo:base", prompt="été 夏", other="hiver 冬")


@pytest.fixture(params=[0, 4096, 20_000])
def full(request: pytest.FixtureRequest) -> Iterator[None]:
    """No file of this process may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (request.param, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_new_store_on_a_full_disk_says_so(full: None, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="disk is full"):
        Store(str(tmp_path / "store.sqlite"))


def test_it_is_made_once_there_is_room(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").touch()  # what a full disk left
    store = Store(str(tmp_path / "store.sqlite"))
    assert store.run(store.submit(SPEC)).spec == SPEC


def test_a_database_without_an_encoding_holds_any_text(server: postgres.Server) -> None:
    server.run("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    store = Store(server.url("ascii"))
    run = store.submit(SPEC)
    assert store.run(run).spec == SPEC
    assert [each.id for each in Store(server.url("ascii")).runs()] == [run]
