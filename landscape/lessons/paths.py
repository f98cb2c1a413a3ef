"""Lesson 6: fine-tuning is a walk; where one or two fine-tunes went, and which of them left a basin."""

from typing import Any

import numpy as np

from landscape.basins.standings import standing_of
from landscape.lessons import straight_line
from landscape.lessons.fine_tune_places import FineTunePlace, fine_tunes_in_plane
from landscape.lessons.narration import Narration, Question, bold_name, format_alpha, percent, times
from landscape.outside.text import markdown
from landscape.schema.capability_names import name_of
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec


def choices(result: Result[Any]) -> list[str]:
    """The capabilities with a basin that two walks, or a walk and a random direction, can be compared on.

    Those on which the two differ most come first.
    """
    if not isinstance(result.spec, PlaneSpec) or result.spec.relative:
        return []
    told = {}
    for name in map(name_of, result.spec.capabilities):
        standing = standing_of(result, name, result.spec.tolerance)
        difference = _difference(result, name) if standing is not None and standing.held else None
        if difference is not None:
            told[name] = difference
    return sorted(told, key=lambda name: -told[name])


def is_single(result: Result[Any], capability: str) -> bool:
    """Whether the plane holds one other model, so that its walk is compared with a random direction."""
    return len(fine_tunes_in_plane(result, capability)) == 1


def _difference(result: Result[Any], name: str) -> float | None:
    """How much two walks differ; None where the plane cannot tell."""
    if is_single(result, name):
        line = straight_line.straight_line(result, name)
        if line is None or line.sideways_holds is None:
            return None
        return abs(line.end.origin - float(np.nan_to_num(line.end.score)))
    pair = fine_tunes_in_plane(result, name)[:2]
    if len(pair) < 2 or not _apart(*pair):
        return None
    near, far = np.nan_to_num([one.score for one in pair])
    return float(abs(near - far))


def _apart(near: FineTunePlace, far: FineTunePlace) -> bool:
    """Whether one walk is longer than the other as far as the lengths are shown."""
    return format_alpha(near.alpha) != format_alpha(far.alpha)


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson about one capability of a result."""
    if is_single(result, capability):
        return straight_line.narrate(result, capability)
    near, far = fine_tunes_in_plane(result, capability)[:2]
    longer = times(far.alpha / near.alpha)
    return Narration(
        idea=(
            "Training a model further moves its weights as well. A **fine-tune** is a walk: every update is one small "
            "step.",
            f"The map holds three models exactly: {bold_name(result.spec.checkpoint)} at the centre, "
            f"{bold_name(near.checkpoint)} at α = {format_alpha(near.alpha)}, and "
            f"{bold_name(far.checkpoint)} at α = {format_alpha(far.alpha)}.",
            f"{markdown(short_name(far.checkpoint))} is {longer} times as far away.",
        ),
        gist=f"A **fine-tune** is a walk of the weights. {bold_name(far.checkpoint)} went {longer} times as far from "
        f"{bold_name(result.spec.checkpoint)} as {bold_name(near.checkpoint)}.",
        question=_question(near, far, capability),
        finding=f"A map of {capability} around {short_name(result.spec.checkpoint)}. "
        f"{_measured(near, far, capability)}",
        before=f"The straight lines from {short_name(result.spec.checkpoint)} to {short_name(near.checkpoint)} and "
        f"{short_name(far.checkpoint)}, on an empty map.",
        reading="Bright: all answers right; dark: none. The line is where the basin ends. Strong colour was "
        "measured, pale is read off between. Orange: the straight lines to the other models; training itself takes "
        "curves, but only its ends are kept.",
    )


def _question(near: FineTunePlace, far: FineTunePlace, capability: str) -> Question:
    options = (
        f"The longer: {short_name(far.checkpoint)}",
        f"The shorter: {short_name(near.checkpoint)}",
        "Both",
        "Neither",
    )
    right = {(True, False): 0, (False, True): 1, (False, False): 2, (True, True): 3}[near.inside, far.inside]
    text = f"Which walk ended outside the basin of {capability}?"
    return Question(text, options, right, _measured(near, far, capability), _short(near, far))


def _short(near: FineTunePlace, far: FineTunePlace) -> str:
    ends = " and ".join(
        f"{short_name(one.checkpoint)} with {percent(one.score)} is {'inside' if one.inside else 'outside'}"
        for one in (near, far)
    )
    return f"{ends} ({percent(near.origin)} at the start).{_moral(near, far)}"


def _moral(near: FineTunePlace, far: FineTunePlace) -> str:
    if near.inside or not far.inside:
        return ""
    return " The shorter walk left the basin and the longer one did not: here the direction decides, not the length."


def _measured(near: FineTunePlace, far: FineTunePlace, capability: str) -> str:
    ends = "; ".join(one.standing(capability) for one in (near, far))
    return f"{ends} ({percent(near.origin)} at the start).{_moral(near, far)}"
