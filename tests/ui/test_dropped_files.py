"""A file of examples dropped on a page: kept beside the store, shown, and scored at θ₀ by the usual queue."""

import stat
from pathlib import Path

import pytest

from landscape.capabilities.sources import dropped
from landscape.runs.paths import capabilities_of
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store
from tests.ui.states import Page

QA = b"question,A,B,answer\nWhich is red?,blood,grass,A\nWhich is green?,blood,grass,B\n"


def test_a_dropped_file_is_chosen_shown_and_scored_before_anything_moves(page: Page, store: Store) -> None:
    app = page("home")
    app.file_uploader[0].upload("My <b>colours, [x](y).csv", QA, "text/csv").run()
    assert not app.exception
    (kept,) = capabilities_of(store).iterdir()
    assert kept.read_bytes() == QA
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.name.startswith("My-b-colours-x-y-")
    chosen = next(one for one in app.multiselect if one.label == "Capabilities").value
    assert chosen[-1] == str(kept)
    said = " ".join(one.value for one in app.caption)
    assert "2 examples; guessing scores 0.500" in said
    assert "Which is red?" in said
    button = next(one for one in app.button if one.label.startswith("Score "))
    assert button.label == "Score 2 of them at θ₀"
    button.click().run()
    assert not app.exception
    (run,) = store.runs()
    assert isinstance(run.spec, SliceSpec)
    assert run.spec.alphas == (0.0,)
    assert run.spec.capabilities == (str(kept),)


def test_a_file_that_holds_no_examples_is_refused_and_not_kept(page: Page, store: Store) -> None:
    app = page("home")
    app.file_uploader[0].upload("a.csv", b"title,body\nx,y\n", "text/csv").run()
    assert not app.exception
    assert any("to name its columns" in one.value for one in app.error)
    assert list(capabilities_of(store).iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/x.csv", "/abs.csv", "a,b c.csv", "..csv.csv", "é.csv", ".csv.csv"])
def test_nothing_of_a_files_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    path = dropped.keep(tmp_path / "kept", name, QA)
    assert path.parent == tmp_path / "kept"
    assert "," not in path.name
    assert path == dropped.keep(tmp_path / "kept", name, QA)


def test_a_files_name_keeps_its_decimal_point(tmp_path: Path) -> None:
    assert dropped.keep(tmp_path, "heat-0.05.csv", QA).name.startswith("heat-0.05-")


@pytest.mark.parametrize("name", ["task.yaml", "x.py", "x.pkl", "x"])
def test_files_that_may_run_code_are_not_taken(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="expected a file that ends in .csv"):
        dropped.keep(tmp_path, name, b"task: x")
