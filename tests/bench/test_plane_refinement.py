"""The replay of a refinement on a plane that is known in full."""

import numpy as np
import pytest

from landscape import assets
from landscape.bench.plane_refinement import exponent, savings
from landscape.bundled import specs
from landscape.planes.grid import axis
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import PlaneSpec

EDGES = {"basic": 0.03, "math": 0.012}


def full_plane(grid: int = 65, *, full: bool = True) -> Result[PlaneSpec]:
    spec = PlaneSpec(
        checkpoint="demo:base", directions=(Gaussian(seed=0), Gaussian(seed=1)), capabilities=tuple(EDGES),
        x=(-0.04, 0.04), y=(-0.04, 0.04), grid=grid, full=full,
    )  # fmt: skip
    rest = {"realised_alpha": 0.0, "loss": None, "n": 240, "seconds": 0.1}
    rows = [
        {"x": x, "y": y, "capability": name, "score": float(np.hypot(x, y) < edge), **rest}
        for x in axis(spec.x, grid) for y in axis(spec.y, grid) for name, edge in EDGES.items()
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, chance=dict.fromkeys(EDGES, 0.0)))


def test_discs_cost_their_circumference_and_are_found_whole() -> None:
    found = savings(full_plane())
    assert [(s.lines, s.capabilities) for s in found[:3]] == [
        (17, ("basic",)),
        (17, ("math",)),
        (17, ("basic", "math")),
    ]
    assert all(s.overlap >= 0.98 for s in found)
    together = [s for s in found if len(s.capabilities) == 2]
    assert together[-1].share < 0.25
    assert exponent(together) < 1.3


def test_only_a_full_plane_can_be_replayed() -> None:
    with pytest.raises(ValueError, match="expected a full plane of 4k"):
        savings(full_plane(full=False))
    with pytest.raises(ValueError, match="expected a full plane of 4k"):
        savings(full_plane(grid=11))


def test_the_exponent_is_that_of_a_power() -> None:
    from landscape.bench.plane_refinement import Saving

    assert exponent([Saving(n + 1, ("a",), 3 * n**2, 1.0) for n in (8, 16, 32)]) == pytest.approx(2)


def demo_plane() -> Result[PlaneSpec]:
    """The demo pair's plane, all 129 × 129 points measured (data/README.md says how)."""
    saved = np.load(assets.DATA / "results" / "plane-full.npz")
    names, reach = [str(name) for name in saved["capabilities"]], float(saved["reach"])
    right, n = saved["right"], int(saved["examples"])  # what is taken from the file is read from it each time
    spec = specs.DEMO_PLANE.model_copy(
        update={"capabilities": tuple(names), "grid": 129, "full": True, "x": (-reach, reach), "y": (-reach, reach)}
    )
    rest = {"realised_alpha": 0.0, "loss": None, "n": n, "seconds": 0.1}
    rows = [
        {"x": x, "y": y, "capability": name, "score": float(right[k, j, i]) / n, **rest}
        for i, x in enumerate(axis(spec.x, 129)) for j, y in enumerate(axis(spec.y, 129)) for k, name in enumerate(names)
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, chance=dict.fromkeys(names, 0.0)))


def test_the_demo_pair_is_mapped_with_a_twentieth_of_its_points() -> None:
    found = savings(demo_plane())
    finest = [saving for saving in found if saving.lines == 129]
    assert all(saving.overlap >= 0.98 for saving in found)
    assert all(saving.share <= (0.08 if len(saving.capabilities) == 1 else 0.20) for saving in finest)
    for saving in finest:
        assert exponent([other for other in found if other.capabilities == saving.capabilities]) <= 1.25
