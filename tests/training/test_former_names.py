"""Names that programs of version 0.6 import still lead to the same classes, and say where these are now."""

import subprocess
import sys
from importlib import import_module

import pytest

from landscape.training.trainer_callback import GaussianCallback
from landscape.training.weight_noise import GaussianAugmented


def test_the_optimiser_is_found_under_its_former_name() -> None:
    with pytest.warns(DeprecationWarning, match=r"import it from landscape\.training\.weight_noise"):
        from landscape.enlarge import GaussianAugmented as Former
    assert Former is GaussianAugmented


def test_the_callback_is_found_under_its_former_name() -> None:
    with pytest.warns(DeprecationWarning, match=r"import it from landscape\.training\.trainer_callback"):
        from landscape.enlarge_trainer import GaussianCallback as Former
    assert Former is GaussianCallback


@pytest.mark.parametrize("module", ["landscape.enlarge", "landscape.enlarge_trainer"])
def test_a_name_that_never_was_is_missing_as_usual(module: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{module}' has no attribute 'Gaussian'"):
        import_module(module).Gaussian  # noqa: B018


def test_the_modules_themselves_import_no_torch_and_give_no_warning() -> None:
    code = "import sys, landscape.enlarge, landscape.enlarge_trainer; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0
