"""Arrays, tables and JSON of anybody's own: the right value at every place, or one sentence."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from landscape.bundled import results, specs
from landscape.planes.grid import axis
from landscape.surfaces import reading
from landscape.surfaces.reading import read
from landscape.surfaces.surface import NATS, SHARE
from tests.surfaces.closed_form import is_right, loss, value_at

X, Y = np.linspace(-1, 1, 5), np.linspace(0, 3, 4)
SQUARE = np.linspace(0, 3, 5)


def mesh(x: np.ndarray, y: np.ndarray, indexing: str = "xy") -> dict[str, np.ndarray]:
    across, up = np.meshgrid(x, y, indexing=indexing)  # type: ignore[call-overload]
    return {"X": across, "Y": up, "Z": loss(across, up)}


def rows_of_y(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return mesh(x, y)["Z"]


ARRAYS = {
    "lists, rows of y": {"x": X, "y": Y, "loss": rows_of_y(X, Y)},
    "lists, rows of x": {"x": X, "y": Y, "loss": rows_of_y(X, Y).T},
    "lists of equal length": {"xs": X, "ys": SQUARE, "Z": rows_of_y(X, SQUARE)},
    "meshgrid": mesh(X, Y),
    "meshgrid by index": mesh(X, Y, "ij"),
    "square meshgrid": mesh(X, SQUARE),
    "square meshgrid by index": mesh(X, SQUARE, "ij"),
    "alphas": {"alphas": X, "betas": Y, "losses": rows_of_y(X, Y)},
    "downwards": {"x": X[::-1], "y": Y, "loss": rows_of_y(X[::-1], Y)},
    "in disorder": {
        "x": X[[2, 0, 4, 1, 3]],
        "y": Y[[3, 0, 2, 1]],
        "loss": rows_of_y(X[[2, 0, 4, 1, 3]], Y[[3, 0, 2, 1]]),
    },
    "half precision": {"x": X, "y": Y, "loss": rows_of_y(X, Y).astype(np.float16)},
    "whole numbers": {"x": np.arange(5), "y": np.arange(4), "loss": rows_of_y(np.arange(5), np.arange(4))},
    "with more": {"y": Y, "name": np.array("mine"), "x": X, "seed": np.array(3), "loss": rows_of_y(X, Y)},
}


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays_by_name(tmp_path: Path, case: str) -> None:
    np.savez_compressed(tmp_path / "a.npz", **ARRAYS[case])
    surface = read(tmp_path / "a.npz")
    assert surface.measured in (20, 25)
    if case == "half precision":
        assert value_at(surface, -0.5, 1) == pytest.approx(13.25, rel=1e-3)
    else:
        assert is_right(surface)


@pytest.mark.parametrize("case", [name for name in ARRAYS if name != "half precision"])
def test_arrays_by_name_in_json(tmp_path: Path, case: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps({key: array.tolist() for key, array in ARRAYS[case].items()}))
    assert is_right(read(tmp_path / "a.json"))


def test_arrays_in_order(tmp_path: Path) -> None:
    for arrays in ((X, Y, rows_of_y(X, Y)), tuple(mesh(X, Y, "ij").values())):
        np.savez(tmp_path / "a.npz", *arrays)
        assert is_right(read(tmp_path / "a.npz"))


def long(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.array([(a, b, loss(a, b)) for b in y for a in x])


def text_of(rows: np.ndarray, **options) -> str:
    written = io.StringIO()
    np.savetxt(written, rows, **options)
    return written.getvalue()


FRAME = pd.DataFrame(rows_of_y(X, Y), index=Y, columns=X)
TABLES = {
    "savetxt": text_of(long(X, Y)),
    "savetxt with commas": text_of(long(X, Y), delimiter=","),
    "savetxt with a header": text_of(long(X, Y), header="x y loss"),
    "savetxt of other columns": text_of(long(X, Y)[:, [2, 1, 0]], header="loss,beta,alpha", delimiter=",", comments=""),
    "in disorder": text_of(np.random.default_rng(0).permutation(long(X, Y))),
    "with a hole": text_of(np.delete(long(X, Y), 7, axis=0), delimiter="\t"),
    "pandas, long": pd.DataFrame(long(X, Y), columns=["x", "y", "loss"]).to_csv(index=False),
    "pandas with its index": pd.DataFrame(long(X, Y), columns=["x", "y", "loss"]).to_csv(),
    "pandas, a frame": FRAME.to_csv(),
    "pandas, a named frame": FRAME.rename_axis(index="y").to_csv(),
    "other names": pd.DataFrame(long(X, Y), columns=["step 1", "step 2", "nll"]).to_csv(index=False),
    "a decimal comma": pd.DataFrame(long(X, Y), columns=["x", "y", "loss"]).to_csv(index=False, sep=";", decimal=","),
    "Windows": "\ufeff" + pd.DataFrame(long(X, Y), columns=["x", "y", "loss"]).to_csv(index=False, lineterminator="\r\n"),
    "other digits": "\n".join(f"{a + 1e-13 * b:.17g} {b:.17g} {v:.17g}" for a, b, v in long(X, Y)),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLES)
def test_tables(tmp_path: Path, case: str) -> None:
    (tmp_path / "a.csv").write_text(TABLES[case])
    surface = read(tmp_path / "a.csv")
    assert surface.measured == (19 if case == "with a hole" else 20)
    if case == "other digits":
        assert value_at(surface, 0.5, 2) == loss(0.5, 2)
    assert is_right(surface)


def test_a_bare_grid_of_text_is_read_as_the_same_array(tmp_path: Path) -> None:
    grid = rows_of_y(X, Y)
    (tmp_path / "a.txt").write_text(text_of(grid))
    (tmp_path / "b.csv").write_text(pd.DataFrame(grid).to_csv(index=False))
    np.save(tmp_path / "c.npy", grid)
    (tmp_path / "d.json").write_text(json.dumps(grid.tolist()))
    for name in ("a.txt", "b.csv", "c.npy", "d.json"):
        surface = read(tmp_path / name)
        assert surface.values.shape == (5, 4)  # rows of the array along x
        assert np.allclose(surface.values, grid.T)


def test_whole_numbers_that_count_up_are_values(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("0,1,2\n5,6,7\n9,9,9\n")
    assert read(tmp_path / "a.csv").values.tolist() == [[0, 5, 9], [1, 6, 9], [2, 7, 9]]


@pytest.mark.parametrize("text", ["0 3\n1 2\n2 5\n", "x,loss\n0,3\n1,2\n2,5\n", "3\n2\n5\n", "3,2,5\n"])
def test_curves_of_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    surface = read(tmp_path / "a.txt")
    assert surface.y is None
    assert (surface.x.tolist(), surface.values.tolist()) == ([0, 1, 2], [3, 2, 5])


def test_an_exported_plane_keeps_alpha_and_its_units(tmp_path: Path) -> None:
    result = results.shipped(specs.DEMO_PLANE)
    assert result is not None
    (tmp_path / "a.json").write_text(result.to_json())
    (tmp_path / "a.csv").write_text(result.to_csv())
    spec = result.spec
    on_grid = result.rows["x"].isin(axis(spec.x, spec.grid)) & result.rows["y"].isin(axis(spec.y, spec.grid))
    assert len(result.rows[~on_grid][["x", "y"]].drop_duplicates()) == 1
    first = result.rows.iloc[len(result.rows) // 3]
    for name in ("a.json", "a.csv"):
        for what, unit in (("score", SHARE), ("loss", NATS)):
            surface = read(tmp_path / name, f"{first['capability']} {what}")
            assert value_at(surface, first["x"], first["y"]) == pytest.approx(first[what])
            assert surface.unit == unit
            assert surface.axis_unit.startswith("α")
            assert surface.measured == on_grid[result.rows["capability"] == first["capability"]].sum()
            assert np.allclose([surface.x, surface.y], [axis(spec.x, spec.grid), axis(spec.y, spec.grid)])
            assert "1 point lies off the grid, as checkpoints do, and not in the picture." in surface.notes


def test_a_plane_that_is_refined_where_a_boundary_passes_keeps_the_size_of_its_cells(tmp_path: Path) -> None:
    points = [(x, y) for x in (0, 4, 8) for y in (0, 4, 8)] + [(x, y) for x in (4, 5, 6) for y in (1, 2, 3)]
    (tmp_path / "a.csv").write_text("x,y,loss\n" + "\n".join(f"{x / 10},{y / 10},{loss(x, y)}" for x, y in points))
    surface = read(tmp_path / "a.csv")
    assert np.allclose(surface.x, np.arange(9) / 10)
    assert surface.y is not None
    assert np.allclose(surface.y, np.arange(9) / 10)
    assert surface.measured == len(points)
    for x, y in points:
        assert value_at(surface, x / 10, y / 10) == loss(x, y)


def test_steps_that_grow_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y,loss\n" + "\n".join(f"{x},{y},1" for x in (1, 10, 1000) for y in (0, 1)))
    assert read(tmp_path / "a.csv").x.tolist() == [1, 10, 1000]


def test_negative_losses_and_what_is_not_finite(tmp_path: Path) -> None:
    grid = np.array([[-3.0, np.nan, 2], [np.inf, 5, -np.inf], [0, -1, 4]])
    np.savez(tmp_path / "a.npz", x=np.arange(3), y=np.arange(3), loss=grid)
    surface = read(tmp_path / "a.npz")
    assert surface.measured == 6  # -1 is a value: only surface files of HDF5 write it for none
    assert surface.lowest == (0, 0, -3)
    assert surface.highest == (1, 1, 5)
    said = " ".join(surface.notes)
    assert "2 of 9 values are infinite" in said
    assert "1 of 9 points have no value" in said


class Evil:
    def __reduce__(self):
        return (print, ("opened",))


def npy_header(shape: tuple[int, ...], descr: str = "<f8") -> bytes:
    written = io.BytesIO()
    np.lib.format.write_array_header_1_0(written, {"descr": descr, "fortran_order": False, "shape": shape})
    return written.getvalue()


def zipped(**members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return written.getvalue()


def saved(array: np.ndarray, *, objects: bool = False) -> bytes:
    written = io.BytesIO()
    np.save(written, array, allow_pickle=objects)
    return written.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    written = io.BytesIO()
    np.savez(written, **arrays)
    return written.getvalue()


REFUSED = {
    "pickle": (pickle.dumps(Evil()), "may run code when they are opened"),
    "objects": (saved(np.array([Evil()], object), objects=True), "save the numbers alone"),
    "ragged ranges": (npz(loss=np.ones((2, 3)), coordinates=np.array([[1, 2], [1, 2]])), "coordinates make 2 × 2"),
    "torch": (zipped(a__data_dot_pkl=b"x"), "may run code"),
    "other zip": (zipped(readme_dot_txt=b"x"), "expected what numpy.savez writes"),
    "zip bomb": (zipped(loss_dot_npy=npy_header((10**9,)) + bytes(10**6)), "has 1,000,000,000 values, and at most 4,000,000"),
    "bomb of zeros": (zipped(loss_dot_npy=bytes(200_000_000)), "would take 200,000,000 bytes"),
    "damaged zip": (npz(loss=np.ones((9, 9)))[:200], "damaged"),
    "huge": (npy_header((10**7,)) + bytes(8), "has 10,000,000 values"),
    "cut": (saved(np.ones((9, 9)))[:-8], "ends before its 81 values"),
    "negative shape": (npy_header((-9,)) + bytes(72), "is damaged"),
    "damaged header": (b"\x93NUMPY\x01\x00\x10\x00{'descr': 1      ", "is damaged"),
    "empty file": (b"", "is empty"),
    "empty array": (saved(np.ones((0, 3))), "is empty"),
    "one number": (saved(np.array(3.0)), "holds one number"),
    "one point": (saved(np.array([3.0])), "holds one point"),
    "three directions": (saved(np.ones((3, 4, 5))), "holds 3 × 4 × 5 values, and a map shows two directions"),
    "complex": (saved(np.ones((3, 3), complex)), "complex numbers: save their real part"),
    "text": (saved(np.array([["a", "b"]])), "holds text"),
    "dates": (saved(np.array(["2026-01-01", "2026-01-02"], "M8[D]")), "holds dates"),
    "true and false": (saved(np.ones((2, 2), bool)), "holds true and false"),
    "records": (saved(np.zeros(3, [("x", "f8")])), "holds records"),
    "nothing finite": (saved(np.full((3, 3), np.nan)), "has no finite value"),
    "twice": (npz(x=np.array([0, 1, 1]), y=np.arange(2), loss=np.ones((2, 3))), "the coordinate 1 along x stands there twice"),
    "NaN along x": (npz(x=np.array([0, np.nan]), y=np.arange(2), loss=np.ones((2, 2))), "along x is no finite number"),
    "other shape": (npz(x=np.arange(3), y=np.arange(2), loss=np.ones((4, 4))), "has 4 × 4 values, and the coordinates make 3 × 2"),
    "no values": (npz(x=np.arange(3), y=np.arange(2)), "expected an array of values such as 'loss'"),
    "no mesh": (npz(x=np.array([[0, 1], [2, 3]]), y=np.ones((2, 2)), z=np.ones((2, 2))), "are no grid"),
    "words": (b"hello world\nthis is no table\n", "4 values, and|is no real number|names 2 columns"),
    "a page": (b"<html><body>404</body></html>", "is no surface"),
    "a picture": (b"\x89PNG\r\n\x1a\n\xff\xfe\xfd", "is no surface"),
    "gzip": (b"\x1f\x8b\x08\x00", "is packed"),
    "ragged": (b"1 2 3\n4 5\n6 7 8\n", "line 2: 2 values, and the last line has 3"),
    "ragged first": (b"1 2\n4 5 6\n6 7 8\n", "line 1: 2 values"),
    "a bad cell": (b"x,y,loss\n0,0,1\n0,1,oops\n1,0,2\n1,1,3\n", "line 3: 'oops' is no real number"),
    "complex text": (b"1+2j 3\n4 5\n", "is no real number|names"),
    "point twice": (b"x,y,loss\n0,0,1\n0,0,2\n1,0,3\n1,1,3\n", "x 0, y 0 stands there twice"),
    "no grid": (b"x,y,loss\n0,0,1\n1,2,2\n2,1,3\n3,3,3\n", "lie on no grid"),
    "names alone": (b"x,y,loss\n", "and no values"),
    "bad JSON": (b'{"x": [1, 2', "is no JSON"),
    "deep JSON": (b"[" * 100_000, "is no JSON"),
    "JSON of words": (b'{"a": "b"}', "expected an array of values"),
    "JSON of ragged lists": (b"[[1, 2], [3]]", "no lists of numbers of equal length"),
    "another export": (b'{"spec": {"kind": "slice"}, "rows": []}', "is no export of a plane"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_surface_is_refused_in_one_sentence(
    tmp_path: Path, case: str, capsys: pytest.CaptureFixture
) -> None:
    content, said = REFUSED[case]
    (tmp_path / "a.dat").write_bytes(content)
    with pytest.raises(ValueError, match=said) as refused:
        read(tmp_path / "a.dat")
    assert str(refused.value).startswith("a.dat")
    assert "\n" not in str(refused.value)
    assert capsys.readouterr().out == ""


def test_a_file_of_another_quantity_lists_what_it_holds(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(2), y=np.arange(2), test_loss=np.ones((2, 2)), train_loss=np.zeros((2, 2)))
    assert read(tmp_path / "a.npz").quantities == ("train_loss", "test_loss")
    with pytest.raises(ValueError, match="a.npz holds train_loss, test_loss, and no 'acc'"):
        read(tmp_path / "a.npz", "acc")


def test_a_large_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 2**20)
    (tmp_path / "a.npy").write_bytes(bytes(2**20 + 1))
    with pytest.raises(ValueError, match="a.npy has 1 MiB, and at most 1 are read"):
        read(tmp_path / "a.npy")
    with pytest.raises(ValueError, match="is a folder"):
        read(tmp_path)
