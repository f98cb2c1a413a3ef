"""Lesson 1: walk out of the basin along one direction."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from landscape.bundled.texts import SliceTexts
from landscape.lessons.narration import (
    Narration,
    Question,
    bold_name,
    count_of,
    format_alpha,
    nats,
    percent,
    times,
)
from landscape.lessons.tracks import Track, bounded, is_line, tracks
from landscape.outside.text import markdown
from landscape.schema.directions import describe_direction, join_words
from landscape.schema.frames import TOLERANCE
from landscape.schema.results import Result

CLIFF, EVEN = 0.25, 0.75  # half-way between the powers (`Fall.power`) of a cliff, a parabola and an even fall
ENOUGH = 4  # times τ: with less lost, the shape of the fall is not known


def choices(result: Result[Any]) -> list[str]:
    """The capabilities that this lesson can be told of: θ₀ has them, and it is measured how they fall."""
    if not is_line(result):
        return []
    return [name for name in bounded(result) if tracks(result, name) and right_of(track_of(result, name)) is not None]


def track_of(result: Result[Any], capability: str) -> Track:
    """The track of the direction that is walked: the first random one, else the first of all."""
    return tracks(result, capability)[0]


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson about one capability of a result."""
    track = track_of(result, capability)
    name = bold_name(result.spec.checkpoint)
    size = f"; {name} has {result.facts.parameters:,} of them" if result.facts else ""
    along = markdown(describe_direction(track.direction))
    return Narration(
        idea=(
            f"A language model is a long list of numbers, its *weights*{size}.",
            f"Pick a direction, here {along}, and push all weights along it. **α** says how far: it is the typical "
            "change of a single weight. At α = 0 the model is unchanged.",
            f"As long as it answers as well as before, give or take {percent(TOLERANCE)}, it is inside a **basin**. "
            "Where more is lost, the basin ends.",
        ),
        gist=f"Push all weights of {name} along one direction; **α** says how far. While it answers as well as before, "
        f"give or take {percent(TOLERANCE)}, it is inside a **basin**.",
        question=_question(track, capability),
        finding=f"Score and loss of {capability} against α. {_shape(track, capability)}",
        before=f"Score and loss of {capability} at α = 0, where the walk begins: {percent(track.scores[0])} right.",
        reading="Top: the share of answers that are right. Bottom: the loss, which is low when the model is sure of "
        "the right answer. The dotted line is where the basin ends.",
    )


@dataclass(frozen=True)
class Fall:
    """How the score falls beyond the edge: to where half of it is gone, or to the end of the track."""

    lost: float  # of the score there
    times: float  # how many times the α of the edge it takes

    @property
    def even(self) -> float:
        """How many times the α of the edge it would take if every step cost the same."""
        return self.lost / TOLERANCE

    @property
    def parabola(self) -> float:
        """The same for a drop that grows with α²."""
        return math.sqrt(self.even)

    @property
    def power(self) -> float:
        """1 for an even fall, 1/2 for a parabola, 0 for a cliff."""
        return math.log(self.times) / math.log(self.even)


def fall_of(track: Track) -> Fall | None:
    """The fall along a track; None where too little is lost, or too much in one step, to tell its shape."""
    end = track.end()
    place = track.half() or float(track.alphas[-1])
    lost = float(track.scores[0]) - np.nan_to_num(track.score(place))
    if not end.alpha or lost < ENOUGH * TOLERANCE:
        return None
    fall = Fall(lost, max(place / end.alpha, 1.0))
    if place == end.outside:  # all within one step: where in it is not measured, and a cliff if it is a short one
        longest = Fall(lost, place / end.inside) if end.inside else None
        return fall if longest is not None and longest.power <= CLIFF else None
    return fall


def right_of(track: Track) -> int | None:
    """The right option: the score falls 0 evenly, 1 like a parabola, 2 all at once, 3 not within the range.

    None where too little is lost to tell.
    """
    fall = fall_of(track)
    if fall is None:
        return 3 if track.edge() is None else None
    return 0 if fall.power > EVEN else 1 if fall.power > CLIFF else 2


def _question(track: Track, capability: str) -> Question:
    options = (
        "Evenly: every step costs about the same",
        "Slowly at first, then ever faster, like a parabola",
        "Not at all for a while, then nearly all at once",
        f"By no more than {percent(TOLERANCE)} in this range",
    )
    text = (
        f"We push the weights as far as α = {format_alpha(track.alphas[-1])}. How will the score of {capability} fall?"
    )
    right = right_of(track)
    assert right is not None, "choices leave out what cannot be told"
    reveal = " ".join(filter(None, (_shape(track, capability), _how_sudden(track), _loss(track))))
    return Question(text, options, right, reveal, _short(track, capability))


def _how_sudden(track: Track) -> str:
    """How the fall compares with an even one, a parabola and a cliff, in a sentence."""
    fall = fall_of(track)
    if fall is None:
        return ""
    return (
        f"Losing {percent(fall.lost)} takes {times(fall.times)} times the α at which {percent(TOLERANCE)} are lost. It "
        f"would take {times(fall.even)} times if every step cost the same, {times(fall.parabola)} times along a "
        "parabola, and no farther at a cliff."
    )


def _shape(track: Track, capability: str) -> str:
    start, end, last = float(track.scores[0]), float(track.alphas[-1]), float(track.scores[-1])
    begins = f"{capability} begins with {percent(start)} of {track.n} answers right"
    edge, half = track.edge(), track.half()
    if edge is None:
        return f"{begins}, and has {percent(last)} at α = {format_alpha(end)}: the walk never left the basin."
    text = f"{begins}. Up to α = {format_alpha(edge)} it loses at most {percent(TOLERANCE)}: there the basin ends."
    at_half = "" if half is None else f" At α = {format_alpha(half)} half of them or more are gone."
    at_end = "" if half == end else f" At α = {format_alpha(end)} it has {percent(last)}."
    return f"{text}{at_half}{at_end}"


def _short(track: Track, capability: str) -> str:
    edge, half = track.edge(), track.half()
    if edge is None:
        return f"{capability} loses no more than {percent(TOLERANCE)} in this range: the walk never left the basin."
    text = f"Up to α = {format_alpha(edge)} {capability} loses at most {percent(TOLERANCE)}: there the basin ends."
    return text if half is None else f"{text} At α = {format_alpha(half)} half of it or more is gone."


def _loss(track: Track) -> str:
    edge = track.edge()
    at_edge = [] if edge is None else [("at the edge", track.loss(edge))]
    found = [("at the start", float(track.losses[0])), *at_edge, ("at the end", float(track.losses[-1]))]
    if not all(math.isfinite(loss) for _, loss in found):  # NaN: no reference answers
        return ""
    return f"The loss is {', '.join(f'{nats(loss)} {place}' for place, loss in found)}."


def place_text(track: Track, capability: str, alpha: float) -> str:
    """Score, loss and side of the boundary at the reader's α, in one line."""
    edge = track.edge()
    side = "inside the basin" if edge is None or alpha <= edge else "outside the basin"
    loss = track.loss(alpha)
    sure = "" if loss != loss else f", loss {nats(loss)}"
    place = f"At α = {format_alpha(alpha) if alpha else 0}"
    if math.isnan(score := track.score(alpha)):
        return f"{place}: {capability} has {percent(score)}. You are {side}."
    return f"{place}: {percent(score)} of {capability} right{sure}. You are {side}."


def texts_finding(walk: SliceTexts, capability: str, track: Track) -> str:
    """How many of the shown answers are right at the start, at the edge if there is one, and at the end."""
    asked, edge = walk.asked[capability], track.edge()
    places = [("at the start", 0), *([("at the edge", walk.at(edge))] if edge is not None else [])]
    places.append(("at the end", len(walk.spec.alphas) - 1))
    found = join_words([f"{sum(one.right[place] for one in asked)} {where}" for where, place in places])
    return f"Right of the {count_of(len(asked), 'answer')} shown: {found}."
