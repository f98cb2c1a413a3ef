"""The processes in which the tests run workers."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.runs.processes import fork


def test_a_child_does_what_it_is_asked_beside_a_page_that_a_test_has_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ModuleType("__main__")  # Streamlit's AppTest leaves such a one
    page.__file__ = str(tmp_path / "page.py")
    Path(page.__file__).write_text("raise AssertionError")
    monkeypatch.setitem(sys.modules, "__main__", page)
    assert fork(print, "asked", output=tmp_path / "printed").wait(60) == 0
    assert (tmp_path / "printed").read_text() == "asked\n"
