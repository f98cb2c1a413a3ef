"""Questions with four options, of nine domains. Wrong options of the hard ones are near the right one."""

from random import Random
from typing import Any

from landscape.starter.facts import nature, people, world
from landscape.starter.facts.questions import examples_of


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the questions with their options, the right one at every place equally often."""
    return examples_of([*world.SOURCES, *nature.SOURCES, *people.SOURCES], rng)
