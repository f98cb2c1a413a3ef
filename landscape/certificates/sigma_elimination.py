"""Which trials of a certificate come next: σ that cannot win are eliminated stage by stage. Measures nothing itself.

What the trials prove is in `bounds` and `guarantees`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from landscape.basins.inside import has_basin
from landscape.certificates.bounds import certified_radius, strong_floor, trials_needed
from landscape.intervals import clopper_pearson
from landscape.schema.capability_names import name_of
from landscape.schema.numbers import number
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts
from landscape.schema.specs import CertificateSpec

BATCH = 50  # trials that are stored together; part of what a stored batch means, never to be changed
CONFIDENT = 0.999  # confidence of each limit that decides whether a σ may still win
KEPT = 0.6  # the share of the σ that a stage usually leaves; for estimates only
ORIGIN = Point(0, 0.0)
_SIDES: tuple[Literal["lower", "upper"], ...] = ("lower", "upper")

_limit = lru_cache(maxsize=1 << 14)(clopper_pearson)  # the elimination is replayed at every step


@dataclass(frozen=True)
class SigmaElimination:
    """Where the elimination stands for one capability: the σ that remain, each to have its first `batches` batches."""

    sigmas: tuple[float, ...]
    batches: int


@dataclass(frozen=True)
class Objective:
    """What a σ can win by: the largest radius at a threshold, or the highest floor at one of the fine-tunes."""

    threshold: float
    distances: tuple[float, ...] = ()  # r of each fine-tune
    vacuous: float = 0.0  # a floor up to here says nothing

    def worth(self, p: float, sigma: float) -> tuple[float, ...]:
        """What a bound p at σ is worth: the radius, then the floors; −inf where it claims nothing."""
        radius = certified_radius(p, self.threshold, sigma)
        floors = (strong_floor(p, r, sigma) for r in self.distances)
        claimed = (floor if floor > self.vacuous else -math.inf for floor in floors)
        return (-math.inf if radius is None else radius, *claimed)


def planned(spec: CertificateSpec) -> int:
    """How many batches a σ has that is never eliminated."""
    return math.ceil(spec.trials / BATCH)


def check(spec: CertificateSpec) -> None:
    """Refuse, before anything is loaded, so few trials that they prove nothing even if all are right.

    Raises:
        ValueError: too few trials for the threshold; says how many are needed.
    """
    each = spec.failure_probability / len(spec.sigmas)
    needed, count = trials_needed(spec.threshold, each), len(spec.sigmas)
    if planned(spec) * BATCH < needed:
        raise ValueError(
            f"expected at least {needed:,} trials, got {spec.trials:,}: with fewer, not even trials that are all right "
            f"certify a score of {spec.threshold:g} at a failure probability of {number(each, 2)} for each of {count} σ"
        )


def certifiable(spec: CertificateSpec, score: float, chance: float) -> bool:
    """Whether there is anything to certify: θ₀ itself scores above the threshold, and above guessing."""
    return has_basin(score, max(chance, spec.threshold), 0.0)


def next_step(spec: CertificateSpec, facts: Facts, known: Known) -> Step:
    """The next batches to draw: θ₀ first, then all remaining σ up to the next stage, batch by batch.

    An empty list means that the run is complete. A capability that θ₀ does not have is not sampled.

    Raises:
        ValueError: too few trials, or θ₀ has none of the capabilities.
    """
    check(spec)
    names = tuple(map(name_of, spec.capabilities))
    scores = known.get(ORIGIN, {})
    if unmeasured := tuple(name for name in names if name not in scores):
        return Step([(ORIGIN, unmeasured)], remaining_estimate=foreseen(spec))
    sampled = [name for name in names if certifiable(spec, scores[name], facts.chance[name])]
    if not sampled:
        raise ValueError(_nothing_to_certify(spec, facts, scores))
    eliminations = {name: elimination_of(spec, facts, name, known) for name in sampled}
    wanted: dict[Point, tuple[str, ...]] = {}
    for name, found in eliminations.items():
        for point in (Point(batch, sigma) for batch in range(found.batches) for sigma in found.sigmas):
            if name not in known.get(point, {}):
                wanted[point] = (*wanted.get(point, ()), name)
    if not wanted:
        return Step([])
    remaining = {sigma for found in eliminations.values() for sigma in found.sigmas}
    later = _later(spec, max(found.batches for found in eliminations.values()), len(remaining), len(sampled))
    return Step(sorted(wanted.items()), later)


def elimination_of(spec: CertificateSpec, facts: Facts, name: str, known: Known) -> SigmaElimination:
    """Replay the elimination of one capability, stage by stage, and return where it stands.

    It depends on complete stages only, not on the order in which batches came. An eliminated σ is never claimed, and a
    claimed σ has all its trials whatever they showed: so no stage costs failure probability.
    """
    sigmas, right, counted = spec.sigmas, dict.fromkeys(spec.sigmas, 0), 0
    objective = objective_of(spec, facts, name)
    for stage in stages(planned(spec)):
        for sigma in sigmas:
            for batch in range(counted, stage):
                score = known.get(Point(batch, sigma), {}).get(name)
                if score is None:
                    return SigmaElimination(sigmas, stage)
                right[sigma] += round(score * BATCH)
        counted = stage
        if stage < planned(spec):
            sigmas = _kept(spec, objective, {sigma: right[sigma] for sigma in sigmas}, stage * BATCH)
        if not sigmas:
            break
    return SigmaElimination(sigmas, counted)


def objective_of(spec: CertificateSpec, facts: Facts, name: str) -> Objective:
    """The objective of a run for one capability."""
    distances = tuple(alpha * facts.parameters**0.5 for alpha in facts.alpha_of.values())
    return Objective(spec.threshold, distances, max(spec.threshold, facts.chance.get(name, 0.0)))


def stages(batches: int) -> Iterator[int]:
    """After how many batches σ are eliminated: 1, 2, 4, …, all."""
    stage = 1
    while stage < batches:
        yield stage
        stage *= 2
    yield batches


def expected_points(spec: CertificateSpec) -> int:
    """About how many points: θ₀, and every batch."""
    return 1 + foreseen(spec)


def expected_scorings(spec: CertificateSpec) -> int:
    """About how many batches one capability takes."""
    return foreseen(spec.model_copy(update={"capabilities": spec.capabilities[:1]}))


def foreseen(spec: CertificateSpec) -> int:
    """About how many batches a run takes, estimated before anything is measured."""
    return _later(spec, 0, len(spec.sigmas), len(spec.capabilities))


def _kept(spec: CertificateSpec, objective: Objective, right: Mapping[float, int], trials: int) -> tuple[float, ...]:
    """The σ that may still win, given how many of `trials` were right at each.

    Each σ is judged by the bounds that it would end with if its other trials went as well as the upper limit of p_A
    allows, and as badly as the lower one. A σ stays if its best case beats every worst case in at least one objective.
    Small σ, which never fail, are eliminated because even all trials right prove only a small radius.
    """
    hopes, assured = {}, {}
    for sigma, count in right.items():
        low, high = (_limit(count, trials, CONFIDENT, side)[end] for end, side in enumerate(_SIDES))
        hopes[sigma] = objective.worth(_bound(spec, count, trials, high), sigma)
        assured[sigma] = objective.worth(_bound(spec, count, trials, low), sigma)
    leaders = [max(column) for column in zip(*assured.values(), strict=True)]
    return tuple(sigma for sigma, hope in hopes.items() if _may_win(hope, leaders))


def _bound(spec: CertificateSpec, right: int, trials: int, share: float) -> float:
    """The final lower bound of p_A if `share` of the trials still to come are right."""
    total, each = planned(spec) * BATCH, spec.failure_probability / len(spec.sigmas)
    return _limit(right + round(share * (total - trials)), total, 1 - each, "lower")[0]


def _may_win(hope: Sequence[float], leaders: Sequence[float]) -> bool:
    return any(mine >= leader and mine > -math.inf for mine, leader in zip(hope, leaders, strict=True))


def _later(spec: CertificateSpec, done: int, contenders: int, capabilities: int) -> int:
    """About how many batches follow the first `done` of each σ, if every stage leaves a share KEPT of the σ.

    At least one σ per capability is left in the end.
    """
    count, remaining = 0.0, float(contenders)
    for stage in stages(planned(spec)):
        if stage > done:
            if done:
                remaining = max(remaining * KEPT, float(min(contenders, capabilities)))
            count += (stage - done) * remaining
            done = stage
    return round(count)


def _nothing_to_certify(spec: CertificateSpec, facts: Facts, scores: Mapping[str, float]) -> str:
    names = map(name_of, spec.capabilities)
    each = ", ".join(f"{name} scores {scores[name]:.3f} (guessing: {facts.chance[name]:.2f})" for name in names)
    return (
        f"nothing to certify: expected a score at θ₀ above the threshold {spec.threshold:g} and above guessing; {each}"
    )
