from dataclasses import replace

import pytest

from landscape import __version__
from landscape.basins.losses import read_by_loss
from landscape.bundled import results, specs
from landscape.figures.paper.captions import caption_of, caption_of_several
from landscape.schema.directions import Gaussian, Layer, MatchedNoise, Move
from landscape.schema.results import Result


def with_spec(result: Result, **fields: object) -> Result:
    return replace(result, spec=result.spec.model_copy(update=fields))


def test_a_caption_says_checkpoints_directions_examples_n_tau_seeds_and_version() -> None:
    said = caption_of(results.shipped(specs.DEMO_SPEC), 0.05)
    assert said == (
        "θ₀: base. Along 5 random directions (Gaussian, seeds 0–4) and the straight line to assistant. n = 240 examples each of "
        "basic, math, code and safety. Lost: a drop of the score by more than τ = 0.05. "
        f"Weights in float32. Drawn by Landscape {__version__}."
    )


def test_tau_is_that_of_the_search_and_in_nats_where_the_figure_goes_by_loss() -> None:
    basin = results.shipped(specs.DEMO_BASIN)
    assert "Lost: a drop of the score by more than τ = 0.05." in caption_of(basin)
    assert "Lost: a drop of the score by more than τ = 0.2." in caption_of(basin, 0.2)
    assert "Lost: a rise of the loss by more than τ = 0.1 nats of loss." in caption_of(read_by_loss(basin), 0.1)
    assert "Lost: a rise of the loss by more than τ = 0.3 nats of loss." in caption_of(
        with_spec(basin, loss_tolerance=0.3)
    )


@pytest.mark.parametrize(
    ("directions", "said"),
    [
        ((Gaussian(seed=7),), "Along 1 random direction (Gaussian, seed 7)."),
        ((Gaussian(seed=0), Gaussian(seed=5)), "Along 2 random directions (Gaussian, seeds 0, 5)."),
        ((Layer(seed=3), Layer(seed=4)), "Along 2 random directions (layer-scaled, seeds 3–4)."),
        (
            (Move(name="int8"), MatchedNoise(move="int8", seed=0), MatchedNoise(move="int8", seed=1)),
            "Along 2 random directions (noise matched to int8, seeds 0–1) and int8, per output channel.",
        ),
    ],
)
def test_directions_and_seeds(directions: tuple, said: str) -> None:
    assert said in caption_of(with_spec(results.shipped(specs.DEMO_SPEC), directions=directions))


def test_unequal_numbers_of_examples_are_told_apart() -> None:
    result = results.shipped(specs.DEMO_SPEC)
    rows = result.rows.assign(n=result.rows["n"].where(result.rows["capability"] != "math", 1120))
    assert "n = 240 examples of basic, 1,120 of math, 240 of code, 240 of safety." in caption_of(
        replace(result, rows=rows)
    )


def test_weights_that_move_are_said_where_not_all_do() -> None:
    result = results.shipped(specs.DEMO_SPEC)
    assert "Weights that move" not in caption_of(result)
    assert "Weights that move: only *.mlp.*." in caption_of(with_spec(result, only=("*.mlp.*",)))
    assert "Weights that move: all but *norm*." in caption_of(with_spec(result, exclude=("*norm*",)))
    assert "Only the adapter's own weights move." in caption_of(with_spec(result, adapter=True))


def test_a_certificate_says_q_trials_and_failure_probability() -> None:
    said = caption_of(results.shipped(specs.DEMO_CERTIFICATE))
    assert "q = 0.5 with failure probability 0.001, by 1,000 trials at each σ" in said
    assert "Lost" not in said


def test_several_checkpoints_are_all_named_and_a_share_of_the_score_is_said() -> None:
    base = results.shipped(specs.DEMO_BASIN)
    other = with_spec(base, checkpoint="demo:benign")
    assert caption_of_several([base, other]).startswith(
        "θ₀: assistant and benign, each with the same directions. Along"
    )
    assert "a drop of the score by 0.05 of its value" in caption_of_several([base, other], 0.05, share=True)
