"""The walk of a single fine-tune: what holds along the straight line between two models, and as far out sideways.

Which of the two models was made from the other is not known of a plane, so nothing is said of it.
"""

from dataclasses import dataclass
from typing import Any

from landscape.basins.boundaries import Boundary, find_boundary
from landscape.lessons.fine_tune_places import FineTunePlace, fine_tunes_in_plane, scored_in_plane
from landscape.lessons.narration import Narration, Question, bold_name, count_of, format_alpha, percent
from landscape.schema.directions import Towards, seed_of, short_name
from landscape.schema.results import Result

ON_AXIS = 1e-9  # α: a point that is nearer to an axis lies on it


@dataclass(frozen=True)
class StraightLine:
    """One capability on the way from θ₀ to another model, and along the random direction at a right angle to it."""

    end: FineTunePlace
    places: int  # measured from θ₀ to the end, both included
    on_the_way: Boundary  # of those
    sideways: Boundary

    @property
    def sideways_holds(self) -> bool | None:
        """Whether it holds as far out sideways as the other model is; None where no measured points say so."""
        if self.sideways.inside >= self.end.alpha:
            return True
        return False if self.sideways.outside is not None and self.sideways.outside <= self.end.alpha else None


def straight_line(result: Result[Any], capability: str) -> StraightLine | None:
    """What a plane of one model and one random direction says of a capability; None where it is no such plane."""
    first, second = result.spec.directions
    ends = fine_tunes_in_plane(result, capability)
    if not isinstance(first, Towards) or seed_of(second) is None or len(ends) != 1 or ends[0].x <= 0:
        return None
    rows = scored_in_plane(result, capability)
    floor = ends[0].origin - result.spec.tolerance
    way = rows[(rows["y"].abs() < ON_AXIS) & (rows["x"] > -ON_AXIS) & (rows["x"] < ends[0].x + ON_AXIS)]
    side = rows[(rows["x"].abs() < ON_AXIS) & (rows["y"] > -ON_AXIS)]
    if len(side) < 2:
        return None
    return StraightLine(
        ends[0],
        len(way),
        find_boundary(way["x"].abs(), way["score"], floor),
        find_boundary(side["y"].abs(), side["score"], floor),
    )


def narrate(result: Result[Any], capability: str) -> Narration:
    """Narrate the walk of a single fine-tune; raises ValueError of a result that `straight_line` says nothing of."""
    line = straight_line(result, capability)
    if line is None:
        raise ValueError(f"expected a plane of one model and one random direction, got {result.spec.checkpoint}")
    centre, end = result.spec.checkpoint, line.end
    return Narration(
        idea=(
            "Training a model further moves its weights as well. A **fine-tune** is a walk: every update is one small "
            "step.",
            f"The map holds two models exactly, one of which was made from the other: {bold_name(centre)} at the "
            f"centre, and {bold_name(end.checkpoint)} at α = {format_alpha(end.alpha)}, to its right.",
            "Upwards lies a random direction, which no training has chosen.",
        ),
        gist=f"A **fine-tune** is a walk of the weights. {bold_name(end.checkpoint)} lies α = "
        f"{format_alpha(end.alpha)} away from {bold_name(centre)}.",
        question=_question(line, capability),
        finding=f"A map of {capability} around {short_name(centre)}. {_measured(line, capability)}",
        before=f"The straight line from {short_name(centre)} to {short_name(end.checkpoint)}, on an empty map.",
        reading="Bright: all answers right; dark: none. The line is where the basin ends. Strong colour was "
        "measured, pale is read off between. Orange: the straight line to the other model; training itself takes "
        "curves, but only its end is kept.",
    )


def _question(line: StraightLine, capability: str) -> Question:
    name = short_name(line.end.checkpoint)
    options = (
        "At both places",
        f"At {name}, but not sideways",
        f"Sideways, but not at {name}",
        "At neither",
    )
    right = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}
    text = (
        f"Two places lie α = {format_alpha(line.end.alpha)} from the centre: {name}, and one sideways, in a random "
        f"direction. Where does {capability} still hold?"
    )
    short = f"{line.end.standing(capability)}. {_sideways(line)}"
    return Question(
        text, options, right[line.end.inside, bool(line.sideways_holds)], _measured(line, capability), short
    )


def _measured(line: StraightLine, capability: str) -> str:
    moral = ""
    if line.sideways_holds and not line.end.inside:
        moral = " The distance is the same: here it is the direction that decides."
    start = f"({percent(line.end.origin)} at the centre)"
    return f"{line.end.standing(capability)} {start}. {_along(line)} {_sideways(line)}{moral}"


def _along(line: StraightLine) -> str:
    """How far along the straight line it holds, as far as places were measured there, in a sentence."""
    way, places = line.on_the_way, count_of(line.places, "place")
    if line.places == 2:
        return "Between the two nothing was measured on the straight line."
    if way.outside is None:
        return f"On the straight line it holds at all {places} measured, both ends included."
    share = way.outside / line.end.alpha
    gone = f"Of {places} measured on the straight line, the first where it is lost lies {percent(share)} of the way out"
    back = "; at the end it is back" if line.end.inside else ""
    return f"{gone}{back}."


def _sideways(line: StraightLine) -> str:
    """How far the random direction holds, in a sentence."""
    side = line.sideways
    if side.outside is None or side.alpha is None:
        return f"Sideways it holds as far as was measured, to α = {format_alpha(side.inside)}."
    return f"Sideways it ends at α = {format_alpha(side.alpha)}."
