"""The house rules that a machine can check: who imports whom, and how long things get."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Top to bottom. A module imports from lower layers only, or from its own package.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("app", "pages", "landscape.__main__"),
    ("landscape.cli", "landscape.ui", "landscape.api"),
    ("landscape.tables", "landscape.report"),
    ("landscape.needle_tables", "landscape.guarantee_tables", "landscape.move_tables", "landscape.enlarge_tables"),
    ("landscape.lessons", "landscape.walking"),
    (
        "landscape.demo",
        "landscape.bench",
        "landscape.bench_crew",
        "landscape.figures",
        "landscape.worker",
        "landscape.savings",
    ),
    ("landscape.inspecting", "landscape.enlarge_trainer"),
    ("landscape.gathering",),
    ("landscape.verdicts", "landscape.inspections"),
    ("landscape.looks",),
    ("landscape.rules",),
    (
        "landscape.orders",
        "landscape.surveys",
        "landscape.executor",
        "landscape.estimates",
        "landscape.computed",
        "landscape.needle_summary",
        "landscape.enlarge_claims",
        "landscape.bench_comparison",
        "landscape.bench_training",
        "landscape.bench_models",
    ),
    ("landscape.crew",),
    ("landscape.actors",),
    ("landscape.hands",),
    (
        "landscape.trials",
        "landscape.curvature",
        "landscape.equal_norm",
        "landscape.overlaps",
        "landscape.enlarge_readings",
    ),
    ("landscape.worst", "landscape.needle_readings", "landscape.move_readings"),
    (
        "landscape.session",
        "landscape.readings",
        "landscape.forgetting",
        "landscape.evidence",
        "landscape.guarantees",
        "landscape.regions",
        "landscape.comparisons",
        "landscape.swaps",
    ),
    ("landscape.lines", "landscape.gradients", "landscape.needles", "landscape.keys", "landscape.places"),
    ("landscape.contents", "landscape.slices", "landscape.searches", "landscape.planes", "landscape.smoothing"),
    ("landscape.store", "landscape.basins", "landscape.certificates", "landscape.refinement", "landscape.evaluate"),
    (
        "landscape.models",
        "landscape.axes",
        "landscape.moves",
        "landscape.principal",
        "landscape.encoding",
        "landscape.kept",
        "landscape.adapters",
        "landscape.enlarge",
    ),
    ("landscape.stored", "landscape.ranks", "landscape.enlarge_passing"),
    ("landscape.weights", "landscape.intervals"),
    ("landscape.fingerprints", "landscape.compatibility", "landscape.training_logs"),
    ("landscape.checkpoints", "landscape.capabilities", "landscape.walks"),
    ("landscape.lm_eval_tasks",),
    ("landscape.lm_eval_loading",),
    ("landscape.bundled",),
    (
        "landscape.results",
        "landscape.directions",
        "landscape.origins",
        "landscape.arguments",
        "landscape.points",
        "landscape.thresholds",
        "landscape.variants",
    ),
    ("landscape.specs",),
    ("landscape.recipes",),
    ("landscape.deployments", "landscape.execution", "landscape.own_tasks"),
)
# Third-party package -> the modules that may import it; all others go through them.
HOMES: dict[str, tuple[str, ...]] = {
    "ray": ("landscape.crew",),
    "streamlit": ("app", "pages", "landscape.ui"),
    "plotly": ("landscape.figures", "landscape.ui"),
    "sqlalchemy": ("landscape.store",),
    "typer": ("landscape.cli",),
    "scipy": ("landscape.intervals", "landscape.curvature"),
    "safetensors": ("landscape.checkpoints", "landscape.kept"),
    "peft": ("landscape.models", "landscape.demo"),
    "lm_eval": ("landscape.lm_eval_tasks", "landscape.lm_eval_loading"),
    "datasets": ("landscape.lm_eval_loading",),
    "evaluate": ("landscape.lm_eval_loading",),
    "transformers": ("landscape.models", "landscape.demo", "landscape.bench_models", "landscape.enlarge_trainer"),
}
TORCH_FREE = (
    "landscape.ui.form",
    "landscape.ui.worst",
    "landscape.ui.inspect",
    "landscape.ui.beside",
    "landscape.ui.flatness",
    "landscape.ui.survey",
    "landscape.worker",
    "landscape.cli",
    "landscape.tables",
)


def modules() -> dict[str, Path]:
    files = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("landscape/**/*.py")]
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files)
    return dict(zip(names, files, strict=True))


MODULES = modules()


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


def layer_of(module: str) -> int:
    (place,) = {i for i, layer in enumerate(LAYERS) for top in layer if is_in(module, top)}
    return place


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_down_only(module: str) -> None:
    if module == "landscape":
        return
    package = ".".join(module.split(".")[:2])
    for other in imported(MODULES[module]) & set(MODULES) - {"landscape"}:
        own = is_in(other, package)
        assert own or layer_of(other) > layer_of(module), f"{module} must not import {other}"


def test_a_package_within_has_no_circles() -> None:
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
    pages = "; ".join(f"import {module}" for module in TORCH_FREE)
    code = f"import sys; {pages}; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_can_be_read_in_one_sitting(module: str) -> None:
    lines = MODULES[module].read_text().splitlines()
    assert len(lines) <= (120 if module.startswith("pages") else 300)


@pytest.mark.parametrize("page", sorted((ROOT / "pages").glob("*.py"), key=lambda file: file.name))
def test_a_page_begins_with_its_guard(page: Path) -> None:
    statements = ast.parse(page.read_text()).body[1:3]  # after the docstring
    assert [ast.unparse(s) for s in statements] == ["from landscape.ui.frame import guard", f"guard({page.stem!r})"]


def test_names_say_what_is_inside() -> None:
    assert not {"utils", "helpers", "common", "base", "types"} & {part for m in MODULES for part in m.split(".")}
