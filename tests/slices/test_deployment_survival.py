"""What deployment moves cost, against known numbers."""

import io
import math
from pathlib import Path

import numpy as np
import pytest

from landscape import assets
from landscape.basins.boundaries import Radius
from landscape.intervals import dropped_by_more_than
from landscape.reports.deployment import moves, moves_dict
from landscape.runs.earlier_results import known_radii
from landscape.schema.directions import Move
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec
from landscape.slices.deployment_survival import survival_finding, survivals_of
from landscape.store.store import Store
from tests.slices.known_moves import N, made

RADIUS = Radius(0.01, 0.008, 0.012, 0.007, 0.013, 8, 8, 0.06, at_least=False)


def test_a_drop_is_paired_against_the_origin() -> None:
    (one,) = survivals_of(made({"int4": (0.005, 7)}))
    assert (one.move, one.alpha, one.score) == ("int4", 0.005, 1 - 7 / N)
    assert one.drop == dropped_by_more_than(np.ones(N), np.array([1] * (N - 7) + [0] * 7), 0.05)
    assert one.kept is True
    assert one.predicted is None


@pytest.mark.parametrize(("gone", "kept"), [(0, True), (10, True), (11, False), (100, False)])
def test_what_falls_by_more_than_the_tolerance_is_lost(gone: int, kept: bool) -> None:
    assert survivals_of(made({"int4": (0.005, gone)}))[0].kept is kept


@pytest.mark.parametrize(
    ("alpha", "at_least", "predicted"),
    [(0.005, False, True), (0.02, False, False), (0.005, True, True), (0.02, True, None)],
)
def test_the_prediction_is_on_which_side_of_the_radius_it_lies(
    alpha: float, at_least: bool, predicted: bool | None
) -> None:
    radius = Radius(0.01, 0.008, math.inf, 0.007, math.inf, 8, 8, 0.06, at_least=at_least)
    assert survivals_of(made({"int4": (alpha, 0)}), {"basic": radius})[0].predicted is predicted


def test_the_finding_tells_rightly_foretold_moves_from_those_unlike_random_ones() -> None:
    result = made(
        {
            "bfloat16": (0.0, 0),
            "int8": (0.001, 0),
            "int4": (0.03, 120),
            "prune-10": (0.002, 60),  # inside, yet lost
            "prune-50": (0.04, 0),  # outside, yet kept
            "int3": (0.009, 60),  # inside, yet lost; but α lies within the radius's interval
            "prune-30": (0.002, 12),  # a drop of 0.06, whose interval holds τ
        }
    )
    text = survival_finding(survivals_of(result, {"basic": RADIUS}))
    assert text == (
        "The most-case radius foretold rightly what survives int8 and int4. "
        "Not like a random move of its α: prune-10 (basic lost 0.30 inside its radius), "
        "prune-50 (basic held outside its radius). "
        "Too close to call: int3 (basic) and prune-30 (basic). "
        "bfloat16 changes no weight."
    )


def test_without_a_radius_the_finding_says_how_to_get_one() -> None:
    assert "landscape basin CHECKPOINT" in survival_finding(survivals_of(made({"int8": (0.001, 0)})))


def test_a_capability_that_the_origin_lacks_has_nothing_to_lose() -> None:
    (one,) = survivals_of(made({"int4": (0.005, 7)}, chance=0.25, right=50), {"basic": RADIUS})
    assert one.kept is None
    assert one.predicted is None


def test_without_single_outcomes_the_drop_has_no_interval() -> None:
    result = made({"int4": (0.005, 7)}, outcomes=False)
    (one,) = survivals_of(result)
    assert one.drop.drop == pytest.approx(7 / N)
    assert math.isnan(one.drop.low)
    plain = moves_dict(result, [one])["moves"]["int4"]
    assert plain["capabilities"]["basic"]["low"] is None
    assert plain["relative"] == pytest.approx(0.05)


def test_a_move_that_is_not_measured_yet_is_left_out() -> None:
    result = made({"int4": (0.005, 7), "int8": (0.001, 0)})
    early = Result(result.spec, result.rows[result.rows["direction"] != "move int8"], result.facts)
    assert [one.move for one in survivals_of(early)] == ["int4"]
    assert survivals_of(Result(result.spec, result.rows)) == []


def test_the_table_fits_eighty_columns_and_stars_what_was_otherwise() -> None:
    from rich.console import Console

    result = made({"int8-128": (0.00012, 0), "prune-10": (0.002, 60)})
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(moves(result, survivals_of(result, {"basic": RADIUS})))
    text = console.export_text()
    assert "…" not in text
    assert "lost*" in text
    assert "embeddings" in text


def test_radii_of_the_demo_ship_and_other_weights_have_none(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    spec = SliceSpec(
        checkpoint="demo:assistant",
        directions=(Move(name="int8"),),
        alphas=(0.0,),
        capabilities=tuple(assets.CAPABILITIES),
    )
    radii = known_radii(store, spec)
    assert set(radii) == set(assets.CAPABILITIES)
    assert 0.005 < radii["math"].median < 0.007
    assert not known_radii(store, spec.model_copy(update={"only": ("*.mlp.*",)}))
    assert not known_radii(store, spec.model_copy(update={"checkpoint": "demo:none"}))
