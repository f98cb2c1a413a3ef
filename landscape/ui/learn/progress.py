"""Where a reader is in the course: lesson, predictions, view, and whose landscape. The URL holds all of it."""

import re
from dataclasses import dataclass, field, replace

import streamlit as st

from landscape.lessons.course import LESSONS

_ANSWER = re.compile(r"([1-9])([a-z])")


@dataclass(frozen=True)
class Progress:
    """What the URL of the Learn page says; parameters that are not valid are ignored."""

    lesson: int = 1
    answers: dict[int, int] = field(default_factory=dict)  # lesson → the option that was chosen
    lecture: bool = False
    run: str = ""  # id of a finished run to tell the lessons with, where it can
    of: str = ""  # whose landscape is told: `telling.pairs_to_tell`; empty: the reader's own pair

    @property
    def query(self) -> dict[str, str]:
        """As parameters of the URL."""
        answers = "".join(f"{lesson}{chr(ord('a') + option)}" for lesson, option in sorted(self.answers.items()))
        optional = {"answers": answers, "lecture": "1" if self.lecture else ""}
        optional |= {"run": self.run, "of": self.of}
        return {"lesson": str(self.lesson)} | {name: value for name, value in optional.items() if value}

    def at(self, lesson: int) -> "Progress":
        """The same progress at another lesson, which is clipped to the first and the last.

        A lecture ends with a page more: what can be said now.
        """
        return replace(self, lesson=min(max(lesson, 1), len(LESSONS) + self.lecture))

    def answered(self, option: int | None) -> "Progress":
        """With a prediction for this lesson; None removes it."""
        others = {lesson: chosen for lesson, chosen in self.answers.items() if lesson != self.lesson}
        return replace(self, answers=others if option is None else others | {self.lesson: option})


def progress_from_url() -> Progress:
    """The progress that the URL holds now."""
    query = st.query_params
    try:
        lesson = int(query.get("lesson", "1"))
    except ValueError:
        lesson = 1
    answers = {int(number): ord(option) - ord("a") for number, option in _ANSWER.findall(query.get("answers", ""))}
    known = {number: option for number, option in answers.items() if number <= len(LESSONS)}
    lecture = query.get("lecture", "") in ("1", "true")
    return Progress(answers=known, lecture=lecture, run=query.get("run", ""), of=query.get("of", "")).at(lesson)


def step(by: int) -> None:
    """Go that many lessons on from the one in the URL, since keys may be pressed faster than the page is drawn."""
    now = progress_from_url()
    go_to(now.at(now.lesson + by))


def go_to(to: Progress) -> None:
    """Write the progress to the URL; for callbacks of buttons."""
    st.query_params.from_dict(to.query)
