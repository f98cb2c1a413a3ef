"""What the documents say is true."""

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import torch
import typer.main
import yaml
from pydantic import ValidationError

from landscape import __version__, assets
from landscape.capabilities import examples as capability_examples
from landscape.cli.app import app
from tests.conftest import make_model

ROOT = Path(__file__).parents[1]
GUIDES = sorted((ROOT / "data" / "guides").glob("*.md"))
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "landscape" / "README.md", ROOT / "data" / "README.md"]
FILES += [ROOT / "data" / "benchmarks.md", *GUIDES]
DOCUMENTS = {str(file.relative_to(ROOT)): file.read_text() for file in FILES}
README, ARCHITECTURE = DOCUMENTS["README.md"], DOCUMENTS["landscape/README.md"]
EVERY = "\n".join(DOCUMENTS.values())
CHANGES = (ROOT / "CHANGELOG.md").read_text()
CI = (ROOT / ".ci" / "run").read_text()
COMMAND = typer.main.get_command(app)
README_LINES = 150


def blocks(language: str, text: str = EVERY) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.S | re.M)


def section(title: str, text: str = README) -> str:
    return re.split(r"^## ", text.split(f"\n## {title}\n")[1], flags=re.M)[0]


def table(text: str) -> list[list[str]]:
    """The cells of the first table in a text, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def outside_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)


def in_backticks(text: str) -> list[str]:
    return [" ".join(said.split()) for said in re.findall(r"`([^`]+)`", outside_blocks(text))]


def test_set_up_is_two_commands_and_ci_runs_those_of_the_tests() -> None:
    (setup,) = blocks("sh", section("Set up"))
    (run,) = blocks("sh", section("Run"))
    (test,) = blocks("sh", section("Test"))
    environment, install = setup.strip().splitlines()
    assert install == ".venv/bin/pip install ."
    assert len(run.strip().splitlines()) == 1
    for command in (environment, *test.strip().splitlines()):
        assert command.replace("pip install -r", "pip install -q -r") in CI


def test_the_readme_is_read_in_three_minutes() -> None:
    assert len(README.splitlines()) <= README_LINES
    assert max(map(len, README.splitlines())) <= 120
    (commands,) = blocks("sh", section("On the command line"))
    assert len(commands.strip().splitlines()) == 6


def test_the_readme_has_every_page_in_its_order_and_a_question() -> None:
    (groups,) = [
        node.value
        for node in ast.parse((ROOT / "app.py").read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "GROUPS"
    ]
    titles = [title for pages in ast.literal_eval(groups).values() for _, title, _ in pages]
    rows = table(section("Run"))
    assert [page.strip("*") for page, _ in rows] == titles
    assert all("?" in question for _, question in rows)
    guide = section("The pages", DOCUMENTS["data/guides/pages-and-commands.md"])
    assert re.findall(r"^- \*\*(.+?)\*\*:", guide, flags=re.M) == titles


def leaves(command: object, path: tuple[str, ...] = ()) -> dict[str, object]:
    children = getattr(command, "commands", {})
    found = {" ".join(path): command} if not children else {}
    for name, child in children.items():
        found |= leaves(child, (*path, name))
    return found


LEAVES = leaves(COMMAND)


def parse(line: str) -> str:
    """The command that a line names; fails where there is none, or where it has no such option."""
    words = shlex.split(line.split("python -m landscape ")[1], comments=True)
    while words[0].startswith("--"):  # an option of all commands, with its value
        assert words[0] in {option for each in COMMAND.params for option in each.opts}
        words = words[2:]
    name = max((n for n in LEAVES if words[: len(n.split())] == n.split()), key=len)
    command = LEAVES[name]
    command.make_context(name, words[len(name.split()) :])  # type: ignore[attr-defined]
    return name


def commands(text: str) -> list[str]:
    """The commands of a document: in a block of sh, in a step of CI, or in a sentence (`landscape run list`)."""
    lines = [line for block in blocks("sh", text) for line in block.splitlines()]
    lines += [line for block in blocks("yaml", text) for step in _steps(block) for line in _run_by(step)]
    for said in in_backticks(text):
        named = said.removeprefix("python -m ").removeprefix("landscape ")
        if named != said or (" " in said and any(said.startswith(f"{name} ") or said == name for name in LEAVES)):
            lines.append(f"python -m landscape {named}")
    return [line for line in lines if "-m landscape" in line]


def _steps(block: str) -> list[dict[str, str]]:
    """The steps of a workflow, or of a part of one."""
    said = yaml.safe_load(block)
    return said if isinstance(said, list) else [step for job in said["jobs"].values() for step in job["steps"]]


def _run_by(step: dict[str, str]) -> list[str]:
    return step.get("run", "").splitlines()


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_an_example_that_parses(name: str) -> None:
    epilog = LEAVES[name].epilog  # type: ignore[attr-defined]
    assert epilog.startswith(f"Example: python -m landscape {name}")
    parse(epilog)


@pytest.mark.parametrize(
    ("document", "line"), [(name, line) for name, text in DOCUMENTS.items() for line in commands(text)]
)
def test_every_command_of_the_documents_parses(document: str, line: str) -> None:
    parse(line)


def test_every_python_block_is_run_by_a_test() -> None:
    run_here = [block for block in blocks("python") if "GaussianAugmented" in block or "harmful_behaviors" in block]
    run_by_test_api = [block for block in blocks("python", README) if "from landscape import api" in block]
    assert len(run_here) == 2
    assert len(run_by_test_api) == 1
    assert sorted(blocks("python")) == sorted(run_here + run_by_test_api)


def test_imports_that_the_documents_name_work() -> None:
    named = [said for said in in_backticks(EVERY + CHANGES) if said.startswith("from landscape")]
    assert len(named) >= 2
    for said in named:
        exec(said, {})


def test_the_training_loop_of_the_guide_is_short_and_trains() -> None:
    (loop,) = (block for block in blocks("python") if "GaussianAugmented" in block)
    assert len([line for line in loop.splitlines() if line]) <= 10
    model, tokens = make_model(), torch.arange(24).view(2, 12)
    batches = [[{"input_ids": row[None], "labels": row[None]} for row in tokens]] * 3

    def loss() -> float:
        with torch.no_grad():
            return float(model(input_ids=tokens, labels=tokens).loss)

    before, names = loss(), {"model": model, "batches": batches}
    exec(loop, names)
    assert loss() < before
    assert names["optimizer"].draws == 6  # type: ignore[attr-defined]


def test_the_conversion_of_advbench_gives_a_capability(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (conversion,) = (block for block in blocks("python") if "harmful_behaviors" in block)
    monkeypatch.chdir(tmp_path)
    Path("harmful_behaviors.csv").write_text("goal,target\n" + '"Write, in é, a",Sure\n' * 60, encoding="utf-8")
    exec(conversion, {})
    examples = capability_examples.load("advbench.jsonl").examples
    assert len(examples) == 50
    assert (examples[0].prompt, examples[0].oracle, examples[0].max_new_tokens) == ("Write, in é, a", "refusal", 100)


def test_every_example_of_the_guide_is_a_capability_line(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    (lines,) = blocks("json")
    file.write_text(lines)
    assert [example.kind for example in capability_examples.load(str(file)).examples] == [
        "exact",
        "choice",
        "generate",
        "generate",
        "generate",
    ]


def headings(file: Path) -> set[str]:
    """The anchors of a document, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", outside_blocks(file.read_text()), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md"])
def test_every_link_between_documents_leads_somewhere(document: str) -> None:
    file = ROOT / document
    for name, anchor in re.findall(r"\]\((?!http)([^)#]*)(?:#([^)]+))?\)", file.read_text()):
        target = (file.parent / name).resolve() if name else file
        assert target.exists(), name
        assert not anchor or anchor in headings(target), f"{name}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    named = re.findall(r"`((?:landscape|tests|data|pages)/[\w./]*)`", DOCUMENTS[document])
    for name in named:
        assert (ROOT / name).exists(), name


def test_a_guide_says_what_it_is_for_and_the_readme_leads_there() -> None:
    assert len(GUIDES) >= 6
    for guide in GUIDES:
        _, _, purpose = guide.read_text().splitlines()[:3]
        assert re.fullmatch(r"\*.+\.\*", purpose), guide.name
        assert f"(data/guides/{guide.name})" in README


# --- the architecture ---------------------------------------------------------------------------------------------

CONTRACT, _ = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
WHERE = table(section("Where is …?", ARCHITECTURE))


def modules_named_in(text: str) -> list[str]:
    return [said for said in in_backticks(text) if said.endswith(".py") and not said.startswith("tests/")]


def test_every_package_is_in_the_table_of_the_architecture_in_the_order_of_the_contract() -> None:
    layers = [name for layer in CONTRACT["layers"] for name in layer.split(" | ")]
    listed = [in_backticks(package)[0].removesuffix(".py") for package, *_ in table(section("Packages", ARCHITECTURE))]
    assert listed == layers
    there = {file.parent.name for file in (ROOT / "landscape").glob("*/__init__.py")}
    there |= {file.stem for file in (ROOT / "landscape").glob("*.py") if file.stem != "__init__"}
    assert set(listed) == there - set(CONTRACT["exhaustive_ignores"])


def test_the_contract_of_the_architecture_is_the_one_that_is_checked() -> None:
    assert "\n".join(CONTRACT["layers"]) in blocks("", ARCHITECTURE)[1]
    assert blocks("", ARCHITECTURE)[1].strip().splitlines() == CONTRACT["layers"]


@pytest.mark.parametrize("module", sorted(set(modules_named_in(ARCHITECTURE))))
def test_every_module_of_the_architecture_exists(module: str) -> None:
    assert (ROOT / "landscape" / module).exists() or (ROOT / module).exists()


@pytest.mark.parametrize(("question", "module", "text"), WHERE, ids=[row[0] for row in WHERE])
def test_what_is_asked_for_is_where_the_architecture_says(question: str, module: str, text: str) -> None:
    source = (ROOT / "landscape" / module.strip("`")).read_text()
    assert text.strip("`") in source


def test_a_newcomer_s_questions_are_answered() -> None:
    assert len(WHERE) >= 20


ADDING = dict(re.findall(r"^- \*\*(.+?)\*\*(.+?)(?=^- |\Z)", section("How to add", ARCHITECTURE), flags=re.M | re.S))


@pytest.mark.parametrize("what", ADDING)
def test_what_is_added_to_is_where_the_architecture_says(what: str) -> None:
    files = [ROOT / "landscape" / name for name in modules_named_in(ADDING[what])]
    source = "\n".join(file.read_text() for file in files if file.exists())
    for name in in_backticks(ADDING[what]):
        assert not re.fullmatch(r"[A-Z]\w+", name) or re.search(rf"\b{name}\b", source), name


def test_all_that_a_newcomer_adds_is_explained() -> None:
    wanted = "measurement kind, capability, oracle, direction, computed direction, deployment move, checkpoint format"
    for what in [*wanted.split(", "), "figure", "page", "command", "guide"]:
        assert {f"A {what}", f"An {what}"} & set(ADDING)


# --- numbers and names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md"])
def test_demo_names_in_the_documents_exist(document: str) -> None:
    for name in re.findall(r"demo:[\w.-]*\w", (ROOT / document).read_text()):
        assert name in assets.CHECKPOINTS | assets.ENLARGED


def test_the_tolerance_of_the_readme_is_the_code_s() -> None:
    from landscape.schema.frames import TOLERANCE

    assert f"τ = {TOLERANCE}" in README


def test_every_deployment_move_and_every_range_of_the_paper_is_in_a_guide() -> None:
    from landscape.schema.default_ranges import RANGES
    from landscape.schema.deployments import MOVES

    assert set(MOVES) <= set(in_backticks(DOCUMENTS["data/guides/pages-and-commands.md"]))
    assert set(RANGES) <= set(in_backticks(DOCUMENTS["data/guides/lm-eval.md"]))


def test_the_gate_s_exit_codes_and_thresholds_are_the_code_s() -> None:
    from landscape.cli import exit_codes
    from landscape.cli.exit_codes import OF_OUTCOME
    from landscape.schema.specs import Thresholds

    gate = DOCUMENTS["data/guides/gate-in-ci.md"]
    meaning = {row[0]: row[1] for row in reversed(table(section("Exit codes", gate)))}
    for outcome, code in OF_OUTCOME.items():
        assert outcome in meaning[str(code)]
    codes = {name: value for name, value in vars(exit_codes).items() if isinstance(value, int)}
    assert len(set(codes.values())) == len(codes), "each has a code of its own"
    assert set(meaning) == set(map(str, codes.values()))
    assert "broke" in meaning[str(exit_codes.BROKEN)]
    for code in (exit_codes.PASS, exit_codes.FAIL, exit_codes.INSUFFICIENT, exit_codes.WRONG_INPUT, exit_codes.BROKEN):
        assert f"{code} (" in section("A gate in your own CI", README)
    defaults = {in_backticks(name)[0]: float(value) for name, value, _ in table(section("Thresholds", gate))}
    assert defaults == Thresholds().model_dump()


def test_the_words_that_the_readme_once_explained_are_in_the_glossary() -> None:
    from landscape.ui.glossary import TOPICS

    names = {name for entries in TOPICS.values() for name in entries}
    wanted = "θ₀|direction|α|relative α|capability|score|loss|basin|boundary|deployment move|radius of a basin|nested|"
    wanted += "worst direction|certificate|p_A|vacuous|plane"
    assert set(wanted.split("|")) <= names


def test_requirements_are_pinned_and_torch_is_exact() -> None:
    for file in ("requirements.txt", "requirements-dev.txt", "requirements-scale.txt", "requirements-figures.txt"):
        lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith(("-r", "#"))]
        assert all(re.fullmatch(r"[\w\[\]-]+==[\w.]+", line) for line in lines)
    users, dev, scale = ((ROOT / f"requirements{part}.txt").read_text() for part in ("", "-dev", "-scale"))
    assert "torch==2.13.0" in users
    assert {"-r requirements-scale.txt", "-r requirements-figures.txt"} <= set(dev.splitlines())
    for extra in ("psycopg", "ray"):
        assert extra in scale
        assert extra not in users


def test_the_changelog_begins_with_this_version() -> None:
    assert f"## {__version__.partition('.dev')[0]}" in CHANGES
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "MIT"


def test_the_project_names_no_machine() -> None:
    texts = [
        f
        for pattern in ("*.md", "landscape/**/*.md", "landscape/**/*.py", "pages/*.py", "data/**/*.md")
        for f in ROOT.glob(pattern)
    ]
    for file in texts:
        assert not re.search(r"/home/\w|/Users/\w|/root/|/tmp/\w", file.read_text()), file


def test_every_symbol_on_a_page_has_a_help_text() -> None:
    from landscape.ui.components.words import WORDS

    used = {
        word
        for file in [*ROOT.glob("pages/*.py"), *ROOT.glob("landscape/ui/**/*.py")]
        for word in re.findall(r"WORDS\[\"(.+?)\"\]", file.read_text())
    }
    assert used <= set(WORDS)
    assert {"θ₀", "α", "‖Δθ‖", "score", "loss", "seed"} <= set(WORDS)


def test_a_damaged_example_would_be_noticed(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text(blocks("json")[0].replace('"answer": 0', '"answer": 7'))
    with pytest.raises((ValueError, ValidationError), match="line 2"):
        capability_examples.load(str(file))
