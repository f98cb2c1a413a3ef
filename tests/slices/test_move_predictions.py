"""What noise of a move's size foretells of it, against known numbers."""

import io
import math

import numpy as np
import pytest

from landscape.basins.boundaries import Curve, Radius
from landscape.reports.deployment import moves, moves_csv, moves_dict
from landscape.schema.directions import MatchedNoise, Move, label_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import SliceSpec
from landscape.slices.deployment_survival import errors_of, survival_finding, survivals_of
from landscape.slices.move_predictions import Prediction, isotropic

N = 200
ALPHA = 0.01
CURVE = Curve(np.array([0, 0.02, 0.04]), np.array([[1, 1], [1, 0], [0, 0]]))


def made(lost: dict[str, tuple[int, tuple[int, ...]]], right: int = N) -> Result[SliceSpec]:
    """Moves by name, at one α: how many examples are lost there, and how many under each draw of matched noise."""
    noise = [
        (MatchedNoise(move=name, seed=s), gone) for name, (_, drawn) in lost.items() for s, gone in enumerate(drawn)
    ]
    moved = [(Move(name=name), gone) for name, (gone, _) in lost.items()]
    directions = tuple(direction for direction, _ in [*moved, *noise])
    spec = SliceSpec(checkpoint="demo:base", directions=directions, alphas=(0.0,), capabilities=("basic",))
    rows = []
    for direction, gone in [*moved, *noise]:
        for alpha, fallen in ((0.0, 0), (ALPHA, gone)):
            each = np.array([1] * (right - fallen) + [0] * (N - right + fallen), np.uint8)
            row = {"direction": label_of(direction), "seed": None, "alpha": alpha, "realised_alpha": alpha, "n": N}
            row |= {"capability": "basic", "score": float(each.mean()), "loss": 0.1, "seconds": 0.1, "outcomes": each}
            rows.append(row)
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, {f"move {name}": ALPHA for name in lost}))


def test_the_prediction_is_the_mean_of_the_draws_with_their_range() -> None:
    (one,) = survivals_of(made({"nf4": (4, (2, 6, 10))}))
    assert one.noise == Prediction((0.99, 0.97, 0.95))
    assert (one.noise.mean, one.noise.low, one.noise.high) == (pytest.approx(0.97), 0.95, 0.99)
    assert one.predicted is one.kept is True
    assert not one.missed


@pytest.mark.parametrize(("mean", "predicted"), [(9, True), (10, True), (11, False)])
def test_what_noise_loses_beyond_the_tolerance_is_predicted_to_be_lost(mean: int, predicted: bool) -> None:
    (one,) = survivals_of(made({"nf4": (4, (mean - 2, mean + 2))}))
    assert one.predicted is predicted
    assert one.close  # the draws do not agree


@pytest.mark.parametrize(("gone", "missed"), [(0, True), (30, False), (40, False), (60, True)])
def test_a_score_outside_the_draws_by_more_than_its_interval_is_missed(gone: int, missed: bool) -> None:
    (one,) = survivals_of(made({"nf4": (gone, (30, 40))}))
    assert one.missed is missed


def test_the_radius_is_the_second_opinion_and_noise_the_first() -> None:
    radius = Radius(0.005, 0.004, 0.006, 0.003, 0.007, 8, 8, 0.06, at_least=False)
    (one,) = survivals_of(made({"nf4": (2, (2, 2))}), {"basic": radius}, curves={"basic": [CURVE, CURVE]})
    assert (one.predicted, one.isotropic_kept) == (True, False)
    assert one.isotropic == Prediction((0.75, 0.75))


def test_isotropic_noise_is_known_as_far_as_every_direction_was_followed() -> None:
    short = Curve(np.array([0, 0.02]), np.array([[1, 1], [1, 1]]))
    assert isotropic([CURVE, short], 0.02) == Prediction((0.5, 1.0))
    assert isotropic([CURVE, short], 0.021) is None
    assert isotropic([], 0.01) is None


def test_the_finding_speaks_of_the_noise_and_states_both_errors() -> None:
    result = made(
        {
            "int8": (0, (0, 0)),
            "nf4": (60, (2, 6)),  # lost, where noise keeps
            "int4": (12, (2, 4)),  # a drop of 0.06, whose interval holds τ
            "prune-50": (120, (40, 50)),  # lost, as foretold, but far more
        }
    )
    found = survivals_of(result, curves={"basic": [CURVE]})
    assert survival_finding(found) == (
        "Noise of the same size in each tensor foretold rightly what survives int8 and prune-50. "
        "Not like noise of its size in each tensor: nf4 (basic lost 0.30, a drop of 0.02 foretold). "
        "Too close to call: int4 (basic). "
        "Scores beyond their interval: prune-50 (basic 0.40, 0.75–0.80 foretold). "
        "Mean absolute error over 4 scores: 0.175 predicted by matched noise, 0.210 by isotropic noise of the same α. "
        "No most-case radius is known here to predict with: measure one with landscape basin CHECKPOINT."
    )
    errors = errors_of(found)
    assert errors is not None
    assert errors.matched == pytest.approx((0 + 56 / N + 9 / N + 75 / N) / 4, abs=1e-9)
    assert errors.isotropic == pytest.approx((0.25 + 0.05 + 0.19 + 0.35) / 4)


def test_what_has_nothing_to_lose_counts_in_no_error() -> None:
    result = made({"int8": (0, (0, 0))}, right=5)  # 0.025 right: no more than τ
    assert errors_of(survivals_of(result)) is None
    assert errors_of(survivals_of(made({"int8": (0, ())}))) is None


def test_table_json_and_csv_hold_predicted_beside_measured() -> None:
    from rich.console import Console

    result = made({"int4-asym-128": (60, (2, 4)), "int8": (0, (0, 1))})
    found = survivals_of(result, curves={"basic": [CURVE]})
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(moves(result, found))
    text = console.export_text()
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    line = next(line for line in text.splitlines() if "int4-asym-128" in line)
    assert line.split() == [
        "int4-asym-128",
        "basic",
        "0.700",
        "0.24",
        "to",
        "0.37",
        "0.985",
        "0.98–0.99",
        "0.750",
        "lost*",
    ]
    plain = moves_dict(result, found)
    numbers = plain["moves"]["int4-asym-128"]["capabilities"]["basic"]
    assert numbers["predicted_score"] == pytest.approx(0.985)
    assert (numbers["predicted_low"], numbers["predicted_high"], numbers["isotropic_score"]) == (0.98, 0.99, 0.75)
    assert (numbers["beyond_the_interval"], numbers["predicted_kept"], numbers["kept"]) == (True, True, False)
    assert plain["mean_absolute_error"]["scores"] == 2
    lines = moves_csv(result, found).splitlines()
    assert lines[0].endswith("predicted_score,predicted_low,predicted_high,isotropic_score")
    assert len(lines) == 1 + len(result.rows)
    assert math.isclose(float(lines[2].split(",")[-4]), 0.985)
