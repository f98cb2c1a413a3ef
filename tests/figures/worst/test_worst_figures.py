"""The other figures of a worst-case run: matrix, equal norm, ascent, mass."""

import numpy as np
import pytest

from landscape.basins.radii import basins_of
from landscape.figures.module_heatmap import mass_figure
from landscape.figures.palette import FINETUNE, WORST
from landscape.figures.scale import scale_of
from landscape.figures.slices.findings import slice_finding
from landscape.figures.slices.slice import slice_figure
from landscape.figures.worst.ascent import ascent_figure
from landscape.figures.worst.boundary_matrix import matrix_figure
from landscape.figures.worst.equal_norm import equal_norm_figure
from landscape.schema.directions import label_of
from landscape.schema.results import Result, tidy
from landscape.schema.specs import SliceSpec, WorstSpec
from landscape.worst.boundaries import worst_boundaries
from landscape.worst.equal_norm import equal_norm_scores
from landscape.worst.overlap import cells_of, found_of
from tests.worst.known_rays import HARMFUL, MASS, MATH, SAFETY, made


@pytest.fixture(scope="module")
def result() -> Result[WorstSpec]:
    return made()


def test_a_cell_says_where_it_ends_and_how_much_nearer_that_is(result: Result[WorstSpec]) -> None:
    basins = basins_of(result)
    figure = matrix_figure(result, worst_boundaries(result, basins=basins), basins, 0.05)
    (heat,) = figure.data
    assert list(heat.x) == ["math", "safety"]
    assert heat.y[0] == "worst math"
    assert heat.y[-1] == "random,<br>median"
    assert heat.text[0][0] == "<b>0.00020</b><br>80\u00a0×"  # searched for: bold
    assert heat.text[1][0] == "<i>0.0079</i><br>2\u00a0×"  # spared: italic
    assert heat.text[3][1] == "≥\u00a00.064"
    assert heat.text[-1][1] == "≥ 0.064"
    assert heat.z[0][0] == pytest.approx(np.log10(0.0002), abs=0.01)
    assert "100 unseen examples" in heat.customdata[0][0]


def test_what_is_not_measured_yet_is_said_in_an_empty_cell(result: Result[WorstSpec]) -> None:
    early = Result(result.spec, result.rows[result.rows["direction"] != label_of(MATH)], result.facts)
    basins = basins_of(early)
    figure = matrix_figure(early, worst_boundaries(early, basins=basins), basins, 0.05)
    assert [a.text for a in figure.layout.annotations] == ["not yet", "not yet"]
    assert np.isnan(figure.data[0].z[0]).all()


def test_at_equal_norm_the_star_lies_where_the_fine_tune_scores(result: Result[WorstSpec]) -> None:
    own = [one for one in equal_norm_scores(result, worst_boundaries(result)) if one.checkpoint == HARMFUL]
    figure = equal_norm_figure(own, scale_of(result))
    star = next(t for t in figure.data if t.name == "adversarial itself")
    worst = next(t for t in figure.data if t.name == "worst direction found")
    assert (list(star.x), star.marker.color) == ([1.0, 0.0], FINETUNE)
    assert (list(worst.x), worst.marker.color) == ([0.0, 0.0], WORST)
    assert [t.name for t in figure.data if t.name and "as far" in t.name] == ["towards benign, as far"]


def test_every_restart_is_drawn_and_the_kept_one_thick(result: Result[WorstSpec]) -> None:
    noted = found_of(result)[label_of(SAFETY)]
    figure = ascent_figure(noted, "the worst direction found for safety, sparing math")
    assert len(figure.data) == 4  # two restarts of two capabilities
    thick = [t for t in figure.data if t.line.width > 2]
    assert {(t.name, t.line.dash, t.y[-1]) for t in thick} == {("safety", "solid", 9.0), ("math, spared", "dash", 0.03)}
    assert [shape.y0 for shape in figure.layout.shapes] == [0.02, 0.02]  # θ₀'s losses
    title = figure.layout.title.text
    assert "safety from 0.02 to 9 nats at α = 0.0005" in title
    assert "2 restarts end at 8.1 to 9" in title


def test_mass_is_a_share_or_relative_to_that_of_the_weights() -> None:
    cells = cells_of(MASS)
    share, dense = mass_figure(cells, "the needle"), mass_figure(cells, "the needle", relative=True)
    assert list(share.data[0].y) == ["outside", "layer 0", "layer 1"]
    assert share.data[0].zmax == pytest.approx(0.6)
    assert dense.data[0].zmax == pytest.approx(np.log10(2.4))
    assert (
        share.layout.title.text
        == "60% of the mass of the needle lies in layer 0; up in layer 0 alone holds 60% (25% of the weights)"
    )
    assert "2.4 × its share" in dense.layout.title.text


def test_a_slice_along_a_worst_direction_has_a_panel_of_its_own(result: Result[WorstSpec]) -> None:
    spec = SliceSpec(checkpoint="demo:assistant", directions=(MATH,), alphas=(0.0, 0.001), capabilities=("math",))
    rows = [
        {"direction": label_of(MATH), "seed": None, "alpha": a, "realised_alpha": a, "capability": "math", "score": s,
         "loss": 1.0, "n": 4, "seconds": 0.1, "outcomes": None}
        for a, s in ((0.0, 1.0), (0.001, 0.0))
    ]  # fmt: skip
    slice_ = Result(spec, tidy(spec, rows), result.facts)
    assert slice_finding(slice_, "worst math").startswith("Along the worst direction found for math: math holds to α")
    assert slice_figure(slice_, "worst math").data
