"""The command surface: what is in a file of another program, as a table, as JSON, as a figure."""

import json
from pathlib import Path

import numpy as np
import pytest

from landscape.surfaces.reading import read
from tests.cli.conftest import Cli
from tests.surfaces import closed_form
from tests.surfaces.closed_form import loss


@pytest.fixture
def surface_file(tmp_path: Path) -> Path:
    x, y = np.linspace(-1, 1, 5), np.linspace(0, 3, 4)
    closed_form.plot_surface(tmp_path / "mine_surface.h5", x, y, measured=18)
    return tmp_path / "mine_surface.h5"


def test_a_table_says_what_a_file_holds(cli: Cli, surface_file: Path) -> None:
    shown = cli("surface", surface_file).stdout
    lines = {
        line.split("│")[1].strip(): line.split("│")[2].strip() for line in shown.splitlines() if line.startswith("│")
    }
    assert "train_loss of mine_surface.h5" in shown
    assert lines == {
        "written by": "tomgoldstein/loss-landscape",
        "points": "5 × 4 points, 2 of them without a value",
        "x, first direction": "-1 to 1",
        "y, second direction": "0 to 3",
        "axes": "multiples of the file's own directions, which are normalised as its command said",
        "lowest": "10 at x 0, y 0",
        "highest": "20 at x -1, y 3",
        "also holds": "train_acc",
    }
    assert "2 of 20 points were not measured yet (-1 in the file): they stay blank." in shown


def test_json_has_every_value_at_its_place_and_is_read_again(cli: Cli, surface_file: Path, tmp_path: Path) -> None:
    found = json.loads(cli("surface", surface_file, "--json", "-").stdout)
    assert found["shape"] == [5, 4]
    assert found["measured"] == 18
    assert found["lowest"] == {"x": 0, "y": 0, "value": 10}
    for row, y in enumerate(found["y"]):
        for column, x in enumerate(found["x"]):
            value = found["values"][row][column]
            assert value is None if (row, column) in ((3, 3), (3, 4)) else value == pytest.approx(loss(x, y))
    (tmp_path / "a.json").write_text(json.dumps(found))
    again = read(tmp_path / "a.json")
    assert np.array_equal(again.values, read(surface_file).values, equal_nan=True)


def test_a_page_opens_offline_and_says_what_it_cannot_show(cli: Cli, surface_file: Path, tmp_path: Path) -> None:
    shown = cli("surface", surface_file, "--values", "train_acc", "--figure", tmp_path / "a.html")
    assert f"Drawn: {tmp_path / 'a.html'}" in shown.stderr
    page = (tmp_path / "a.html").read_text()
    assert page.startswith("<!doctype html><meta charset=utf-8><title>mine_surface.h5</title>")
    assert "train_acc of mine_surface.h5: highest 90 at x 0, y 0; lowest 80" in page
    assert "No interval, no examples and no τ" in page
    assert "<script src" not in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing.npy",), "there is no file nothing.npy"),
        (("~nobody/x.npy",), "there is no file"),
        ((".",), "is a folder: expected a file"),
        (("{file}", "--values", "loss"), "holds train_loss, train_acc, and no 'loss'"),
        (("{file}", "--figure", "a.jpg"), "ends in .pdf, .svg or .png, got 'a.jpg'"),
        (("{file}", "--figure", "no/such/a.html"), "in a folder that exists"),
        (("{file}", "--figure-width", "huge"), "as wide as a column or page"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(
    cli: Cli, surface_file: Path, arguments: tuple[str, ...], said: str
) -> None:
    (line,) = cli("surface", *(a.format(file=surface_file) for a in arguments), code=2).stderr.splitlines()
    assert line.startswith("Error: ")
    assert said in line
