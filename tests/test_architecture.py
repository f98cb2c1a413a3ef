"""The house rules that a machine can check, beside the contract of imports in pyproject.toml: sizes, homes, names."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES_A_PACKAGE = 12
FORMER_NAMES = {"enlarge"}  # packages in which a name of version 0.6 is looked up lazily
BESIDE_PACKAGES = {"__init__", "__main__", "api", "callback", "assets", "intervals", "enlarge_trainer"}

# Third-party package -> the packages or modules that may import it; all others go through them.
HOMES: dict[str, tuple[str, ...]] = {
    "ray": ("landscape.runs.executors.ray_executor",),
    "streamlit": ("app", "pages", "landscape.ui"),
    "plotly": ("landscape.figures", "landscape.ui"),
    "kaleido": ("landscape.figures.paper.browser",),
    "choreographer": ("landscape.figures.paper.browser",),
    "psutil": ("landscape.outside.memory", "landscape.bench"),
    "sqlalchemy": ("landscape.store",),
    "typer": ("landscape.cli",),
    "scipy": ("landscape.intervals", "landscape.worst.hessian", "landscape.planes.topology"),
    "gudhi": ("landscape.planes.topology",),
    "safetensors": (
        "landscape.checkpoints.safetensors",
        "landscape.checkpoints.quantised.conversion",
        "landscape.engine.direction_cache",
    ),
    "gguf": ("landscape.checkpoints.gguf.header", "landscape.showcase.quantising"),
    "peft": ("landscape.checkpoints.adapters.loading", "landscape.demo", "landscape.showcase"),
    "lm_eval": (
        "landscape.capabilities.lm_eval_tasks",
        "landscape.capabilities.lm_eval_loading",
        "landscape.bench.scoring.against_lm_eval",
    ),
    "datasets": ("landscape.capabilities.lm_eval_loading", "landscape.capabilities.sources.hub"),
    "h5py": ("landscape.surfaces.hdf5",),
    "pyarrow": ("landscape.capabilities.sources.parquet",),
    "trackio": ("landscape.reports.exports.trackers",),
    "wandb": ("landscape.reports.exports.trackers",),
    "evaluate": ("landscape.capabilities.lm_eval_loading",),
    "transformers": (
        "landscape.checkpoints.stored.architecture",
        "landscape.checkpoints.models",
        "landscape.checkpoints.gguf.conversion",
        "landscape.checkpoints.gguf.tokenizers",
        "landscape.checkpoints.quantised.conversion",
        "landscape.demo",
        "landscape.showcase",
        "landscape.bench.models",
        "landscape.capabilities.reading.prefixes",
        "landscape.capabilities.writing.caches",
        "landscape.checkpoints.in_hand.quiet",
        "landscape.checkpoints.in_hand.twin",
        "landscape.training.trainer_callback",
        "landscape.callback",
    ),
}
TORCH_FREE = ("landscape.ui", "landscape.cli", "landscape.reports", "landscape.runs.worker")
PAGES_MAY_IMPORT = ("landscape.ui", "landscape.schema", "landscape.bundled")


def modules() -> dict[str, Path]:
    files = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("landscape/**/*.py")]
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files)
    return dict(zip(names, files, strict=True))


MODULES = modules()
PACKAGES = sorted({file.parent for file in MODULES.values() if (file.parent / "__init__.py").exists()})


def imported(file: Path) -> set[str]:
    """Every module that a file imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in inner if name in MODULES} or {node.module}
    return found


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_imports_keep_to_the_contract() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("page", sorted(name for name in MODULES if is_in(name, "pages")))
def test_a_page_puts_together_what_the_interface_offers(page: str) -> None:
    ours = {name for name in imported(MODULES[page]) if is_in(name, "landscape")}
    assert not {name for name in ours if not any(is_in(name, package) for package in PAGES_MAY_IMPORT)}


def test_modules_import_each_other_in_no_circle() -> None:
    above: dict[str, set[str]] = {m: imported(f) & set(MODULES) - {m, "landscape"} for m, f in MODULES.items()}
    while free := {module for module, needs in above.items() if not needs & set(above)}:
        above = {module: needs for module, needs in above.items() if module not in free}
    assert not above, f"import each other: {sorted(above)}"


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_one_home(library: str) -> None:
    for module, file in MODULES.items():
        if any(is_in(name, library) for name in imported(file)):
            assert any(is_in(module, home) for home in HOMES[library]), f"{module} imports {library}"


def test_the_browser_process_never_imports_torch() -> None:
    names = [name for name in MODULES if any(is_in(name, package) for package in TORCH_FREE)]
    code = f"import sys; {'; '.join(f'import {name}' for name in names)}; "
    code += "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_package_can_be_seen_at_a_glance(package: Path) -> None:
    modules = {file.stem for file in package.glob("*.py")} - {"__init__"}
    assert modules <= BESIDE_PACKAGES if package == ROOT / "landscape" else len(modules) <= MODULES_A_PACKAGE


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_package_says_what_lives_there_and_does_nothing_else(package: Path) -> None:
    docstring, *rest = ast.parse((package / "__init__.py").read_text()).body
    assert isinstance(docstring, ast.Expr)
    if package.parent == ROOT / "landscape" and package.name in FORMER_NAMES:
        *imports, lookup = rest
        assert {type(statement) for statement in imports} == {ast.ImportFrom}
        assert {statement.module for statement in imports} == {"importlib", "typing", "warnings"}  # type: ignore[attr-defined]
        assert isinstance(lookup, ast.FunctionDef)
        assert lookup.name == "__getattr__"
    elif package.parent == ROOT / "landscape":
        assert not rest


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_can_be_read_in_one_sitting(module: str) -> None:
    lines = MODULES[module].read_text().splitlines()
    assert len(lines) <= (120 if module.startswith("pages") else 300)


@pytest.mark.parametrize("page", sorted((ROOT / "pages").glob("*.py"), key=lambda file: file.name))
def test_a_page_begins_with_its_guard(page: Path) -> None:
    statements = ast.parse(page.read_text()).body[1:3]  # after the docstring
    wanted = ["from landscape.ui.components.page_setup import require_app", f"require_app({page.stem!r})"]
    assert [ast.unparse(statement) for statement in statements] == wanted


def test_one_module_decides_what_is_inside_a_basin() -> None:
    """A floor with a rounding error of its own would make the same score inside on one page and outside on another."""
    own = re.compile(
        r"\b_?SLACK(:\s*\w+)?\s*=(?!=)|\b(floors?|tolerance|margin|origin)\b(?!\()[^\n]*[-+]\s*\d*\.?\d*e-\d", re.I
    )
    found = {module: own.findall(file.read_text()) for module, file in MODULES.items() if is_in(module, "landscape")}
    assert {module for module, lines in found.items() if lines} == {"landscape.basins.inside"}


def test_names_say_what_is_inside() -> None:
    assert not {"utils", "helpers", "common", "base", "types"} & {part for m in MODULES for part in m.split(".")}


@pytest.mark.parametrize("file", sorted(ROOT.glob("tests/**/*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_what_tests_share_lies_in_no_test_module(file: Path) -> None:
    """Fixtures live in a conftest.py, sample data and helpers in plain modules, named after what they hold."""
    assert not [name for name in imported(file) if "test_" in name and is_in(name, "tests")]
