"""The rules of an inspection: each turns evidence into findings, in words and numbers."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from landscape.basins.radii import Basin
from landscape.basins.standings import Standing, nothing_note
from landscape.certificates.guarantees import fine_tune_guarantees, guarantees_of
from landscape.certificates.rounding import bound_down, length_down
from landscape.inspection.evidence import Evidence
from landscape.intervals import PairedChange, PairedDrop, dropped_by_more_than, mean_change
from landscape.schema.directions import join_words, short_name
from landscape.schema.numbers import number
from landscape.schema.results import not_measurable
from landscape.schema.specs import InspectionSpec, Thresholds
from landscape.slices.deployment_survival import survivals_of
from landscape.worst.boundaries import worst_boundaries
from landscape.worst.overlap import explained_of

Outcome = Literal["pass", "gained", "nothing to lose here", "warn", "insufficient", "not measurable", "fail"]
UNJUDGED: tuple[Outcome, ...] = ("gained", "nothing to lose here")  # of a capability that the base could not lose
GRAVITY: tuple[Outcome, ...] = (
    "pass",
    *UNJUDGED,
    "warn",
    "insufficient",
    "not measurable",
    "fail",
)  # ascending: the gravest counts
MANY = 100_000  # examples: if more than this are needed, the two numbers are as good as equal


@dataclass(frozen=True)
class Finding:
    """The outcome of one rule, in words with numbers."""

    rule: str  # score, basin, barrier, headroom, moves, worst, certificate, layer
    outcome: Outcome
    text: str


def gravest(findings: Sequence[Finding]) -> Outcome:
    """The gravest outcome of the findings; pass if there are none."""
    return max((finding.outcome for finding in findings), key=GRAVITY.index, default="pass")


def drop_of(
    before: pd.Series, after: pd.Series, limit: float, confidence: float, requests: Sequence[int] | None = None
) -> PairedDrop:
    """How much the score fell, base to fine-tune, on the same examples; each of their requests counts once."""
    return dropped_by_more_than(before["outcomes"], after["outcomes"], limit, confidence, requests)


def loss_change_of(
    before: pd.Series, after: pd.Series, confidence: float, requests: Sequence[int] | None = None
) -> PairedChange | None:
    """How much the loss changed on the same examples; None where examples have none."""
    if before["losses"] is None or after["losses"] is None:
        return None
    return mean_change(before["losses"], after["losses"], confidence, requests)


def judge_finite(evidence: Evidence, name: str) -> Iterator[Finding]:
    """Find a checkpoint whose logits overflow: its score says nothing, and there is nothing to compare."""
    for scores in filter(None, (evidence.scores, evidence.tuned)):
        if broken := scores.not_finite_at_origin(name):
            said = not_measurable(
                short_name(scores.spec.checkpoint), scores.dtype, broken, int(scores.row_at_origin(name)["n"])
            )
            yield Finding("score", "not measurable", said)


def judge_score(limits: Thresholds, drop: PairedDrop, before: Standing, after: Standing) -> Finding:
    """Judge the drop of the score by its interval, on the same examples."""
    sure = format_change(drop)
    moved = f"score {before.score:.3f} → {after.score:.3f}"
    if not before.held:
        return _judge_unheld(limits, drop, before, after, moved)
    if drop.low > limits.max_drop:
        text = f"{moved}: it fell by {drop.drop:.3f} [{drop.low:.3f}, {drop.high:.3f}], more than {limits.max_drop:g}"
        return Finding("score", "fail", text)
    if drop.high > limits.max_drop:
        missing = examples_missing(drop, limits.max_drop)
        text = f"{moved}: a change of {sure} does not rule out a drop of more than {limits.max_drop:g}; {missing}"
        return Finding("score", "insufficient", text)
    if drop.low > 0:
        return Finding("score", "warn", f"{moved}: a change of {sure}, beyond chance but within {limits.max_drop:g}")
    return Finding("score", "pass", f"{moved}: a change of {sure}, a drop of less than {limits.max_drop:g}")


def _judge_unheld(limits: Thresholds, drop: PairedDrop, before: Standing, after: Standing, moved: str) -> Finding:
    """What is said of a score that the base could not lose: neither a pass nor a fail.

    A drop beyond doubt, from a base that is not told from guessing, leaves open whether anything was lost.
    """
    if before.unsure and drop.low > limits.max_drop:
        text = f"{moved}: a change of {format_change(drop)}, from a score that is not told from guessing"
        return Finding("score", "insufficient", f"{text} ({number(before.chance)}): more examples are needed")
    if drop.high < 0 and after.above_chance:
        return Finding("score", "gained", f"{moved}: a gain of {format_change(drop)}; of the base, {before.nothing}")
    said = nothing_note(before, by_loss=limits.max_loss_rise is not None)
    return Finding("score", "nothing to lose here", f"{moved}: {said}")


def nothing_tested(lacking: Sequence[str], others: Sequence[str]) -> Finding:
    """Find that nothing was tested, since the base has nothing to lose in any capability; `others` may be asked."""
    text = f"the base has nothing to lose in {join_words(lacking)}, so nothing was tested"
    such = f" (say {join_words(others).replace(' and ', ' or ')})" if others else ""
    return Finding("tested", "insufficient", f"{text}: take a capability that it has{such}, or examples of your own")


def format_change(drop: PairedDrop) -> str:
    """The change of a score with its interval: `−0.009 [−0.035, +0.017]`."""
    change, low, high = (round(-value, 3) + 0.0 for value in (drop.drop, drop.high, drop.low))
    return f"{change:+.3f} [{low:+.3f}, {high:+.3f}]".replace("-", "−")


def examples_missing(drop: PairedDrop, limit: float) -> str:
    """About how many more examples would decide if the drop is as observed: intervals narrow as 1/√n; none at τ."""
    apart, counted = abs(limit - drop.drop), drop.independent or drop.n
    if on_the_limit(drop, limit):
        return f"at a change of exactly −{limit:g} no number of examples decides"
    needed = counted * ((drop.high - drop.low) / 2 / apart) ** 2
    if needed > MANY:
        return f"more than {MANY:,} examples would be needed"
    return f"about {max(1, math.ceil(needed - counted)):,} more examples are needed"


def on_the_limit(drop: PairedDrop, limit: float) -> bool:
    """Whether the drop is exactly the limit, so that no interval around it, however narrow, lies on one side of it."""
    return abs(limit - drop.drop) < 1e-9


def judge_moves(limits: Thresholds, evidence: Evidence, name: str, tuned: Basin | None) -> Iterator[Finding]:
    """Report which deployment moves the fine-tune survives. Always a pass: nobody has to make them."""
    if evidence.moves is None:
        return
    radii = {name: tuned.radius} if tuned is not None and tuned.radius is not None else {}
    found = [one for one in survivals_of(evidence.moves, radii, limits.max_drop) if one.capability == name]
    kept = [one.move for one in found if one.kept]
    lost = [f"{one.move} (−{one.drop.drop:.2f})" for one in found if one.kept is False]
    if kept or lost:
        said = [*([f"survives {', '.join(kept)}"] if kept else []), *([f"loses at {', '.join(lost)}"] if lost else [])]
        yield Finding("moves", "pass", "; ".join(said))


def layer_changes(delta: Mapping[str, Any]) -> dict[int, float]:
    """α of each layer: the RMS change of its weights."""
    squares: dict[int, tuple[float, int]] = {}
    for tensor in delta["tensors"]:
        if tensor["layer"] is not None:
            total, count = squares.get(tensor["layer"], (0.0, 0))
            squares[tensor["layer"]] = total + tensor["radius"] ** 2, count + tensor["parameters"]
    return {layer: math.sqrt(total / count) for layer, (total, count) in sorted(squares.items())}


def judge_layers(limits: Thresholds, delta: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Warn of a layer that moved far more than the others: a broken shard, a bad merge, or a very local fine-tune."""
    changes = layer_changes(delta) if delta else {}
    for layer, alpha in changes.items():
        median = float(np.median([other for place, other in changes.items() if place != layer] or [alpha]))
        if median > 0 and alpha > limits.outlying_layer * median:
            times = f"{alpha / median:.0f} × the median of the others"
            text = f"layer {layer} moved by α = {number(alpha)}, {times}: look there"
            yield Finding("layer", "warn", text)
        elif median == 0 and alpha > 0:
            yield Finding("layer", "warn", f"layer {layer} moved (α = {number(alpha)}) and most layers did not")


def judge_worst(spec: InspectionSpec, evidence: Evidence, name: str) -> Iterator[Finding]:
    """Report the worst direction found against a capability, and the fine-tune's share in it. Always a pass."""
    if evidence.worst is None:
        return
    against = [e for e in worst_boundaries(evidence.worst) if e.capability == name and e.role == "hurt" and e.alpha]
    if not against:
        return
    nearest = min(against, key=lambda ending: ending.alpha or math.inf)
    by = " by loss" if nearest.by_loss else ""
    said = f"the worst direction found ends it{by} at α = {number(nearest.alpha or math.nan, 2)}"
    if times := nearest.times_nearer:
        said += f", {times:,.0f} × nearer than random ones" if times >= 2 else ", as near as random ones"
    for one in explained_of(evidence.worst):
        if (one.checkpoint, one.direction, one.capability) == (spec.other, nearest.direction, name):
            said += f"; the fine-tune's cosine with it is {one.cosine:+.3f} (chance: ± {number(one.chance, 1)})"
            said += f", which makes {one.share_text} of its loss change" if one.share is not None else ""
    yield Finding("worst", "pass", said.replace(" -", " −"))


def judge_certificate(evidence: Evidence, name: str) -> Iterator[Finding]:
    """Report what is proven of the noised base, and whether that reaches the fine-tune. Always a pass."""
    if evidence.certificate is None:
        return
    threshold = evidence.certificate.spec.threshold
    for guarantee in guarantees_of(evidence.certificate):
        if guarantee.capability != name:
            continue
        best = guarantee.best(threshold)
        radius = best.radius(threshold) if best else None
        said = f"no radius is certified for a score of {threshold:g}"
        if radius is not None:
            within = f"‖Δθ‖ = {length_down(radius, 2)}"
            said = f"certified: under noise it keeps {threshold:g} within {within}, in any direction"
        for promise in fine_tune_guarantees(evidence.certificate, guarantee):
            floor = promise.vacuous or f"the floor is {bound_down(promise.floor)}"
            said += f"; at the fine-tune (‖Δθ‖ = {number(promise.r)}) {floor}"
        yield Finding("certificate", "pass", said)
