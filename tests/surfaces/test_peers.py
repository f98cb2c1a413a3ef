"""Files of other programs, written as these write them: every value stands where it was measured."""

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from landscape.surfaces.reading import read
from tests.surfaces import closed_form
from tests.surfaces.closed_form import is_right, loss, value_at


def test_landscaper_moves_along_x_first(tmp_path: Path) -> None:
    measured, ranges = closed_form.landscaper()
    np.savez(tmp_path / "a.npz", loss=measured, coordinates=ranges)  # LossLandscape.save
    surface = read(tmp_path / "a.npz")
    assert surface.format == "Landscaper"
    assert is_right(surface)
    assert value_at(surface, 0.01, -0.01) == pytest.approx(0.01**2 - 0.03 + 10)
    assert value_at(surface, -0.01, 0.01) == pytest.approx(0.01**2 + 0.03 + 10)
    assert surface.titles == ("x, first direction", "y, second direction")
    assert surface.lowest == pytest.approx((0, -0.01, 9.97))
    assert "‖θ‖" in surface.axis_unit
    assert any("contour plot draws that one upwards" in note for note in surface.notes)


def test_a_volume_of_landscaper_says_how_to_save_one_plane_of_it_which_is_then_read(tmp_path: Path) -> None:
    cube, ranges = np.zeros((5, 5, 5)), [np.linspace(-1, 1, 5)] * 3
    np.savez(tmp_path / "a.npz", loss=cube, coordinates=ranges)
    with pytest.raises(ValueError, match="a loss over 3 directions") as refused:
        read(tmp_path / "a.npz")
    said = str(refused.value)
    assert "loss=loss[:, :, n], coordinates=coordinates[:2]" in said
    n, loss, coordinates = 2, cube, np.array(ranges)
    np.savez(tmp_path / "b.npz", loss=loss[:, :, n], coordinates=coordinates[:2])
    assert read(tmp_path / "b.npz").values.shape == (5, 5)


@pytest.mark.parametrize("steps", [5, 8, 9, 20])
@pytest.mark.parametrize("how", ["npy", "npz", "txt", "csv"])
def test_loss_landscapes_goes_to_and_fro(tmp_path: Path, steps: int, how: str) -> None:
    measured, path = closed_form.random_plane(steps), tmp_path / f"plane.{how}"
    if how == "npy":
        np.save(path, measured)
    elif how == "npz":
        np.savez(path, loss_data=measured)
    else:
        np.savetxt(path, measured, delimiter="," if how == "csv" else " ")
    surface = read(path)
    assert surface.format == "loss_landscapes"
    assert surface.measured == steps**2
    assert is_right(surface)
    assert value_at(surface, 0, 1) == loss(0, 1)  # its first value: it steps before it measures
    assert value_at(surface, 1, 0) == loss(1, 0)  # the end of its way back
    assert value_at(surface, steps - 1, 2) == loss(steps - 1, 2)
    assert surface.y is not None
    assert (surface.x[-1], surface.y[-1]) == (steps - 1, steps)


def test_only_an_array_that_becomes_much_smoother_is_taken_for_one_of_loss_landscapes(tmp_path: Path) -> None:
    regular = np.array([[loss(x, y) for y in range(8)] for x in range(8)])
    noise = np.random.default_rng(0).normal(size=(20, 20))
    flat = np.array([[float(x) / 3 for _ in range(8)] for x in range(8)])
    for array in (regular, regular[:4, :4], regular[:6], noise, flat, np.ones((8, 8))):
        np.save(tmp_path / "a.npy", array)
        surface = read(tmp_path / "a.npy")
        assert surface.format == "an array"
        assert surface.titles == ("x, row of the array", "y, column of the array")
        assert (surface.values == array.T).all()


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_noise_of_batches_hides_the_way_to_and_fro_only_where_it_hides_the_shift_too(
    tmp_path: Path, share: float
) -> None:
    rng = np.random.default_rng(1)
    measured = closed_form.random_plane(20, lambda x, y: loss(x, y) + rng.normal(scale=share))
    np.save(tmp_path / "a.npy", measured)
    surface = read(tmp_path / "a.npy")
    assert surface.format == "loss_landscapes"
    assert abs(value_at(surface, 7, 3) - loss(7, 3)) < 5 * share


def test_a_line_of_loss_landscapes_is_a_curve(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([3.0, 1.0, 2.0]))
    surface = read(tmp_path / "a.npy")
    assert surface.y is None
    assert surface.x.tolist() == [0, 1, 2]
    assert surface.marked == (1, None, 1)


WAYS = {
    "as it is": {},
    "single precision": {"dtype": "f4"},
    "big endian": {"dtype": ">f8"},
    "chunked and packed": {"chunks": (2, 2), "compression": "gzip", "shuffle": True},
    "lzf and checksums": {"chunks": True, "compression": "lzf", "fletcher32": True},
    "the latest version": {"libver": "latest"},
    "the earliest version": {"libver": "earliest"},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("across", "up"), [(6, 6), (5, 7), (9, 3), (2, 8)])
def test_a_surface_file_is_read_in_the_order_in_which_its_program_fills_it(
    tmp_path: Path, way: str, across: int, up: int
) -> None:
    x, y = np.linspace(-1, 1, across), np.linspace(-0.5, 2, up)
    closed_form.plot_surface(tmp_path / "a.h5", x, y, **WAYS[way])
    surface = read(tmp_path / "a.h5")
    assert surface.format == "tomgoldstein/loss-landscape"
    assert (surface.quantity, surface.quantities) == ("train_loss", ("train_loss", "train_acc"))
    assert (surface.x.tolist(), surface.y.tolist()) == (x.tolist(), y.tolist())  # type: ignore[union-attr]
    tolerance = {"rel": 1e-6}
    for here in x:
        for there in y:
            assert value_at(surface, here, there) == pytest.approx(loss(here, there), **tolerance)
    accuracy = read(tmp_path / "a.h5", "train_acc")
    assert accuracy.unit == "%"
    assert accuracy.marked == accuracy.highest
    assert accuracy.highest[:2] == surface.lowest[:2]


@pytest.mark.parametrize("measured", [1, 10, 34])
def test_what_was_not_measured_yet_stays_blank(tmp_path: Path, measured: int) -> None:
    x, y = np.linspace(-1, 1, 5), np.linspace(0, 3, 7)
    closed_form.plot_surface(tmp_path / "a.h5", x, y, measured=measured)
    surface = read(tmp_path / "a.h5")
    assert surface.measured == measured
    assert is_right(surface)
    assert np.isfinite(surface.values).ravel()[:measured].all()  # x runs first
    assert f"{35 - measured} of 35 points were not measured yet (-1 in the file)" in " ".join(surface.notes)


@pytest.mark.parametrize("y", [None, np.zeros(1)])
def test_a_surface_file_along_one_direction_is_a_curve(tmp_path: Path, y: np.ndarray | None) -> None:
    x = np.linspace(-1, 1, 11)
    closed_form.plot_surface(tmp_path / "a.h5", x, y)
    surface = read(tmp_path / "a.h5")
    assert surface.y is None
    assert np.allclose(surface.values, x**2 + 10)
    assert surface.lowest == pytest.approx((0, None, 10))


def test_a_fork_that_keeps_rows_of_y_is_read_alike(tmp_path: Path) -> None:
    x, y = np.linspace(-1, 1, 3), np.linspace(0, 3, 5)
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f["xcoordinates"], f["ycoordinates"] = x, y
        f["test_loss"] = [[loss(a, b) for a in x] for b in y]
    assert is_right(read(tmp_path / "a.h5"))


def test_a_surface_file_without_a_measured_point_is_refused(tmp_path: Path) -> None:
    closed_form.plot_surface(tmp_path / "a.h5", np.arange(3.0), np.arange(3.0), measured=0)
    with pytest.raises(ValueError, match="train_loss has no finite value"):
        read(tmp_path / "a.h5")


def test_nothing_outside_an_hdf5_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    closed_form.plot_surface(secret, np.arange(3.0), np.arange(3.0))
    (tmp_path / "raw").write_bytes(np.arange(9.0).tobytes())
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f["xcoordinates"], f["ycoordinates"] = np.arange(3.0), np.arange(3.0)
        f["train_loss"] = h5py.ExternalLink(str(secret), "train_loss")
        f.create_dataset("test_loss", (3, 3), "f8", external=[(str(tmp_path / "raw"), 0, 72)])
        layout = h5py.VirtualLayout((3, 3), "f8")
        layout[:] = h5py.VirtualSource(str(secret), "train_loss", (3, 3))
        f.create_virtual_dataset("val_loss", layout)
    with pytest.raises(ValueError, match="3 × 3 points, and no values"):
        read(tmp_path / "a.h5")


def test_other_hdf5_files_say_what_they_hold(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f["dir_file"] = "x"
        f.create_group("weights")
    with pytest.raises(ValueError, match="a.h5 holds dir_file, weights: expected xcoordinates"):
        read(tmp_path / "a.h5")


@pytest.mark.parametrize("kept", [20, 200, 0.5, 0.9])
def test_a_damaged_hdf5_file_is_one_sentence(tmp_path: Path, kept: float) -> None:
    closed_form.plot_surface(tmp_path / "a.h5", np.arange(9.0), np.arange(9.0))
    content = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(content[: int(kept if kept > 1 else kept * len(content))])
    with pytest.raises(ValueError, match="a.h5 is damaged, or no HDF5 file"):
        read(tmp_path / "a.h5")


def test_a_huge_data_set_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f["xcoordinates"] = np.arange(3.0)
        f.create_dataset("train_loss", (10**6, 10**6), "f8", chunks=(1000, 1000))
    with pytest.raises(ValueError, match="train_loss has 1,000,000,000,000 values, and at most 4,000,000 are read"):
        read(tmp_path / "a.h5")


def test_without_h5py_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed_form.plot_surface(tmp_path / "a.h5", np.arange(3.0), np.arange(3.0))
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ValueError, match="^an HDF5 file is read by h5py, which is not installed: pip install h5py$"):
        read(tmp_path / "a.h5")
