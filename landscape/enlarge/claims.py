"""Claims about training under weight noise, each judged by what was measured here. No model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from landscape.enlarge.forgetting import CapabilityChange, change_of
from landscape.enlarge.radius_ratios import EQUAL, Enlargement
from landscape.enlarge.ratios import Ratio
from landscape.intervals import PairedChange, PairedDrop
from landscape.schema.directions import join_words, short_name
from landscape.schema.numbers import number

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
    """Choose the checkpoint to test: the widest basin in α among those that score no worse than the reference.

    If all score worse, the widest basin of all; None without a ratio.
    """
    chosen = widest(found, IN_ALPHA)
    return chosen[0] if chosen else None


def claims_of(found: Sequence[Enlargement], changes: Sequence[CapabilityChange]) -> list[Claim]:
    """Every claim that can be judged for one capability; none if there is no ratio of radii.

    Whether any of several checkpoints is so much wider is judged by intervals that hold for all of them together.

    Args:
        found: the enlargement of that capability in every checkpoint but the reference.
        changes: those of all capabilities in the fine-tunes of all checkpoints; may be empty.
    """
    widths = [claim for measure in MEASURES if (claim := _of_width(measure, found)) is not None]
    best = checkpoint_to_test(found)
    return [*widths, *(_of_tuning(best, changes) if best is not None else ())]


@dataclass(frozen=True)
class Measure:
    """One way to hold two radii against each other, and the claim that is tested by it."""

    claim: str
    goal: float
    ratio: Callable[[Enlargement], Ratio | None]
    open_ended: Callable[[Enlargement], bool]
    words: str
    scale: str  # after "as far as …"


MEASURES = IN_ALPHA, BY_RMS, BY_TENSOR = (
    Measure(
        f"A basin {WIDER:g} × as wide at equal score (within {EQUAL:g})",
        WIDER,
        lambda one: one.in_alpha,
        lambda one: one.open_ended,
        "in α",
        "in α",
    ),
    Measure(
        f"{RELATIVELY:g} × as wide relative to the weights, by their rms",
        RELATIVELY,
        lambda one: one.by_rms,
        lambda one: one.open_ended,
        "is left of {wider:.2g} × in α, of which {grown:.2g} × is growth of the {rms}",
        "relative to the rms of the weights",
    ),
    Measure(
        f"{RELATIVELY:g} × as wide relative to the weights, by the relative change of every tensor",
        RELATIVELY,
        lambda one: one.by_tensor,
        lambda one: one.open_ended_by_tensor,
        "along directions that change every tensor by the same share",
        "relative to every tensor",
    ),
)


def widest(found: Sequence[Enlargement], measure: Measure) -> tuple[Enlargement, Ratio, int] | None:
    """The checkpoint with the largest ratio by a measure, the ratio, and how many ratios it was chosen from.

    The interval is the one that holds for all of them together. None where nothing was measured.
    """
    together = _together(found, measure)
    return (*max(together, key=lambda each: each[1].value), len(together)) if together else None


def _together(found: Sequence[Enlargement], measure: Measure) -> list[tuple[Enlargement, Ratio]]:
    known = [(one, ratio) for one in found if (ratio := measure.ratio(one)) is not None]
    tested = [(one, ratio) for one, ratio in known if not one.worse] or known
    return [(one, ratio.among(len(tested))) for one, ratio in tested]


def _of_width(measure: Measure, found: Sequence[Enlargement]) -> Claim | None:
    """The claim that some checkpoint is so much wider by one measure; None where it was not measured."""
    chosen = widest(found, measure)
    if chosen is None:
        return None
    best, ratio, looked_at = chosen
    together = [(*each, _beyond(measure.goal, each[1])) for each in _together(found, measure)]
    outcomes = {outcome for *_, outcome in together}
    outcome: Outcome = "holds" if "holds" in outcomes else "open" if "open" in outcomes else "does not hold"
    if outcome == "holds":  # told of one that shows it: the widest may have a wider interval
        best, ratio = max(((one, r) for one, r, holds in together if holds == "holds"), key=lambda each: each[1].value)
    outcome = "does not hold" if best.worse else outcome
    far = [short_name(one.other.checkpoint) for one in found if measure.open_ended(one) and not one.worse]
    names = f"{short_name(best.other.checkpoint)}'s basin of {best.other.capability}"
    words = measure.words.format(wider=best.ratio, grown=best.rms_ratio, rms=best.rms_words)
    measured = f"{names} against {short_name(best.reference.checkpoint)}'s: {ratio}{_chosen(looked_at, ratio)} {words}"
    measured += f", at a score of {best.other.score:.3f} against {best.reference.score:.3f}"
    if far and outcome != "holds":  # that one may be wider still
        return Claim(measure.claim, "open", f"{measured}; how far {join_words(far)} holds was not searched")
    return Claim(measure.claim, outcome, measured)


def _chosen(looked_at: int, ratio: Ratio) -> str:
    """What the interval is corrected for, in words."""
    return f", corrected for choosing the widest of {looked_at}," if looked_at > 1 and ratio.known else ""


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
    losses = " against ".join(
        f"{number(float(f.before['loss']), 2)} → {number(float(f.after['loss']), 2)}" for f in (one, other)
    )
    return f"{one.capability} {ends}: {more.text(2)} kept (loss {losses})"


def _learned(one: CapabilityChange, other: CapabilityChange, ahead: PairedDrop) -> str:
    ends = " against ".join(f"{float(change.after['score']):.2f}" for change in (one, other))
    return f"{one.capability} {ends}: {_signed(ahead.drop, ahead.low, ahead.high)}"


def _signed(*values: float) -> str:
    return "{} [{}, {}]".format(*(f"{value:+.2f}".replace("-", "−") for value in values))


def _beyond(goal: float, ratio: Ratio) -> Outcome:
    """Whether a ratio reaches its goal: `holds` with all of its interval, `does not hold` with none, else open."""
    if not ratio.known:
        return "open"
    return "holds" if ratio.low >= SURE * goal else "does not hold" if ratio.high < goal / SURE else "open"
