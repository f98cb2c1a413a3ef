"""A lesson on the page: its idea, its picture, a prediction, what was measured, and a link to explore further."""

from dataclasses import replace
from typing import Any

import streamlit as st

from landscape.bundled import results
from landscape.lessons.course import LESSONS, TAKEAWAYS, Lesson
from landscape.lessons.narration import Narration, Question
from landscape.outside.text import markdown
from landscape.schema.directions import short_name
from landscape.schema.frames import PointSpec
from landscape.schema.results import Result
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack, page_of
from landscape.ui.components.words import WORDS
from landscape.ui.learn.pictures import PICTURES, Scene
from landscape.ui.learn.progress import Progress, go_to, step


@st.cache_data(max_entries=64, show_spinner=False)
def _choices(number: int, key: str, _result: Result[Any]) -> list[str]:
    return LESSONS[number - 1].choices(_result)


@st.cache_data(max_entries=128, show_spinner=False)
def _narration(number: int, key: str, capability: str, _result: Result[Any]) -> Narration:
    return LESSONS[number - 1].narrate(_result, capability)


def _finished_run(store: Store, place: Progress) -> Run | None:
    """The finished run that the lessons should use, if the URL names one; a warning where there is no such run."""
    if not place.run:
        return None
    run = store.get_run_or_none(place.run)
    if run is None or run.status != "done" or not isinstance(run.spec, PointSpec):
        st.warning(
            f"There is no finished run {markdown(place.run)} here: the lessons show what ships.", icon=":material/info:"
        )
        return None
    return run


def render_lesson(store: Store, place: Progress) -> None:
    """Render a lesson, told with the run in the URL if that run has what the lesson needs, else with what ships."""
    number, run = place.lesson, _finished_run(store, place)
    lesson = LESSONS[number - 1]
    st.header(f"{number} · {lesson.title}", anchor=lesson.name)
    result, key, names = _result_to_tell(store, lesson, number, run)
    idea = st.container()
    picture, beside = st.columns([3, 2], gap="large")
    capability = names[0]
    if len(names) > 1:
        capability = picture.segmented_control(
            "Skill", names, default=names[0], key=f"learn-{number}-{key}", help=WORDS["capability"], width="content",
            required=True, format_func=markdown,
        )  # fmt: skip
    narration = _narration(number, key, capability, result)
    idea.markdown(" ".join(narration.idea))
    chosen = place.answers.get(number)
    revealed = chosen is not None and chosen < len(narration.question.options)
    with beside:
        if revealed:
            assert chosen is not None
            _show_reveal(narration.question, chosen, place)
        else:
            _ask_for_prediction(narration.question, place)
    with picture:
        scene_key = f"learn-{lesson.name}-{key}-{capability}"
        own = "" if key == "shipped" else key
        scene = Scene(result, capability, narration, revealed, scene_key, own, place.lecture, beside)
        PICTURES[lesson.name](scene)
    with beside:
        _explore_link(result, own, lesson)
    if revealed and number == len(LESSONS):
        st.subheader("What you can say now", anchor="takeaways")
        st.markdown("\n".join(f"- {text}" for text in TAKEAWAYS))


def _result_to_tell(store: Store, lesson: Lesson, number: int, run: Run | None) -> tuple[Result[Any], str, list[str]]:
    """The result to tell a lesson with, the key to cache it under, and the capabilities that the lesson may use."""
    if run is not None:
        own = store.result(run.id)
        if names := _choices(number, run.id, own):
            st.caption(f"Told of your run {run.id}, around {markdown(short_name(run.checkpoint))}.")
            return own, run.id, names
        st.info(
            f"Run {run.id} cannot tell this lesson: it takes {lesson.needs}. Below: what ships, around "
            f"{short_name(lesson.shows.checkpoint)}.",
            icon=":material/info:",
        )
    shipped = results.shipped(lesson.shows)
    if shipped is None:
        raise OSError("the shipped results are missing: python -m landscape demo build")
    return shipped, "shipped", _choices(number, "shipped", shipped)


def _ask_for_prediction(question: Question, place: Progress) -> None:
    """The question with its options as buttons; pressing one reveals the answer."""
    st.markdown(f"**Predict first.** {markdown(question.text)}")
    for option, text in enumerate(question.options):
        st.button(
            markdown(text), key=f"option-{place.lesson}-{option}", on_click=go_to, args=(place.answered(option),),
            width="stretch", wrap=True,
        )  # fmt: skip
    st.caption("Choose one: then the rest of the picture is shown.")


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


def _explore_link(result: Result[Any], run: str, lesson: Lesson) -> None:
    """The link to the page where the same spec can be explored."""
    spec = result.spec
    query = {"spec": pack(spec)} | ({"run": run} if run else {}) | ({"view": "loss"} if lesson.name == "flat" else {})
    page = page_of(spec)
    label = f"Explore this yourself on the {page.capitalize()} page"
    st.page_link(f"pages/{page}.py", label=label, icon=":material/arrow_forward:", query_params=query)


def lesson_buttons(place: Progress) -> None:
    """A button for each lesson, which marks where the reader is and what is done."""
    if place.lecture:
        return
    row = st.container(horizontal=True, gap="small")
    for number, each in enumerate(LESSONS, 1):
        done = number in place.answers
        row.button(
            f"{number} {each.short}", key=f"lesson-{number}", on_click=go_to, args=(place.at(number),),
            type="primary" if number == place.lesson else "secondary", width="content",
            icon=":material/check:" if done else None, help=f"{each.title}{' (done)' if done else ''}",
        )  # fmt: skip


def step_buttons(place: Progress) -> None:
    """The buttons to the previous and the next lesson; in the lecturer's view the arrow keys work too."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    keys = ("Left", "Right") if place.lecture else (None, None)
    ends = (
        (1, len(LESSONS)) if not place.lecture else ()
    )  # a disabled button would lose a key that is pressed while the next lesson is drawn
    row.button(
        "Back", key="back", icon=":material/arrow_back:", on_click=step, args=(-1,),
        disabled=place.lesson in ends[:1], shortcut=keys[0],
    )  # fmt: skip
    row.caption(f"Lesson {place.lesson} of {len(LESSONS)}, {len(place.answers)} predicted")
    row.button(
        "Next", key="next", icon=":material/arrow_forward:", on_click=step, args=(1,),
        disabled=place.lesson in ends[1:], shortcut=keys[1], type="primary",
    )  # fmt: skip


def other_view(place: Progress) -> Progress:
    """The same progress in the other view: the lecturer's, or the reader's."""
    return replace(place, lecture=not place.lecture)
