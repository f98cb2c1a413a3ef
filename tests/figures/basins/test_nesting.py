"""Which basin ends first: counts over rays that are written down."""

import math
from dataclasses import replace

import numpy as np
import pytest

from landscape.basins.radii import Basin
from landscape.figures.basins.nesting import nested_finding, nesting_figure
from tests.figures.handmade import basin_of, ends_at, holds_to, search_of

RESULT = search_of(["basic", "math", "code"], 8)


def at(name: str, *alphas: float) -> Basin:
    ends = [ends_at(alpha) for alpha in (alphas * 8 if len(alphas) == 1 else alphas)]
    return basin_of(name, ends, (0.9 * min(alphas), 1.1 * max(alphas)))


BASIC, MATH, CODE = at("basic", 0.05), at("math", 0.01), at("code", 0.02)
MIXED = at("code", *([0.008] * 4), *([0.06] * 4))  # half inside math and basic, half outside of both


RANDOM, NOTHING = "random direction", "No basin is shown to end before another in most random directions"


@pytest.mark.parametrize(
    ("basins", "said"),
    [
        ([BASIC, MATH], f"In most {RANDOM}s math ends before basic; math ends first in 8 of 8 {RANDOM}s"),
        ([BASIC, MATH, CODE],
         f"In most {RANDOM}s math ends before basic and code; code before basic; math ends first in 8 of 8 {RANDOM}s"),
        ([BASIC, MATH, MIXED], f"In most {RANDOM}s math ends before basic"),
        ([at("basic", 0.02), CODE], NOTHING),
        ([BASIC], NOTHING),
        ([], NOTHING),
        ([basin_of("basic", [holds_to(0.08)] * 8), MATH],
         f"In most {RANDOM}s math ends before basic; math ends first in 8 of 8 {RANDOM}s"),
        ([basin_of("basic", [holds_to(0.06)] * 8), MATH], NOTHING),
        ([replace(BASIC, ends=None), MATH], f"{NOTHING}; with no outcome of each example, or fewer than 10, nothing is"),
    ],
)  # fmt: skip
def test_a_chain_is_told_as_far_as_pairs_are_shown(basins: list[Basin], said: str) -> None:
    assert nested_finding(RESULT, basins) == said


@pytest.mark.parametrize(("draws", "said"), [(1, "1 random direction:"), (2, "2 random directions:")])
def test_few_rays_claim_nothing_however_clear_they_are(draws: int, said: str) -> None:
    result = search_of(draws=draws)
    basins = [basin_of(name, [ends_at(alpha)] * draws) for name, alpha in (("basic", 0.05), ("math", 0.01))]
    assert nested_finding(result, basins) == f"{said} too few to say which basin ends first in most"
    figure = nesting_figure(result, basins, 0.05)
    assert figure is not None
    assert set(figure.data[1].text) == {f"{draws} of {draws} random<br>undecided", f"0 of {draws} random<br>undecided"}


def test_a_cell_holds_its_counts_and_is_shaded_by_the_least_ratio_that_its_interval_leaves() -> None:
    figure = nesting_figure(RESULT, [BASIC, MATH, CODE], 0.05)
    assert figure is not None
    heat, text = figure.data
    assert list(heat.x) == list(heat.y) == ["basic", "math", "code"]
    expected = [[np.nan, 0, 0], [1, np.nan, 0.5], [math.log(2.5) / math.log(4), 0, np.nan]]  # ratios of 5, 2 and 2.5
    np.testing.assert_allclose(np.asarray(heat.z, float), expected, rtol=1e-6)
    assert (heat.zmin, heat.zmax) == (0, 1)
    said = dict(zip(zip(text.y, text.x, strict=True), text.text, strict=True))
    assert said["math", "basic"] == "8 of 8 random<br><b>first</b>"
    assert said["basic", "math"] == "0 of 8 random<br><b>last</b>"
    assert heat.customdata[1][0] == (
        "math ends before basic in 8 of 8 random directions<br>"
        "basic reaches 5 to 5 times as far (95 %, median of all random directions)<br>"
        "shown: math ends first in most of them"
    )
    assert heat.customdata[0][0] == ""
    mixed = nesting_figure(RESULT, [BASIC, MATH, MIXED], 0.05)
    assert mixed is not None
    said = dict(zip(zip(mixed.data[1].y, mixed.data[1].x, strict=True), mixed.data[1].text, strict=True))
    assert said["code", "math"] == "4 of 8 random<br>undecided"


def test_ways_to_checkpoints_are_counted_beside_the_random_ones() -> None:
    """What ends first in all random directions may end last on the way to a fine-tune."""
    result = search_of(["basic", "math"], 8, others={"demo:benign": 0.02, "demo:adversarial": 0.02})
    ways = {"demo:benign": ends_at(0.01), "demo:adversarial": ends_at(0.03)}
    basic = basin_of("basic", [ends_at(0.05)] * 8, (0.04, 0.06), ways=dict.fromkeys(ways, ends_at(0.02)))
    math_ = basin_of("math", [ends_at(0.01)] * 8, (0.009, 0.011), ways=ways)
    assert nested_finding(result, [basic, math_]) == (
        "In most random directions math ends before basic; math ends first in 8 of 8 random directions, in 1 of 2 "
        "directions towards checkpoints"
    )
    figure = nesting_figure(result, [basic, math_], 0.05)
    assert figure is not None
    assert set(figure.data[1].text) == {
        "8 of 8 random<br>1 of 2 towards<br><b>first</b>", "0 of 8 random<br>1 of 2 towards<br><b>last</b>",
    }  # fmt: skip
    assert "in 1 of 2 directions towards checkpoints" in figure.data[0].customdata[1][0]


def test_rays_whose_brackets_overlap_are_not_decided() -> None:
    figure = nesting_figure(RESULT, [at("basic", 0.02), CODE], 0.05)
    assert figure is not None
    assert list(figure.data[1].text) == ["0 of 8 random<br>undecided"] * 2
    assert "in 0 of 8 random directions<br>8 undecided<br>" in figure.data[0].customdata[0][1]


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
        "does the basin of …",
        "end before that of …?",
    )
    assert figure.layout.title.text == (
        "In most random directions math ends before basic; math ends first in 8 of 8 random directions "
        "(τ\u00a0=\u00a00.1)"
    )
