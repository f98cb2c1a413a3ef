"""A store and a cache of each test's own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the store and what is saved of models in hand lie."""
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.setenv("LANDSCAPE_CACHE", str(tmp_path / "cache"))
    return tmp_path
