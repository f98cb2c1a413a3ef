"""Lesson 5: the needle. Along one direction that was searched for, the basin ends far nearer."""

import math
from typing import Any

from landscape.lessons.narration import Narration, Question, count_of, format_alpha, times
from landscape.outside.text import markdown
from landscape.schema.directions import seed_of
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import WorstBoundary, worst_boundaries, worst_of

NEAR, FAR = 10, 100


def endings(result: Result[Any]) -> dict[str, WorstBoundary]:
    """The boundary of each capability in the worst direction found, if random directions end it too."""
    found = worst_boundaries(result)
    ends = {e.capability: worst_of(found, e.capability) for e in found}
    return {
        name: end
        for name, end in ends.items()
        if end and end.alpha and end.times_nearer and end.random and not end.random.at_least
    }


def choices(result: Result[Any]) -> list[str]:
    """The capabilities that this lesson can be told of: they end in a worst direction, and in random ones."""
    return list(endings(result)) if isinstance(result.spec, WorstSpec) and not result.spec.relative else []


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson about one capability of a result."""
    end, d = endings(result)[capability], result.facts.parameters if result.facts else 0
    draws = sum(seed_of(direction) is not None for direction in result.spec.directions)
    return Narration(
        idea=(
            f"Random damage is mild: along {count_of(draws, 'random direction')} {markdown(capability)} ends at α = "
            f"{format_alpha(_random(end))} (the median).",
            "Now somebody *chooses* the direction: step by step, the weights climb to where the answers get worse. "
            "All else is equal: every weight may change, and the typical change is the same α.",
            "What is found is the worst direction *found*. A worse one may exist.",
        ),
        question=_question(end, capability, d),
        finding=f"{capability} along random and searched directions, on an axis of powers of ten. {_measured(end)}",
        before=f"{capability} along random directions: it ends at α = {format_alpha(_random(end))}.",
        reading="The axis counts powers of ten: each step to the left is ten times nearer. Violet: the worst "
        "direction found. Orange: the straight ways to fine-tuned models.",
    )


def _random(end: WorstBoundary) -> float:
    assert end.random is not None
    return end.random.median


def _question(end: WorstBoundary, capability: str, d: int) -> Question:
    options = (
        f"Up to {NEAR} times nearer",
        f"{NEAR} to {FAR} times nearer",
        f"More than {FAR} times nearer",
    )
    ratio = end.times_nearer or 1.0
    right = 0 if ratio <= NEAR else 1 if ratio <= FAR else 2
    text = f"How much nearer does {capability} end in the worst direction found?"
    return Question(text, options, right, f"{_measured(end)} {why(d)}" if d else _measured(end))


def _measured(end: WorstBoundary) -> str:
    unseen = f" It was read on the {end.n} questions that the search never saw." if end.held_out else ""
    return (
        f"{end.capability} ends at α = {format_alpha(end.alpha or 0)} in the worst direction found, and at "
        f"{format_alpha(_random(end))} in random ones: {times(end.times_nearer or 0)} times nearer.{unseen}"
    )


def why(d: int) -> str:
    """Why a random direction hardly meets the needle, in two sentences."""
    root = math.sqrt(d)
    return (
        f"Why chance misses it: of a random direction in {d:,} dimensions, about 1/√d = 1/{root:,.0f} points along "
        "any one given direction. Random damage wastes nearly all of itself elsewhere; chosen damage wastes nothing."
    )
