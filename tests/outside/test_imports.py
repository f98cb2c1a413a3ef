"""Which libraries are loaded, and what they may load in turn."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from landscape.outside import imports

ROOT = Path(__file__).parents[2]


def test_a_hidden_library_is_found_again_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rarely_loaded.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with imports.hidden("rarely_loaded"), pytest.raises(ImportError):
        importlib.import_module("rarely_loaded")
    importlib.import_module("rarely_loaded")


def test_a_library_that_is_loaded_stays() -> None:
    with imports.hidden("sys"):
        import sys as same
    assert same is sys


def test_a_model_is_loaded_without_bitsandbytes_and_without_a_word() -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed (requirements-scale.txt)")
    code = (
        "import sys; from landscape.checkpoints import models; models.load_model('demo:base'); "
        "sys.exit('bitsandbytes' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_bitsandbytes_fetches_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is installed or not, nothing asks for the library that downloads kernels."""
    asked = []
    monkeypatch.setattr(
        imports.importlib, "import_module", lambda name: asked.append((name, sys.modules.get("kernels", 1)))
    )
    imports.bitsandbytes()
    assert asked == [("bitsandbytes", None)]
