"""The course: seven lessons in order, the result that ships for each, and which other results each can use."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from landscape.bundled.specs import DEMO_BASIN, DEMO_CERTIFICATE, DEMO_PATHS, DEMO_WALK, DEMO_WORST
from landscape.lessons import alike, flat, nested, out, paths, promise, worst
from landscape.lessons.narration import Narration
from landscape.schema.frames import PointSpec
from landscape.schema.results import Result


@dataclass(frozen=True)
class Lesson:
    """A lesson: one idea, and the functions that tell it of a result."""

    name: str  # in addresses; it also selects the figure
    short: str  # title in the row of lessons
    title: str
    shows: PointSpec  # the spec of the result that ships for it
    kinds: tuple[str, ...]  # of the results that may tell it, the best first
    needs: str  # what another result must hold, in words
    choices: Callable[[Result[Any]], list[str]]  # capabilities that it can be told of; empty: it cannot use the result
    narrate: Callable[[Result[Any], str], Narration]


TAKEAWAYS: tuple[str, ...] = (  # shown after the last lesson
    "A **basin** is the ground around a model's weights on which it answers as well as before, give or take τ. "
    "Beyond its edge more is lost: some skills nearly at once, some gradually. How sudden it is has to be measured.",
    "There are **several**, since every skill is lost at an α of its own; and some are **nested**: in most random "
    "directions the same skill is lost first. Towards a fine-tune it can be another.",
    "**Random damage** is mild: random directions end a basin at similar places, and each spends nearly all of itself "
    "where it does no harm.",
    "**Chosen damage** is not: along a direction that was searched for, the same skill ends far nearer. A fine-tune "
    "can go either way, and its length does not tell which.",
    "**Guaranteed** is a score of the model with noise, in every direction, up to a certified distance, except with "
    "a stated probability. It is short, and grows with the noise that the model survives.",
)

_WALKS, _SEARCHES = ("slice", "basin", "worst"), ("basin", "slice", "worst")

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "out", "Walk out", "Walk out of the basin", DEMO_WALK, _WALKS,
        "a slice or a basin search of a capability that the model has", out.choices, out.narrate,
    ),
    Lesson(
        "alike", "All alike", "Most directions are alike", DEMO_BASIN, _SEARCHES,
        "a slice or a basin search with two random directions that leave the basin", alike.choices, alike.narrate,
    ),
    Lesson(
        "nested", "Nested", "Every skill has its own basin", DEMO_BASIN, _SEARCHES,
        "a basin search with two capabilities that end in random directions", nested.choices, nested.narrate,
    ),
    Lesson(
        "flat", "Flat, smooth", "The score is flat where the loss is smooth", DEMO_WALK, _WALKS,
        "a slice or a basin search with losses, along a direction that leaves the basin", flat.choices, flat.narrate,
    ),
    Lesson(
        "needle", "The needle", "The needle", DEMO_WORST, ("worst",),
        "a search for a worst direction, with random directions beside it", worst.choices, worst.narrate,
    ),
    Lesson(
        "paths", "A walk", "Fine-tuning is a walk", DEMO_PATHS, ("plane",),
        "a plane through a fine-tune and a random direction, or through two fine-tunes", paths.choices, paths.narrate,
    ),
    Lesson(
        "promise", "Guaranteed", "What is guaranteed", DEMO_CERTIFICATE, ("certificate",),
        "a certificate, and a fine-tune to compare its reach with", promise.choices, promise.narrate,
    ),
)  # fmt: skip
