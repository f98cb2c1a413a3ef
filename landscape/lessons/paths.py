"""Lesson 6: fine-tuning is a walk; where two fine-tunes went, and which of them left a basin."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from landscape.basins.inside import is_inside
from landscape.basins.standings import standing_of
from landscape.figures.planes.landmarks import landmarks
from landscape.lessons.narration import Narration, Question, bold_name, format_alpha, percent, times
from landscape.outside.text import markdown
from landscape.schema.capability_names import name_of
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec


@dataclass(frozen=True)
class FineTunePlace:
    """A fine-tune in the plane: its place, its score, and whether that is inside the basin."""

    checkpoint: str
    x: float
    y: float
    score: float  # NaN where its logits are not finite
    origin: float  # the score at θ₀
    inside: bool

    @property
    def alpha(self) -> float:
        """Its distance from θ₀ in α."""
        return float(np.hypot(self.x, self.y))


def fine_tunes_in_plane(result: Result[Any], capability: str) -> list[FineTunePlace]:
    """The fine-tunes that lie in the plane itself and are scored there, the nearest first."""
    rows = result.scored
    rows = rows[rows["capability"] == capability]
    origin = _score(rows, 0.0, 0.0)
    found = []
    for name, (x, y, distance) in landmarks(result).items():
        score = _score(rows, x, y)
        if distance or not (x or y) or score is None or origin is None:
            continue
        inside = is_inside(score, origin - result.spec.tolerance)
        found.append(FineTunePlace(name, x, y, score, origin, inside))
    return sorted(found, key=lambda one: one.alpha)


def _score(rows: Any, x: float, y: float) -> float | None:
    here = rows[np.isclose(rows["x"], x, rtol=1e-6, atol=1e-12) & np.isclose(rows["y"], y, rtol=1e-6, atol=1e-12)]
    return float(here["score"].iloc[0]) if len(here) else None


def choices(result: Result[Any]) -> list[str]:
    """The capabilities with a basin and two scored fine-tunes; first those on which the two differ most."""
    if not isinstance(result.spec, PlaneSpec) or result.spec.relative:
        return []
    told = {}
    for name in map(name_of, result.spec.capabilities):
        pair, standing = fine_tunes_in_plane(result, name)[:2], standing_of(result, name, result.spec.tolerance)
        if len(pair) == 2 and _apart(*pair) and standing is not None and standing.held:
            told[name] = pair
    scores = {name: np.nan_to_num([one.score for one in pair]) for name, pair in told.items()}
    return sorted(told, key=lambda name: -abs(scores[name][0] - scores[name][1]))


def _apart(near: FineTunePlace, far: FineTunePlace) -> bool:
    """Whether one walk is longer than the other as far as the lengths are shown."""
    return format_alpha(near.alpha) != format_alpha(far.alpha)


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the lesson about one capability of a result."""
    near, far = fine_tunes_in_plane(result, capability)[:2]
    return Narration(
        idea=(
            "Training a model further moves its weights as well: a **fine-tune** is a walk, one small step an update.",
            f"The map holds three models exactly: {bold_name(result.spec.checkpoint)} at the centre, and two "
            f"fine-tunes made from it, {bold_name(near.checkpoint)} at α = {format_alpha(near.alpha)} and "
            f"{bold_name(far.checkpoint)} at α = {format_alpha(far.alpha)}.",
            f"{markdown(short_name(far.checkpoint))} walked {times(far.alpha / near.alpha)} times as far.",
        ),
        question=_question(near, far, capability),
        finding=f"A map of {capability} around {short_name(result.spec.checkpoint)}. "
        f"{_measured(near, far, capability)}",
        before=f"The ways from {short_name(result.spec.checkpoint)} to {short_name(near.checkpoint)} and "
        f"{short_name(far.checkpoint)}, on an empty map.",
        reading="Bright: all answers right; dark: none. The line is where the basin ends. Strong colour was "
        "measured, pale is read off between. Orange: the straight ways; training itself bends, but only its ends "
        "are kept.",
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
    return Question(text, options, right, _measured(near, far, capability))


def _measured(near: FineTunePlace, far: FineTunePlace, capability: str) -> str:
    ends = "; ".join(
        f"{short_name(one.checkpoint)}, α = {format_alpha(one.alpha)}, has {percent(one.score)} "
        f"{'in' if np.isnan(one.score) else 'of'} {capability} {'' if np.isnan(one.score) else 'right '}"
        f"and is {'inside' if one.inside else 'outside'}"
        for one in (near, far)
    )
    moral = " The shorter walk left and the longer did not: here it is the direction that decides, not the length."
    return f"{ends} ({percent(near.origin)} at the start).{moral if far.inside and not near.inside else ''}"
