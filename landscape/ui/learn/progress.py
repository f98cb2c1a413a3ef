"""Where a reader is in the course: the lesson, what was predicted, the lecturer's view, the run. All in the address."""

import re
from dataclasses import dataclass, field, replace

import streamlit as st

from landscape.lessons.course import LESSONS

_ANSWER = re.compile(r"([1-9])([a-z])")


@dataclass(frozen=True)
class Progress:
    """What the address of the Learn page says; whatever it says wrongly is left out."""

    lesson: int = 1
    answers: dict[int, int] = field(default_factory=dict)  # lesson → the option that was chosen
    lecture: bool = False
    run: str = ""  # a finished run that the lessons are told of; empty: what ships

    @property
    def query(self) -> dict[str, str]:
        """As the address holds it."""
        answers = "".join(f"{lesson}{chr(ord('a') + option)}" for lesson, option in sorted(self.answers.items()))
        optional = {"answers": answers, "lecture": "1" if self.lecture else "", "run": self.run}
        return {"lesson": str(self.lesson)} | {name: value for name, value in optional.items() if value}

    def at(self, lesson: int) -> "Progress":
        """The same reader at another lesson; there is none before the first or after the last."""
        return replace(self, lesson=min(max(lesson, 1), len(LESSONS)))

    def answered(self, option: int | None) -> "Progress":
        """With this lesson's prediction, or (None) without it."""
        others = {lesson: chosen for lesson, chosen in self.answers.items() if lesson != self.lesson}
        return replace(self, answers=others if option is None else others | {self.lesson: option})


def progress_from_url() -> Progress:
    """What the address says now."""
    query = st.query_params
    try:
        lesson = int(query.get("lesson", "1"))
    except ValueError:
        lesson = 1
    answers = {int(number): ord(option) - ord("a") for number, option in _ANSWER.findall(query.get("answers", ""))}
    known = {number: option for number, option in answers.items() if number <= len(LESSONS)}
    lecture = query.get("lecture", "") in ("1", "true")
    return Progress(answers=known, lecture=lecture, run=query.get("run", "")).at(lesson)


def step(by: int) -> None:
    """To a neighbour of the lesson that the address names now: keys may be pressed faster than a page is drawn."""
    now = progress_from_url()
    go_to(now.at(now.lesson + by))


def go_to(to: Progress) -> None:
    """Write the address; for callbacks of buttons."""
    st.query_params.from_dict(to.query)
