"""Radii across checkpoints: the numbers drawn, and what the title may say."""

import pytest

from landscape.basins.radii import basins_of
from landscape.figures.basins.radii import radii_figure
from landscape.schema.directions import Layer
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec
from tests.figures.basins.known_basins import made

GROWING = {"early": {"basic": 0.02, "math": 0.0}, "late": {"basic": 0.05, "math": 0.01}}


def results(ends: dict[str, dict[str, float]]) -> dict[str, Result[BasinSpec]]:
    return {name: made(each) for name, each in ends.items()}


def test_a_line_holds_the_median_and_its_interval_of_each_checkpoint() -> None:
    given = results(GROWING)
    line = next(t for t in radii_figure(given).data if t.name == "basic")
    radii = [basins_of(result)[0].radius for result in given.values()]
    assert list(line.y) == pytest.approx([radius.median for radius in radii if radius])
    assert list(line.error_y.array) == pytest.approx([radius.high - radius.median for radius in radii if radius])
    assert list(line.error_y.arrayminus) == pytest.approx([radius.median - radius.low for radius in radii if radius])


def test_what_a_checkpoint_lacks_is_a_cross_under_the_axis_and_is_said() -> None:
    figure = radii_figure(results(GROWING))
    line, crosses = (t for t in figure.data if t.legendgroup == "math")
    assert line.y[0] is None
    assert line.y[1] == pytest.approx(0.0104, abs=3e-4)
    assert len(crosses.x) == 1
    assert crosses.y[0] < 0
    assert "math appears with late" in figure.layout.title.text
    never = radii_figure(results({"a": {"basic": 0.02, "math": 0.0}, "b": {"basic": 0.03, "math": 0.0}}))
    assert "nothing to lose here in math" in never.layout.title.text


def test_growth_is_claimed_where_intervals_part_and_only_there() -> None:
    assert radii_figure(results(GROWING)).layout.title.text.startswith(
        "basic grows from α ≈ 0.021 (early) to 0.052 (late)"
    )
    backwards = dict(reversed(GROWING.items()))
    assert "basic shrinks from α ≈ 0.052 (late)" in radii_figure(results(backwards)).layout.title.text
    alike = results({"a": {"basic": 0.02}, "b": {"basic": 0.0202}})
    assert "No radius differs clearly" in radii_figure(alike).layout.title.text
    few = {name: made({"basic": end}, rays=3) for name, end in (("a", 0.02), ("b", 0.05))}
    assert "No radius differs clearly" in radii_figure(few).layout.title.text


def test_a_basin_wider_than_its_reach_is_hollow() -> None:
    line = radii_figure(results({"a": {"basic": 1.0}, "b": {"basic": 0.02}})).data[0]
    assert line.marker.symbol == ("circle-open", "circle")


def test_a_search_that_goes_on_has_no_point() -> None:
    figure = radii_figure({"a": made({"basic": 0.05}, upto=0.02), "b": made({"basic": 0.02})})
    assert figure.data[0].y[0] is None
    assert figure.layout.title.text.startswith("basic holds to α ≈ 0.021 (95 %:")


def test_relative_radii_are_divided_by_each_checkpoint_s_own_weights() -> None:
    small, large = made({"basic": 0.02}), made({"basic": 0.02})
    large = Result(large.spec, large.rows, Facts(100, 0.2))
    line = radii_figure({"small": small, "large": large}, relative=True).data[0]
    assert line.y[0] == pytest.approx(2 * line.y[1])


def test_one_tolerance_for_all_or_each_its_own_is_said() -> None:
    one = made({"basic": 0.02})
    other = Result(one.spec.model_copy(update={"tolerance": 0.1}), one.rows, one.facts)
    assert "each at its own\u00a0τ" in radii_figure({"a": one, "b": other}).layout.title.text
    assert "τ\u00a0=\u00a00.2" in radii_figure({"a": one, "b": other}, tolerance=0.2).layout.title.text


def test_two_scales_have_no_common_axis() -> None:
    spec = BasinSpec(checkpoint="demo:base", directions=(Layer(seed=0),), reach=1.0, capabilities=("basic",))
    with pytest.raises(ValueError, match="one scale"):
        radii_figure({"a": made(), "b": Result(spec, tidy(spec, []), None)})
