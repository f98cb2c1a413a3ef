"""A lesson on the page: its idea, its picture, a prediction, what was measured, and a link to explore further."""

from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.lessons.course import LESSONS, TAKEAWAYS, Lesson
from landscape.lessons.narration import Narration, Question
from landscape.outside.text import markdown
from landscape.schema.results import Result
from landscape.ui.components.links import pack, page_of
from landscape.ui.components.words import WORDS
from landscape.ui.learn.pictures import PICTURES, Scene
from landscape.ui.learn.progress import Progress, go_to, step
from landscape.ui.learn.telling import Told

_TITLES = {"slice": "Slice", "basin": "Basins", "plane": "Plane", "worst": "Worst case", "guarantee": "Guarantee"}


@st.cache_data(max_entries=128, show_spinner=False)
def _narration(number: int, key: str, capability: str, _result: Result[Any]) -> Narration:
    return LESSONS[number - 1].narrate(_result, capability)


@dataclass(frozen=True)
class Shown:
    """A lesson as it is shown: what tells it, of which capability, and what was predicted."""

    place: Progress
    told: Told
    capability: str
    narration: Narration
    chosen: int | None  # the option that was predicted

    @property
    def lesson(self) -> Lesson:
        """The lesson."""
        return LESSONS[self.place.lesson - 1]

    def picture(self, controls: DeltaGenerator, beside: DeltaGenerator) -> None:
        """Draw the picture here, its widgets into `controls`, and what belongs beside it into `beside`."""
        key = f"learn-{self.lesson.name}-{self.told.key}-{self.capability}"
        revealed, large = self.chosen is not None, self.place.lecture
        scene = Scene(
            self.told.result, self.capability, self.narration, revealed, key, self.told.run, large, controls, beside
        )
        PICTURES[self.lesson.name](scene)


def settle_lesson(place: Progress, told: Told, controls: DeltaGenerator) -> Shown:
    """What a lesson shows, of the skill that is chosen in `controls`."""
    number, capability = place.lesson, told.names[0]
    if len(told.names) > 1:
        capability = controls.segmented_control(
            "Skill", told.names, default=told.names[0], key=f"learn-{number}-{told.key}", help=WORDS["capability"],
            width="content", required=True, format_func=markdown,
        )  # fmt: skip
    narration = _narration(number, told.key, capability, told.result)
    chosen = place.answers.get(number)
    known = chosen if chosen is not None and chosen < len(narration.question.options) else None
    return Shown(place, told, capability, narration, known)


def render_lesson(place: Progress, told: Told) -> None:
    """Render a lesson for a reader."""
    idea = st.container()
    picture, beside = st.columns([3, 2], gap="large")
    controls = picture.container()
    shown = settle_lesson(place, told, controls)
    idea.markdown(" ".join(shown.narration.idea))
    with beside:
        if shown.chosen is None:
            st.markdown(f"**Predict first.** {markdown(shown.narration.question.text)}")
            option_buttons(shown)
            st.caption("Choose one: then the rest of the picture is shown.")
        else:
            _show_reveal(shown.narration.question, shown.chosen, place)
    with picture:
        shown.picture(controls, beside)
    with beside:
        _explore_link(shown)
    if shown.chosen is not None and place.lesson == len(LESSONS):
        st.subheader("What you can say now", anchor="takeaways")
        takeaways()


def takeaways() -> None:
    """What was learned, in a few sentences."""
    st.markdown("\n".join(f"- {text}" for text in TAKEAWAYS))


def option_buttons(shown: Shown) -> None:
    """The options of the question as buttons; pressing one reveals the answer."""
    for option, text in enumerate(shown.narration.question.options):
        st.button(
            markdown(text), key=f"option-{shown.place.lesson}-{option}", on_click=go_to,
            args=(shown.place.answered(option),), width="stretch", wrap=True,
        )  # fmt: skip


def _show_reveal(question: Question, chosen: int, place: Progress) -> None:
    """What the reader predicted, and what was measured."""
    st.markdown(f"**{markdown(question.text)}**")
    said = f"You predicted: {markdown(question.options[chosen])}."
    if chosen == question.right:
        st.success(f"**{said} So it is.**\n\n{markdown(question.reveal)}", icon=":material/check_circle:")
    else:
        st.info(
            f"{said} **Measured: {markdown(question.options[question.right])}.**\n\n{markdown(question.reveal)}",
            icon=":material/lightbulb:",
        )
    st.button(
        "Predict again", key=f"again-{place.lesson}", on_click=go_to, args=(place.answered(None),), type="tertiary"
    )


def _explore_link(shown: Shown) -> None:
    """The link to the page where the same spec can be explored."""
    spec, run = shown.told.result.spec, shown.told.run
    view = {"view": "loss"} if shown.lesson.name == "flat" else {}
    query = {"spec": pack(spec)} | ({"run": run} if run else {}) | view
    page = page_of(spec)
    label = f"Explore this yourself on the page {_TITLES[page]}"
    st.page_link(f"pages/{page}.py", label=label, icon=":material/arrow_forward:", query_params=query)


def lesson_buttons(place: Progress) -> None:
    """A button for each lesson, which marks where the reader is and what is done."""
    row = st.container(horizontal=True, gap="small")
    for number, each in enumerate(LESSONS, 1):
        done = number in place.answers
        row.button(
            f"{number} {each.short}", key=f"lesson-{number}", on_click=go_to, args=(place.at(number),),
            type="primary" if number == place.lesson else "secondary", width="content",
            icon=":material/check:" if done else None, help=f"{each.title}{' (done)' if done else ''}",
        )  # fmt: skip


def step_buttons(place: Progress) -> None:
    """The buttons to the previous and the next lesson."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    row.button("Back", key="back", icon=":material/arrow_back:", on_click=step, args=(-1,), disabled=place.lesson == 1)
    row.caption(f"Lesson {place.lesson} of {len(LESSONS)}, {len(place.answers)} predicted")
    row.button(
        "Next", key="next", icon=":material/arrow_forward:", on_click=step, args=(1,),
        disabled=place.lesson == len(LESSONS), type="primary",
    )  # fmt: skip
