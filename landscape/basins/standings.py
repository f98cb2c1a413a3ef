"""Where a capability stands at θ₀: whether there is anything to lose, and whether a gain could be seen. No model.

A standing is one of the score, also where a result is read by loss: a loss can rise from anywhere, but the rise is no
loss of an ability where the score is that of guessing.
"""

from dataclasses import dataclass
from typing import Any

from landscape.basins.inside import can_lose, has_basin
from landscape.intervals import independent, wilson
from landscape.schema.capability_names import name_of
from landscape.schema.directions import join_words
from landscape.schema.frames import TOLERANCE
from landscape.schema.numbers import number
from landscape.schema.results import Result

NOTHING = "nothing to lose here"
CEILING = 0.9995  # an upper end of the interval that is written as 1.000


@dataclass(frozen=True)
class Standing:
    """The score of one capability at θ₀, against guessing and against τ."""

    score: float
    n: int  # examples
    counted: float  # as how many independent ones they count
    chance: float  # what guessing scores
    tolerance: float = TOLERANCE

    @property
    def held(self) -> bool:
        """Whether there is something to lose: the score is shown to be above chance, by more than τ."""
        return can_lose(self.score, self.counted, self.chance, self.tolerance)

    @property
    def unsure(self) -> bool:
        """Whether there is nothing to lose as far as these examples tell, and more of them may tell otherwise."""
        return not self.held and has_basin(self.score, self.chance, self.tolerance)

    @property
    def open(self) -> bool:
        """Whether more examples could show that there is something to lose: the interval's upper end has it."""
        return not self.held and has_basin(wilson(self.score, self.counted)[1], self.chance, self.tolerance)

    @property
    def above_chance(self) -> bool:
        """Whether the score is shown to be above what guessing scores."""
        return self.score > 0 and wilson(self.score, self.counted)[0] > self.chance

    @property
    def nothing(self) -> str:
        """`nothing to lose here: 0.27 of 300, chance is 0.25`; "" where there is something to lose."""
        return "" if self.held else f"{NOTHING}: {self._reason}"

    @property
    def _reason(self) -> str:
        if self.score <= 0:
            guessed = f", chance is {number(self.chance)}" if self.chance > 0 else ""
            return f"none of {self.n:,} {'examples' if self.n != 1 else 'example'} is answered{guessed}"
        said = f"{number(self.score)} of {self.n:,}"
        if self.chance <= 0:
            return f"{said}, no more than the drop of {self.tolerance:g} that counts as lost"
        if self.above_chance:
            return f"{said}, no more than {self.tolerance:g} above chance, {number(self.chance)}"
        return f"{said}, chance is {number(self.chance)}{'; more examples may tell' if self.unsure else ''}"

    @property
    def ceiling(self) -> str:
        """What the score cannot show because no example, or next to none, is left to gain; "" where some are."""
        if wilson(self.score, self.counted)[1] < CEILING:
            return ""
        missed = round((1 - self.score) * self.n)
        answered = "every example is answered" if not missed else f"all but {missed:,} of {self.n:,} are answered"
        return f"at the ceiling: {answered}; harder examples would show more"


def standing_of(result: Result[Any], capability: str, tolerance: float = TOLERANCE) -> Standing | None:
    """The standing of a capability in a result; None where it has no score at θ₀ (yet)."""
    scored = result.by_score or result
    if scored.not_finite_at_origin(capability) or scored.has_loss_alone(capability):
        return None
    try:
        origin = scored.row_at_origin(capability)
    except IndexError:
        return None
    known = int(origin["n"]), counted_of(scored, capability), scored.chance_of(capability)
    return Standing(float(origin["score"]), *known, tolerance)


def has_something_to_lose(result: Result[Any], capability: str, score: float, tolerance: float) -> bool:
    """Whether a score at θ₀ can be lost, as the result is read: by score or, with a minus sign, by loss."""
    return can_lose(score, counted_of(result, capability), result.chance_of(capability), tolerance)


def counted_of(result: Result[Any], capability: str) -> float:
    """As how many independent examples those of a capability at θ₀ count."""
    return independent(result.requests_of(capability), int(result.row_at_origin(capability)["n"]))


def limits_of(result: Result[Any], capability: str) -> list[str]:
    """What the score itself limits: read by loss, that there is nothing to lose by score; that it is at the ceiling."""
    standing = standing_of(result, capability, result.spec.tolerance)
    if standing is None:
        return []
    return [nothing_note(standing, by_loss=True) if result.by_loss else "", standing.ceiling]


def standing_notes(result: Result[Any], tolerance: float = TOLERANCE) -> list[str]:
    """A sentence for each capability with nothing to lose, and for those at the ceiling, in the order of the spec.

    `tolerance`: of the score. A result that is read by loss has that of its search.
    """
    names = map(name_of, result.spec.capabilities)
    tolerance = getattr(result.spec, "tolerance", TOLERANCE) if result.by_loss else tolerance
    found = {name: standing for name in names if (standing := standing_of(result, name, tolerance)) is not None}
    lacking = _named({name: nothing_note(one, by_loss=result.by_loss) for name, one in found.items()})
    return [*lacking, *_named({name: one.ceiling for name, one in found.items()})]


def nothing_note(standing: Standing, *, by_loss: bool) -> str:
    """Why there is nothing to lose; read by loss, what its rise says all the same. "" where there is something."""
    if not by_loss or standing.held:
        return standing.nothing
    return f"by score {standing.nothing}. Its loss can still rise, which is then no loss of an ability"


def _named(texts: dict[str, str]) -> list[str]:
    """Sentences that begin with the names that they are true of; "" is true of none."""
    said: dict[str, list[str]] = {}
    for name, text in texts.items():
        said.setdefault(text, []).append(name)
    return [f"{join_words(names)}: {text}." for text, names in said.items() if text]
