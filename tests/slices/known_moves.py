"""Deployment moves of which it is written down how many examples each loses."""

import numpy as np

from landscape.schema.directions import Gaussian, Move
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import SliceSpec

N = 200


def made(lost: dict[str, tuple[float, int]], *, chance: float = 0.0, outcomes: bool = True, right: int = N) -> Result:
    """A slice of moves, by name: α and how many of the examples that θ₀ gets right are lost there."""
    directions = (Gaussian(seed=0), *(Move(name=name) for name in lost))
    spec = SliceSpec(checkpoint="demo:base", directions=directions, alphas=(0.0,), capabilities=("basic",))
    rows = []
    for name, (own, gone) in lost.items():
        for alpha, fallen in {0.0: 0, own: gone}.items():
            each = np.array([1] * (right - fallen) + [0] * (N - right + fallen), np.uint8)
            row = {"direction": f"move {name}", "seed": None, "alpha": alpha, "realised_alpha": alpha}
            row |= {"capability": "basic", "score": float(each.mean()), "loss": 0.1, "n": N, "seconds": 0.1}
            rows.append(row | ({"outcomes": each} if outcomes else {}))
    facts = Facts(100, 0.1, {f"move {name}": own for name, (own, _) in lost.items()}, chance={"basic": chance})
    return Result(spec, tidy(spec, rows), facts)
