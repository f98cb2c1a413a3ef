"""A surface of another program, drawn: every value where it lies, the best one marked, and what is said of it."""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape.figures.planes.imported import (
    MOST_DRAWN,
    imported_caption,
    imported_figure,
    imported_finding,
    is_logarithmic,
)
from landscape.surfaces.reading import read
from landscape.surfaces.surface import Surface


def made(tmp_path: Path, x: np.ndarray, y: np.ndarray | None, values: np.ndarray, quantity: str = "loss") -> Surface:
    np.savez(tmp_path / "a.npz", **{"x": x, quantity: values} | ({} if y is None else {"y": y}))
    return read(tmp_path / "a.npz")


def heatmap(figure: go.Figure) -> go.Heatmap:
    (found,) = [trace for trace in figure.data if isinstance(trace, go.Heatmap)]
    return found


X, Y = np.linspace(-1, 1, 5), np.linspace(0, 3, 4)
Z = np.array([[x * x + 3 * y for x in X] for y in Y])


def test_every_value_is_drawn_where_it_lies(tmp_path: Path) -> None:
    figure = imported_figure(made(tmp_path, X, Y, Z))
    drawn = heatmap(figure)
    for column, x in enumerate(drawn.x):
        for row, y in enumerate(drawn.y):
            assert drawn.z[row][column] == drawn.customdata[row][column] == pytest.approx(x * x + 3 * y)
    assert (drawn.zmin, drawn.zmax) == (0, 10)
    (mark,) = [trace for trace in figure.data if isinstance(trace, go.Scatter)]
    assert (mark.x[0], mark.y[0], mark.name) == (0, 0, "lowest: 0")
    assert [trace.contours.coloring for trace in figure.data if isinstance(trace, go.Contour)] == ["none", "none"]
    assert figure.layout.title.text == "loss of a.npz: lowest 0 at x 0, y 0; highest 10"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("x", "y")


def test_of_an_accuracy_the_highest_is_marked(tmp_path: Path) -> None:
    surface = made(tmp_path, X, Y, Z, "test_acc")
    assert imported_finding(surface) == "test_acc of a.npz: highest 10 at x -1, y 3; lowest 0"
    assert imported_figure(surface).data[-1].name == "highest: 10"


def test_what_spans_decades_is_drawn_by_its_logarithm_and_says_its_own_values(tmp_path: Path) -> None:
    surface = made(tmp_path, X, Y, 10.0**Z)
    assert is_logarithmic(surface)
    drawn = heatmap(imported_figure(surface))
    assert np.allclose(drawn.z, Z)
    assert np.allclose(drawn.customdata, 10.0**Z)
    assert drawn.colorbar.title.text == "log scale"
    assert [10.0**value for value in drawn.colorbar.tickvals] == pytest.approx([10.0**power for power in range(11)])
    assert not is_logarithmic(made(tmp_path, X, Y, Z))  # its lowest is 0


def test_shared_colours_are_never_logarithmic(tmp_path: Path) -> None:
    drawn = heatmap(imported_figure(made(tmp_path, X, Y, 10.0**Z), (0.0, 1e11)))
    assert (drawn.zmin, drawn.zmax) == (0, 1e11)
    assert np.allclose(drawn.z, 10.0**Z)


def test_what_is_equal_everywhere_has_no_lines(tmp_path: Path) -> None:
    surface = made(tmp_path, X, Y, np.full((4, 5), 2.5))
    assert imported_finding(surface) == "loss of a.npz is 2.5 everywhere"
    assert not [trace for trace in imported_figure(surface).data if isinstance(trace, go.Contour)]


def test_where_little_was_measured_there_are_no_lines_and_the_rest_is_blank(tmp_path: Path) -> None:
    values = np.where(np.arange(20).reshape(4, 5) % 3 == 0, Z, np.nan)
    figure = imported_figure(made(tmp_path, X, Y, values))
    assert not [trace for trace in figure.data if isinstance(trace, go.Contour)]
    assert np.isnan(np.array(heatmap(figure).z, float)).sum() == np.isnan(values).sum()


def test_a_curve_is_a_line_and_its_lowest_point(tmp_path: Path) -> None:
    figure = imported_figure(made(tmp_path, X, None, X**2 - 0.5))
    line, mark = figure.data
    assert line.y.tolist() == (X**2 - 0.5).tolist()
    assert (mark.x[0], mark.y[0]) == (0, -0.5)
    assert figure.layout.yaxis.type == "linear"
    assert figure.layout.title.text == "loss of a.npz: lowest -0.5 at x 0; highest 0.5"


def test_of_many_points_some_are_drawn_and_the_best_of_all_is_marked(tmp_path: Path) -> None:
    n = 2 * MOST_DRAWN + 1
    values = np.ones((n, n))
    values[3, 5] = -7
    surface = made(tmp_path, np.arange(n), np.arange(n), values)
    figure = imported_figure(surface)
    assert heatmap(figure).z.shape == (201, 201)
    assert (figure.data[-1].x[0], figure.data[-1].y[0]) == (5, 3)
    assert "Drawn: one point of 3 along the longest axis" in imported_caption(surface)


def test_the_caption_says_what_such_a_picture_lacks(tmp_path: Path) -> None:
    said = imported_caption(made(tmp_path, X, Y, Z))
    assert said.startswith("From a.npz (arrays by name), 5 × 4 points. Axes: multiples of the file's own directions.")
    assert said.endswith("No interval, no examples and no τ: nothing here says where a capability ends.")


def test_names_from_a_file_make_no_markup(tmp_path: Path) -> None:
    figure = imported_figure(made(tmp_path, X, Y, Z, "<b>%{x}$a$"))
    assert "<b>" not in str(figure.layout.title.text) + str(heatmap(figure).hovertemplate) + str(heatmap(figure).name)
