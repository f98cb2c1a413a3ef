"""What is claimed of training under weight noise, each claim beside what was measured here. No model."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from landscape.enlarge_readings import EQUAL, Enlargement, enlargement_dict, enlargements
from landscape.forgetting import Fate, of
from landscape.intervals import PairedDrop
from landscape.recipes import short_name
from landscape.results import Result
from landscape.specs import BasinSpec

WIDER = 5.0  # "by five times" (arXiv 2505.17646)
RELATIVELY = 3.0  # of the same, what growing the weights must not have bought

Outcome = Literal["holds", "open", "does not hold"]


@dataclass(frozen=True)
class Claim:
    """A claim, whether it holds here, and the numbers that say so. Open: the interval contains both answers."""

    claim: str
    outcome: Outcome
    measured: str


def subject(found: Sequence[Enlargement]) -> Enlargement | None:
    """Whom the claims are made of: the widest of those that score as the reference does, else the widest of all."""
    known = [one for one in found if one.wider is not None]
    return max([one for one in known if one.equal] or known, key=lambda one: one.wider or 0.0, default=None)


def claims_of(found: Sequence[Enlargement], fates: Sequence[Fate]) -> list[Claim]:
    """Every claim that the measurements of one capability can decide.

    Args:
        found: that capability in every other checkpoint beside the reference.
        fates: of all capabilities in the fine-tunes of all of them; or none.
    """
    best = subject(found)
    if best is None or best.wider is None or best.relatively is None:
        return []
    low, high = best.interval
    name, reference, capability = short_name(best.other.checkpoint), short_name(best.reference.checkpoint), best.other
    at = f"at a score of {capability.score:.3f} against {best.reference.score:.3f}"
    known = f"{name}'s basin of {capability.capability} against {reference}'s"
    wider = Claim(
        f"A basin {WIDER:g} × as wide at equal score (within {EQUAL:g})",
        "does not hold" if not best.equal else _beyond(WIDER, low, high),
        f"{known}: {_times(best.wider, low, high)} in α, {at}",
    )
    grown = f"of {best.wider:.2g} ×, {best.grown:.2g} × is growth of the weights"
    left = best.relatively, low / best.grown, high / best.grown
    relative = Claim(
        f"{RELATIVELY:g} × as wide relative to the weights",
        "does not hold" if not best.equal else _beyond(RELATIVELY, *left[1:]),
        f"{grown}, {_times(*left)} is left",
    )
    return [wider, relative, *_of_tuning(best, fates)]


def _of_tuning(best: Enlargement, fates: Sequence[Fate]) -> list[Claim]:
    """What the fine-tunes forgot and learned, beside the reference's."""
    pairs = [
        (fate, other)
        for fate in fates
        if fate.base == best.other.checkpoint
        and (other := of(fates, best.reference.checkpoint, fate.capability)) is not None
    ]
    kept = [(one, other, one.ahead_of(other)) for one, other in pairs if one.had and other.had]
    learned = [(one, other, one.ahead_of(other)) for one, other in pairs if not one.had and not other.had]
    claims = []
    if kept:
        outcome: Outcome = "holds" if all(ahead.low > 0 for *_, ahead in kept) else "open"
        outcome = "does not hold" if any(ahead.high <= 0 for *_, ahead in kept) else outcome
        claims.append(Claim("The same fine-tune forgets less", outcome, "; ".join(_kept(*each) for each in kept)))
    if learned:
        outcome = "holds" if all(ahead.low > -EQUAL for *_, ahead in learned) else "open"
        outcome = "does not hold" if any(ahead.high < -EQUAL for *_, ahead in learned) else outcome
        told = "; ".join(_learned(*each) for each in learned)
        claims.append(Claim(f"It learns no less (within {EQUAL:g})", outcome, told))
    return claims


def _kept(one: Fate, other: Fate, ahead: PairedDrop) -> str:
    ends = " against ".join(f"{float(f.before['score']):.2f} → {float(f.after['score']):.2f}" for f in (one, other))
    losses = " against ".join(f"{float(f.before['loss']):.2g} → {float(f.after['loss']):.2g}" for f in (one, other))
    return f"{one.capability} {ends}: {_signed(ahead)} (loss {losses})"


def _learned(one: Fate, other: Fate, ahead: PairedDrop) -> str:
    ends = " against ".join(f"{float(fate.after['score']):.2f}" for fate in (one, other))
    return f"{one.capability} {ends}: {_signed(ahead)}"


def _signed(ahead: PairedDrop) -> str:
    numbers = (f"{value:+.2f}".replace("-", "−") for value in (ahead.drop, ahead.low, ahead.high))
    return "{} [{}, {}]".format(*numbers)


def _beyond(goal: float, low: float, high: float) -> Outcome:
    """Whether a ratio reaches its goal: with all of its interval, with none of it, or open."""
    if math.isnan(low):
        return "open"
    return "holds" if low >= goal else "does not hold" if high < goal else "open"


def _times(value: float, low: float, high: float) -> str:
    return f"{value:.2g} ×" if math.isnan(low) else f"{value:.2g} × ({low:.2g}–{high:.2g})"


def comparison_dict(results: Sequence[Result[BasinSpec]], fates: Sequence[Fate]) -> dict[str, Any]:
    """Everything that is known of a comparison as plain values for JSON."""
    found = enlargements(results)
    names = dict.fromkeys(one.other.capability for one in found)
    claimed = {name: claims_of([one for one in found if one.other.capability == name], fates) for name in names}
    claims = [{"capability": name, **asdict(claim)} for name, each in claimed.items() for claim in each]
    return enlargement_dict(results) | {"tuned": [fate.to_dict() for fate in fates], "claims": claims}
