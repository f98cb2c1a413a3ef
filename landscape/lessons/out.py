"""Lesson 1: walk out of the basin along one direction."""

import math
from typing import Any

from landscape.bundled.texts import SliceTexts
from landscape.lessons.narration import Narration, Question, bold_name, format_alpha, nats, percent
from landscape.lessons.tracks import Track, bounded, is_line, tracks
from landscape.outside.text import markdown
from landscape.schema.directions import describe_direction
from landscape.schema.frames import TOLERANCE
from landscape.schema.results import Result

SUDDEN = 0.2  # edge ÷ half-way point: an even fall that halves the score passes τ at 0.1 of the way


def choices(result: Result[Any]) -> list[str]:
    """The capabilities that this lesson can be told of: θ₀ has them, and they are measured along a direction."""
    if not is_line(result):
        return []
    return [name for name in bounded(result) if tracks(result, name)]


def track_of(result: Result[Any], capability: str) -> Track:
    """The track of the direction that is walked: the first random one, else the first of all."""
    return tracks(result, capability)[0]


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson about one capability of a result."""
    track = track_of(result, capability)
    size = f" {result.facts.parameters:,} of them" if result.facts else ""
    return Narration(
        idea=(
            f"A language model is a list of numbers, its *weights*. The model {bold_name(result.spec.checkpoint)} has"
            f"{size}.",
            f"Choose a direction, here {markdown(describe_direction(track.direction))}, and push all weights along it. "
            "How far is called **α**: the typical change of one weight. At α = 0 stands the model itself.",
            f"As long as the model answers as well as before, give or take {percent(TOLERANCE)}, it is inside a "
            "**basin**. Where more is lost, the basin ends.",
        ),
        question=_question(track, capability),
        finding=f"Score and loss of {capability} against α. {_shape(track, capability)}",
        before=f"Score and loss of {capability} at α = 0, where the walk begins: {percent(track.scores[0])} right.",
        reading="Top: the share of answers that are right. Bottom: the loss, which is low when the model is sure of "
        "the right answer. The dotted line is where the basin ends.",
    )


def right_of(track: Track) -> int:
    """The right option: the score falls 0 evenly, 1 late and then fast, 2 not within the range."""
    edge = track.edge()
    if edge is None:
        return 2
    return 1 if edge >= SUDDEN * (track.half() or float(track.alphas[-1])) else 0


def _question(track: Track, capability: str) -> Question:
    options = ("A little with every step", "Hardly at first, then fast", "Not at all, as far as this goes")
    text = (
        f"The weights move away, up to α = {format_alpha(track.alphas[-1])}. How will the score of {capability} fall?"
    )
    return Question(text, options, right_of(track), f"{_shape(track, capability)} {_loss(track)}".strip())


def _shape(track: Track, capability: str) -> str:
    start, end, last = float(track.scores[0]), float(track.alphas[-1]), float(track.scores[-1])
    begins = f"{capability} begins with {percent(start)} of {track.n} answers right"
    edge, half = track.edge(), track.half()
    if edge is None:
        return f"{begins}, and still has {percent(last)} at α = {format_alpha(end)}: the walk never left the basin."
    text = f"{begins}. Up to α = {format_alpha(edge)} it loses at most {percent(TOLERANCE)}: there the basin ends."
    at_end = "" if half == end else f" At α = {format_alpha(end)} it has {percent(last)} left."
    return (
        f"{text} At α = {format_alpha(half)} half of them are gone.{at_end}" if half is not None else f"{text}{at_end}"
    )


def _loss(track: Track) -> str:
    edge = track.edge() or float(track.alphas[-1])
    ends = [float(track.losses[0]), track.loss(edge), float(track.losses[-1])]
    if any(value != value for value in ends):  # NaN: no reference answers
        return ""
    first, there, last = map(nats, ends)
    return f"The loss goes along: {first} at the start, {there} at the edge, {last} at the end."


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
    """How many of the shown answers are right at the start, at the edge, and at the end."""
    asked, edge = walk.asked[capability], track.edge()
    places = [0, walk.at(edge) if edge is not None else 0, len(walk.spec.alphas) - 1]
    first, there, last = (sum(one.right[place] for one in asked) for place in places)
    return (
        f"Of the {len(asked)} answers shown, {first} are right at the start, {there} at the edge and {last} at the end."
    )
