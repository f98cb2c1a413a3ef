"""The orders of radii by score and by loss, on bowls whose order turns round."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.figures.basins.orders import opposite, order_dict, order_finding, order_of, order_text, orders_of
from landscape.figures.scale import scale_of
from landscape.reports.basins import basin_dict
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec

N = 60
ENDS = {"math": (0.010, 0.030), "code": (0.020, 0.015), "basic": (0.040, 0.040)}  # by score, and by loss at 0.1 nats


def made(names: tuple[str, ...] = ("math", "code", "basic"), *, rays: int = 8, n: int = N) -> Result[BasinSpec]:
    draws = tuple(Gaussian(seed=seed) for seed in range(rays))
    spec = BasinSpec(checkpoint="demo:assistant", directions=draws, capabilities=names, reach=0.064)
    rows = []
    for name in names:
        by_score, by_loss = ENDS[name]
        for seed in range(rays):
            far = 1 + 0.02 * seed
            for alpha in np.linspace(0, 0.064, 65):
                losses = np.full(n, 0.5 + 0.1 * (alpha / (by_loss * far)) ** 2, np.float32)
                outcomes = np.full(n, alpha < by_score * far, np.uint8)
                rows.append(
                    {"direction": "gaussian", "seed": seed, "alpha": alpha, "realised_alpha": alpha, "capability": name,
                     "score": float(outcomes.mean()), "loss": float(losses.mean()), "n": n, "seconds": 0.1,
                     "outcomes": outcomes, "losses": losses}
                )  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, chance=dict.fromkeys(names, 0.0)))


def test_an_order_that_turns_round_is_said_to() -> None:
    text = order_text(made())
    assert text.startswith(
        "Median radii, α, in order: by score (τ = 0.05) math 0.010, code 0.021, basic 0.043; "
        "by loss (τ = 0.1 nats of loss) code 0.016, math 0.032, basic 0.043."
    )
    assert "By score math is shown to end first, by loss code: the order depends on what counts as lost." in text
    assert text.endswith("By score math before code, by loss the reverse.")
    found = order_dict(made())
    assert (found["score"]["first"], found["loss"]["first"], found["opposite"]) == ("math", "code", [["math", "code"]])
    assert list(found["loss"]["radii"]) == ["code", "math", "basic"]
    assert basin_dict(made())["order"] == found


def test_an_order_that_stays_is_said_to_and_nothing_of_it_reversed() -> None:
    text = order_text(made(("code", "basic")))
    assert text.endswith("By both, code is shown to end first.")
    assert opposite(*orders_of(made(("code", "basic")))) == []


@pytest.mark.parametrize(
    "result", [made(rays=5), made(n=9), replace(made(), rows=made().rows.assign(losses=None, outcomes=None))]
)
def test_nothing_is_claimed_first_without_an_interval(result: Result[BasinSpec]) -> None:
    assert "Neither by score nor by loss is a capability shown to end first." in order_text(result)


def test_without_the_loss_of_each_example_nothing_is_shown_by_loss() -> None:
    text = order_text(replace(made(), rows=made().rows.assign(losses=None)))
    assert "By score math is shown to end first; by loss no capability is." in text
    assert text.endswith("Without the loss of each example, nothing is shown by loss.")


def test_a_capability_that_scores_0_has_its_place_by_loss_alone() -> None:
    result = made(("math", "code"))
    nothing = result.rows["capability"] == "code"
    zeros = [
        np.zeros(N, np.uint8) if none else each for none, each in zip(nothing, result.rows["outcomes"], strict=True)
    ]
    rows = result.rows.assign(score=result.rows["score"].where(~nothing, 0.0), outcomes=zeros)
    text = order_text(replace(result, rows=rows))
    assert "by score (τ = 0.05) math 0.010; by loss (τ = 0.1 nats of loss) code 0.016, math 0.032." in text
    assert text.endswith("Fewer than two capabilities have both, so there is no order to compare.")


def test_one_capability_has_no_order() -> None:
    assert order_text(made(("math",))) == ""
    result = made(("math",))
    assert order_finding(order_of(result, [], 0.05), order_of(result, [], 0.05), scale_of(result)) == ""
