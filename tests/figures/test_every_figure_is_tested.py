"""Every module of figures has a test of its sentences and numbers, and it is easy to find."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FIGURES = TESTS.parents[1] / "landscape" / "figures"
SHARED = {"palette", "scale", "numbers"}  # what figures are made with

# Module → the test that covers it, where that is not its mirror image.
ELSEWHERE = {
    "certificates/findings": "certificates/test_sweep.py",
    "enlarge/kept": "enlarge/test_findings_of_any_result.py",
    "enlarge/titles": "enlarge/test_findings_of_any_result.py",
    "slices/end_marks": "slices/test_slice_by_loss.py",
    "slices/reading": "slices/test_slice_by_loss.py",
    "slices/track": "test_lessons.py",
    "worst/findings": "worst/test_curves.py",
}


def modules() -> list[str]:
    files = (file.relative_to(FIGURES).with_suffix("") for file in FIGURES.rglob("*.py"))
    return sorted(name.as_posix() for name in files if name.name != "__init__" and name.as_posix() not in SHARED)


def mirrored(module: str) -> str:
    package, _, name = module.rpartition("/")
    return f"{package}/test_{name}.py" if package else f"test_{name}.py"


def imported(file: Path) -> set[str]:
    nodes = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom))
    return {node.module or "" for node in nodes}


@pytest.mark.parametrize("module", modules())
def test_a_figure_has_a_test_of_its_own(module: str) -> None:
    file = TESTS / ELSEWHERE.get(module, mirrored(module))
    assert file.exists(), f"expected {file.relative_to(TESTS)}, or another test of {module} in ELSEWHERE"
    assert f"landscape.figures.{module.replace('/', '.')}" in imported(file)
    assert "def test_" in file.read_text()


def test_the_exceptions_are_those_of_modules_that_exist_and_have_no_mirror_image() -> None:
    for module, file in ELSEWHERE.items():
        assert module in modules()
        assert file != mirrored(module)
        assert not (TESTS / mirrored(module)).exists()
