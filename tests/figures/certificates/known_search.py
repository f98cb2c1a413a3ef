"""A search for worst directions whose boundaries are known."""

from landscape.schema.directions import Gaussian, Worst
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import WorstSpec

SEARCH = WorstSpec(
    checkpoint="demo:assistant",
    directions=(*(Gaussian(seed=seed) for seed in range(6)), Worst(capabilities=("basic",))),
    capabilities=("basic", "math"),
    reach=0.08,
)


def searched(ends: dict[str, float]) -> Result[WorstSpec]:
    """Scores that fall linearly from 1 to 0 between 0 and twice these α, ten times faster along the worst direction."""
    rows = []
    for name, end in ends.items():
        for direction in SEARCH.directions:
            drawn = isinstance(direction, Gaussian)
            for alpha in (0.0, 0.001, 0.002, 0.004, 0.01, 0.02, 0.04, 0.08):
                score = max(0.0, 1 - alpha / (2 * end) * (1 if drawn else 10))
                label, seed = ("gaussian", direction.seed) if drawn else ("worst basic", None)
                rows.append(
                    {"direction": label, "seed": seed, "alpha": alpha, "realised_alpha": alpha, "capability": name,
                     "score": score, "loss": 1.0, "n": 100, "seconds": 0.1}
                )  # fmt: skip
    return Result(SEARCH, tidy(SEARCH, rows), Facts(10_000, 0.1))
