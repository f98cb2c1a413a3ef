"""The share of directions still inside: its steps, its band, and its title of finite and open ends."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from landscape.basins.radii import basins_of
from landscape.bundled.results import shipped
from landscape.bundled.specs import DEMO_BASIN
from landscape.figures.basins.inside_share import inside_share_figure, inside_share_finding
from landscape.figures.scale import Scale, scale_of
from tests.figures.handmade import basin_of, ends_at, holds_to

SCALE = Scale(1.0, "α", "α", "α")


def test_the_demo_is_drawn_as_steps_with_a_band_a_capability() -> None:
    result = shipped(DEMO_BASIN)
    assert result is not None
    basins = basins_of(result)
    figure = inside_share_figure(result, basins, 0.05, scale_of(result))
    lines = {trace.name: trace for trace in figure.data if trace.name}
    assert list(lines) == ["basic", "math", "code", "safety"]
    for basin in basins:
        assert basin.radius is not None
        line = lines[basin.capability]
        x, y = np.asarray(line.x, float), np.asarray(line.y, float)
        assert y[0] == 1
        assert y[x > 1.001 * basin.radius.maximum].max(initial=0) == 0
        low, high = np.asarray(line.customdata, float).T
        assert (low <= y + 1e-6).all()
        assert (high >= y - 1e-6).all()


def test_the_title_counts_directions_that_never_left() -> None:
    ends = [ends_at(0.01), ends_at(0.02), holds_to(0.08)]
    said = inside_share_finding([basin_of("basic", ends)], SCALE)
    assert said == "3 random directions leave basic at α = 0.010 to 0.020 (1 of 3 never)"
    assert "No random direction" in inside_share_finding([basin_of("basic", [holds_to(0.08)] * 2)], SCALE)
    assert (
        inside_share_finding([basin_of("basic", [ends_at(0.01)])], SCALE)
        == "1 random direction leaves basic at α = 0.010"
    )
    assert "No random direction" in inside_share_finding([], SCALE)


@given(st.lists(st.one_of(st.none(), st.floats(1e-3, 0.08)), min_size=1, max_size=8))
def test_the_title_is_true_of_any_ends(drawn: list[float | None]) -> None:
    ends = [holds_to(0.08) if at is None else ends_at(at) for at in drawn]
    said = inside_share_finding([basin_of("math", ends)], SCALE)
    left = sorted(at for at in drawn if at is not None)
    assert ("never" in said) == (bool(left) and len(left) < len(drawn))
    if left:
        assert f"α = {SCALE.format(left[0])}" in said
        assert SCALE.format(left[-1]) in said
    assert not any(word in said for word in ("inf", "nan", str(math.inf)))
