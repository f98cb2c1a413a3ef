"""Losses that are bowls, ½hα² with h of the ray and the example, so that every boundary is known in closed form."""

import numpy as np

from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec

REACH, N = 0.08, 120
RNG = np.random.default_rng(0)
CURVATURES = {"math": RNG.uniform(0.6, 1.4, (8, 1)) * 2000, "code": RNG.uniform(0.6, 1.4, (8, 1)) * 200}  # h, per ray
SPREAD = RNG.uniform(0.5, 1.5, (1, N))  # of the examples around it
ALPHAS = np.linspace(0, REACH, 201)


def bowl(
    *, each: bool = True, spec: dict[str, object] | None = None, names: tuple[str, ...] = ("math", "code")
) -> Result[BasinSpec]:
    """Loss 0.3 + ½hα² with h of the ray and the example; the score is 0 everywhere, at θ₀ too."""
    draws = tuple(Gaussian(seed=seed) for seed in range(8))
    known = {"checkpoint": "demo:assistant", "directions": draws, "capabilities": names, "reach": REACH}
    made = BasinSpec.model_validate(known | (spec or {}))
    rows = []
    for name in names:
        for seed in range(8):
            for alpha in ALPHAS:
                losses = (0.3 + 0.5 * CURVATURES[name][seed] * SPREAD[0] * alpha**2).astype(np.float32)
                rows.append(
                    {"direction": "gaussian", "seed": seed, "alpha": alpha, "realised_alpha": alpha, "score": 0.0,
                     "capability": name, "loss": float(losses.astype(float).mean()), "n": N, "seconds": 0.1,
                     "outcomes": np.zeros(N, np.uint8), "losses": losses if each else None}
                )  # fmt: skip
    return Result(made, tidy(made, rows), Facts(100, 0.1, chance=dict.fromkeys(names, 0.0)))


def closed_form(name: str, tolerance: float) -> float:
    return float(np.median(np.sqrt(2 * tolerance / (CURVATURES[name][:, 0] * SPREAD.mean()))))
