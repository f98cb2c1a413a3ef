"""Certificate runs as tables for the terminal."""

import math

from rich.markup import escape
from rich.table import Table

from landscape.certificates import Certificate
from landscape.guarantees import (
    CAVEAT,
    Guarantee,
    Promise,
    confined,
    covered,
    guarantees_of,
    promises_of,
    rounded_down,
    shortened,
    why_not_sampled,
)
from landscape.recipes import short_name
from landscape.results import Result
from landscape.smoothing import BATCH, planned
from landscape.specs import CertificateSpec


def of(result: Result[CertificateSpec]) -> list[Table | str]:
    """What a certificate run proves: over σ, at the fine-tunes, and what that is about."""
    found = guarantees_of(result)
    promises = [promise for guarantee in found for promise in promises_of(result, guarantee)]
    return [certificates(result, found), *([fine_tunes(promises)] if promises else []), notes(result, found)]


def certificates(result: Result[CertificateSpec], found: list[Guarantee]) -> Table:
    """One line a capability and σ: how many trials were right, and how far that holds. The best of each is starred."""
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
    """σ, right, interval of p_A, lower bound, radius, radius as α."""
    low, high = certificate.interval
    radius, state = certificate.radius(result.spec.threshold), guarantee.state(certificate)
    seen = [
        f"{certificate.sigma:.4g}",
        f"{certificate.successes:,} of {certificate.trials:,}",
        f"{low:.3f}–{high:.3f}",
    ]
    if state != "complete":
        return [*seen, "", state, ""]
    if radius is None:
        return [*seen, rounded_down(certificate.low), "abstains", ""]
    alpha = shortened(radius / result.facts.parameters**0.5, 2) if result.facts else ""
    return [*seen, rounded_down(certificate.low), shortened(radius, 3), alpha]


def fine_tunes(promises: list[Promise]) -> Table:
    """One line a capability and fine-tune: the floor under the σ that gives the highest one."""
    table = Table("", "fine-tune", "r", "σ", "score ≥", "drop ≤", "", title="Guaranteed at fine-tunes")
    for promise in promises:
        chosen = promise.certificate
        claimed = ["", "", ""]
        if chosen and promise.total_drop is not None:
            claimed = [
                f"{chosen.sigma:.4g}",
                rounded_down(promise.floor),
                f"{math.ceil(promise.total_drop * 1000 - 1e-9) / 1000:.3f}",
            ]
        where = [f"→ {escape(short_name(promise.checkpoint))}", f"{promise.r:.4g}"]
        table.add_row(escape(promise.capability), *where, *claimed, escape(promise.vacuous))
    return table


def notes(result: Result[CertificateSpec], found: list[Guarantee]) -> str:
    """What the numbers are about, and of what nothing is said, a sentence a line."""
    spec = result.spec
    lacking = [
        f"{guarantee.capability}: {why_not_sampled(guarantee, spec.threshold)}"
        for guarantee in found
        if not guarantee.sampled
    ]
    covers = f"Failure probability {spec.failure_probability:g}: {covered(spec)}."
    lines = [f"{CAVEAT} r is an L2 distance, of the order of σ.", covers, confined(spec), *lacking]
    return "\n".join(escape(line) for line in lines if line)
