"""Smoothing: which trials of a certificate come next, and the drawing of them. What they prove: `certificates`."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from landscape.basins.inside import has_basin
from landscape.certificates.bounds import certified_radius, strong_floor, trials_needed
from landscape.intervals import clopper_pearson
from landscape.schema.capability_names import name_of
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts
from landscape.schema.specs import CertificateSpec

BATCH = 50  # trials that are written down together; part of what a stored batch means, never to be changed
CONFIDENT = 0.999  # of each limit that decides whether a σ may still win
KEPT = 0.6  # about which share of the σ is still in the race after another look
ORIGIN = Point(0, 0.0)
_SIDES: tuple[Literal["lower", "upper"], ...] = ("lower", "upper")

_limit = lru_cache(maxsize=1 << 14)(clopper_pearson)  # the race is replayed at every step


@dataclass(frozen=True)
class SigmaElimination:
    """Where the race over σ stands for one capability: each σ still in it is to have its first `batches` batches."""

    sigmas: tuple[float, ...]
    batches: int


@dataclass(frozen=True)
class Objective:
    """What the σ compete for: the radius at a threshold, and the floor at each fine-tune, where that says anything."""

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
    """How many batches a σ has that stays in the race to its end."""
    return math.ceil(spec.trials / BATCH)


def check(spec: CertificateSpec) -> None:
    """Refuse, before anything is loaded, trials of which even a perfect record would prove nothing.

    Raises:
        ValueError: too few trials for the threshold; says how many are needed.
    """
    each = spec.failure_probability / len(spec.sigmas)
    needed, count = trials_needed(spec.threshold, each), len(spec.sigmas)
    if planned(spec) * BATCH < needed:
        raise ValueError(
            f"expected at least {needed:,} trials, got {spec.trials:,}: with fewer, not even trials that are all right "
            f"certify a score of {spec.threshold:g} at a failure probability of {each:.2g} for each of {count} σ"
        )


def certifiable(spec: CertificateSpec, score: float, chance: float) -> bool:
    """Whether there is anything to certify: θ₀ itself scores above the threshold, and above guessing."""
    return has_basin(score, max(chance, spec.threshold), 0.0)


def next_step(spec: CertificateSpec, facts: Facts, known: Known) -> Step:
    """θ₀; then, at every σ still in the race for a capability, its batches up to the next look, breadth first over σ.

    A capability that θ₀ does not have is not sampled.

    Raises:
        ValueError: too few trials, or θ₀ has none of the capabilities.
    """
    check(spec)
    names = tuple(map(name_of, spec.capabilities))
    scores = known.get(ORIGIN, {})
    if lacking := tuple(name for name in names if name not in scores):
        return Step([(ORIGIN, lacking)], remaining_estimate=foreseen(spec))
    sampled = [name for name in names if certifiable(spec, scores[name], facts.chance[name])]
    if not sampled:
        raise ValueError(_nothing_to_certify(spec, facts, scores))
    races = {name: race(spec, facts, name, known) for name in sampled}
    wanted: dict[Point, tuple[str, ...]] = {}
    for name, found in races.items():
        for point in (Point(batch, sigma) for batch in range(found.batches) for sigma in found.sigmas):
            if name not in known.get(point, {}):
                wanted[point] = (*wanted.get(point, ()), name)
    if not wanted:
        return Step([])
    racing = {sigma for found in races.values() for sigma in found.sigmas}
    later = _later(spec, max(found.batches for found in races.values()), len(racing), len(sampled))
    return Step(sorted(wanted.items()), later)


def race(spec: CertificateSpec, facts: Facts, name: str, known: Known) -> SigmaElimination:
    """The race of one capability, replayed look by look from its first batch on.

    It depends on the looks that are complete alone, not on the order in which batches came. What it gives up is never
    claimed; a σ that is claimed has all its trials, whatever they showed: no look costs failure probability.
    """
    sigmas, right, counted = spec.sigmas, dict.fromkeys(spec.sigmas, 0), 0
    prize = objective_of(spec, facts, name)
    for look in looks(planned(spec)):
        for sigma in sigmas:
            for batch in range(counted, look):
                score = known.get(Point(batch, sigma), {}).get(name)
                if score is None:
                    return SigmaElimination(sigmas, look)
                right[sigma] += round(score * BATCH)
        counted = look
        if look < planned(spec):
            sigmas = _kept(spec, prize, {sigma: right[sigma] for sigma in sigmas}, look * BATCH)
        if not sigmas:
            break
    return SigmaElimination(sigmas, counted)


def objective_of(spec: CertificateSpec, facts: Facts, name: str) -> Objective:
    """What the σ of a run compete for."""
    distances = tuple(alpha * facts.parameters**0.5 for alpha in facts.alpha_of.values())
    return Objective(spec.threshold, distances, max(spec.threshold, facts.chance.get(name, 0.0)))


def looks(batches: int) -> Iterator[int]:
    """After how many batches the race is judged: 1, 2, 4, …, all."""
    look = 1
    while look < batches:
        yield look
        look *= 2
    yield batches


def foreseen(spec: CertificateSpec) -> int:
    """About how many batches a run takes, before anything is known of it."""
    return _later(spec, 0, len(spec.sigmas), len(spec.capabilities))


def _kept(spec: CertificateSpec, prize: Objective, right: Mapping[float, int], trials: int) -> tuple[float, ...]:
    """The σ that may still win a prize, given how many of `trials` were right at each.

    What counts is the bound that a σ would end with if its other trials went as well, or as badly, as the upper or
    lower limit of p_A allows. Where all were right, that is the most that so few trials can show: small σ, which
    never fail, leave by it.
    """
    hopes, assured = {}, {}
    for sigma, count in right.items():
        low, high = (_limit(count, trials, CONFIDENT, side)[end] for end, side in enumerate(_SIDES))
        hopes[sigma] = prize.worth(_bound(spec, count, trials, high), sigma)
        assured[sigma] = prize.worth(_bound(spec, count, trials, low), sigma)
    leaders = [max(column) for column in zip(*assured.values(), strict=True)]
    return tuple(sigma for sigma, hope in hopes.items() if _may_win(hope, leaders))


def _bound(spec: CertificateSpec, right: int, trials: int, share: float) -> float:
    """The lower bound of p_A in the end, if that share of the trials still to come is right."""
    total, each = planned(spec) * BATCH, spec.failure_probability / len(spec.sigmas)
    return _limit(right + round(share * (total - trials)), total, 1 - each, "lower")[0]


def _may_win(hope: Sequence[float], leaders: Sequence[float]) -> bool:
    return any(mine >= leader and mine > -math.inf for mine, leader in zip(hope, leaders, strict=True))


def _later(spec: CertificateSpec, done: int, racing: int, capabilities: int) -> int:
    """About how many batches come after the first `done` of each σ, if every look leaves a share KEPT of the σ.

    Each capability has a winner of its own in the end.
    """
    count, remaining = 0.0, float(racing)
    for look in looks(planned(spec)):
        if look > done:
            if done:
                remaining = max(remaining * KEPT, float(min(racing, capabilities)))
            count += (look - done) * remaining
            done = look
    return round(count)


def _nothing_to_certify(spec: CertificateSpec, facts: Facts, scores: Mapping[str, float]) -> str:
    names = map(name_of, spec.capabilities)
    each = ", ".join(f"{name} scores {scores[name]:.3f} (guessing: {facts.chance[name]:.2f})" for name in names)
    return (
        f"nothing to certify: expected a score at θ₀ above the threshold {spec.threshold:g} and above guessing; {each}"
    )
