"""What a certificate run proves: per capability the certificates over σ, the best one, and floors at fine-tunes."""

import math
from dataclasses import dataclass
from typing import Literal

from landscape.certificates.bounds import Certificate, total_drop
from landscape.certificates.sigma_elimination import BATCH, certifiable, elimination_of, planned
from landscape.schema.capability_names import name_of
from landscape.schema.numbers import number
from landscape.schema.points import Known, Point
from landscape.schema.results import Facts, Result
from landscape.schema.specs import CertificateSpec

CAVEAT = "This is about the model with noise added, not the clean one."
State = Literal["complete", "given up", "unfinished"]


@dataclass(frozen=True)
class Guarantee:
    """The certificates of one capability. Each σ has an equal part of the failure probability, so all hold together.

    A σ without all trials of the spec has a share and an interval, but claims nothing.
    """

    capability: str
    score: float  # clean, at θ₀
    n: int  # examples behind it
    chance: float
    certificates: tuple[Certificate, ...]  # by ascending σ; those with a trial
    remaining: tuple[float, ...] = ()  # the σ that are not eliminated
    sampled: bool = True  # False: θ₀ itself does not score above the threshold and guessing

    @property
    def complete(self) -> tuple[Certificate, ...]:
        """The certificates that may be claimed."""
        return tuple(certificate for certificate in self.certificates if certificate.complete)

    def best(self, threshold: float) -> Certificate | None:
        """The certificate with the largest radius for a threshold; None where none is complete, or all abstain."""
        able = [c for c in self.complete if c.radius(threshold) is not None]
        return max(able, key=lambda c: c.radius(threshold) or 0.0, default=None)

    def highest(self, r: float) -> Certificate | None:
        """The certificate with the highest floor at distance r; None where none is complete."""
        return max(self.complete, key=lambda c: c.floor(r), default=None)

    def state(self, certificate: Certificate) -> State:
        """How far the trials at a certificate's σ came."""
        if certificate.complete:
            return "complete"
        return "unfinished" if certificate.sigma in self.remaining else "given up"


@dataclass(frozen=True)
class FineTuneGuarantee:
    """What is guaranteed of one capability at one fine-tune, by the σ with the highest floor there."""

    capability: str
    checkpoint: str
    alpha: float
    r: float
    certificate: Certificate | None  # None: no σ is complete
    total_drop: float | None  # how far the noised fine-tune may lie below the clean θ₀
    vacuous: str  # why the floor says nothing, in words; empty if it says something

    @property
    def floor(self) -> float:
        """The least score of the noised fine-tune."""
        return self.certificate.floor(self.r) if self.certificate else 0.0

    @property
    def weak_floor(self) -> float:
        """The same by the Lipschitz constant alone."""
        return self.certificate.weak_floor(self.r) if self.certificate else 0.0


def guarantees_of(result: Result[CertificateSpec]) -> list[Guarantee]:
    """The guarantee of every capability that is measured at θ₀, in the spec's order."""
    known = _known(result)
    facts = result.facts or Facts(0, 1.0)
    names = map(name_of, result.spec.capabilities)
    return [_guarantee(result, facts, name, known) for name in names if name in known.get(Point(0, 0.0), {})]


def _guarantee(result: Result[CertificateSpec], facts: Facts, name: str, known: Known) -> Guarantee:
    spec = result.spec
    rows = result.rows[result.rows["capability"] == name]
    origin, noised = rows[rows["sigma"] == 0].iloc[0], rows[rows["sigma"] > 0]
    counted = noised.assign(right=(noised["score"] * noised["n"]).round()).groupby("sigma")[["right", "n"]].sum()
    each, every = spec.failure_probability / len(spec.sigmas), planned(spec) * BATCH
    certificates = tuple(
        Certificate(float(sigma), int(row["right"]), int(row["n"]), each, complete=int(row["n"]) == every)
        for sigma, row in counted.iterrows()
    )
    score, chance = float(origin["score"]), facts.chance.get(name, 0.0)
    remaining = elimination_of(spec, facts, name, known).sigmas
    return Guarantee(
        name, score, int(origin["n"]), chance, certificates, remaining, sampled=certifiable(spec, score, chance)
    )


def _known(result: Result[CertificateSpec]) -> dict[Point, dict[str, float]]:
    found: dict[Point, dict[str, float]] = {}
    for row in result.rows.itertuples():
        found.setdefault(Point(row.batch, row.sigma), {})[row.capability] = row.score
    return found


def distances(result: Result[CertificateSpec]) -> dict[str, float]:
    """r = ‖θ′ − θ₀‖₂ = α·√d of every fine-tune in the spec."""
    facts = result.facts
    return {name: alpha * facts.parameters**0.5 for name, alpha in facts.alpha_of.items()} if facts else {}


def fine_tune_guarantees(result: Result[CertificateSpec], guarantee: Guarantee) -> list[FineTuneGuarantee]:
    """What is guaranteed of one capability at every fine-tune.

    Choosing σ by its floor is allowed: the bounds of all σ hold together.
    """
    promised = []
    for checkpoint, r in distances(result).items():
        chosen = guarantee.highest(r)
        drop = None
        if chosen:
            drop = total_drop(guarantee.score - chosen.low, chosen.low, chosen.floor(r))
        vacuous = _vacuous(guarantee, result.spec.threshold, chosen, r)
        alpha = result.facts.alpha_of[checkpoint] if result.facts else math.nan
        promised.append(FineTuneGuarantee(guarantee.capability, checkpoint, alpha, r, chosen, drop, vacuous))
    return promised


def _vacuous(guarantee: Guarantee, threshold: float, chosen: Certificate | None, r: float) -> str:
    if not guarantee.sampled:
        return why_not_sampled(guarantee, threshold)
    if chosen is None:
        return "vacuous: no σ has all its trials"
    floor = chosen.floor(r)
    if floor <= guarantee.chance:
        return f"vacuous: no higher than guessing ({guarantee.chance:.2f})"
    return f"vacuous: below the threshold ({threshold:g})" if floor < threshold else ""


def why_not_sampled(guarantee: Guarantee, threshold: float) -> str:
    """Why there is nothing to certify of a capability."""
    bar, name = max((threshold, "the threshold"), (guarantee.chance, "guessing"))
    return f"nothing to certify: θ₀ scores {guarantee.score:.3f}, no higher than {name} ({bar:.2f})"


def covered(spec: CertificateSpec) -> str:
    """What a run's failure probability is the probability of."""
    count, each = len(spec.sigmas), spec.failure_probability / len(spec.sigmas)
    parts = f"each of the {count} σ takes {number(each, 2)} of it" if count > 1 else "there is one σ"
    return f"that anything claimed of one capability is false, at any σ, radius or fine-tune; {parts}"


def confined(spec: CertificateSpec) -> str:
    """To which weights the noise and r are confined, as a sentence; "" if to none."""
    chosen = [
        *(["the adapter's own weights"] if spec.adapter else []),
        *([f"weights that match {', '.join(spec.only)}"] if spec.only else []),
        *([f"none that match {', '.join(spec.exclude)}"] if spec.exclude else []),
    ]
    if not chosen:
        return ""
    inside = " The fine-tunes named here changed nothing outside: that was checked." if spec.others else ""
    return f"Noise and r are confined to {'; '.join(chosen)}: a change outside is not covered.{inside}"
