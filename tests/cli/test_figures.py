"""--figure: every command that has it refuses what cannot be drawn before it measures, and names what it wrote."""

from pathlib import Path
from typing import Any

import pytest

from landscape.figures.paper import browser, pictures
from landscape.store.store import Store
from tests.cli.conftest import Cli

COMMANDS = {
    "slice": ("slice", "demo:base"),
    "basin": ("basin", "demo:base"),
    "plane": ("plane", "demo:base"),
    "worst": ("worst", "demo:base"),
    "certify": ("certify", "demo:base"),
    "inspect": ("inspect", "demo:base", "demo:assistant"),
    "compare": ("enlarge", "compare", "demo:base-02000", "demo:base"),
    "show": ("checkpoint", "show", "demo:base", "demo:assistant"),
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is given to the browser, which draws nothing here."""
    given: list[dict[str, Any]] = []

    def draw(figure: dict[str, Any], kind: str, scale: float) -> bytes:
        given.append(figure)
        return b"<svg width='1'></svg>"

    monkeypatch.setattr(browser, "why_not", lambda: "")
    monkeypatch.setattr(pictures, "drawn", draw)
    return given


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--figure", "x.jpg"), "expected a figure's file that ends in .pdf, .svg or .png, got 'x.jpg'"),
        (("--figure", "no/such/folder/x.pdf"), "in a folder that exists"),
        (("--figure-width", "huge"), "expected a figure as wide as a column or page, got 'huge'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_is_measured(
    cli: Cli, tmp_path: Path, command: str, options: tuple[str, str], said: str
) -> None:
    assert said in cli(*COMMANDS[command], *options, code=2).stderr
    assert Store(str(tmp_path / "s.sqlite")).runs() == []


@pytest.mark.parametrize("command", COMMANDS)
def test_without_kaleido_the_command_says_so_in_one_line_before_it_measures(
    cli: Cli, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "why_not", lambda: "kaleido is not installed")
    (line,) = cli(*COMMANDS[command], "--figure", tmp_path / "x.pdf", code=2).stderr.splitlines()
    assert line == "Error: kaleido is not installed"
    assert Store(str(tmp_path / "s.sqlite")).runs() == []


def test_each_panel_of_a_slice_is_a_file_with_its_caption(
    cli: Cli, drawn: list, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    shown = cli(
        "slice", checkpoint, "--towards", finetuned, "--directions", 2, "--alpha", "0:0.4:3", "--limit", 20,
        "--capability", own_answers, "--tolerance", 0.1, "--figure", tmp_path / "tau-0.1.svg",
    )  # fmt: skip
    names = ("tau-0.1.svg", f"tau-0.1-towards{str(finetuned).replace('/', '-')}.svg")
    assert f"Drawn: {', '.join(str(tmp_path / name) for name in names)}" in shown.stderr
    first, second = ((tmp_path / name).read_text() for name in names)
    assert "<title>2 random directions" in first
    assert f"<title>Towards {finetuned.name}" in second
    for text in (first, second):
        assert "n = 20 examples of own. Lost: a drop of the score by more than τ = 0.1." in text
        assert "2 random directions (Gaussian, seeds 0–1) and the straight line to tiny-tuned" in text
    assert len(drawn) == 2


def test_a_search_of_several_checkpoints_names_each_in_its_files(
    cli: Cli, drawn: list, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    cli(
        "basin", checkpoint, finetuned, "--directions", 1, "--capability", own_answers, "--reach", "0.4",
        "--limit", 8, "--figure", tmp_path / "b.svg", "--figure-width", "page",
    )  # fmt: skip
    names = {path.name for path in tmp_path.glob("b*.svg")}
    assert {"b.svg", "b-tiny-radii.svg", "b-tiny-tuned-rings.svg", "b-tiny-tuned-radii.svg"} <= names
    assert "θ₀: tiny and tiny-tuned, each with the same directions" in (tmp_path / "b.svg").read_text()
    assert [figure["layout"]["width"] for figure in drawn] == pytest.approx([828] * len(drawn))


def test_two_checkpoints_compared_are_a_figure_and_one_alone_is_none(
    cli: Cli, drawn: list, checkpoint: Path, finetuned: Path, tmp_path: Path
) -> None:
    cli("checkpoint", "show", checkpoint, finetuned, "--figure", tmp_path / "moved.svg")
    assert (
        "Change of the weights from tiny to tiny-tuned; no example was asked." in (tmp_path / "moved.svg").read_text()
    )
    said = cli("checkpoint", "show", checkpoint, "--figure", tmp_path / "one.svg", code=2).stderr
    assert "expected a second checkpoint with --figure" in said
