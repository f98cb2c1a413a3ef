"""Lesson 4: the score is flat where the loss is smooth, and a threshold makes it so."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from landscape.basins.boundaries import find_boundary
from landscape.lessons.narration import Narration, Question, format_alpha, nats, percent, times
from landscape.lessons.out import choices as walkable
from landscape.lessons.out import track_of
from landscape.lessons.tracks import Track
from landscape.schema.frames import TOLERANCE
from landscape.schema.results import Result

LITTLE, MUCH = 1.25, 3.0  # loss at the edge ÷ loss at θ₀
THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # nats per token


@dataclass(frozen=True, eq=False)
class Examples:
    """The loss of each example at each α of one direction: alphas (m,), losses (m, n)."""

    alphas: np.ndarray
    losses: np.ndarray

    def passing(self, threshold: float) -> np.ndarray:
        """The share of examples whose loss is at most a threshold, at each α (m,): another score. 0 of no examples."""
        known = self.losses[:, ~np.isnan(self.losses).any(axis=0)].astype(float)
        return (known <= threshold).mean(axis=1) if known.size else np.zeros(len(self.alphas))

    def edge(self, threshold: float, tolerance: float = TOLERANCE) -> float | None:
        """The α where that score has dropped by more than τ; None: nowhere, or there is too little to drop."""
        passing = self.passing(threshold)
        floor = float(passing[0]) - tolerance
        return find_boundary(self.alphas, passing, floor).alpha if floor > 0 else None


def choices(result: Result[Any]) -> list[str]:
    """The capabilities that this lesson can be told of: their basin is left, and their answers have a loss."""
    found = []
    for name in walkable(result):
        track = track_of(result, name)
        if track.end().inside > 0 and track.edge() and np.isfinite(track.losses).all() and track.losses[0] > 0:
            found.append(name)
    return found


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson about one capability of a result."""
    track = track_of(result, capability)
    return Narration(
        idea=(
            "The **score** counts: an answer is right or wrong, with nothing in between.",
            "The **loss** weighs: how surprised is the model by the right answer? It is low where the model is sure, "
            "and every small move changes it a little.",
            "A *threshold* turns one into the other: count the answers whose loss lies below a line. Inside the basin "
            "the loss may move; as long as it stays below the line, the count stays the same.",
        ),
        gist="The **score** counts right answers, the **loss** weighs how sure they are. A *threshold* turns one into "
        "the other: count the losses that lie below a line.",
        question=_question(track, capability),
        finding=f"Score and loss of {capability} on one α axis. {_measured(track, capability)}",
        before=f"The score of {capability}, which loses at most {percent(TOLERANCE)} up to α = "
        f"{format_alpha(track.edge() or 0)}; its loss is hidden.",
        reading="Top: the score, and dotted the share of answers below your threshold. Bottom: the loss of single "
        "answers in grey, their mean dashed, your threshold dotted; this axis counts powers of ten.",
    )


def _question(track: Track, capability: str) -> Question:
    ratio = ratio_of(track)
    options = (
        f"It has hardly risen, or fallen: at most {LITTLE:g} times",
        f"It has risen: {LITTLE:g} to {MUCH:g} times",
        f"It has risen a lot: more than {MUCH:g} times",
    )
    text = (
        f"Up to the edge of its basin the score of {capability} lost {percent(TOLERANCE)} at most. What has its loss "
        "done by then?"
    )
    right = 0 if ratio <= LITTLE else 1 if ratio <= MUCH else 2
    edge = track.edge() or 0.0
    short = (
        f"At the edge, α = {format_alpha(edge)}, the loss is {nats(track.loss(edge))}: {times(ratio_of(track))} times "
        f"that at the start. Up to there the score lost {percent(TOLERANCE)} at most."
    )
    return Question(text, options, right, _measured(track, capability), short)


def ratio_of(track: Track) -> float:
    """The loss at the edge divided by that at θ₀."""
    return track.loss(track.edge() or 0.0) / float(track.losses[0])


def _measured(track: Track, capability: str) -> str:
    edge = track.edge() or 0.0
    middle = edge / 2
    return (
        f"Halfway to the edge (α = {format_alpha(middle)}) the score of {capability} went from "
        f"{percent(track.scores[0])} to {percent(track.score(middle))}, its loss from {nats(track.losses[0])} to "
        f"{nats(track.loss(middle))}. At the edge (α = {format_alpha(edge)}) the loss is {nats(track.loss(edge))}: "
        f"{times(ratio_of(track))} times that at the start."
    )


def threshold_text(examples: Examples, threshold: float, capability: str, edge: float | None) -> str:
    """What score and basin the reader's own threshold makes of the same losses, in a sentence."""
    passing, own = examples.passing(threshold), examples.edge(threshold)
    line = f"{threshold:g} {'nat' if threshold == 1 else 'nats'}"
    begins = f"{percent(passing[0])} of the answers of {capability} lie below {line} at α = 0"
    beside = "" if edge is None else f" (by right answers: {format_alpha(edge)})"
    if passing[0] <= TOLERANCE:
        return f"{begins}: too few to have a basin{beside}."
    if own is None:
        return f"{begins}, and that basin does not end here{beside}."
    moved = edge is not None and format_alpha(own) != format_alpha(edge)
    moral = " Same losses, another line, another edge." if moved else ""
    return f"{begins}, and that basin ends at α = {format_alpha(own)}{beside}.{moral}"


def edge_range(examples: Examples) -> tuple[float, float] | None:
    """The nearest and farthest edge over THRESHOLDS that most answers pass at θ₀; None: no edge."""
    edges = [e for t in THRESHOLDS if examples.passing(t)[0] > 0.5 and (e := examples.edge(t)) is not None]
    return (min(edges), max(edges)) if edges else None


def edge_range_text(examples: Examples) -> str:
    """How far the choice of a threshold alone moves the edge, in a sentence."""
    found = edge_range(examples)
    if found is None:
        return ""
    low, high = map(format_alpha, found)
    if low == high:
        return f"Whichever of these thresholds is chosen, the edge is at α = {low}."
    return f"By the choice of threshold alone the edge moves from α = {low} to {high}: say which one you used."
