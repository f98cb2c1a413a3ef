"""A search that also brackets where ten times τ is lost: as near as asked, for few points more, and only on request."""

import math

import pytest

from landscape.basins.search.boundary_search import FAR_PRECISION, PRECISION, TIMES, next_step
from landscape.basins.search.bracketing import bracket
from landscape.schema.directions import Gaussian
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import BasinSpec

REACH = 0.064


def spec(*, cliff: bool) -> BasinSpec:
    return BasinSpec(
        checkpoint="demo:base", directions=(Gaussian(seed=0), Gaussian(seed=1)), capabilities=("math",), reach=REACH,
        cliff=cliff,
    )  # fmt: skip


def searched(asked: BasinSpec, *, origin: float = 1.0, chance: float = 0.0) -> dict[int, dict[float, float]]:
    """All that a search measures where the score falls as a parabola that has lost τ at 0.007 and 0.011."""
    facts, known = Facts(100, 0.1, chance={"math": chance}), {}
    while points := next_step(asked, facts, known).points:
        for point, names in points:
            lost = 0.05 * (point.alpha / (0.007, 0.011)[point.direction]) ** 2
            known.setdefault(point, {}).update(dict.fromkeys(names, max(origin - lost, 0.0)))
    along: dict[int, dict[float, float]] = {0: {}, 1: {}}
    for point, scores in sorted(known.items(), key=lambda item: item[0].alpha):
        assert isinstance(point, Point)
        along[point.direction][point.alpha] = scores["math"]
    return along


def width(scores: dict[float, float], lost: float) -> float:
    low, high = bracket(scores, scores[0.0] - lost)
    return (high - low) / ((low + high) / 2)


def test_both_ends_are_bracketed_on_request_and_the_near_one_as_ever() -> None:
    plain, cliff = searched(spec(cliff=False)), searched(spec(cliff=True))
    for index, edge in ((0, 0.007), (1, 0.011)):
        assert plain[index].items() <= cliff[index].items(), "points of a plain search are all used"
        assert width(cliff[index], 0.05) <= PRECISION
        assert width(plain[index], TIMES * 0.05) > FAR_PRECISION
        assert width(cliff[index], TIMES * 0.05) <= FAR_PRECISION
        low, high = bracket(cliff[index], cliff[index][0.0] - TIMES * 0.05)
        assert low <= edge * math.sqrt(TIMES) <= high
        assert len(cliff[index]) - len(plain[index]) <= 4


def test_what_does_not_score_so_much_has_no_farther_end_to_search() -> None:
    assert searched(spec(cliff=True), origin=0.4) == searched(spec(cliff=False), origin=0.4)
    assert searched(spec(cliff=True), chance=0.6) == searched(spec(cliff=False), chance=0.6)


def test_a_search_that_stops_early_has_no_cliff() -> None:
    with pytest.raises(ValueError, match="leave out sequential"):
        BasinSpec.model_validate(spec(cliff=True).model_dump() | {"sequential": True})
