"""Lesson 3: every capability has a basin of its own, and in random directions some end before others."""

from collections.abc import Sequence
from typing import Any

from landscape.basins.radii import Basin, nestings
from landscape.figures.basins.findings import first_text
from landscape.figures.scale import with_known_radius
from landscape.lessons.narration import Narration, Question, bold_name, format_alpha, times
from landscape.lessons.tracks import as_basin, basins, is_line
from landscape.outside.text import markdown
from landscape.schema.directions import join_words
from landscape.schema.results import Result


def stated(result: Result[Any]) -> list[Basin]:
    """The basins whose radius may be stated, the narrowest first."""
    found = with_known_radius(as_basin(result), basins(result))
    return sorted((basin for basin in found if not _open(basin)), key=radius_of)


def radius_of(basin: Basin) -> float:
    """The median over random directions."""
    assert basin.radius is not None
    return basin.radius.median


def _open(basin: Basin) -> bool:
    """Whether no radius is known: too few ends, or one before the first point, which may lie anywhere nearer."""
    at_once = any(end.outside is not None and end.inside == 0 for end in basin.draws)
    return basin.radius is None or basin.radius.at_least or basin.radius.median <= 0 or at_once


def choices(result: Result[Any]) -> list[str]:
    """The narrowest capability, if there are at least two: this lesson is about all of them at once."""
    if not is_line(result):
        return []
    found = stated(result)
    return [found[0].capability] if len(found) > 1 and radius_of(found[0]) < radius_of(found[1]) else []


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson; `capability` is the narrowest one."""
    found = stated(result)
    names, later = [basin.capability for basin in found], ends_later(found)
    name, skills = bold_name(result.spec.checkpoint), markdown(join_words(sorted(names)))
    return Narration(
        idea=(
            f"So far we watched one skill. {name} has several, each tested with its own questions: {skills}.",
            "Each is lost at an α of its own, so there are as many basins as there are skills. Each ring shows where "
            "one of them ends, as the median over random directions.",
            "All rings have one centre, since it is one model. A basin that ends before another in most random "
            "directions is **nested** in it. Along a chosen direction, as towards a fine-tune, another skill can be "
            "lost first.",
        ),
        gist=f"{name} has several skills: {skills}. Each is lost at an α of its own: there are as many **basins** as "
        "skills, and each ring is one of them.",
        question=Question(
            _asked(found, later),
            tuple(sorted(names)),
            sorted(names).index(capability),
            f"{widths(found)} {nesting(found[0], later)}",
            f"{_extremes(found)} {nesting(found[0], later)}",
        ),
        finding=f"Rings around θ₀, one for each capability. {widths(found)}",
        before=f"One ring: the basin of {names[-1]} around θ₀.",
        reading="Seen from above: θ₀ is in the middle, and farther out is a larger α. Small marks are the ends "
        "along single directions; the band around a ring says how sure its radius is. The angle only keeps "
        "directions apart.",
    )


def _asked(found: Sequence[Basin], later: Sequence[Basin]) -> str:
    """The question to which the narrowest is the answer: which is lost first is asked only where it is shown."""
    rays = len(found[0].draws)
    if len(later) == len(found) - 1:
        return "Which skill is lost first when the weights move away in a random direction?"
    if rays == 1:
        return "Which skill is lost first along the one random direction that was measured?"
    return f"Which skill has the smallest radius here, the median over {rays} random directions?"


def widths(found: Sequence[Basin]) -> str:
    """Every radius in order, and the ratio of the widest to the narrowest, in a sentence."""
    sizes = join_words([f"{basin.capability} at α = {format_alpha(radius_of(basin))}" for basin in found])
    return f"In order of {_order(found)}: {sizes}; the last is {times(_ratio(found))} times the first."


def _extremes(found: Sequence[Basin]) -> str:
    first, last = found[0], found[-1]
    return (
        f"{first.capability} has the smallest radius, α = {format_alpha(radius_of(first))}; {last.capability} the "
        f"largest, α = {format_alpha(radius_of(last))}: {times(_ratio(found))} times that."
    )


def _order(found: Sequence[Basin]) -> str:
    several = len(found[0].draws) > 1
    return "their radius, the median over random directions" if several else "where they end in one random direction"


def _ratio(found: Sequence[Basin]) -> float:
    return radius_of(found[-1]) / radius_of(found[0])


def nesting(first: Basin, later: Sequence[Basin]) -> str:
    """Before which others the narrowest basin is shown to end in most directions, with the counts, in a sentence."""
    if not later:
        return "Too few directions, or too mixed ones, to say which ends first in most."
    names = join_words([other.capability for other in later])
    return f"{first.capability} ends before {names} in {first_text(first, later)}."


def ends_later(found: Sequence[Basin]) -> list[Basin]:
    """The others before which the narrowest basin is shown to end in most random directions."""
    first, *others = found
    pairs = nestings(found)
    return [o for o in others if (p := pairs.get((first.capability, o.capability))) and p.claim == "first"]
