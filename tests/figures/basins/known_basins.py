"""Basins with a sharp edge where it is known to be."""

import numpy as np

from landscape.schema.directions import Gaussian, Towards, label_of, seed_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec

REACH, EXAMPLES = 0.08, 100
ENDS = {"basic": 0.05, "math": 0.01}  # where each capability falls along every random direction
GRID = tuple(np.round(np.arange(0, REACH + 1e-9, 0.0002), 6))


def made(
    ends: dict[str, float] | None = None,
    *,
    rays: int = 8,
    towards: dict[str, float] | None = None,
    along: float = 1.0,
    upto: float = REACH,
    grid: tuple[float, ...] = GRID,
    both_signs: bool = False,
) -> Result[BasinSpec]:
    """Step basins: all right to a capability's end, all wrong beyond; ends grow by 1 % from one draw to the next.

    `towards` holds α of checkpoints, on the way to which every capability ends at `along` times its end.
    """
    ends, towards = ENDS if ends is None else ends, towards or {}
    directions = (*(Gaussian(seed=s) for s in range(rays)), *(Towards(checkpoint=f"demo:{n}") for n in towards))
    spec = BasinSpec(
        checkpoint="demo:base", directions=directions, capabilities=tuple(ends), reach=REACH, both_signs=both_signs
    )
    rows = []
    for index, direction in enumerate(directions):
        stretch = along if seed_of(direction) is None else 1 + 0.01 * index
        for capability, end in ends.items():
            for alpha in (a for a in grid if a <= upto + 1e-12):
                outcomes = np.full(EXAMPLES, end > 0 and alpha <= end * stretch, np.uint8)
                rows.append(
                    {"direction": label_of(direction), "seed": seed_of(direction), "alpha": alpha, "realised_alpha": alpha,
                     "capability": capability, "score": float(outcomes.mean()), "loss": 1.0, "n": EXAMPLES,
                     "seconds": 0.1, "outcomes": outcomes}
                )  # fmt: skip
    alpha_of = {f"demo:{name}": alpha for name, alpha in towards.items()}
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, alpha_of, chance=dict.fromkeys(ends, 0.0)))
