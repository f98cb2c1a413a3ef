"""An eigenvector has no sign: both of its sides are measured, and the worse one is read and drawn."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from landscape.basins.radii import basins_of
from landscape.basins.search.boundary_search import expected_points, next_step
from landscape.figures.worst.curves import CurveOptions, needle_figure
from landscape.schema.directions import Gaussian, Towards, Worst, label_of
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import curve_of, losses_of, scores_of, worst_boundaries
from landscape.worst.equal_norm import equal_norm_scores
from landscape.worst.points import at_equal_norm
from tests.worst.known_rays import HARMFUL, NAMES, TOP, TUNED, facts, made

LABEL = label_of(TOP)


def mirrored(*capabilities: str, nearer: float = 4.0) -> Result[WorstSpec]:
    """The known rays with the other side of the eigenvector measured too: there the named end `nearer` times nearer."""
    result = made()
    rows = result.rows[(result.rows["direction"] == LABEL) & (result.rows["alpha"] > 0)]
    shrunk = np.where(rows["capability"].isin(capabilities), nearer, 1 / nearer)
    other = rows.assign(alpha=-rows["alpha"] / shrunk, loss=rows["loss"] + 1.0)
    return Result(result.spec, pd.concat([result.rows, other], ignore_index=True), result.facts)


def ending(result: Result[WorstSpec], name: str) -> Any:
    return next(e for e in worst_boundaries(result) if (e.direction, e.capability) == (LABEL, name))


def test_the_worse_side_is_read_whichever_it_is() -> None:
    before, after = ending(made(), "math"), ending(mirrored("math"), "math")
    assert (before.sign, after.sign) == (1, -1)
    assert after.alpha == pytest.approx(before.alpha / 4)
    kept = ending(mirrored(), "math")
    assert (kept.sign, kept.alpha) == (1, pytest.approx(before.alpha))


def test_each_capability_is_read_on_its_own_worse_side() -> None:
    result = mirrored("math", nearer=2.0)
    assert ending(result, "math").sign == -1
    assert ending(result, "safety").sign == 1  # it ends on neither side: the one where it scores less, or the first


def test_curves_scores_and_losses_are_those_of_the_side_that_is_read() -> None:
    one, other = made(), mirrored("math")
    curve = curve_of(other, TOP, "math")
    assert curve is not None
    assert curve.boundary(0.05).alpha == pytest.approx(curve_of(one, TOP, "math").boundary(0.05).alpha / 4)  # type: ignore[union-attr]
    alphas, losses = losses_of(other, TOP, "math")
    assert (alphas >= 0).all()
    assert (np.diff(alphas) > 0).all()
    assert losses[1:].min() > 1  # those of the other side
    assert scores_of(other, TOP, "math", "held_out") is not None
    figure = needle_figure(
        other, "math", worst_boundaries(other), basins_of(other), 0.05, CurveOptions("score", False, False, True)
    )
    (drawn,) = (trace for trace in figure.data if trace.name and trace.name.startswith(LABEL))
    assert min(x for x, y in zip(drawn.x, drawn.y, strict=True) if y == 0) == pytest.approx(0.00101, rel=0.1)


def test_both_sides_of_an_eigenvector_are_searched_and_one_of_every_other_direction() -> None:
    directions = (Gaussian(seed=0), Towards(checkpoint=HARMFUL), Worst(capabilities=("math",)), TOP)
    spec = WorstSpec(checkpoint="demo:assistant", directions=directions, capabilities=NAMES, reach=0.064)
    known = {Point(index, 0.0): dict.fromkeys(NAMES, 1.0) for index in range(4)}
    asked = {(p.direction, p.alpha > 0) for p, _ in next_step(spec, facts(directions), known).points}
    assert asked == {(0, True), (1, True), (2, True), (3, True), (3, False)}
    with_one_side = spec.model_copy(update={"directions": (*directions[:3], Gaussian(seed=1))})
    assert expected_points(spec) > expected_points(with_one_side)
    compared = at_equal_norm(spec, facts(directions))
    assert {Point(3, TUNED), Point(3, -TUNED)} <= set(compared)
    assert Point(2, -TUNED) not in compared


def test_the_comparison_at_equal_norm_takes_the_side_that_is_read() -> None:
    result = mirrored("math")
    rows = result.rows
    there = (rows["direction"] == LABEL) & (rows["capability"] == "math")
    extra = rows[there & (rows["alpha"] == TUNED)].assign(alpha=-TUNED)
    extra = extra.assign(outcomes=[np.zeros(200, np.uint8)] * len(extra), score=0.0)
    whole = Result(
        result.spec,
        pd.concat([rows, extra], ignore_index=True).drop_duplicates(
            ["direction", "seed", "alpha", "capability"], keep="last"
        ),
        result.facts,
    )
    only = [e for e in worst_boundaries(whole) if e.direction == LABEL]
    found = [one for one in equal_norm_scores(whole, only) if one.capability == "math"]
    assert found
    assert all((one.direction, one.worst) == (LABEL, 0.0) for one in found)
