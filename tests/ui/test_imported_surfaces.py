"""A surface of another program on the Plane page: kept beside the store, beside the map, read only, and removed."""

import stat
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from landscape.bundled import results, specs
from landscape.runs.paths import surfaces_of
from landscape.store.store import Store
from landscape.surfaces import kept
from tests.surfaces import closed_form
from tests.surfaces.closed_form import loss
from tests.ui.states import Page, figures, links, said, sound


def landscaper() -> bytes:
    written = BytesIO()
    measured, ranges = closed_form.landscaper()
    np.savez(written, loss=measured, coordinates=ranges)
    return written.getvalue()


def two_losses() -> bytes:
    written = BytesIO()
    x = np.linspace(-1, 1, 5)
    grid = loss(*np.meshgrid(x, x))  # type: ignore[arg-type]
    np.savez(written, x=x, y=x, train_loss=grid, test_acc=100 - grid)
    return written.getvalue()


def by_key(widgets, key: str):  # noqa: ANN001, ANN201
    (found,) = [widget for widget in widgets if widget.key == key]
    return found


def _linked(app: AppTest) -> dict[str, list[str]]:
    """The parameters of the permalink."""
    return parse_qs(urlsplit(links(app).split()[0]).query)


def titles(app: AppTest) -> list[str]:
    return [figure["layout"]["title"]["text"] for figure in figures(app) if figure["layout"].get("title")]


def imported_titles(app: AppTest) -> list[str]:
    return [title for title in titles(app) if " of " in title and ("lowest" in title or "highest" in title)]


def test_a_dropped_surface_is_kept_shown_beside_the_map_and_linked(page: Page, store: Store) -> None:
    app = page("plane")
    assert imported_titles(app) == []
    before = len(figures(app))
    by_key(app.file_uploader, "surface-drop").upload("my <b>plane.npz", landscaper(), "application/zip").run()
    text = sound(app)
    (file,) = surfaces_of(store).iterdir()
    assert file.name.startswith("my-b-plane-")
    assert file.read_bytes() == landscaper()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert by_key(app.selectbox, "surface").value == file.name
    assert len(figures(app)) == before + 2  # the map once more, and the surface
    (title,) = imported_titles(app)
    assert title == "loss of my-b-plane.npz: lowest 9.97 at x 0, y -0.01; highest 10"
    assert "Axes: multiples of ‖θ‖ along the file's own directions, as Landscaper writes them. They are not α." in text
    assert "A width here and a width on the map beside it cannot be compared." in text
    assert (
        "Each panel has its own colours: the map shows basic loss (nats a token), the file shows loss, whose unit"
        in text
    )
    assert "no examples, no interval and no τ: nothing in it is called inside or lost" in text
    assert _linked(app)["surface"] == [file.name]
    assert store.runs() == []


def test_a_link_opens_the_surface_and_its_values(page: Page, store: Store) -> None:
    file = kept.keep(surfaces_of(store), "a.npz", two_losses())
    app = page("plane", surface=file.name, **{"surface-values": "test_acc"})
    sound(app)
    assert imported_titles(app) == ["test_acc of a.npz: highest 93 at x 0, y -1; lowest 86"]
    assert by_key(app.selectbox, "surface-values").value == "test_acc"
    by_key(app.selectbox, "surface-values").select("train_loss").run()
    sound(app)
    assert imported_titles(app) == ["train_loss of a.npz: lowest 7 at x 0, y -1; highest 14"]
    assert _linked(app)["surface-values"] == ["train_loss"]


def test_another_surface_begins_with_its_own_values(page: Page, store: Store) -> None:
    first = kept.keep(surfaces_of(store), "a.npz", two_losses())
    other = kept.keep(surfaces_of(store), "b.npz", landscaper())
    app = page("plane", surface=first.name, **{"surface-values": "test_acc"})
    by_key(app.selectbox, "surface").select(other.name).run()
    sound(app)
    (title,) = imported_titles(app)
    assert title.startswith("loss of b.npz: lowest 9.97")
    assert "surface-values" not in _linked(app)
    by_key(app.selectbox, "surface").select(first.name).run()
    assert imported_titles(app) == ["train_loss of a.npz: lowest 7 at x 0, y -1; highest 14"]


def test_a_surface_that_is_removed_is_gone_from_disk_page_and_link(page: Page, store: Store) -> None:
    file = kept.keep(surfaces_of(store), "a.npz", two_losses())
    app = page("plane", surface=file.name)
    next(button for button in app.button if button.label == "Remove").click().run()
    sound(app)
    assert not file.exists()
    assert imported_titles(app) == []
    assert "surface" not in _linked(app)


def test_a_link_to_a_surface_that_is_not_kept_here_says_so(page: Page, store: Store) -> None:
    app = page("plane", surface="mine-0123456789ab.h5")
    assert "the surface mine.h5 is not kept here: drop its file again" in sound(app)
    kept.keep(surfaces_of(store), "a.npz", two_losses())
    app = page("plane", surface="../../etc/passwd")
    assert "is not kept here" in sound(app)
    assert imported_titles(app) == []


def test_without_a_plane_the_surface_stands_alone(page: Page, store: Store) -> None:
    file = kept.keep(surfaces_of(store), "line.npy", BytesIO(_npy(np.array([3.0, 1, 2]))).getvalue())
    app = page("plane", base="/no/such/model", surface=file.name)
    text = said(app)
    assert imported_titles(app) == ["values of line.npy: lowest 1 at x 1; highest 3"]
    assert "a curve of 3 points, all with a value; values from 1 to 3" in text
    assert "the map beside it" not in text


def _npy(array: np.ndarray) -> bytes:
    written = BytesIO()
    np.save(written, array)
    return written.getvalue()


@pytest.mark.parametrize(("quantity", "unit"), [("math loss", "nats a token"), ("math score", "share of examples")])
def test_an_exported_plane_shares_its_colours_with_the_map_of_its_capability(
    page: Page, store: Store, quantity: str, unit: str
) -> None:
    shipped = results.shipped(specs.DEMO_PLANE)
    assert shipped is not None
    file = kept.keep(surfaces_of(store), "own.json", shipped.to_json().encode())
    app = page("plane", surface=file.name, **{"surface-values": quantity})
    text = sound(app)
    assert f"One colour scale for both panels: both are in the same unit, {unit}" in text
    assert "They are not α" not in text
    *_, ours, theirs = figures(app)
    assert ours["layout"]["title"]["text"].startswith("math is lost nearest")
    maps = [trace for figure in (ours, theirs) for trace in figure["data"] if trace["type"] == "heatmap"]
    ranges = {(trace["zmin"], trace["zmax"]) for trace in maps if trace["name"] != "unknown"}
    assert len(ranges) == 1
    rows = shipped.rows[shipped.rows["capability"] == "math"]
    (span,) = ranges
    assert span[0] <= rows[quantity.split()[1]].min()
    assert span[1] >= rows[quantity.split()[1]].max()


def test_a_path_on_this_machine_is_copied(page: Page, store: Store, tmp_path: Path) -> None:
    np.save(tmp_path / "plane.npy", closed_form.random_plane(8))
    app = page("plane")
    by_key(app.text_input, "surface-path").input(str(tmp_path / "plane.npy")).run()
    text = sound(app)
    assert len(list(surfaces_of(store).iterdir())) == 1
    assert "Each value is drawn where it was measured." in text


@pytest.mark.parametrize("path", ["~nobody-at-all/x.npy", "/no/such.npy", "/", "a\x00b.npy"])
def test_a_path_that_leads_nowhere_is_one_sentence(page: Page, store: Store, path: str) -> None:
    app = page("plane")
    by_key(app.text_input, "surface-path").input(path).run()
    assert not app.exception
    assert len(app.error) == 1
    assert not surfaces_of(store).exists()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.npz", b"PK\x03\x04 broken", "is damaged"),
        ("a.npy", b"\x80\x04pickle", "may run code when they are opened"),
        ("a.csv", b"", "a.csv is empty"),
    ],
)
def test_what_is_no_surface_is_refused_and_not_kept(
    page: Page, store: Store, name: str, content: bytes, sentence: str
) -> None:
    app = page("plane")
    by_key(app.file_uploader, "surface-drop").upload(name, content, "application/octet-stream").run()
    assert not app.exception
    assert [sentence in error.value for error in app.error] == [True]
    assert list(surfaces_of(store).glob("*")) == []


@pytest.mark.parametrize("name", ["model.pt", "x.pkl"])
def test_files_that_may_hold_code_say_how_to_save_instead(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"np.savez\('surface.npz'"):
        kept.keep(tmp_path, name, b"x")


def test_the_map_beside_it_is_of_the_capability_that_is_chosen(page: Page, store: Store) -> None:
    app = page("plane")
    by_key(app.file_uploader, "surface-drop").upload("plane.npz", landscaper(), "application/zip").run()
    for chosen in ("safety", "code"):
        app.segmented_control(key="capability").set_value(chosen).run()
        assert len([title for title in titles(app) if title.startswith(f"{chosen} ")]) == 2
