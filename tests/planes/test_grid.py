"""Planes: which points are asked for, and that checkpoints stand where they are drawn."""

from pathlib import Path

import numpy as np
import pytest
import torch

from landscape.capabilities import examples
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import models
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session, load_capabilities
from landscape.planes.grid import axis, inside_of, next_step
from landscape.planes.regions import regions_of
from landscape.schema.directions import Gaussian, Principal, Towards
from landscape.schema.points import Point
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import PlaneSpec
from tests.conftest import make_model, save


def spec_of(**fields: object) -> PlaneSpec:
    defaults = {"checkpoint": "demo:base", "directions": (Gaussian(seed=0), Gaussian(seed=1)), "grid": 65}
    defaults |= {"capabilities": ("basic", "math"), "x": (-0.04, 0.04), "y": (-0.04, 0.04)}
    return PlaneSpec(**(defaults | fields))


def facts(**fields: object) -> Facts:
    return Facts(100, 0.1, chance={"basic": 0.0, "math": 0.0}, **fields)  # type: ignore[arg-type]


DISC = {
    "basic": lambda x, y: 1 - (x**2 + y**2) / 0.03**2 * 0.05,
    "math": lambda x, y: float(np.hypot(x - 0.004, y) < 0.012),
}


def mapped(spec: PlaneSpec, score=DISC, known=None, about: Facts | None = None) -> dict[Point, dict[str, float]]:
    found = {point: dict(scores) for point, scores in (known or {}).items()}
    while (step := next_step(spec, about or facts(), found)).points:
        for point, names in step.points:
            found.setdefault(point, {}).update({n: score[n](point.alpha, point.beta) for n in names})
    return found


def truth(spec: PlaneSpec, name: str) -> np.ndarray:
    x, y = np.meshgrid(axis(spec.x, spec.grid), axis(spec.y, spec.grid))
    return np.vectorize(DISC[name])(x, y) >= DISC[name](0, 0) - 0.05 - 1e-9


def result_of(spec: PlaneSpec, found: dict[Point, dict[str, float]], about: Facts) -> Result[PlaneSpec]:
    rows = [
        {
            "x": p.alpha,
            "y": p.beta,
            "capability": n,
            "score": s,
            "loss": 1 - s,
            "n": 240,
            "realised_alpha": 0.0,
            "seconds": 0.1,
        }
        for p, scores in found.items()
        for n, s in scores.items()
    ]
    return Result(spec, tidy(spec, rows), about)


def test_two_discs_are_found_with_a_fraction_of_the_grid() -> None:
    spec = spec_of(grid=129)
    found = mapped(spec)
    regions = regions_of(result_of(spec, found, facts()))
    for name, region in regions.items():
        full = truth(spec, name)
        assert region.inside is not None
        assert (region.inside & full).sum() / (region.inside | full).sum() >= 0.98
        assert (~np.isnan(region.scores)).sum() <= 0.08 * 129**2
    assert len(found) <= 0.12 * 129**2


def test_a_capability_is_scored_only_where_its_own_boundary_passes() -> None:
    found = mapped(spec_of())
    alone = [point for point, scores in found.items() if len(scores) == 1]
    assert len(alone) > 0.5 * len(found)


def test_a_killed_refinement_ends_with_the_same_points() -> None:
    whole = mapped(spec_of())
    assert mapped(spec_of(), known=dict(list(whole.items())[: len(whole) // 2])) == whole


def test_a_full_plane_has_every_point_coarse_ones_first() -> None:
    spec = spec_of(grid=9, full=True)
    (origin,), rest = (
        next_step(spec, facts(), known).points for known in ({}, {Point(0, 0.0): {"basic": 1.0, "math": 1.0}})
    )
    assert origin[0] == Point(0, 0.0)
    assert len(rest) == 81 - 1
    corners = {(x, y) for x in (-0.04, 0.04) for y in (-0.04, 0.04)}
    assert corners <= {(p.alpha, p.beta) for p, _ in rest[:24]}


def test_a_capability_that_the_origin_lacks_is_measured_on_the_coarse_grid_only() -> None:
    spec = spec_of()
    found = mapped(spec, {"basic": DISC["basic"], "math": lambda x, y: 0.01})
    assert sum("math" in scores for scores in found.values()) == 81
    assert regions_of(result_of(spec, found, facts()))["math"].inside is None


def test_checkpoints_that_lie_in_the_plane_are_points_of_it() -> None:
    about = facts(places={"demo:assistant": [0.0083, 0.0, 0.0], "demo:benign": [0.008, 0.001, 0.002]})
    found = mapped(spec_of(), about=about)
    assert Point(0, 0.0083, 0.0) in found
    assert Point(0, 0.008, 0.001) not in found


def test_unknown_inside_and_outside_are_three_things() -> None:
    assert inside_of(np.array([[np.nan, 0.94, 0.95]]), 0.95).tolist() == [[-1, 0, 1]]


@pytest.fixture(scope="module")
def third(checkpoint: Path) -> Path:
    model = make_model()
    torch.manual_seed(2)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.02 * torch.randn_like(weight)
    return save(checkpoint.parent / "tiny-third", model)


def test_three_checkpoints_lie_exactly_in_their_plane(
    checkpoint: Path, finetuned: Path, third: Path, greedy_suite: Path
) -> None:
    directions = (Towards(checkpoint=str(finetuned)), Towards(checkpoint=str(third)))
    spec = spec_of(checkpoint=str(checkpoint), directions=directions, capabilities=(str(greedy_suite),))
    session, suites = Session(spec.frame), load_capabilities(spec)
    about = gather_facts(session, spec, suites)
    for name in (str(finetuned), str(third)):
        x, y, distance = about.places[name]
        assert distance == 0
        here = session.measure(Point(0, x, y), suites)["greedy"]
        loaded = models.load(name)
        own = Scorer(loaded.model, loaded.tokenizer).score(examples.load(str(greedy_suite)))
        assert np.array_equal(here.losses, own.losses), "the weights there are the checkpoint's, bit for bit"
    assert about.places[str(finetuned)][1] == 0
    assert abs(about.cosine or 0) < 0.2


def test_a_plane_shares_its_first_axis_with_slices(checkpoint: Path, greedy_suite: Path) -> None:
    plane = spec_of(checkpoint=str(checkpoint), capabilities=(str(greedy_suite),))
    line = Session(plane.frame.model_copy(update={"directions": (Gaussian(seed=0),)}))
    (suite,) = load_capabilities(plane)
    assert Session(plane.frame).keys.of(Point(0, 0.01, 0.0), suite) == line.keys.of(Point(0, 0.01), suite)


def test_a_step_along_both_axes_has_the_length_of_both(checkpoint: Path, greedy_suite: Path) -> None:
    spec = spec_of(checkpoint=str(checkpoint), capabilities=(str(greedy_suite),))
    session = Session(spec.frame)
    there = session.measure(Point(0, 0.03, 0.04), load_capabilities(spec))["greedy"]
    assert there.realised_alpha == pytest.approx(0.05, rel=0.02)  # a Gaussian's RMS is 1 up to 1/√(2d)


def test_the_same_direction_twice_spans_no_plane(
    checkpoint: Path, finetuned: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    loaded, other = models.load(str(checkpoint)).model, models.load(str(finetuned)).model
    with torch.no_grad():
        for weight, far in zip(loaded.parameters(), other.parameters(), strict=True):
            weight += 2 * (far - weight)
    beyond = save(tmp_path / "beyond", loaded)
    directions = (Towards(checkpoint=str(finetuned)), Towards(checkpoint=str(beyond)))
    spec = spec_of(checkpoint=str(checkpoint), directions=directions, capabilities=(str(greedy_suite),))
    with pytest.raises(ValueError, match="three checkpoints on one line"):
        gather_facts(Session(spec.frame), spec, load_capabilities(spec))


def test_a_principal_plane_states_its_variance_and_holds_the_trajectory(
    checkpoint: Path, finetuned: Path, third: Path, greedy_suite: Path
) -> None:
    snapshots = (str(checkpoint), str(finetuned), str(third))
    directions = tuple(Principal(component=c, checkpoints=snapshots) for c in (0, 1))
    spec = spec_of(checkpoint=str(checkpoint), directions=directions, capabilities=(str(greedy_suite),))
    about = gather_facts(Session(spec.frame), spec, load_capabilities(spec))
    assert sum(about.variance) == pytest.approx(1)  # three points span one plane
    assert set(about.places) == set(snapshots)
    assert all(distance < 1e-4 for *_, distance in about.places.values())
    assert about.places[str(third)][0] > about.places[str(checkpoint)][0]


def test_a_checkpoint_of_another_shape_cannot_be_placed(checkpoint: Path, greedy_suite: Path, tmp_path: Path) -> None:
    other = save(tmp_path / "wide", make_model(width=64))
    spec = spec_of(checkpoint=str(checkpoint), capabilities=(str(greedy_suite),), shown=(str(other),))
    with pytest.raises(ValueError, match="is no point of .* weight space"):
        gather_facts(Session(spec.frame), spec, load_capabilities(spec))
