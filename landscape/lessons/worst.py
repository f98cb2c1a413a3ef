"""Lesson 5: the needle. Along one direction that was searched for, the basin ends far nearer."""

import math
from typing import Any

from landscape.basins.losses import as_searched
from landscape.basins.radii import basins_of
from landscape.figures.scale import with_known_radius
from landscape.figures.worst.findings import ends_before_first_point
from landscape.lessons.narration import Narration, Question, count_of, format_alpha, times
from landscape.outside.text import markdown
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import WorstBoundary, worst_boundaries, worst_of

NEAR, FAR = 10, 100


def endings(result: Result[Any]) -> dict[str, WorstBoundary]:
    """The boundary of each capability in the worst direction found, if random directions end it too.

    One that ends before the first point, so that its ratio is a lower bound, is left out unless that says enough.
    """
    basins = basins_of(as_searched(result))
    found = worst_boundaries(result, basins=basins)
    sure = {b.capability for b in with_known_radius(result, basins) if all(end.inside > 0 for end in b.draws)}
    ends = {name: worst_of(found, name) for name in sure}
    return {
        basin.capability: end
        for basin in basins
        if (end := ends.get(basin.capability)) and end.alpha and end.times_nearer
        if end.random and not end.random.at_least
        if not ends_before_first_point(end) or end.times_nearer > FAR
    }


def choices(result: Result[Any]) -> list[str]:
    """The capabilities that this lesson can be told of: they end in a worst direction, and in random ones."""
    return list(endings(result)) if isinstance(result.spec, WorstSpec) and not result.spec.relative else []


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson about one capability of a result."""
    end, d = endings(result)[capability], result.facts.parameters if result.facts else 0
    draws = end.random.rays if end.random else 0
    median = " (the median)" if draws > 1 else ""
    return Narration(
        idea=(
            f"Random damage first: along {count_of(draws, 'random direction')} the basin of {markdown(capability)} "
            f"ends at α = {format_alpha(_random(end))}{median}.",
            "Now somebody *chooses* the direction: step by step, a search climbs to where the answers get worse. "
            "All else is equal: every weight may change, and α is the typical change as before.",
            "The result is the worst direction *found*. A worse one may exist.",
        ),
        gist=f"Along random directions the basin of {markdown(capability)} ends at α = "
        f"{format_alpha(_random(end))}{median}. Now somebody **chooses** the direction: a search climbs to where the "
        "answers get worse.",
        question=_question(end, capability, d),
        finding=f"{capability} along random and searched directions, on an axis of powers of ten. {_measured(end)}",
        before=f"{capability} along random directions: it ends at α = {format_alpha(_random(end))}.",
        reading="The axis counts powers of ten: each step to the left is ten times nearer. Violet: the worst "
        "direction found. Orange: the straight lines to fine-tuned models.",
    )


def _random(end: WorstBoundary) -> float:
    assert end.random is not None
    return end.random.median


def _question(end: WorstBoundary, capability: str, d: int) -> Question:
    options = (
        f"No nearer, or up to {NEAR} times",
        f"{NEAR} to {FAR} times nearer",
        f"More than {FAR} times nearer",
    )
    ratio = end.times_nearer or 1.0
    right = 0 if ratio <= NEAR else 1 if ratio <= FAR else 2
    text = f"How much nearer does {capability} end in the worst direction found?"
    reveal = f"{_measured(end)} {why(d)}" if d and ratio > NEAR else _measured(end)
    return Question(text, options, right, reveal, _measured(end))


def _measured(end: WorstBoundary) -> str:
    read_on = f"the {count_of(end.n, 'question')} that the search never saw"
    unseen = f" It was read on {read_on}." if end.held_out else ""
    before = ends_before_first_point(end)
    where = f"{'before' if before else 'at'} α = {format_alpha(end.alpha or 0)}"
    ratio = end.times_nearer or 0
    nearer = "no nearer" if ratio < 1.05 else f"{'more than ' if before else ''}{times(ratio)} times nearer"
    ones = "random ones" if end.random and end.random.rays > 1 else "a random one"
    return (
        f"{end.capability} ends {where} in the worst direction found, and at {format_alpha(_random(end))} in {ones}: "
        f"{nearer}.{unseen}"
    )


def why(d: int) -> str:
    """Why a random direction hardly meets the needle, in two sentences."""
    root = math.sqrt(d)
    return (
        f"Why chance misses it: in {d:,} dimensions, only about 1/√d = 1/{root:,.0f} of a random direction points "
        "along any given one. Random damage is spent almost entirely elsewhere; chosen damage is not."
    )
