"""A slice along two draws and towards a fine-tune, of known scores."""

from landscape.schema.directions import Gaussian, Move, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import SliceSpec

ALPHAS = (0.0, 0.01, 0.02, 0.03)


def made(scores: dict[tuple[int, str], list[float]] | None = None, upto: int = 4) -> Result:
    """Two draws and a direction towards a fine-tune at α = 0.01; scores by (direction, capability)."""
    spec = SliceSpec(
        checkpoint="demo:base",
        directions=(Gaussian(seed=0), Gaussian(seed=7), Towards(checkpoint="demo:assistant")),
        alphas=ALPHAS,
        capabilities=("basic", "safety"),
    )
    scores = scores or {
        (0, "basic"): [1, 1, 0.9, 0],
        (1, "basic"): [1, 1, 1, 0],
        (2, "basic"): [1, 1, 1, 1],
        (0, "safety"): [0.04, 0, 0, 0],
        (1, "safety"): [0.04, 0, 0, 0],
        (2, "safety"): [0.04, 0.9, 0.3, 0],
    }
    rows = [
        {
            "direction": ("gaussian", "gaussian", "towards demo:assistant")[direction],
            "seed": (0, 7, None)[direction],
            "alpha": alpha,
            "realised_alpha": alpha,
            "capability": capability,
            "score": score,
            "loss": 1 - score,
            "n": 200,
            "seconds": 0.1,
        }
        for (direction, capability), curve in scores.items()
        for alpha, score in list(zip(ALPHAS, curve, strict=True))[:upto]
    ]
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, {"demo:assistant": 0.01}))


def with_moves(panel_alpha: float = 0.02) -> Result:
    """A random draw, and the moves int4-128 (at `panel_alpha`) and bfloat16 (of a bfloat16 checkpoint)."""
    directions = (Gaussian(seed=0), Move(name="int4-128"), Move(name="bfloat16"))
    spec = SliceSpec(checkpoint="demo:base", directions=directions, alphas=(0.0, 0.03), capabilities=("basic",))
    scores = {("gaussian", 0): {0.0: 1, 0.03: 0}, ("move int4-128", None): {0.0: 1, panel_alpha: 0.98, 0.03: 0.5}}
    scores[("move bfloat16", None)] = {0.0: 1}
    rows = [
        {"direction": label, "seed": seed, "alpha": alpha, "realised_alpha": alpha, "capability": "basic",
         "score": score, "loss": 1 - score, "n": 200, "seconds": 0.1}
        for (label, seed), curve in scores.items()
        for alpha, score in curve.items()
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, {"move int4-128": panel_alpha, "move bfloat16": 0.0}))
