"""Questions with four options, made from tables of facts; the wrong options are of the same kind as the right one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

Question = tuple[str, str, list[str]]  # what is asked, the right option, three wrong ones


class Source(Protocol):
    """A table of facts of one tier and domain."""

    @property
    def tier(self) -> str:
        """Whether its questions are easy or hard."""

    @property
    def domain(self) -> str:
        """What they are about."""

    def questions(self, rng: Random) -> Iterator[Question]:
        """Yield its questions."""


@dataclass(frozen=True)
class Matched:
    """Facts as pairs: `{}` in the question is what stands before `=`, the answer what stands behind.

    Wrong options are answers of the same group; groups are separated by `;`.
    """

    tier: str
    domain: str
    question: str
    table: str

    def questions(self, rng: Random) -> Iterator[Question]:
        """Yield one question for each pair."""
        for group in self.table.split(";"):
            pairs = [pair.strip().split("=") for pair in group.split(",")]
            for subject, right in pairs:
                others = sorted({other for _, other in pairs} - {right})
                yield self.question.format(subject), right, rng.sample(others, 3)


@dataclass(frozen=True)
class Ordered:
    """Things with a value, of which the one with the largest (or smallest) is asked for.

    The four are neighbours in their order, and the right one is ahead of the next by `gap` (`ratio`: as a factor).
    """

    tier: str
    domain: str
    question: str
    values: Mapping[str, float]
    count: int
    gap: float
    ratio: bool = False
    largest: bool = True

    def questions(self, rng: Random) -> Iterator[Question]:
        """Yield `count` questions, each with another right option."""
        ahead = sorted(self.values, key=lambda name: self.values[name], reverse=self.largest)
        found: dict[str, list[str]] = {}
        for right in rng.sample(ahead, len(ahead)):
            behind = [name for name in ahead[ahead.index(right) + 1 :] if self._is_clear(right, name)]
            if len(behind) >= 3 and len(found) < self.count:
                found[right] = rng.sample(behind[:6], 3)
        for right, wrong in found.items():
            yield self.question, right, wrong

    def _is_clear(self, right: str, other: str) -> bool:
        high, low = sorted((self.values[right], self.values[other]), reverse=True)
        return high >= low * self.gap if self.ratio else high - low >= self.gap


@dataclass(frozen=True)
class Members:
    """Things that belong to a kind, among others that are close to it and do not."""

    tier: str
    domain: str
    question: str
    right: str
    wrong: str
    count: int

    def questions(self, rng: Random) -> Iterator[Question]:
        """Yield `count` questions, each with another right option."""
        wrong = self.wrong.split(", ")
        for right in rng.sample(self.right.split(", "), self.count):
            yield self.question, right, rng.sample(wrong, 3)


@dataclass(frozen=True)
class Years:
    """Events with their year; the wrong options are years near it, before and after."""

    tier: str
    domain: str
    question: str
    table: Mapping[str, int]
    spread: int  # years between options, at most

    def questions(self, rng: Random) -> Iterator[Question]:
        """Yield one question for each event. The right year is the first, second, third or last equally often."""
        for number, (event, year) in enumerate(self.table.items()):
            earlier = number % 4
            steps = [rng.randint(max(1, self.spread // 3), self.spread) for _ in range(3)]
            before = [year - sum(steps[:k]) for k in range(1, earlier + 1)]
            after = [year + sum(steps[earlier : earlier + k]) for k in range(1, 4 - earlier)]
            yield self.question.format(event), str(year), [str(one) for one in before + after]


@dataclass(frozen=True)
class Asked:
    """Single questions, one a line: the question, the right option and three wrong ones, separated by `|`."""

    tier: str
    domain: str
    lines: str

    def questions(self, rng: Random) -> Iterator[Question]:
        """Yield one question for each line."""
        for line in filter(None, map(str.strip, self.lines.splitlines())):
            question, right, *wrong = line.split("|")
            yield question, right, wrong


def examples_of(sources: list[Source], rng: Random) -> list[dict[str, Any]]:
    """Return the questions of all sources as examples; in each four of a tier, every place is right once."""
    found, places = [], {"easy": 0, "hard": 0}
    for source in sources:
        for question, right, wrong in source.questions(rng):
            options = rng.sample(wrong, 3)
            place = places[source.tier] % 4
            places[source.tier] += 1
            options.insert(place, right)
            found.append(
                {
                    "prompt": f"Question: {question}\nAnswer:",
                    "choices": [f" {option}" for option in options],
                    "answer": place,
                    "tags": [source.tier, source.domain],
                }
            )
    return found
