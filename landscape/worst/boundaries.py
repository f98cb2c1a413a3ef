"""Where each capability ends along the computed directions of a worst-case run. No model.

A capability that a direction was searched to hurt or to spare is read on the examples that the search never saw.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from landscape.basins.boundaries import Boundary, Curve, Radius
from landscape.basins.inside import can_lose
from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.radii import Basin, basins_of, curves_of
from landscape.intervals import independent
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Computed, Direction, Eigenvector, Gaussian, Worst, label_of, seed_of
from landscape.schema.points import Point
from landscape.schema.results import NOT_SCORED, Result, finite_text
from landscape.schema.specs import WorstSpec

Role = Literal["hurt", "spared", "other"]
Part = Literal["all", "held_out", "searched"]


@dataclass(frozen=True)
class WorstBoundary:
    """Where one capability ends along one computed direction: its positive side, of an eigenvector the worse one."""

    direction: str  # label
    capability: str
    role: Role
    n: int  # examples it is read on
    held_out: bool  # whether the search never saw these examples
    score: float  # on these examples, at θ₀; NaN where logits are not finite there
    bounded: bool  # whether there is a basin to leave, judged on these examples
    boundary: Boundary | None  # None: no basin, or no point yet
    on_searched: Boundary | None  # the same on the examples that the search used; None for other capabilities
    random: Radius | None  # the most-case radius: over random directions, on all examples
    sign: int = 1  # which side of the direction it is: −1 only for an eigenvector, which has no sign
    by_loss: bool = False  # then `score` is the loss with a minus sign

    @property
    def score_text(self) -> str:
        """`score 0.912` at θ₀, or `loss 0.123`."""
        return f"loss {finite_text(-self.score)}" if self.by_loss else f"score {finite_text(self.score)}"

    @property
    def alpha(self) -> float | None:
        """The boundary, or the nearest point if even that is outside; None: not left, or unknown."""
        end = self.boundary
        return None if end is None else end.outside if end.inside == 0 else end.alpha

    @property
    def times_nearer(self) -> float | None:
        """How many times nearer than in random directions (a lower bound if their median is open); None: unknown."""
        at = self.alpha
        return None if not at or self.random is None or not self.random.median > 0 else self.random.median / at


def computed_of(result: Result[WorstSpec]) -> list[Worst | Eigenvector]:
    """The computed directions of a run."""
    return [direction for direction in result.spec.directions if isinstance(direction, Computed)]


def roles_of(direction: Direction) -> dict[str, Role]:
    """The role of each capability in the search for a direction; empty for one that was not searched."""
    if isinstance(direction, Eigenvector):
        return {name_of(direction.capability): "hurt"}
    if not isinstance(direction, Worst):
        return {}
    hurt: dict[str, Role] = {name_of(name): "hurt" for name in direction.capabilities}
    return hurt | {name_of(name): "spared" for name in direction.spared}


def worst_boundaries(
    result: Result[WorstSpec], tolerance: float | None = None, basins: Sequence[Basin] | None = None
) -> list[WorstBoundary]:
    """The boundary of every capability along every computed direction, at a tolerance (default: the searched one).

    `basins`: those of the result at the same tolerance, if they are read already.
    """
    result = as_searched(result) if tolerance is None else result
    tau = default_tolerance(result) if tolerance is None else tolerance
    known = basins_of(result, tau) if basins is None else basins
    radii = {basin.capability: basin.radius for basin in known}
    found = []
    for direction in computed_of(result):
        for name in map(name_of, result.spec.capabilities):
            curve = curve_of(result, direction, name)
            if curve is not None:
                found.append(_ending(result, direction, name, curve, tau, radii.get(name)))
    return found


def held_out_scores(result: Result[WorstSpec]) -> dict[Point, dict[str, float]]:
    """Scores by point and capability, on the examples that boundaries are read on: they steer the boundary search."""
    places = {(label_of(d), seed_of(d)): index for index, d in enumerate(result.spec.directions)}
    roles = [roles_of(direction) for direction in result.spec.directions]
    found: dict[Point, dict[str, float]] = {}
    for row in result.rows.itertuples():
        index, score = places[row.direction, None if pd.isna(row.seed) else int(row.seed)], row.score
        if row.capability in roles[index] and row.outcomes is not None:
            seen = _searched(result, row.capability, len(row.outcomes))
            if seen is not None and not seen.all():
                kept = row.outcomes[~seen]
                score = float(kept[kept != NOT_SCORED].mean()) if (kept != NOT_SCORED).any() else score
        found.setdefault(Point(index, row.alpha), {})[row.capability] = score
    return found


def _ending(
    result: Result[WorstSpec], direction: Direction, name: str, curve: Curve, tau: float, random: Radius | None
) -> WorstBoundary:
    role = roles_of(direction).get(name, "other")
    seen = _searched(result, name, curve.outcomes.shape[1]) if role != "other" else None
    unseen = part_of(curve, ~seen) if seen is not None else None
    read = curve if unseen is None else unseen
    broken = result.not_finite_at_origin(name) > 0
    score = math.nan if broken else float(read.scores()[0])
    bounded = _can_lose(result, name, read, tau) and not broken
    searched = part_of(curve, seen) if seen is not None else None
    searched_bounded = not broken and searched is not None and _can_lose(result, name, searched, tau)
    measured = len(read.alphas) > 1
    return WorstBoundary(
        direction=label_of(direction),
        capability=name,
        role=role,
        n=examples_of(result, name, read),
        held_out=unseen is not None,
        score=score,
        bounded=bounded,
        boundary=read.boundary(tau) if bounded and measured else None,
        on_searched=searched.boundary(tau) if searched is not None and searched_bounded and measured else None,
        random=random,
        sign=side_of(result, direction, name),
        by_loss=result.by_loss,
    )


def _can_lose(result: Result[WorstSpec], name: str, curve: Curve, tau: float) -> bool:
    """Whether the examples of a curve show that there is something to lose; each request counts once."""
    n, requests = examples_of(result, name, curve), result.requests_of(name)
    counted = n if requests is None else n * independent(requests, len(requests)) / len(requests)
    return can_lose(float(curve.scores()[0]), counted, result.chance_of(name), tau)


def examples_of(result: Result[WorstSpec], name: str, curve: Curve) -> int:
    """The number of examples behind a curve: its outcomes, or the rows' own count in a result without outcomes."""
    if curve.outcomes.shape[1] > 1:
        return curve.outcomes.shape[1]
    return int(result.rows.loc[result.rows["capability"] == name, "n"].iloc[0])


def _searched(result: Result[WorstSpec], name: str, n: int) -> np.ndarray | None:
    """Which of n examples searches use, (n,) bool; None if outcomes per example, or the facts about it, are missing."""
    used = result.facts.searched.get(name) if result.facts else None
    if not used or n <= 1:
        return None
    mask = np.zeros(n, bool)
    mask[[index for index in used if index < n]] = True
    return mask


def part_of(curve: Curve, mask: np.ndarray | None) -> Curve | None:
    """The curve restricted to some of its examples; None if none of them is scored at θ₀."""
    if mask is None or not mask.any() or np.isnan(curve.outcomes[0, mask]).all():
        return None
    return Curve(curve.alphas, curve.outcomes[:, mask])


def curve_of(result: Result[WorstSpec], direction: Direction, name: str) -> Curve | None:
    """The curve on the side of a direction that is read (`side_of`); None until θ₀ is measured."""
    sides, side = _sides(result, direction, name), side_of(result, direction, name)
    if side in sides:
        return sides[side]
    return Curve(sides[-side].alphas[:1], sides[-side].outcomes[:1]) if -side in sides else None


def side_of(result: Result[WorstSpec], direction: Direction, name: str) -> int:
    """Which side of a direction a capability is read on: 1; of an eigenvector, which has no sign, the worse one.

    That is where the capability ends nearer, at the tolerance of the search, on the examples that it is read on. If it
    ends on neither, where it scores less. Version 0.6 measured one side only.
    """
    sides = _sides(result, direction, name) if isinstance(direction, Eigenvector) else {}
    if len(sides) < 2:
        return next(iter(sides), 1)
    seen = _searched(result, name, sides[1].outcomes.shape[1]) if name in roles_of(direction) else None
    read = {sign: part_of(curve, None if seen is None else ~seen) or curve for sign, curve in sides.items()}
    tau = default_tolerance(result)

    def badness(sign: int) -> tuple[float, float]:
        end, scores = read[sign].boundary(tau).alpha, read[sign].scores()
        return math.inf if end is None else end, float(scores.min())

    return min((1, -1), key=badness)


def _sides(result: Result[WorstSpec], direction: Direction, name: str) -> dict[int, Curve]:
    return dict(curves_of(result, name, direction))


def scores_of(
    result: Result[WorstSpec], direction: Direction, name: str, part: Part = "all"
) -> tuple[np.ndarray, np.ndarray] | None:
    """(α, score) along a direction, on all examples, the search's own or those it never saw; None: not measured."""
    curve = curve_of(result, direction, name)
    if curve is None or part == "all":
        return None if curve is None else (curve.alphas, curve.scores())
    seen = _searched(result, name, curve.outcomes.shape[1])
    chosen = None if seen is None else part_of(curve, seen if part == "searched" else ~seen)
    return None if chosen is None else (chosen.alphas, chosen.scores())


def losses_of(result: Result[WorstSpec], direction: Direction, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(α, loss) along the side of a direction that is read (`side_of`), over all examples."""
    rows, side = rows_of(result, direction, name), side_of(result, direction, name)
    rows = rows.assign(alpha=side * rows["alpha"])
    rows = rows[rows["alpha"] >= 0].sort_values("alpha")
    return rows["alpha"].to_numpy(float), rows["loss"].to_numpy(float)


def rows_of(result: Result[WorstSpec], direction: Direction, name: str) -> pd.DataFrame:
    """One capability's rows along one direction, in both senses of it."""
    rows = result.rows
    own = (rows["direction"] == label_of(direction)) & (rows["capability"] == name)
    if isinstance(direction, Gaussian):
        own &= (rows["seed"] == direction.seed).fillna(False)
    return rows[own]


def worst_of(endings: Sequence[WorstBoundary], capability: str) -> WorstBoundary | None:
    """The boundary of a capability in the computed direction in which it ends nearest.

    If it ends in none: that in a direction which was searched to hurt it, or else in any. None if nothing is known, or
    there is no basin.
    """
    own = [e for e in endings if e.capability == capability and e.boundary is not None]
    lost = [e for e in own if e.alpha is not None]
    if lost:
        return min(lost, key=lambda e: (e.alpha, e.role != "hurt"))
    return next((e for e in own if e.role == "hurt"), own[0] if own else None)
