"""The needle beside the ball: which examples a line rests on, where it ends, and what the title claims."""

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape.basins.radii import basins_of
from landscape.figures.palette import FINETUNE, WORST
from landscape.figures.scale import Scale, scale_of
from landscape.figures.worst.curves import CurveOptions, needle_figure
from landscape.figures.worst.findings import (
    boundary_text,
    likeness_finding,
    matrix_finding,
    matrix_remarks,
    needle_finding,
    times_nearer_text,
)
from landscape.schema.directions import Gaussian, label_of
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import worst_boundaries
from landscape.worst.equal_norm import equal_norm_scores
from tests.worst.known_rays import BOTH, DIRECTIONS, HARMFUL, HARMLESS, MATH, SAFETY, TOP, cell, made

PLAIN = Scale(1.0, "α", "", "")


@pytest.fixture(scope="module")
def result() -> Result[WorstSpec]:
    return made()


def drawn(result: Result[WorstSpec], capability: str = "math", **options: object) -> go.Figure:
    basins = basins_of(result)
    return needle_figure(
        result, capability, worst_boundaries(result, basins=basins), basins, 0.05, CurveOptions(**options)
    )  # type: ignore[arg-type]


def trace(figure: go.Figure, name: str) -> go.Scatter:
    (found,) = [t for t in figure.data if t.name and name in t.name]
    return found


def falls(line: go.Scatter) -> float:
    """The x at which a step curve has lost half."""
    return float(np.interp(0.5, np.asarray(line.y)[::-1], np.asarray(line.x)[::-1]))


def test_the_solid_line_rests_on_unseen_examples_and_the_dotted_one_on_those_of_the_search(
    result: Result[WorstSpec],
) -> None:
    figure = drawn(result)
    solid, dotted = trace(figure, "unseen examples"), trace(figure, "searched examples")
    assert falls(solid) == pytest.approx(0.0002, rel=0.02)
    assert falls(dotted) == pytest.approx(0.0001, rel=0.02)
    assert (solid.line.color, solid.line.dash, dotted.line.dash) == (WORST, None, "dot")
    assert solid.line.width > dotted.line.width


def test_the_title_is_the_finding_and_never_says_the_worst(result: Result[WorstSpec]) -> None:
    title = drawn(result).layout.title.text
    assert title.startswith(
        "math ends at α = 0.00020 in the worst direction found, 80\u00a0× nearer than in random ones (0.016)"
    )
    assert "the worst direction in" not in title


def test_the_axis_is_of_powers_of_ten_unless_one_wants_it_plain(result: Result[WorstSpec]) -> None:
    figure, plain = drawn(result), drawn(result, log=False)
    assert figure.layout.xaxis.type == "log"
    assert all(min(t.x) > 0 for t in figure.data)
    assert {"0.0001", "0.001", "0.01"} <= set(figure.layout.xaxis.ticktext)
    assert plain.layout.xaxis.type is None
    assert min(trace(plain, "unseen examples").x) == 0


def test_fine_tunes_are_dashed_with_a_star_where_they_stand(result: Result[WorstSpec]) -> None:
    figure = drawn(result, "safety")
    way = trace(figure, "towards adversarial")
    assert (way.line.color, way.line.dash is not None) == (FINETUNE, True)
    stars = {t.text[0]: (t.x[0], t.y[0]) for t in figure.data if t.marker.symbol == "star"}
    assert stars["adversarial"] == (0.004, 0)
    assert stars["benign"] == (0.004, 1)


def test_random_draws_are_a_median_and_a_band(result: Result[WorstSpec]) -> None:
    figure = drawn(result)
    assert falls(trace(figure, "8 random")) == pytest.approx(0.016, rel=0.02)
    (band,) = [t for t in figure.data if t.fill == "toself"]
    assert len(band.x) == 2 * len(trace(figure, "8 random").x)


def test_other_directions_losses_and_relative_alpha_are_other_views(result: Result[WorstSpec]) -> None:
    assert len(drawn(result, others=True).data) == len(drawn(result).data) + 3
    loss = drawn(result, view="loss")
    assert "nats" in loss.layout.yaxis.title.text
    assert "by\u00a0score" in loss.layout.title.text
    assert not [t for t in loss.data if t.name and "searched examples" in t.name]
    relative = drawn(result, relative=True)
    assert "rms" in relative.layout.xaxis.title.text
    assert falls(trace(relative, "unseen examples")) == pytest.approx(0.002, rel=0.02)


def test_the_gap_is_drawn_from_the_worst_boundary_to_the_random_radius(result: Result[WorstSpec]) -> None:
    (gap,) = [t for t in drawn(result).data if t.text is not None and "80\u00a0× nearer" in "".join(t.text)]
    assert (gap.x[0], gap.x[2]) == (pytest.approx(0.0002, rel=0.02), pytest.approx(0.016, rel=0.02))


def test_a_run_that_has_only_begun_draws_what_there_is(result: Result[WorstSpec]) -> None:
    for rows in (result.rows[:0], result.rows[result.rows["alpha"] == 0], result.rows[:60]):
        early = Result(result.spec, rows.reset_index(drop=True), result.facts)
        title = drawn(early).layout.title.text
        assert "None" not in title
        assert "nan" not in title


def test_what_never_ends_is_said_to_hold_and_what_has_no_basin_to_have_none(result: Result[WorstSpec]) -> None:
    only = made((*DIRECTIONS[:8], TOP))
    basins = basins_of(only)
    said = needle_finding(only, "safety", worst_boundaries(only, basins=basins), basins, scale_of(only))
    assert (
        said == "safety holds over the whole reach, to α = 0.064, in every computed direction; none was searched for it"
    )
    rows = result.rows.assign(outcomes=[np.zeros_like(o) for o in result.rows["outcomes"]], score=0.0)
    silent = Result(result.spec, rows, result.facts)
    basins = basins_of(silent)
    said = needle_finding(silent, "math", worst_boundaries(silent, basins=basins), basins, PLAIN)
    assert said.startswith("math: nothing to lose here: none of ")


def test_without_random_directions_nothing_is_nearer(result: Result[WorstSpec]) -> None:
    alone = made(tuple(d for d in DIRECTIONS if not isinstance(d, Gaussian)))
    basins = basins_of(alone)
    said = needle_finding(alone, "math", worst_boundaries(alone, basins=basins), basins, PLAIN)
    assert said == "math ends at α = 0.00020 in the worst direction found"


def test_numbers_are_said_as_far_as_they_are_known(result: Result[WorstSpec]) -> None:
    assert boundary_text(cell(result, MATH, "math"), PLAIN) == "0.00020"
    assert boundary_text(cell(result, TOP, "safety"), PLAIN) == "≥\u00a00.064"
    assert times_nearer_text(cell(result, SAFETY, "safety")) == "≥\u00a065\u00a0× nearer"
    rough = Result(result.spec, result.rows[~result.rows["alpha"].between(0.00019, 0.00021)], result.facts)
    assert boundary_text(cell(rough, MATH, "math"), PLAIN) == "0.00010–0.0040"  # between the next measured points


def test_the_matrix_says_what_ends_first_and_what_sparing_brings(result: Result[WorstSpec]) -> None:
    endings = worst_boundaries(result)
    assert matrix_finding(result, endings) == "The worst direction found for math ends it first"
    sparing, joint = matrix_remarks(result, endings, PLAIN)
    assert sparing == "Safety can be ended at α = 0.00099; the first of the spared, math, ends at α = 0.0079."
    assert joint == "One direction ends math and safety; the last, safety, at α = 0.0020."


def test_likeness_is_told_with_its_numbers(result: Result[WorstSpec]) -> None:
    found = equal_norm_scores(result, worst_boundaries(result))
    harmful = likeness_finding([one for one in found if one.checkpoint == HARMFUL], PLAIN)
    assert harmful == (
        "adversarial, at its α = 0.0040: safety (0.00, random 1.00) like the worst direction found; "
        "math like random directions"
    )
    harmless = likeness_finding([one for one in found if one.checkpoint == HARMLESS], PLAIN)
    assert harmless == "benign, at its α = 0.0040: math and safety like random directions"


def test_labels_in_this_test_are_those_of_recipes() -> None:
    assert label_of(BOTH) == "worst math, safety"
