"""The heat map of Δθ: every tensor in its cell."""

import numpy as np
import pytest

from landscape.figures.module_heatmap import comparison_figure

COMPARED = {
    "tensors": [
        {"name": "embed.weight", "layer": None, "module": "embed", "alpha": 0.3, "relative": 0.1},
        {"name": "layers.10.up.weight", "layer": 10, "module": "up", "alpha": 0.2, "relative": 0.9},
        {"name": "layers.2.up.weight", "layer": 2, "module": "up", "alpha": 0.1, "relative": 0.2},
        {"name": "layers.2.down.weight", "layer": 2, "module": "down", "alpha": 0.0, "relative": 0.0},
    ]
}


def test_layers_go_down_by_number_and_missing_modules_stay_empty() -> None:
    (heat,) = comparison_figure(COMPARED).data
    assert list(heat.y) == ["outside", "layer 2", "layer 10"]
    cells = {(y, x): heat.z[i][j] for i, y in enumerate(heat.y) for j, x in enumerate(heat.x)}
    assert np.isclose(cells["layer 2", "up"], 0.1)
    assert np.isclose(cells["outside", "embed"], 0.3)
    assert np.isnan(cells["layer 10", "down"])


def test_the_title_names_what_moved_most_on_either_scale() -> None:
    assert comparison_figure(COMPARED).layout.title.text == "Moved most: embed"
    assert comparison_figure(COMPARED, "relative").layout.title.text == "Moved most: up in layer 10"


def test_the_colours_begin_at_no_change_at_all() -> None:
    (heat,) = comparison_figure(COMPARED).data
    assert (heat.zmin, heat.zmax) == (0, 0.3)


def test_ranks_are_of_matrices_and_the_title_says_of_how_much() -> None:
    matrix = {"name": "layers.2.up.weight", "layer": 2, "module": "up", "shape": [8, 32], "effective_rank": 3.25}
    norm = {"name": "layers.2.norm.weight", "layer": 2, "module": "norm", "shape": [8], "effective_rank": None}
    figure = comparison_figure({"tensors": [norm, matrix]}, "effective_rank")
    assert list(figure.data[0].x) == ["up"]
    assert figure.layout.title.text == "Moved in most directions: up in layer 2, effective rank 3.25 of 8"
    with pytest.raises(ValueError, match="expected tensors with effective_rank, got none"):
        comparison_figure(COMPARED, "effective_rank")
