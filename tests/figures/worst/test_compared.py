"""Several searches for worst directions in one figure: marks whose numbers are known."""

import pytest

from landscape.figures.worst.compared import compared_figure, compared_finding
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from tests.figures.certificates.known_search import searched

# Scores fall from 1 by 0.05 at a tenth of `end` along random directions, and ten times nearer along the worst one.
NEAR, FAR = searched({"basic": 0.02, "math": 0.04}), searched({"basic": 0.04, "math": 0.04})


@pytest.fixture(scope="module")
def results() -> dict[str, Result[WorstSpec]]:
    return {"near (a)": NEAR, "far (b)": FAR}


def test_filled_marks_are_the_nearest_ends_and_hollow_ones_the_radii(results: dict[str, Result[WorstSpec]]) -> None:
    near, near_random, far, far_random = compared_figure(results).data
    # The worst direction loses 0.05 before the first measured point, 0.001: it is drawn there, and told as nearer.
    assert list(near.x) == list(far.x) == [0.001, 0.001]
    assert all("<\u00a00.0010 along worst basic" in text for text in near.text)
    assert [trace.name for trace in (near, near_random, far)] == [
        "near (a): worst found", "near (a): random", "far (b): worst found",
    ]  # fmt: skip
    assert list(near_random.x) == pytest.approx([0.002, 0.004], rel=1e-6)
    assert list(far_random.x) == pytest.approx([0.004, 0.004], rel=1e-6)
    assert "open" in near_random.marker.symbol
    assert "open" not in far.marker.symbol


def test_the_title_speaks_of_the_capability_that_differs_most(results: dict[str, Result[WorstSpec]]) -> None:
    found = compared_finding(results)
    assert found.startswith("In the worst directions found, basic ends ")
    assert found.index("near (a)") < found.index("far (b)")
    assert "0.05" in compared_figure(results).layout.title.text


def test_of_one_run_and_of_none_that_ends_no_more_is_said_than_is_known() -> None:
    assert compared_finding({"alone": NEAR}).count(" in alone") == 1
    flat = searched({"basic": 1e6, "math": 1e6})
    assert compared_finding({"a": flat, "b": flat}) == "No capability ends in a worst direction found"
    assert [len(trace.x) for trace in compared_figure({"a": flat}).data][0] == 0
