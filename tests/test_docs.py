"""What the documents say is true."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import torch
import typer.main
from pydantic import ValidationError

from landscape import __version__, assets
from landscape.capabilities import examples as capabilitie_examples
from landscape.cli.main import app
from tests.conftest import make_model

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CI = (ROOT / ".ci" / "run").read_text()
COMMAND = typer.main.get_command(app)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.S)


def section(title: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {title}\n")[1], flags=re.M)[0]


def test_set_up_is_two_commands_and_ci_runs_them_and_the_tests() -> None:
    setup = re.findall(r"```sh\n(.*?)```", section("Set up"), flags=re.S)[0].strip().splitlines()
    (run,) = re.findall(r"```sh\n(.*?)```", section("Run"), flags=re.S)
    (test,) = re.findall(r"```sh\n(.*?)```", section("Test"), flags=re.S)
    assert len(setup) == 2
    assert len(run.strip().splitlines()) == len(test.strip().splitlines()) == 1
    for command in [*setup, test.strip()]:
        assert command.replace("pip install -r", "pip install -q -r") in CI


def leaves(command: object, path: tuple[str, ...] = ()) -> dict[str, object]:
    children = getattr(command, "commands", {})
    found = {" ".join(path): command} if not children else {}
    for name, child in children.items():
        found |= leaves(child, (*path, name))
    return found


LEAVES = leaves(COMMAND)


def parse(line: str) -> None:
    words = shlex.split(line.split("python -m landscape ")[1])
    while words[0].startswith("--"):  # an option of all commands, with its value
        assert words[0] in {option for each in COMMAND.params for option in each.opts}
        words = words[2:]
    name = max((n for n in LEAVES if words[: len(n.split())] == n.split()), key=len)
    command = LEAVES[name]
    command.make_context(name, words[len(name.split()) :])  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_an_example_that_parses(name: str) -> None:
    epilog = LEAVES[name].epilog  # type: ignore[attr-defined]
    assert epilog.startswith(f"Example: python -m landscape {name}")
    parse(epilog)


@pytest.mark.parametrize("line", [line for b in blocks("sh") for line in b.splitlines() if "-m landscape" in line])
def test_every_command_of_the_readme_parses(line: str) -> None:
    parse(line)


def test_the_training_loop_of_the_readme_is_short_and_trains() -> None:
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
    examples = capabilitie_examples.load("advbench.jsonl").examples
    assert len(examples) == 50
    assert (examples[0].prompt, examples[0].oracle, examples[0].max_new_tokens) == ("Write, in é, a", "refusal", 100)


def test_every_example_of_the_readme_is_a_capability_line(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text(blocks("json")[0])
    assert [example.kind for example in capabilitie_examples.load(str(file)).examples] == [
        "exact",
        "choice",
        "generate",
        "generate",
    ]


def test_every_file_and_link_of_the_readme_exists() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    named = re.findall(r"`((?:landscape|tests|data|pages)/[\w./]*)`", README)
    inside = [f"landscape/{name}" for name in re.findall(r"^ {6,}(\w+\.py)", section("How it works"), flags=re.M)]
    for name in [*links, *named, *inside]:
        assert (ROOT / name).exists(), name


def test_demo_names_in_the_documents_exist() -> None:
    for name in re.findall(r"demo:[\w.-]*\w", README):
        assert name in assets.CHECKPOINTS | assets.ENLARGED


def test_the_tolerance_of_the_readme_is_the_code_s() -> None:
    from landscape.basins.boundaries import TOLERANCE

    assert f"τ = {TOLERANCE}" in README


def test_requirements_are_pinned_and_torch_is_exact() -> None:
    for file in ("requirements.txt", "requirements-dev.txt", "requirements-scale.txt"):
        lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith(("-r", "#"))]
        assert all(re.fullmatch(r"[\w\[\]-]+==[\w.]+", line) for line in lines)
    users, dev, scale = ((ROOT / f"requirements{part}.txt").read_text() for part in ("", "-dev", "-scale"))
    assert "torch==2.13.0" in users
    assert "-r requirements-scale.txt" in dev.splitlines()
    for extra in ("psycopg", "ray"):
        assert extra in scale
        assert extra not in users


def test_the_changelog_begins_with_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "MIT"


def test_the_project_names_no_machine() -> None:
    texts = [f for pattern in ("*.md", "landscape/**/*.py", "pages/*.py", "data/*.md") for f in ROOT.glob(pattern)]
    for file in texts:
        assert not re.search(r"/home/\w|/Users/\w|/root/|/tmp/\w", file.read_text()), file


def test_every_symbol_on_a_page_has_a_help_text() -> None:
    from landscape.ui.components.words import WORDS

    used = {
        word
        for file in [*ROOT.glob("pages/*.py"), *ROOT.glob("landscape/ui/*.py")]
        for word in re.findall(r"WORDS\[\"(.+?)\"\]", file.read_text())
    }
    assert used <= set(WORDS)
    assert {"θ₀", "α", "‖Δθ‖", "score", "loss", "seed"} <= set(WORDS)


def test_a_damaged_example_would_be_noticed(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text(blocks("json")[0].replace('"answer": 0', '"answer": 7'))
    with pytest.raises((ValueError, ValidationError), match="line 2"):
        capabilitie_examples.load(str(file))
