"""Lesson 2: most random directions are alike, because of how lengths and angles behave in many dimensions."""

import math
from typing import Any

from landscape.lessons.narration import Narration, Question, format_alpha, percent, times
from landscape.lessons.tracks import Track, bounded, is_line, random_tracks
from landscape.schema.results import Result

CLOSE, FAR = 1.5, 3.0  # farthest end ÷ nearest end


def choices(result: Result[Any]) -> list[str]:
    """The capabilities that this lesson can be told of: they end along several random directions."""
    if not is_line(result):
        return []
    return [name for name in bounded(result) if len(ends(random_tracks(result, name))) >= 2]


def ends(tracks: list[Track]) -> list[float]:
    """The α where the basin ends along each track; empty if it is not left along one of them."""
    found = [edge for track in tracks if (edge := track.edge())]
    return found if len(found) == len(tracks) else []


def length_spread(d: float) -> float:
    """Standard deviation of ‖δ‖/√d of a Gaussian direction, for large d: 1/√(2d)."""
    return 1 / math.sqrt(2 * d)


def angle_spread(d: float) -> float:
    """Standard deviation, in degrees, of the angle between two random directions, for large d: 1/√d radians."""
    return math.degrees(1 / math.sqrt(d))


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson about one capability of a result."""
    found = ends(random_tracks(result, capability))
    d = result.facts.parameters if result.facts else 0
    return Narration(
        idea=(
            "Lesson 1 went along one random direction. Was it a lucky one?",
            "A *random direction* is dice for every weight: a number of its own, up or down. All are scaled so that "
            "α means the same along each.",
            "If another draw ended the basin somewhere else entirely, one picture would say nothing about the model.",
        ),
        question=_question(found, capability, d),
        finding=f"{capability} along {len(found)} random directions. {_spread(found, capability)}",
        before=f"{capability} along the first random direction alone: it ends at α = {format_alpha(found[0])}.",
        reading="One thin line a direction; the thick line is their median. A dot marks where each leaves the basin.",
    )


def _question(found: list[float], capability: str, d: int) -> Question:
    ratio = max(found) / min(found)
    options = (
        f"Nearly the same place: less than {CLOSE:g} times apart",
        f"Somewhat apart: {CLOSE:g} to {FAR:g} times",
        f"All over the place: more than {FAR:g} times apart",
    )
    right = 0 if ratio < CLOSE else 1 if ratio <= FAR else 2
    text = (
        f"Along the first direction {capability} ends at α = {format_alpha(found[0])}. We draw {len(found) - 1} more. "
        "How far apart will the nearest and the farthest end lie?"
    )
    return Question(text, options, right, f"{_spread(found, capability)} {why(d)}" if d else _spread(found, capability))


def _spread(found: list[float], capability: str) -> str:
    low, high = min(found), max(found)
    return (
        f"The nearest of {len(found)} ends lies at α = {format_alpha(low)}, the farthest at {format_alpha(high)}: "
        f"{times(high / low)} times as far."
    )


def why(d: float) -> str:
    """How little lengths and angles of random directions vary with d weights, in a sentence."""
    share = 100 * length_spread(d)
    return (
        f"With {d:,.0f} weights, the lengths of random directions differ by about ± {share:.2g} %, and any two stand "
        f"at 90° ± {angle_spread(d):.2g}° to each other: none is special."
    )


def share_along(d: float) -> str:
    """The share of a random direction that lies along any given one, as text."""
    return percent(1 / math.sqrt(d)) if d < 1e4 else f"1/{math.sqrt(d):,.0f}"
