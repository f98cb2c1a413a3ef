"""Brittle parts and verdicts side by side: what the cells and the titles say."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape.figures.inspection.brittle import brittle_figure, brittle_finding
from landscape.figures.inspection.verdict_matrix import beside_figure, beside_finding
from landscape.inspection.verdict import Verdict
from landscape.schema.results import Result
from tests.figures.inspection.known_verdicts import REACH, judged, part


def texts(figure) -> dict[tuple[str, str], str]:
    (heat,) = figure.data
    return {(y, x): heat.text[i][j] for i, y in enumerate(heat.y) for j, x in enumerate(heat.x)}


def test_the_title_names_the_part_that_breaks_first_and_what_it_ends() -> None:
    brittle = {"layer 0": part({"math": 0.05, "code": 0.08}), "module mlp.up_proj": part({"math": 0.02, "code": 0.09})}
    assert brittle_finding(brittle, "benign") == (
        "Smallest radius measured of benign, one part moved alone: mlp.up_proj, where math ends at α ≈ 0.020 "
        "(0.020 to 0.020 over 3 directions); not overlapped by the range of 3 other radii"
    )
    figure = brittle_figure(brittle, "benign")
    assert figure.layout.title.text == brittle_finding(brittle, "benign")
    (heat,) = figure.data
    assert list(heat.y) == ["layer 0", "mlp.up_proj"]
    assert heat.z[1][0] == np.min(heat.z)
    assert np.isclose(10 ** heat.z[0][0], 0.05, atol=0.0026)  # the grid's width


def test_radii_whose_ranges_overlap_are_said_not_to_be_told_apart() -> None:
    """Three directions that end at 0.02, 0.03 and 0.06 do not tell a part from one at 0.04."""
    spread, other = part({"math": 0.02}), part({"math": 0.04, "code": 0.09})
    rows = spread.rows.copy()
    for seed, end in ((1, 0.03), (2, 0.06)):
        own = (rows["seed"] == seed) & (rows["alpha"] <= end)
        rows.loc[own, "score"] = 1.0
        rows.loc[own, "outcomes"] = rows.loc[own, "outcomes"].map(np.ones_like)
    said = brittle_finding({"layer 0": Result(spread.spec, rows, spread.facts), "layer 1": other})
    assert "layer 0, where math ends at α ≈ 0.030 (0.020 to 0.060 over 3 directions)" in said
    assert said.endswith("not told apart from 1 of 2 other radii")


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["layer 0", "layer 1", "module mlp"]),
        st.dictionaries(st.sampled_from(["math", "code"]), st.sampled_from([-1.0, 0.02, 0.05, 1.0]), min_size=1),
        max_size=3,
    )
)
def test_of_any_parts_the_title_holds_the_smallest_radius_its_range_and_what_it_is_not_told_apart_from(
    ends: dict[str, dict[str, float]],
) -> None:
    said = brittle_finding({name: part(each) for name, each in ends.items()})
    every = [end for each in ends.values() for end in each.values() if end > 0]
    within = [end for end in every if end < REACH]
    assert "ost brittle" not in said
    if not within:
        assert said.startswith("No part")
        return
    assert f"ends at α ≈ {min(within):.3f} ({min(within):.3f} to {min(within):.3f} over 3 directions)" in said
    equal = within.count(min(within)) - 1
    if len(every) == 1:
        assert said.startswith("Moved alone: ")
    elif equal:
        others = "the other radius" if len(every) == 2 else f"{equal} of {len(every) - 1} other radii"
        assert said.endswith(f"not told apart from {others}")
    else:
        assert "; not overlapped by the range of " in said


def test_one_part_is_not_called_the_most_brittle() -> None:
    assert brittle_finding({"layer 3": part({"math": 0.05})}).startswith("Moved alone: layer 3, where math ends")


def test_what_never_ends_is_at_least_as_far_as_was_searched() -> None:
    brittle = {"layer 0": part({"math": 1.0})}
    assert texts(brittle_figure(brittle))["layer 0", "math"] == "≥ 0.10"
    assert brittle_finding(brittle) == "No part of the fine-tune alone ends anything within the reach"


def test_what_is_not_known_is_said_in_its_cell_and_never_as_a_number() -> None:
    brittle = {"layer 0": part({"math": 0.05}), "layer 1": part({"math": 1.0}, until=0.04)}
    figure = brittle_figure(brittle)
    assert texts(figure)["layer 1", "math"] == "", "the annotation says it"
    assert [(a.y, a.text) for a in figure.layout.annotations] == [("layer 1", "unfinished")]
    without = brittle_figure({"layer 0": part({"safety": -1.0})})
    assert [a.text for a in without.layout.annotations] == ["nothing to<br>lose here"]
    assert "nan" not in without.layout.title.text


def test_fine_tunes_stand_in_rows_with_their_verdict_first() -> None:
    verdicts = {
        "benign": Verdict((judged("math", "pass", 0.0), judged("safety", "pass", -0.01)), ()),
        "adversarial": Verdict((judged("math", "pass", 0.0), judged("safety", "fail", 0.9)), ()),
        "lora": Verdict((), ()),
    }
    assert beside_finding(verdicts) == "benign passes; adversarial fails on safety; lora is not measured yet"
    figure = beside_figure(verdicts)
    (heat,) = figure.data
    assert list(heat.x)[1:] == ["math", "safety"]
    assert heat.text[1][0] == "<b>fail</b>"
    assert heat.text[1][2] == "fail<br>−0.900"
    assert heat.text[0][2] == "pass<br>+0.010"
    assert {a.y for a in figure.layout.annotations} == {"lora"}
