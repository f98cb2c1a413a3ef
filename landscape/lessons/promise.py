"""Lesson 7: what a certificate guarantees, how little that is, and what a wider basin would change."""

import math
from dataclasses import dataclass
from typing import Any

from landscape.certificates.bounds import Certificate, certified_radius
from landscape.certificates.guarantees import Guarantee, distances, guarantees_of
from landscape.certificates.rounding import percent_down, round_up
from landscape.figures.numbers import format_length, proven_length
from landscape.lessons.narration import Narration, Question, times
from landscape.outside.text import markdown
from landscape.schema.directions import join_words, short_name
from landscape.schema.results import Result
from landscape.schema.specs import CertificateSpec

WIDENINGS = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # times the noise, for the reader to choose from


@dataclass(frozen=True)
class BestCertificate:
    """A capability's best certificate, and the distances of the fine-tunes that it is compared with."""

    guarantee: Guarantee
    certificate: Certificate
    threshold: float
    parameters: int
    distances: dict[str, float]  # r by checkpoint

    @property
    def radius(self) -> float:
        """The certified radius r."""
        return self.certificate.radius(self.threshold) or 0.0

    @property
    def covered(self) -> list[str]:
        """The fine-tunes within the certified radius."""
        return [name for name, r in self.distances.items() if r <= self.radius]

    @property
    def nearest(self) -> str:
        """The nearest fine-tune."""
        return min(self.distances, key=lambda name: self.distances[name])

    def widened(self, factor: float) -> float:
        """The radius if the model scored as well under `factor` times the noise: from the formula, not measured."""
        return certified_radius(self.certificate.low, self.threshold, factor * self.certificate.sigma) or 0.0

    def needed(self, checkpoint: str) -> float:
        """The factor by which the survived noise would have to grow until a fine-tune is covered."""
        return self.distances[checkpoint] / self.radius


def best_certificates(result: Result[Any]) -> dict[str, BestCertificate]:
    """The best certificate of every capability that has one, by capability, the largest radius first."""
    if not isinstance(result.spec, CertificateSpec) or result.facts is None or not distances(result):
        return {}
    q, found = result.spec.threshold, {}
    for guarantee in guarantees_of(result):
        best = guarantee.best(q)
        if best is not None and best.radius(q):
            found[guarantee.capability] = BestCertificate(
                guarantee, best, q, result.facts.parameters, distances(result)
            )
    return dict(sorted(found.items(), key=lambda item: -item[1].radius))


def choices(result: Result[Any]) -> list[str]:
    """The capabilities that this lesson can be told of: something is certified."""
    return list(best_certificates(result))


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson about one capability of a result."""
    known, spec = best_certificates(result)[capability], result.spec
    return Narration(
        idea=(
            "Searching finds bad directions; it cannot show that there is no worse one. A **certificate** can.",
            f"It adds random noise to every weight (of size σ = {format_length(known.certificate.sigma)}) and counts: "
            f"in {known.certificate.trials:,} tries the noisy model answered {known.certificate.successes:,} questions "
            f"of {markdown(capability)} correctly.",
            "That count alone gives a promise for *every* direction, the worst included: up to a distance r, the "
            f"noisy model keeps a score of at least {spec.threshold:g}. The promise is wrong with a probability of at "
            f"most {spec.failure_probability:g}.",
        ),
        gist=f"A **certificate** adds noise of σ = {format_length(known.certificate.sigma)} to every weight and counts "
        "right answers. The count gives a promise for *every* direction, up to a distance r.",
        question=_question(known, capability),
        finding=f"The promised score of {capability} against distance. {reach(known, capability)}",
        before=f"The promised score of {capability} falls with distance r, and meets {spec.threshold:g} at r = "
        f"{proven_length(known.radius)}.",
        reading="The curve is the least score that the noisy model can have at distance r from θ₀, in any "
        "direction. The axis counts powers of ten. r = α·√d. Orange: where the fine-tunes stand.",
    )


def _question(known: BestCertificate, capability: str) -> Question:
    names = [short_name(name) for name in known.distances]
    options = ("Yes, all", "Some of them", "No, none") if len(names) > 1 else ("Yes", "No")
    covered = known.covered
    right = 0 if len(covered) == len(names) else 1 if covered else len(options) - 1
    went = f"fine-tunes {join_words(names)} went" if len(names) > 1 else f"fine-tune {names[0]} went"
    text = f"Does the promise about {capability} reach as far as the {went}?"
    return Question(text, options, right, f"{reach(known, capability)} {wider(known)}", reach(known, capability))


def reach(known: BestCertificate, capability: str) -> str:
    """The certified radius, and the distance of the nearest fine-tune, in a sentence."""
    name, r = short_name(known.nearest), known.distances[known.nearest]
    alpha = known.radius / math.sqrt(known.parameters)
    text = (
        f"{capability} is certified to r = {proven_length(known.radius)} (α = {proven_length(alpha)}); the nearest "
        f"fine-tune, {name}, lies at r = {format_length(r)}"
    )
    if r <= known.radius:
        return f"{text}, within it."
    farther = times(r / known.radius)
    return f"{text}, {'just beyond it' if farther == '1' else f'{farther} times as far'}."


def wider(known: BestCertificate) -> str:
    """What a wider basin would bring by the formula, in two sentences; "" if it is not needed."""
    name = known.nearest
    if known.needed(name) <= 1:
        return ""
    return (
        "The formula says what would help: a model that scores as well under k times the noise is certified k times "
        f"as far. To reach {short_name(name)} takes k = {times(round_up(known.needed(name), 2))}."
    )


def enlarged(known: BestCertificate, factor: float, capability: str) -> str:
    """What would be certified if the model scored the same under `factor` times the noise, in words."""
    radius = known.widened(factor)
    inside = [short_name(name) for name, r in known.distances.items() if r <= radius]
    reached = f"reaches {join_words(inside)}" if inside else "reaches none of the fine-tunes"
    p, sigma = percent_down(known.certificate.low), format_length(factor * known.certificate.sigma)
    if factor == 1:
        return (
            f"As measured: at least {p} right under noise of σ = {sigma}. A score of {known.threshold:g} is promised "
            f"to r = {proven_length(radius)}, which {reached}."
        )
    return (
        f"If {capability} kept {p} right under {factor:g} times the noise, σ = {sigma}, the promise would go to r = "
        f"{proven_length(radius)}, which {reached}. This is the formula; Compare trainings shows what "
        "training under noise brought."
    )
