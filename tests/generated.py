"""Results of any numbers, for sentences to be held against: every score, loss and count is written by the caller."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from landscape.schema.directions import Direction, Gaussian, Towards, Worst, label_of, seed_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, WorstSpec

N = 20  # examples
STEP = 0.01  # between two α
POINTS = 6

scores = st.integers(0, N).map(lambda right: right / N)
curves = st.lists(scores, min_size=POINTS, max_size=POINTS)
# By capability: the curve of each draw. All begin at the same score, since all begin at θ₀.
falls = st.tuples(scores, st.lists(st.lists(scores, min_size=POINTS - 1, max_size=POINTS - 1), min_size=1, max_size=8))
losses = st.lists(st.sampled_from([0.0, 0.01, 0.1, 0.5, 3.0, 1e6, float("nan")]), min_size=POINTS, max_size=POINTS)

HELD = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
LATE = [1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
AT_ONCE = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
RISES = [0.5, 0.6, 0.8, 0.9, 1.0, 1.0]


def same_start(fall: tuple[float, list[list[float]]]) -> list[list[float]]:
    """The curves of draws that all begin at one score."""
    return [[fall[0], *rest] for rest in fall[1]]


def alphas_of(points: int = POINTS) -> tuple[float, ...]:
    """0, STEP, 2 STEP, …"""
    return tuple(round(STEP * place, 6) for place in range(points))


def _row(direction: Direction, alpha: float, capability: str, score: float, loss: float, n: int) -> dict[str, Any]:
    right = np.arange(n) < round(score * n)
    return {
        "direction": label_of(direction), "seed": seed_of(direction), "alpha": alpha, "realised_alpha": alpha,
        "capability": capability, "score": score, "loss": loss, "n": n, "seconds": 0.1,
        "outcomes": right.astype(np.uint8), "losses": np.full(n, loss, np.float32),
    }  # fmt: skip


def line_result(
    drawn: Mapping[str, Sequence[Sequence[float]]],
    *,
    basin: bool = False,
    loss: Sequence[float] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
    chance: float = 0.0,
    ways: Mapping[str, Sequence[float]] | None = None,
    n: int = N,
) -> Result[Any]:
    """A slice, or a search, along as many draws as each capability has curves, and towards checkpoints (`ways`)."""
    count = min(map(len, drawn.values()))
    toward = {Towards(checkpoint=name): curve for name, curve in (ways or {}).items()}
    directions: tuple[Direction, ...] = (*(Gaussian(seed=seed) for seed in range(count)), *toward)
    plain = {"checkpoint": "demo:base", "directions": directions, "capabilities": tuple(drawn)}
    alphas = alphas_of()
    spec = BasinSpec(**plain, reach=alphas[-1]) if basin else SliceSpec(**plain, alphas=alphas)
    rows = [
        _row(direction, alpha, name, curve[place], loss[place], n)
        for name, each in drawn.items()
        for direction in directions
        for curve in [toward[direction] if isinstance(direction, Towards) else each[seed_of(direction) or 0]]
        for place, alpha in enumerate(alphas)
    ]
    facts = Facts(1_000, 0.1, dict.fromkeys(ways or {}, 0.025), chance=dict.fromkeys(drawn, chance))
    return Result(spec, tidy(spec, rows), facts)


def worst_result(
    draws: Sequence[Sequence[float]], searched: Sequence[float], *, nearest: float = 1e-4, n: int = 2 * N
) -> Result[WorstSpec]:
    """A search against math: the curve of each draw, and that of the worst direction at α = `nearest` · 0, 1, 2, …"""
    aimed = Worst(capabilities=("math",))
    directions = (*(Gaussian(seed=seed) for seed in range(len(draws))), aimed)
    spec = WorstSpec(checkpoint="demo:base", directions=directions, capabilities=("math",), reach=alphas_of()[-1])
    rows = [
        _row(d, alpha, "math", score, 0.1, n)
        for d, curve in zip(directions, draws, strict=False)
        for alpha, score in zip(alphas_of(), curve, strict=True)
    ]
    near = [nearest * place for place in range(POINTS)]
    for alpha, score in zip(near, searched, strict=True):
        row = _row(aimed, alpha, "math", score, 0.1, n)
        # Both halves alike, so that the unseen one scores as written.
        row["outcomes"] = np.repeat((np.arange(N) < round(score * N)).astype(np.uint8), n // N)
        rows.append(row)
    facts = Facts(1_000_000, 0.1, chance={"math": 0.0}, searched={"math": list(range(0, n, 2))})
    return Result(spec, tidy(spec, rows), facts)


def plane_result(origin: float, ends: Mapping[str, tuple[float, float, float]]) -> Result[PlaneSpec]:
    """A plane of math that holds the origin's score, and by checkpoint (x, y, score)."""
    spec = PlaneSpec(
        checkpoint="demo:assistant", capabilities=("math",), x=(-0.04, 0.04), y=(-0.04, 0.04), grid=3,
        directions=tuple(Towards(checkpoint=name) for name in ends),
    )  # fmt: skip
    points = [(0.0, 0.0, origin), *ends.values()]
    rows = [
        {"x": x, "y": y, "realised_alpha": 0.0, "capability": "math", "score": score, "loss": 1.0, "n": N,
         "seconds": 0.1}
        for x, y, score in points
    ]  # fmt: skip
    places = {name: [x, y, 0.0] for name, (x, y, _) in ends.items()}
    return Result(spec, tidy(spec, rows), Facts(1_000, 0.1, places=places, chance={"math": 0.0}))


def certificate_result(
    right: Mapping[float, Sequence[int]], alphas: Mapping[str, float], *, score: float = 1.0, trials: int = 200,
    threshold: float = 0.5, chance: float = 0.0,
) -> Result[CertificateSpec]:  # fmt: skip
    """A certificate of math: of each batch of 50, how many are right, by σ; and the α of fine-tunes."""
    spec = CertificateSpec(
        checkpoint="demo:base", directions=(Gaussian(seed=0), *(Towards(checkpoint=name) for name in alphas)),
        capabilities=("math",), sigmas=tuple(sorted(right)), trials=trials, threshold=threshold,
    )  # fmt: skip
    plain = {"realised_alpha": 0.0, "loss": None, "seconds": 0.1, "capability": "math"}
    rows = [plain | {"sigma": 0.0, "batch": 0, "score": score, "n": N}]
    rows += [
        plain | {"sigma": sigma, "batch": batch, "score": count / 50, "n": 50}
        for sigma, counts in right.items()
        for batch, count in enumerate(counts)
    ]
    return Result(spec, tidy(spec, rows), Facts(10_000, 0.1, dict(alphas), chance={"math": chance}))
