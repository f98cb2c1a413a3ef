"""How the ends towards a checkpoint compare with random radii: only what intervals show."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape.basins.radii import basins_of
from landscape.bundled.results import shipped
from landscape.bundled.specs import DEMO_BASIN
from landscape.figures.basins.towards import Ratio, ratios_towards, towards_finding
from tests.figures.handmade import basin_of, ends_at, holds_to

EIGHT = [ends_at(0.02)] * 8


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (ends_at(0.005), "Towards tuned, math ends nearer than in random directions, at 0.25 × its radius."),
        (ends_at(0.06), "Towards tuned, math holds farther than in random directions, to 3 × its radius."),
        (holds_to(0.06), "Towards tuned, math holds farther than in random directions, to at least 3 × its radius."),
        (ends_at(0.021), "Towards tuned, math is not told apart from a random direction."),
        (holds_to(0.01), "Towards tuned, math is not told apart from a random direction."),
    ],
)
def test_an_end_is_on_the_side_that_the_interval_shows(way: object, said: str) -> None:
    basin = basin_of("math", EIGHT, (0.018, 0.022), ways={"demo:tuned": way})  # type: ignore[dict-item]
    assert towards_finding([basin], "demo:tuned") == said


def test_without_an_interval_or_a_way_nothing_is_said() -> None:
    assert towards_finding([basin_of("math", EIGHT[:3], ways={"demo:tuned": ends_at(0.001)})], "demo:tuned") == ""
    assert towards_finding([basin_of("math", EIGHT, (0.018, 0.022))], "demo:tuned") == ""
    assert towards_finding([basin_of("math", bounded=False)], "demo:tuned") == ""
    assert towards_finding([], "demo:tuned") == ""


@given(st.floats(1e-4, 0.1), st.floats(0.005, 0.05), st.floats(0.5, 1), st.floats(1, 2), st.booleans())
def test_a_side_is_claimed_only_if_every_value_in_both_ranges_agrees(
    way: float, radius: float, down: float, up: float, held: bool
) -> None:
    end = holds_to(way) if held else ends_at(way)
    basin = basin_of("math", [ends_at(radius)] * 8, (down * radius, up * radius), ways={"demo:tuned": end})
    (found,) = ratios_towards([basin], "demo:tuned")
    far = math.inf if held else end.outside
    assert (found.side == "nearer") == (far / (down * radius) < 1)  # type: ignore[operator]
    assert (found.side == "farther") == (end.inside / (up * radius) > 1)
    assert isinstance(found, Ratio)


def test_the_demo_assistant_ends_nearer_towards_a_benign_fine_tune_than_in_random_directions() -> None:
    """Where the paper finds benign fine-tuning like a random direction, these demo models do not."""
    result = shipped(DEMO_BASIN)
    assert result is not None
    found = {one.capability: one for one in ratios_towards(basins_of(result), "demo:benign")}
    assert {one.side for one in found.values()} == {"nearer"}
    assert min(one.ratio for one in found.values()) == pytest.approx(0.10, abs=0.01)
    assert max(one.ratio for one in found.values()) == pytest.approx(0.56, abs=0.01)
