"""Which figures the command line writes of each kind of result."""

import pytest

from landscape.basins.losses import read_by_loss
from landscape.bundled import results, specs
from landscape.figures.paper.of_results import figures_of
from landscape.schema.frames import PointSpec


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        (specs.DEMO_SPEC, ["gaussian", "towards assistant"]),
        (specs.DEMO_BASIN, ["rings", "radii", "nesting"]),
        (specs.DEMO_PLANE, ["basic", "math", "code", "safety"]),
        (specs.DEMO_CERTIFICATE, ["radii", "noise"]),
    ],
)
def test_the_main_figure_comes_first_and_each_says_what_it_shows(spec: PointSpec, names: list[str]) -> None:
    assert list(figures_of(results.shipped(spec))) == names


def test_worst_directions_have_a_needle_a_capability_the_ends_and_each_fine_tune() -> None:
    found = figures_of(results.shipped(specs.DEMO_WORST))
    assert list(found)[:5] == ["basic", "math", "code", "safety", "ends"]
    assert {name for name in found if name.startswith("as far as")} == {
        f"as far as {name}" for name in ("base", "benign", "adversarial")
    }


def test_a_slice_is_drawn_at_its_tau_and_by_loss_where_it_is_read_so() -> None:
    result = results.shipped(specs.DEMO_SPEC)
    assert "(τ\u00a0=\u00a00.2)" in figures_of(result, 0.2)["gaussian"].layout.title.text
    by_loss = figures_of(read_by_loss(result), 0.3)["gaussian"]
    assert by_loss.layout.yaxis.title.text == "loss, nats per answer token"
    assert "0.3" in by_loss.layout.title.text
