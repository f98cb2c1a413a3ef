"""Certificate runs as tables for the terminal, and as JSON."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from landscape.certificates.bounds import Certificate
from landscape.certificates.guarantees import (
    CAVEAT,
    FineTuneGuarantee,
    Guarantee,
    confined,
    covered,
    fine_tune_guarantees,
    guarantees_of,
    why_not_sampled,
)
from landscape.certificates.rounding import bound_down, drop_up, length_down
from landscape.certificates.sigma_elimination import BATCH, planned
from landscape.schema.directions import short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result, json_safe
from landscape.schema.specs import CertificateSpec


def certificate_tables(result: Result[CertificateSpec]) -> list[Table | str]:
    """What a certificate run proves: a table over σ, one of the fine-tunes if there are any, and notes."""
    found = guarantees_of(result)
    promises = [promise for guarantee in found for promise in fine_tune_guarantees(result, guarantee)]
    return [certificates(result, found), *([fine_tunes(promises)] if promises else []), notes(result, found)]


def certificates(result: Result[CertificateSpec], found: list[Guarantee]) -> Table:
    """One line a capability and σ: how many trials were right, and the certified radius. The best σ has a star."""
    spec = result.spec
    table = Table("", "σ", "right", "95 % of p_A", "p_A ≥", "radius r", "as α")
    table.title = (
        f"{escape(short_name(spec.checkpoint))}: certified radius for a score of {spec.threshold:g}, "
        f"{planned(spec) * BATCH:,} trials at each σ, failure probability {spec.failure_probability:g}"
    )
    for guarantee in found:
        best = guarantee.best(spec.threshold)
        for certificate in guarantee.certificates:
            name = escape(guarantee.capability) + (" *" if certificate is best else "")
            table.add_row(name, *_cells(result, guarantee, certificate))
    return table


def _cells(result: Result[CertificateSpec], guarantee: Guarantee, certificate: Certificate) -> list[str]:
    """The cells σ, right, interval of p_A, lower bound, radius, radius as α."""
    low, high = certificate.interval
    radius, state = certificate.radius(result.spec.threshold), guarantee.state(certificate)
    seen = [
        number(certificate.sigma, 4),
        f"{certificate.successes:,} of {certificate.trials:,}",
        f"{low:.3f}–{high:.3f}",
    ]
    if state != "complete":
        return [*seen, "", state, ""]
    if radius is None:
        return [*seen, bound_down(certificate.low), "abstains", ""]
    alpha = length_down(radius / result.facts.parameters**0.5, 2) if result.facts else ""
    return [*seen, bound_down(certificate.low), length_down(radius, 3), alpha]


def fine_tunes(promises: list[FineTuneGuarantee]) -> Table:
    """One line a capability and fine-tune: the floor by the σ that gives the highest one."""
    table = Table("", "fine-tune", "r", "σ", "score ≥", "drop ≤", "", title="Guaranteed at fine-tunes")
    for promise in promises:
        chosen = promise.certificate
        claimed = ["", "", ""]
        if chosen and promise.total_drop is not None:
            claimed = [
                number(chosen.sigma, 4),
                bound_down(promise.floor),
                drop_up(promise.total_drop),
            ]
        where = [f"→ {escape(short_name(promise.checkpoint))}", number(promise.r, 4)]
        table.add_row(escape(promise.capability), *where, *claimed, escape(promise.vacuous))
    return table


def notes(result: Result[CertificateSpec], found: list[Guarantee]) -> str:
    """What the numbers are about, and what is not certified, a sentence a line."""
    spec = result.spec
    lacking = [
        f"{guarantee.capability}: {why_not_sampled(guarantee, spec.threshold)}"
        for guarantee in found
        if not guarantee.sampled
    ]
    covers = f"Failure probability {spec.failure_probability:g}: {covered(spec)}."
    lines = [f"{CAVEAT} r is an L2 distance, of the order of σ.", covers, confined(spec), *lacking]
    return "\n".join(escape(line) for line in lines if line)


def guarantee_dict(result: Result[CertificateSpec]) -> dict[str, Any]:
    """A certificate run as plain values for JSON; null where nothing is claimed."""
    spec, facts = result.spec, result.facts
    return {
        "spec": spec.model_dump(mode="json"),
        "caveat": CAVEAT,
        "noise": {
            "only": list(spec.only),
            "exclude": list(spec.exclude),
            "adapter": spec.adapter,
            "confined": confined(spec) or None,
            "weights": facts.parameters if facts else None,
        },
        "failure_probability": spec.failure_probability,
        "failure_probability_covers": covered(spec),
        "threshold": spec.threshold,
        "trials_planned": planned(spec) * BATCH,
        "capabilities": {g.capability: _capability_dict(result, g) for g in guarantees_of(result)},
    }


def _capability_dict(result: Result[CertificateSpec], guarantee: Guarantee) -> dict[str, Any]:
    threshold = result.spec.threshold
    best = guarantee.best(threshold)
    return {
        "score": json_safe(guarantee.score),
        "n": guarantee.n,
        "chance": guarantee.chance,
        "nothing_to_certify": None if guarantee.sampled else why_not_sampled(guarantee, threshold),
        "best": _certificate_dict(result, guarantee, best) if best else None,
        "certificates": [_certificate_dict(result, guarantee, each) for each in guarantee.certificates],
        "fine_tunes": [_promise_dict(promise) for promise in fine_tune_guarantees(result, guarantee)],
    }


def _certificate_dict(
    result: Result[CertificateSpec], guarantee: Guarantee, certificate: Certificate
) -> dict[str, Any]:
    low, high = certificate.interval
    radius = certificate.radius(result.spec.threshold)
    facts = result.facts
    return {
        "sigma": certificate.sigma,
        "state": guarantee.state(certificate),
        "trials": certificate.trials,
        "successes": certificate.successes,
        "p": certificate.share,
        "p_95_interval": [low, high],
        "p_low": certificate.low if certificate.complete else None,
        "failure_probability": certificate.failure_probability,
        "abstains": certificate.complete and radius is None,
        "certified_radius": radius,
        "radius_as_alpha": radius / facts.parameters**0.5 if radius is not None and facts else None,
    }


def _promise_dict(promise: FineTuneGuarantee) -> dict[str, Any]:
    claimed: Mapping[str, Any] = {"sigma": None, "p_low": None, "floor": None, "weak_floor": None}
    if promise.certificate:
        claimed = {
            "sigma": promise.certificate.sigma,
            "p_low": promise.certificate.low,
            "floor": promise.floor,
            "weak_floor": promise.weak_floor,
        }
    return {
        "checkpoint": promise.checkpoint,
        "alpha": promise.alpha,
        "r": promise.r,
        **claimed,
        "total_drop": None if promise.total_drop is None else json_safe(promise.total_drop),
        "vacuous": bool(promise.vacuous),
        "why_vacuous": promise.vacuous or None,
    }
