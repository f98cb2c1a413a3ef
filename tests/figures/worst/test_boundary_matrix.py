"""Where each capability ends along each computed direction: cells whose numbers are written down."""

import math

import numpy as np
import pytest

from landscape.basins.boundaries import Boundary, Radius
from landscape.figures.worst.boundary_matrix import RANDOM, matrix_figure
from landscape.schema.directions import Direction, Eigenvector, Gaussian, Worst, label_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import Role, WorstBoundary
from tests.figures.handmade import REACH, RMS, basin_of, ends_at, holds_to

MATH, SAFETY = Worst(capabilities=("math",)), Worst(capabilities=("safety",), spared=("math",))
BOTH, TOP = Worst(capabilities=("math", "safety")), Eigenvector(capability="math")
INTERVAL = (0.015, 0.017)
BASINS = [
    basin_of("math", [ends_at(0.016)] * 8, INTERVAL),
    basin_of("safety", [holds_to(REACH)] * 8, (REACH, math.inf)),
]
RANDOM_OF = {basin.capability: basin.radius for basin in BASINS}


def made(*directions: Direction, draws: int = 8) -> Result[WorstSpec]:
    spec = WorstSpec(
        checkpoint="demo:assistant", directions=(*(Gaussian(seed=s) for s in range(draws)), *directions),
        capabilities=("math", "safety"), reach=REACH,
    )  # fmt: skip
    return Result(spec, tidy(spec, []), Facts(100, RMS))


def cell(
    direction: Direction, capability: str, end: Boundary | None, role: Role = "other", *, bounded: bool = True,
    searched: Boundary | None = None, random: Radius | None = None,
) -> WorstBoundary:  # fmt: skip
    return WorstBoundary(
        label_of(direction), capability, role, 100, role != "other", 0.98, bounded, end, searched,
        random or RANDOM_OF[capability],
    )  # fmt: skip


NEAR, LATER = ends_at(0.0002), ends_at(0.008)
CELLS = [
    cell(MATH, "math", NEAR, "hurt", searched=ends_at(0.0001)),
    cell(MATH, "safety", LATER),
    cell(SAFETY, "math", LATER, "spared"),
    cell(SAFETY, "safety", ends_at(0.001), "hurt"),
]


def drawn(cells: list[WorstBoundary], *directions: Direction, relative: bool = False):
    return matrix_figure(made(*directions), cells, BASINS, 0.05, relative=relative)


def test_a_cell_says_its_boundary_its_role_and_how_much_nearer_it_is() -> None:
    (heat,) = drawn(CELLS, MATH, SAFETY).data
    assert list(heat.x) == ["math", "safety"]
    assert list(heat.y) == ["worst math", "worst safety<br>sparing math", RANDOM]
    assert [list(row) for row in heat.text] == [
        ["<b>0.00020</b><br>80\u00a0×", "0.0080<br>≥\u00a010\u00a0×"],
        ["<i>0.0080</i><br>2\u00a0×", "<b>0.0010</b><br>≥\u00a080\u00a0×"],
        ["0.016", "≥ 0.080"],
    ]


def test_colours_are_powers_of_ten_of_the_boundary() -> None:
    (heat,) = drawn(CELLS, MATH, SAFETY).data
    expected = np.log10([[0.0002, 0.008], [0.008, 0.001], [0.016, 0.08]])
    np.testing.assert_allclose(np.asarray(heat.z, float), expected, rtol=1e-6)
    (relative,) = drawn(CELLS, MATH, SAFETY, relative=True).data
    np.testing.assert_allclose(np.asarray(relative.z, float), expected - np.log10(RMS), rtol=1e-5)
    assert relative.text[0][0] == "<b>0.0020</b><br>80\u00a0×"


def test_what_is_known_of_a_cell_is_said_and_no_more() -> None:
    cells = [
        cell(MATH, "math", Boundary(0.003, 0.001, 0.005, None), "hurt"),  # a wide bracket
        cell(MATH, "safety", Boundary(0.000002, 0.0, 0.000004, None)),  # nearer than any point
        cell(SAFETY, "math", holds_to(REACH), "spared"),
        cell(SAFETY, "safety", None, "hurt", bounded=False),
    ]
    (heat,) = drawn(cells, MATH, SAFETY).data
    assert [list(row) for row in heat.text[:2]] == [
        ["<b>0.0010–<br>0.0050</b><br>5.3\u00a0×", "<\u00a04.0×10⁻⁶<br>≥\u00a020,000\u00a0×"],
        ["<i>≥\u00a00.080</i>", "<b>nothing to<br>lose here</b>"],
    ]


def test_a_cell_that_is_not_measured_says_so_on_its_empty_place() -> None:
    figure = drawn(CELLS[:1], MATH, SAFETY)
    assert [(a.x, a.y, a.text) for a in figure.layout.annotations] == [
        (1, 0, "not yet"),
        (0, 1, "not yet"),
        (1, 1, "not yet"),
    ]
    assert np.isnan(np.asarray(figure.data[0].z, float)).sum() == 3


def test_random_directions_that_are_not_all_known_state_no_median() -> None:
    result = made(MATH)
    some = [basin_of("math", [ends_at(0.016)] * 3), basin_of("safety", bounded=False)]
    assert list(matrix_figure(result, CELLS[:2], some, 0.05).data[0].text[-1]) == ["not yet", "nothing to<br>lose here"]
    assert list(matrix_figure(result, CELLS[:2], [], 0.05).data[0].text[-1]) == ["not yet", "not yet"]
    two = [basin_of("math", [ends_at(0.01), ends_at(0.02)])]
    assert matrix_figure(made(MATH, draws=2), CELLS[:2], two, 0.05).data[0].text[-1][0] == "0.015"


def test_a_hover_says_the_examples_the_bracket_and_what_the_search_itself_saw() -> None:
    (heat,) = drawn(CELLS, MATH, SAFETY).data
    assert heat.customdata[0][0] == (
        "<b>math</b> along the worst direction found for math<br>searched to end<br>ends at α = 0.00020<br>"
        "100 unseen examples, score 0.980 at θ₀<br>between 0.00020 and 0.00020<br>"
        "on the examples of the search: 0.00010"
    )
    assert "not part of the search" in heat.customdata[0][1]
    assert "100 examples" in heat.customdata[0][1]
    assert "searched to spare" in heat.customdata[1][0]
    assert heat.customdata[-1][1] == "safety: median over random directions"


def test_other_kinds_of_directions_are_named_over_lines() -> None:
    cells = [cell(BOTH, "math", NEAR, "hurt"), cell(TOP, "math", LATER, "hurt")]
    (heat,) = drawn(cells, BOTH, TOP).data
    assert list(heat.y) == ["worst at once<br>math, safety", "top eigen-<br>vector math", RANDOM]


@pytest.mark.parametrize(
    ("cells", "directions", "said"),
    [
        ([], (MATH,), "Nothing ends in a computed direction yet"),
        ([cell(MATH, "math", holds_to(REACH), "hurt")], (MATH,), "Nothing ends in a computed direction yet"),
        (CELLS, (MATH, SAFETY), "The worst direction found for math ends it first"),
        ([cell(MATH, "math", NEAR, "hurt")], (MATH,), "Boundaries along computed directions"),
        ([cell(MATH, "math", LATER, "hurt"), cell(MATH, "safety", NEAR)], (MATH,),
         "0 of 1 worst directions end their own capability first"),
        ([cell(MATH, "math", NEAR, "hurt"), cell(MATH, "safety", holds_to(REACH)),
          cell(Worst(capabilities=("safety",)), "safety", NEAR, "hurt"),
          cell(Worst(capabilities=("safety",)), "math", LATER)], (MATH, Worst(capabilities=("safety",))),
         "Each of 2 worst directions ends its own capability first"),
        ([cell(BOTH, "math", NEAR, "hurt"), cell(BOTH, "safety", NEAR, "hurt")], (BOTH,),
         "Boundaries along computed directions"),
    ],
)  # fmt: skip
def test_the_title_says_whether_directions_end_first_what_they_were_searched_for(
    cells: list[WorstBoundary], directions: tuple[Direction, ...], said: str
) -> None:
    assert drawn(cells, *directions).layout.title.text == f"{said} (τ\u00a0=\u00a00.05)"


def test_the_axis_says_its_scale() -> None:
    assert drawn(CELLS, MATH, SAFETY).layout.xaxis.title.text == "ends at α ="
    assert drawn(CELLS, MATH, SAFETY, relative=True).layout.xaxis.title.text == "ends at α\u00a0/\u00a0rms ="
