"""Claims about training under weight noise, each judged by what was measured here. No model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from landscape.enlarge.forgetting import CapabilityChange, change_of
from landscape.enlarge.radius_ratios import EQUAL, Enlargement
from landscape.intervals import PairedChange, PairedDrop
from landscape.schema.directions import join_words, short_name

WIDER = 5.0  # "by five times" (arXiv 2505.17646)
RELATIVELY = 3.0  # of it, what must remain relative to the size of the weights
SURE = 1.01  # a ratio must pass its goal by this factor: bootstrap limits vary by about 1 % with the draws

Outcome = Literal["holds", "open", "does not hold"]


@dataclass(frozen=True)
class Claim:
    """A claim, whether it holds here, and the numbers behind it. Open: the interval contains both answers."""

    claim: str
    outcome: Outcome
    measured: str


def checkpoint_to_test(found: Sequence[Enlargement]) -> Enlargement | None:
    """Choose the checkpoint to test: the widest basin among those that score no worse than the reference.

    If all score worse, the widest basin of all; None without a ratio.
    """
    known = [one for one in found if one.ratio is not None]
    return max([one for one in known if not one.worse] or known, key=lambda one: one.ratio or 0.0, default=None)


def claims_of(found: Sequence[Enlargement], changes: Sequence[CapabilityChange]) -> list[Claim]:
    """Every claim that can be judged for one capability; none if there is no ratio of radii.

    Args:
        found: the enlargement of that capability in every checkpoint but the reference.
        changes: those of all capabilities in the fine-tunes of all checkpoints; may be empty.
    """
    best = checkpoint_to_test(found)
    if best is None or best.ratio is None or best.relative_ratio is None:
        return []
    low, high = best.interval
    name, reference, capability = short_name(best.other.checkpoint), short_name(best.reference.checkpoint), best.other
    at = f"at a score of {capability.score:.3f} against {best.reference.score:.3f}"
    known = f"{name}'s basin of {capability.capability} against {reference}'s"
    wider = Claim(
        f"A basin {WIDER:g} × as wide at equal score (within {EQUAL:g})",
        "does not hold" if best.worse else _beyond(WIDER, low, high),
        f"{known}: {_times(best.ratio, low, high)} in α, {at}",
    )
    grown = f"of {best.ratio:.2g} ×, {best.rms_ratio:.2g} × is growth of the weights"
    left = best.relative_ratio, low / best.rms_ratio, high / best.rms_ratio
    relative = Claim(
        f"{RELATIVELY:g} × as wide relative to the weights",
        "does not hold" if best.worse else _beyond(RELATIVELY, *left[1:]),
        f"{grown}, {_times(*left)} is left",
    )
    return [*(_unless_wider(claim, found) for claim in (wider, relative)), *_of_tuning(best, changes)]


def _unless_wider(claim: Claim, found: Sequence[Enlargement]) -> Claim:
    """Leave a refuted claim open if another checkpoint that scores no worse holds as far as the search went."""
    names = [short_name(one.other.checkpoint) for one in found if one.open_ended and not one.worse]
    if claim.outcome != "does not hold" or not names:
        return claim
    return Claim(claim.claim, "open", f"{claim.measured}; how far {join_words(names)} holds was not searched")


def _of_tuning(best: Enlargement, changes: Sequence[CapabilityChange]) -> list[Claim]:
    """The claims about what the fine-tunes forgot and learned, compared with the reference's."""
    pairs = [
        (change, other)
        for change in changes
        if change.base == best.other.checkpoint
        and (other := change_of(changes, best.reference.checkpoint, change.capability)) is not None
        and change.measurable
        and other.measurable
    ]
    both = [(one, other) for one, other in pairs if one.base_had_it and other.base_had_it]
    kept = [(one, other, lead) for one, other in both if (lead := one.retention_lead_over(other)) is not None]
    learned = [
        (one, other, one.score_lead_over(other))
        for one, other in pairs
        if not one.base_had_it and not other.base_had_it
    ]
    claims = []
    if kept:
        outcome: Outcome = "holds" if all(more.low > 0 for *_, more in kept) else "open"
        outcome = "does not hold" if any(more.high < 0 for *_, more in kept) else outcome
        claims.append(Claim("The same fine-tune forgets less", outcome, "; ".join(_kept(*each) for each in kept)))
    if learned:
        outcome = "holds" if all(ahead.low > -EQUAL for *_, ahead in learned) else "open"
        outcome = "does not hold" if any(ahead.high < -EQUAL for *_, ahead in learned) else outcome
        told = "; ".join(_learned(*each) for each in learned)
        claims.append(Claim(f"It learns no less (within {EQUAL:g})", outcome, told))
    return claims


def _kept(one: CapabilityChange, other: CapabilityChange, more: PairedChange) -> str:
    ends = " against ".join(f"{float(f.before['score']):.2f} → {float(f.after['score']):.2f}" for f in (one, other))
    losses = " against ".join(f"{float(f.before['loss']):.2g} → {float(f.after['loss']):.2g}" for f in (one, other))
    return f"{one.capability} {ends}: {more.text(2)} kept (loss {losses})"


def _learned(one: CapabilityChange, other: CapabilityChange, ahead: PairedDrop) -> str:
    ends = " against ".join(f"{float(change.after['score']):.2f}" for change in (one, other))
    return f"{one.capability} {ends}: {_signed(ahead.drop, ahead.low, ahead.high)}"


def _signed(*values: float) -> str:
    return "{} [{}, {}]".format(*(f"{value:+.2f}".replace("-", "−") for value in values))


def _beyond(goal: float, low: float, high: float) -> Outcome:
    """Whether a ratio reaches its goal: `holds` with all of its interval, `does not hold` with none, else open."""
    if math.isnan(low):
        return "open"
    return "holds" if low >= SURE * goal else "does not hold" if high < goal / SURE else "open"


def _times(value: float, low: float, high: float) -> str:
    return f"{value:.2g} ×" if math.isnan(low) else f"{value:.2g} × ({low:.2g}–{high:.2g})"
