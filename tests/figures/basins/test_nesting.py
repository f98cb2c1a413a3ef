"""Which basin lies inside which: counts over rays that are written down."""

import numpy as np
import pytest

from landscape.basins.radii import Basin
from landscape.figures.basins.nesting import nested_finding, nesting_figure
from landscape.intervals import clopper_pearson
from tests.figures.handmade import basin_of, ends_at, holds_to, search_of

RESULT = search_of(["basic", "math", "code"], 8)


def at(name: str, *alphas: float) -> Basin:
    ends = [ends_at(alpha) for alpha in (alphas * 8 if len(alphas) == 1 else alphas)]
    return basin_of(name, ends, (0.9 * min(alphas), 1.1 * max(alphas)))


BASIC, MATH, CODE = at("basic", 0.05), at("math", 0.01), at("code", 0.02)
MIXED = at("code", *([0.008] * 4), *([0.06] * 4))  # half inside math and basic, half outside of both


@pytest.mark.parametrize(
    ("basins", "said"),
    [
        ([BASIC, MATH], "Nested: math inside basic"),
        ([BASIC, MATH, CODE], "Nested: math inside code inside basic"),
        ([BASIC, MATH, MIXED], "1 of 3 pairs are nested: math inside basic"),
        ([at("basic", 0.02), CODE], "No basin is shown to lie inside another"),
        ([BASIC], "No basin is shown to lie inside another"),
        ([], "No basin is shown to lie inside another"),
        ([basin_of("basic", [holds_to(0.08)] * 8), MATH], "Nested: math inside basic"),
        ([basin_of("basic", [holds_to(0.06)] * 8), MATH], "No basin is shown to lie inside another"),
    ],
)
def test_a_chain_is_told_as_far_as_pairs_are_shown(basins: list[Basin], said: str) -> None:
    assert nested_finding(RESULT, basins) == said


@pytest.mark.parametrize(("draws", "said"), [(1, "1 random direction:"), (2, "2 random directions:")])
def test_few_rays_claim_nothing_however_clear_they_are(draws: int, said: str) -> None:
    result = search_of(draws=draws)
    basins = [basin_of(name, [ends_at(alpha)] * draws) for name, alpha in (("basic", 0.05), ("math", 0.01))]
    assert nested_finding(result, basins) == f"{said} too few to claim that a basin lies inside another"
    figure = nesting_figure(result, basins, 0.05)
    assert figure is not None
    assert set(figure.data[1].text) == {f"{draws} of {draws}<br>undecided", f"0 of {draws}<br>undecided"}


def test_a_cell_holds_the_least_share_that_its_interval_leaves_and_its_counts() -> None:
    figure = nesting_figure(RESULT, [BASIC, MATH, MIXED], 0.05)
    assert figure is not None
    heat, text = figure.data
    assert list(heat.x) == list(heat.y) == ["basic", "math", "code"]
    always, half, never = (clopper_pearson(k, 8)[0] for k in (8, 4, 0))
    expected = [[np.nan, never, half], [always, np.nan, half], [half, half, np.nan]]
    np.testing.assert_allclose(np.asarray(heat.z, float), expected, rtol=1e-6)
    assert (heat.zmin, heat.zmax) == (0, 1)
    said = dict(zip(zip(text.y, text.x, strict=True), text.text, strict=True))
    assert said["math", "basic"] == "8 of 8<br><b>inside</b>"
    assert said["basic", "math"] == "0 of 8<br><b>not inside</b>"
    assert said["code", "math"] == "4 of 8<br>undecided"
    assert heat.customdata[1][0] == (
        "math ends before basic in 8 of 8 decided rays, of 8<br>"
        "95 % for the share of all directions: 0.63 to 1.00<br>claim: inside"
    )
    assert heat.customdata[0][0] == ""


def test_rays_whose_brackets_overlap_are_not_decided() -> None:
    figure = nesting_figure(RESULT, [at("basic", 0.02), CODE], 0.05)
    assert figure is not None
    assert list(figure.data[1].text) == ["undecided", "undecided"]
    assert "0 of 0 decided rays, of 8" in figure.data[0].customdata[0][1]


def test_there_is_no_figure_without_a_pair_whose_rays_are_known() -> None:
    assert nesting_figure(RESULT, [], 0.05) is None
    assert nesting_figure(RESULT, [BASIC], 0.05) is None
    assert nesting_figure(RESULT, [BASIC, basin_of("math", bounded=False)], 0.05) is None
    assert nesting_figure(RESULT, [BASIC, basin_of("math", [holds_to(0.01)] * 8)], 0.05) is None
    aimed = search_of(draws=0, others={"demo:assistant": 0.02})
    assert nesting_figure(aimed, [basin_of("basic"), basin_of("math")], 0.05) is None


def test_axes_ask_the_question_and_the_title_answers_it_at_its_tolerance() -> None:
    figure = nesting_figure(RESULT, [BASIC, MATH], 0.1)
    assert figure is not None
    assert (figure.layout.yaxis.title.text, figure.layout.xaxis.title.text) == (
        "is the basin of …",
        "inside that of …?",
    )
    assert figure.layout.title.text == "Nested: math inside basic (τ\u00a0=\u00a00.1)"
