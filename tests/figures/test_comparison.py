"""The heat map of Δθ: every tensor in its cell."""

import numpy as np

from landscape.figures.comparison import comparison_figure

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
    assert comparison_figure(COMPARED, relative=True).layout.title.text == "Moved most: up in layer 10"


def test_the_colours_begin_at_no_change_at_all() -> None:
    (heat,) = comparison_figure(COMPARED).data
    assert (heat.zmin, heat.zmax) == (0, 0.3)
