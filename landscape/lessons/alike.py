"""Lesson 2: random directions end a basin at similar places, and what that does and does not follow from."""

import math
from typing import Any

from landscape.lessons.narration import Narration, Question, format_alpha, times
from landscape.lessons.tracks import Track, bounded, is_line, random_tracks
from landscape.schema.numbers import number
from landscape.schema.results import Result

CLOSE, FAR = 1.5, 3.0  # farthest end ÷ nearest end


def choices(result: Result[Any]) -> list[str]:
    """The capabilities that this lesson can be told of: they end along several random directions."""
    if not is_line(result):
        return []
    return [name for name in bounded(result) if len(ends(random_tracks(result, name))) >= 2]


def ends(tracks: list[Track]) -> list[float]:
    """The α where the basin ends along each track; empty if one never leaves it, or has left at its first point.

    Of an end before the first point no ratio is known: it may lie anywhere nearer.
    """
    found = [end.alpha for track in tracks if (end := track.end()).alpha is not None and end.inside > 0]
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
            "Lesson 1 followed a single random direction. Was it just luck?",
            "In a *random direction*, dice decide for every weight whether it goes up or down, and by how much. All "
            "are scaled so that α means the same along each.",
            "If the basin ended somewhere else entirely in the next direction, one picture would say nothing about "
            "the model.",
        ),
        gist="Was it just luck? In a *random direction*, dice decide how much each weight goes up or down. All are "
        "scaled so that α means the same along each.",
        question=_question(found, capability, d),
        finding=f"{capability} along {len(found)} random directions. {_spread(found, capability)}",
        before=f"{capability} along the first random direction alone: its basin ends at α = {format_alpha(found[0])}.",
        reading="One thin line for each direction; the thick line is their median. A diamond marks where each leaves "
        "the basin.",
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
        f"Along the first direction the basin of {capability} ends at α = {format_alpha(found[0])}. "
        f"We draw {len(found) - 1} more. How far apart will the nearest and the farthest end be?"
    )
    reveal = " ".join(filter(None, (_spread(found, capability), WHY, lengths(d))))
    return Question(text, options, right, reveal, _spread(found, capability))


def _spread(found: list[float], capability: str) -> str:
    low, high = min(found), max(found)
    return (
        f"The nearest of {len(found)} ends lies at α = {format_alpha(low)}, the farthest at {format_alpha(high)}: "
        f"{times(high / low)} times as far."
    )


# Var(δᵀHδ) = 2‖H‖_F² and E δᵀHδ = tr H for Gaussian δ (Hutchinson 1989).
WHY = (
    "How far apart they are depends on the model. The loss rises with the curvature along a direction, which varies "
    "between random directions by √2·‖H‖_F / tr H (H is the Hessian of the loss): little where many directions are "
    "curved, much where only a few are. “Standard flatness measures” on the page Worst case measure it."
)


def lengths(d: float) -> str:
    """How little lengths and angles of random directions vary with d weights, in a sentence; "" if d is not known."""
    if not d:
        return ""
    share = 100 * length_spread(d)
    return (
        f"That α means the same along each of them is pure geometry: with {d:,.0f} weights, the lengths of random "
        f"directions differ by about ± {number(share, 2)} %, and any two are at 90° ± {number(angle_spread(d), 2)}° to "
        "each other."
    )
