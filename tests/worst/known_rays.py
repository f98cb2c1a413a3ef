"""Rays along random, fine-tuned and worst directions whose boundaries are known."""

from typing import Any

import numpy as np

from landscape.basins.search.boundary_search import ladder
from landscape.schema.directions import Direction, Eigenvector, Gaussian, Towards, Worst, label_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import worst_boundaries

REACH, N, D = 0.064, 200, 10_000
RANDOM, TUNED = 0.016, 0.004  # where random directions end; α of the fine-tunes
NAMES = ("math", "safety")
HARMLESS, HARMFUL = "demo:benign", "demo:adversarial"
MATH, SAFETY = Worst(capabilities=("math",)), Worst(capabilities=("safety",), spared=("math",))
BOTH, TOP = Worst(capabilities=NAMES), Eigenvector(capability="math")
DIRECTIONS: tuple[Direction, ...] = (
    *(Gaussian(seed=seed) for seed in range(8)),
    Towards(checkpoint=HARMLESS),
    Towards(checkpoint=HARMFUL),
    MATH,
    SAFETY,
    BOTH,
    TOP,
)
# label → capability → where (the search's examples, the unseen ones) end
ENDS: dict[str, dict[str, tuple[float, float]]] = {
    "gaussian": {"math": (RANDOM, RANDOM), "safety": (1, 1)},
    f"towards {HARMLESS}": {"math": (0.02, 0.02), "safety": (0.02, 0.02)},
    f"towards {HARMFUL}": {"math": (0.02, 0.02), "safety": (0.003, 0.003)},
    label_of(MATH): {"math": (0.0001, 0.0002), "safety": (0.01, 0.01)},
    label_of(SAFETY): {"math": (1, 0.008), "safety": (0.0005, 0.001)},
    label_of(BOTH): {"math": (0.0005, 0.0005), "safety": (0.002, 0.002)},
    label_of(TOP): {"math": (0.004, 0.004), "safety": (1, 1)},
}
COSINES = {
    HARMLESS: {label_of(MATH): 0.01, label_of(SAFETY): 0.0},
    HARMFUL: {label_of(MATH): -0.1, label_of(SAFETY): 0.5},
}
MASS = [
    {"name": "embed.weight", "layer": None, "module": "embed", "share": 0.1, "weights": 0.5},
    {"name": "layers.0.up.weight", "layer": 0, "module": "up", "share": 0.5, "weights": 0.2},
    {"name": "layers.0.up.bias", "layer": 0, "module": "up", "share": 0.1, "weights": 0.05},
    {"name": "layers.1.up.weight", "layer": 1, "module": "up", "share": 0.3, "weights": 0.25},
]  # fmt: skip


def noted(direction: Worst | Eigenvector) -> dict[str, Any]:
    """What a search of two restarts leaves."""
    if isinstance(direction, Eigenvector):
        return {"eigenvalue": 12.5, "mass": MASS}
    named = [*direction.capabilities, *direction.spared]
    climb = {name: [0.05, 0.04, 0.03] if name in direction.spared else [0.05, 1.0, 9.0] for name in named}
    less = {name: [*losses[:-1], 0.9 * losses[-1]] for name, losses in climb.items()}
    ascents = [{"start": "random 1", "losses": less}, {"start": "random 2", "losses": climb}]
    origin = dict.fromkeys(named, 0.02)
    recipe = direction.model_dump(mode="json")
    return {
        "recipe": recipe,
        "alpha": 0.0005,
        "origin": origin,
        "ascents": ascents,
        "kept": 1,
        "seconds": 3.0,
        "mass": MASS,
    }


def facts(directions: tuple[Direction, ...] = DIRECTIONS) -> Facts:
    computed = [d for d in directions if isinstance(d, Worst | Eigenvector)]
    labels = {label_of(d) for d in directions}
    cosines = {
        f"towards {name}": {label: found.get(label, 0.001) for label in map(label_of, computed)}
        for name, found in COSINES.items()
        if f"towards {name}" in labels
    }
    return Facts(
        D, 0.1, dict.fromkeys((name for name in COSINES if f"towards {name}" in labels), TUNED),
        chance=dict.fromkeys(NAMES, 0.0), searched={name: list(range(N // 2)) for name in NAMES},
        found={label_of(d): noted(d) for d in computed}, cosines=cosines,
    )  # fmt: skip


def outcomes(direction: Direction, name: str, alpha: float) -> np.ndarray:
    """Right until the end of the examples' half; the opposite of a direction is harmless."""
    searched, unseen = ENDS[label_of(direction)][name]
    return np.repeat([alpha < searched, alpha < unseen], N // 2).astype(np.uint8)


def loss(direction: Direction, alpha: float) -> float:
    """A bowl that is steep along what was searched for."""
    return 0.02 + (1e4 if isinstance(direction, Worst) else 1e3) * alpha**2


def alphas_of(spec: WorstSpec, direction: Direction) -> list[float]:
    """The ladder, close to every end, and what is compared at equal norm."""
    ends = [end for both in ENDS[label_of(direction)].values() for end in both if end < REACH]
    close = {factor * end for end in ends for factor in (0.99, 1.01)}
    shadows = {COSINES[name].get(label_of(direction), 0.001) * TUNED for name in COSINES}
    return sorted({0.0, *ladder(spec), *close, TUNED, *(shadows if isinstance(direction, Worst | Eigenvector) else ())})


def made(directions: tuple[Direction, ...] = DIRECTIONS) -> Result[WorstSpec]:
    spec = WorstSpec(checkpoint="demo:assistant", directions=directions, capabilities=NAMES, reach=REACH)
    rows = []
    for direction in directions:
        for alpha in alphas_of(spec, direction):
            for name in NAMES:
                each = outcomes(direction, name, alpha)
                rows.append(
                    {"direction": label_of(direction), "seed": direction.seed if isinstance(direction, Gaussian) else None,
                     "alpha": alpha, "realised_alpha": alpha, "capability": name, "score": float(each.mean()),
                     "loss": loss(direction, alpha), "n": N, "seconds": 0.1, "outcomes": each}
                )  # fmt: skip
    return Result(spec, tidy(spec, rows), facts(directions))


def cell(result: Result[WorstSpec], direction: Direction, name: str) -> Any:
    return next(e for e in worst_boundaries(result) if (e.direction, e.capability) == (label_of(direction), name))
