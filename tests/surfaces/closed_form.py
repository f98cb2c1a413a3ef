"""A surface that is known everywhere, and no two of whose axes can be mistaken for each other."""

from itertools import product

import numpy as np

from landscape.surfaces.surface import Surface


def loss(x: float, y: float) -> float:
    return x * x + 3 * y + 10


def value_at(surface: Surface, x: float, y: float) -> float:
    assert surface.y is not None
    column, row = np.argmin(abs(surface.x - x)), np.argmin(abs(surface.y - y))
    assert abs(surface.x[column] - x) < 1e-9
    assert abs(surface.y[row] - y) < 1e-9
    return float(surface.values[row, column])


def is_right(surface: Surface) -> bool:
    """Whether every value stands where it belongs."""
    assert surface.y is not None
    grid = [[loss(x, y) for x in surface.x] for y in surface.y]
    known = np.isfinite(surface.values)
    return bool(np.allclose(surface.values[known], np.array(grid)[known]))


def landscaper(steps: int = 7, distance: float = 0.01) -> tuple[np.ndarray, list[np.ndarray]]:
    """`compute_loss_landscape` of Landscaper 1.3.1 over two directions, as it fills its array."""
    coordinates = [np.linspace(-distance, distance, steps) for _ in range(2)]
    hypercube = np.zeros((steps, steps))
    for gp in product(range(steps), repeat=2):
        hypercube[gp] = loss(coordinates[0][gp[0]], coordinates[1][gp[1]])
    return hypercube, coordinates


def random_plane(steps: int = 8, measure=loss) -> np.ndarray:
    """`random_plane` of loss_landscapes 3.0.6: its loop, on the place (steps along one, along two) from the corner."""
    place = np.zeros(2)
    data_matrix = []
    for i in range(steps):
        data_column: list[float] = []
        for _ in range(steps):
            if i % 2 == 0:
                place += (0, 1)
                data_column.append(measure(*place))
            else:
                place -= (0, 1)
                data_column.insert(0, measure(*place))
        data_matrix.append(data_column)
        place += (1, 0)
    return np.array(data_matrix)


def plot_surface(path, x: np.ndarray, y: np.ndarray | None, *, measured: int | None = None, **options) -> None:
    """`setup_surface_file` and `crunch` of tomgoldstein/loss-landscape, with h5py; `measured`: how many points are."""
    import h5py

    with h5py.File(path, "a", libver=options.pop("libver", None)) as f:
        f["dir_file"] = "model.t7_weights_xignore=biasbn_xnorm=filter_yignore=biasbn_ynorm=filter.h5"
        f["xcoordinates"] = x
        if y is not None:
            f["ycoordinates"] = y
        shape = x.shape if y is None else (len(x), len(y))
        losses, accuracies = -np.ones(shape=shape), -np.ones(shape=shape)
        inds = np.array(range(losses.size))
        if y is not None:
            xcoord_mesh, ycoord_mesh = np.meshgrid(x, y)
            coords = np.c_[xcoord_mesh.ravel()[inds], ycoord_mesh.ravel()[inds]]
        else:
            coords = np.c_[x.ravel()[inds], np.zeros(len(inds))]
        for ind, coord in list(zip(inds, coords, strict=True))[:measured]:
            losses.ravel()[ind] = loss(*coord)
            accuracies.ravel()[ind] = 100 - loss(*coord)
        dtype = options.pop("dtype", "f8")
        f.create_dataset("train_loss", data=losses.astype(dtype), **options)
        f.create_dataset("train_acc", data=accuracies.astype(dtype), **options)
