"""The course: seven lessons in their order, what ships for each, and which results can be told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from landscape.bundled import DEMO_BASIN, DEMO_CERTIFICATE, DEMO_PATHS, DEMO_WALK, DEMO_WORST
from landscape.lessons import alike, flat, needle, nested, out, paths, promise
from landscape.lessons.telling import Telling
from landscape.results import Result
from landscape.specs import Measurable


@dataclass(frozen=True)
class Lesson:
    """One idea."""

    name: str  # of its picture and its address
    short: str  # in the row of lessons
    title: str
    shows: Measurable  # the spec of what ships for it
    needs: str  # what a result must hold to be told
    choices: Callable[[Result[Any]], list[str]]  # the capabilities it can be told of; none: it cannot
    tell: Callable[[Result[Any], str], Telling]


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "out", "Walk out", "Walk out of the basin", DEMO_WALK,
        "a slice or a basin search with a capability to lose", out.choices, out.tell,
    ),
    Lesson(
        "alike", "All alike", "Most directions are alike", DEMO_BASIN,
        "a slice or a basin search with two random directions that leave the basin", alike.choices, alike.tell,
    ),
    Lesson(
        "nested", "Nested", "Every skill has its own basin", DEMO_BASIN,
        "a basin search with two capabilities that end in random directions", nested.choices, nested.tell,
    ),
    Lesson(
        "flat", "Flat, smooth", "The score is flat where the loss is smooth", DEMO_WALK,
        "a slice or a basin search with losses, along a direction that leaves the basin", flat.choices, flat.tell,
    ),
    Lesson(
        "needle", "The needle", "The needle", DEMO_WORST,
        "a search for a worst direction, with random directions beside it", needle.choices, needle.tell,
    ),
    Lesson(
        "paths", "A walk", "Fine-tuning is a walk", DEMO_PATHS,
        "a plane through two fine-tunes", paths.choices, paths.tell,
    ),
    Lesson(
        "promise", "Guaranteed", "What is guaranteed", DEMO_CERTIFICATE,
        "a certificate with a fine-tune to hold it against", promise.choices, promise.tell,
    ),
)  # fmt: skip
