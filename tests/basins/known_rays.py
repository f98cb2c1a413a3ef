"""Rays along random directions whose boundaries are known."""

import numpy as np

from landscape.schema.directions import Gaussian, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec

REACH, N = 0.064, 200
LADDER = [REACH / 16, REACH / 8, REACH / 4, REACH / 2, REACH]


def made(edges: dict[str, list[float]], *, towards: float | None = None, n: int = N) -> Result[BasinSpec]:
    """Rays on which the score is 1 below an edge and 0 from it on, measured on the ladder and close to the edge."""
    count = len(next(iter(edges.values())))
    directions = [Gaussian(seed=s) for s in range(count)] + ([Towards(checkpoint="demo:base")] if towards else [])
    spec = BasinSpec(checkpoint="demo:assistant", directions=directions, capabilities=tuple(edges), reach=REACH)
    rows = []
    for name, ends in edges.items():
        for direction, edge in zip(directions, [*ends, *([towards] if towards else [])], strict=True):
            for alpha in sorted({0.0, *LADDER, *(e for e in (0.99 * edge, 1.01 * edge) if e < REACH)}):
                outcomes = np.full(n, alpha < edge, np.uint8)
                random = isinstance(direction, Gaussian)
                rows.append(
                    {"direction": "gaussian" if random else "towards demo:base", "seed": direction.seed if random else None,
                     "alpha": alpha, "realised_alpha": alpha, "capability": name, "score": float(outcomes.mean()),
                     "loss": 0.1, "n": n, "seconds": 0.1, "outcomes": outcomes}
                )  # fmt: skip
    facts = Facts(100, 0.1, {"demo:base": 0.008} if towards else {}, chance=dict.fromkeys(edges, 0.0))
    return Result(spec, tidy(spec, rows), facts)


NARROW = [0.010, 0.011, 0.012, 0.010, 0.011, 0.012, 0.010, 0.011]
WIDE = [0.020, 0.021, 0.022, 0.020, 0.021, 0.022, 0.020, 0.021]
