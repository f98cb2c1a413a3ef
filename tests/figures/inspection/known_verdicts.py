"""Parts that are moved alone and capabilities as judged, of which every number is written down."""

from collections.abc import Mapping

import numpy as np

from landscape.inspection.verdict import Finding, Judged, Outcome
from landscape.intervals import PairedDrop
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec

REACH = 0.1


def part(
    ends: Mapping[str, float | tuple[float, ...]], *, until: float = REACH, chance: float = 0.0, points: int = 41
) -> Result[BasinSpec]:
    """Capabilities that score 1 up to an α and 0 beyond it, in three directions (or up to one α in each).

    `until`: how far was measured.
    """
    spec = BasinSpec(
        checkpoint="demo:benign", directions=tuple(Gaussian(seed=s) for s in range(3)), capabilities=tuple(ends),
        reach=REACH, only=("x",),
    )  # fmt: skip
    rows = [
        {"direction": "gaussian", "seed": seed, "alpha": alpha, "capability": name, "score": score, "n": 100,
         "loss": 0.1, "outcomes": np.full(100, score, np.uint8), "realised_alpha": alpha, "seconds": 0.1}
        for seed in range(3)
        for name, end in ends.items()
        for alpha in np.linspace(0, until, points)
        for score in (int(alpha <= (end[seed] if isinstance(end, tuple) else end)),)
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(10, 0.1, chance=dict.fromkeys(ends, chance)))


def judged(name: str, outcome: Outcome, drop: float) -> Judged:
    found = PairedDrop(drop, drop - 0.01, drop + 0.01, 0.5, 100)
    return Judged(name, 1.0, 1.0 - drop, None, None, found, True, (Finding("score", outcome, "it says why"),))
