"""Titles and verdicts about certificates, in words that claim no more than was proven."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from landscape.certificates.guarantees import FineTuneGuarantee, Guarantee, fine_tune_guarantees
from landscape.certificates.rounding import score_down
from landscape.figures.numbers import format_length, proven_length
from landscape.outside.text import markdown
from landscape.schema.directions import join_words, short_name
from landscape.schema.results import Result
from landscape.schema.specs import CertificateSpec


def guarantees_by_fine_tune(
    result: Result[CertificateSpec], guarantee: Guarantee, threshold: float
) -> dict[str, FineTuneGuarantee]:
    """What is guaranteed at each fine-tune, by checkpoint, judged by the threshold that a reader asks for."""
    asked = replace(result, spec=result.spec.model_copy(update={"threshold": threshold}))
    return {promise.checkpoint: promise for promise in fine_tune_guarantees(asked, guarantee)}


def certified(guarantees: Sequence[Guarantee], threshold: float) -> dict[str, float | None]:
    """The certified radius of each capability, None where nothing is certified."""
    found = {g.capability: g.best(threshold) for g in guarantees}
    return {name: c.radius(threshold) if c else None for name, c in found.items()}


def verdicts(result: Result[CertificateSpec], guarantees: Sequence[Guarantee], threshold: float) -> list[str]:
    """A sentence a fine-tune, or for several alike: which scores are guaranteed, which floors are vacuous. Markdown."""
    each: dict[str, dict[str, FineTuneGuarantee]] = {}
    for guarantee in guarantees:
        for name, promise in guarantees_by_fine_tune(result, guarantee, threshold).items():
            if promise.certificate is not None:
                each.setdefault(name, {})[guarantee.capability] = promise
    alike: dict[str, dict[str, float]] = {}
    for name, found in each.items():
        alike.setdefault(_verdict(found), {})[name] = next(iter(found.values())).r
    radius = max(filter(None, certified(guarantees, threshold).values()), default=None)
    texts = []
    for verdict, places in alike.items():
        where = join_words([f"**{markdown(short_name(name))}** (r = {format_length(r)})" for name, r in places.items()])
        nearest = min(places.values())
        off = (
            f" The largest certified radius is {proven_length(radius)}, "
            f"{format_length(nearest / radius)} times shorter."
            if radius and nearest > radius and "vacuous" in verdict
            else ""
        )
        texts.append(f"{where}: {verdict}.{off}")
    return texts


def _verdict(each: Mapping[str, FineTuneGuarantee]) -> str:
    """`guaranteed, with noise, to score at least 0.62 in basic; **vacuous** for math …`."""
    kept = {name: promise.floor for name, promise in each.items() if not promise.vacuous}
    empty = {name: promise.floor for name, promise in each.items() if promise.vacuous}
    parts = []
    if kept:
        floors = join_words([f"{score_down(floor)} in {markdown(name)}" for name, floor in kept.items()])
        parts.append(f"guaranteed, with noise, to score at least {floors}")
    if empty:
        which = "every capability" if len(empty) == len(each) > 1 else markdown(join_words(list(empty)))
        highest = score_down(max(empty.values()))
        nothing = (
            "is 0.00 and nothing is promised" if highest == "0.00" else f"is {highest} at most: below q or guessing"
        )
        parts.append(f"**vacuous** for {which}, the floor {nothing}")
    return "; ".join(parts)


def sweep_finding(guarantees: Sequence[Guarantee], threshold: float) -> str:
    """The largest certified radius and its σ; which capabilities abstain, and which θ₀ itself lacks."""
    if not any(g.complete or not g.sampled for g in guarantees):
        return "Nothing is proven yet: no σ has had all its trials"
    found = {g.capability: g.best(threshold) for g in guarantees if g.sampled and g.complete}
    able = {name: c for name, c in found.items() if c is not None and c.radius(threshold)}
    abstaining = [name for name in found if name not in able]
    lacking = [g.capability for g in guarantees if not g.sampled]
    if not able:
        text = "Nothing is certified" + (": at every σ the lower bound of p_A lies below q" if abstaining else "")
    else:
        name, top = max(able.items(), key=lambda item: item[1].radius(threshold) or 0.0)
        radius = top.radius(threshold) or 0.0
        text = f"{name} is certified farthest, to r = {proven_length(radius)} by σ = {format_length(top.sigma)}"
        text += f"; {join_words(abstaining)} abstain{'s' * (len(abstaining) == 1)}" if abstaining else ""
    return text + (f"; θ₀ itself lacks {join_words(lacking)}" if lacking else "")
