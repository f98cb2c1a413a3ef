"""A lesson on the page: its idea, its picture, a prediction, what was measured, and the door to explore further."""

from dataclasses import replace
from typing import Any

import streamlit as st

from landscape.bundled import results
from landscape.lessons.course import LESSONS, TAKEAWAYS, Lesson
from landscape.lessons.narration import Narration, Question
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import PointSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack, page_of
from landscape.ui.components.words import WORDS
from landscape.ui.learn.pictures import PICTURES, Scene
from landscape.ui.learn.progress import Progress, go, step


@st.cache_data(max_entries=64, show_spinner=False)
def _choices(number: int, key: str, _result: Result[Any]) -> list[str]:
    return LESSONS[number - 1].choices(_result)


@st.cache_data(max_entries=128, show_spinner=False)
def _telling(number: int, key: str, capability: str, _result: Result[Any]) -> Narration:
    return LESSONS[number - 1].narrate(_result, capability)


def opened(store: Store, place: Progress) -> Run | None:
    """The finished run that the lessons are told of; says why where there is none."""
    if not place.run:
        return None
    run = store.get_run_or_none(place.run)
    if run is None or run.status != "done" or not isinstance(run.spec, PointSpec):
        st.warning(f"There is no finished run {place.run} here: the lessons show what ships.", icon=":material/info:")
        return None
    return run


def lesson(store: Store, place: Progress) -> None:
    """One lesson, told of the run that is open if that run can tell it, else of what ships."""
    number, run = place.lesson, opened(store, place)
    told = LESSONS[number - 1]
    st.header(f"{number} · {told.title}", anchor=told.name)
    result, key, names = _evidence(store, told, number, run)
    idea = st.container()
    picture, beside = st.columns([3, 2], gap="large")
    capability = names[0]
    if len(names) > 1:
        capability = picture.segmented_control(
            "Skill", names, default=names[0], key=f"learn-{number}-{key}", help=WORDS["capability"], width="content",
            required=True,
        )  # fmt: skip
    telling = _telling(number, key, capability, result)
    idea.markdown(" ".join(telling.idea))
    chosen = place.answers.get(number)
    revealed = chosen is not None and chosen < len(telling.question.options)
    with beside:
        if revealed:
            assert chosen is not None
            _revealed(telling.question, chosen, place)
        else:
            _ask(telling.question, place)
    with picture:
        scene_key = f"learn-{told.name}-{key}-{capability}"
        own = "" if key == "shipped" else key
        scene = Scene(result, capability, telling, revealed, scene_key, own, place.lecture, beside)
        PICTURES[told.name](scene)
    with beside:
        _door(result, own, told)
    if revealed and number == len(LESSONS):
        st.subheader("What you can say now", anchor="takeaways")
        st.markdown("\n".join(f"- {text}" for text in TAKEAWAYS))


def _evidence(store: Store, told: Lesson, number: int, run: Run | None) -> tuple[Result[Any], str, list[str]]:
    """The result, what to cache it under, and the capabilities that the lesson can be told of."""
    if run is not None:
        own = store.result(run.id)
        if names := _choices(number, run.id, own):
            st.caption(f"Told of your run {run.id}, around {short_name(run.checkpoint)}.")
            return own, run.id, names
        st.info(
            f"Run {run.id} cannot tell this lesson: it takes {told.needs}. Below: what ships, around "
            f"{short_name(told.shows.checkpoint)}.",
            icon=":material/info:",
        )
    shipped = results.shipped(told.shows)
    if shipped is None:
        raise OSError("the shipped results are missing: python -m landscape demo build")
    return shipped, "shipped", _choices(number, "shipped", shipped)


def _ask(question: Question, place: Progress) -> None:
    """The options as buttons; pressing one reveals."""
    st.markdown(f"**Predict first.** {question.text}")
    for option, text in enumerate(question.options):
        st.button(
            text, key=f"option-{place.lesson}-{option}", on_click=go, args=(place.answered(option),), width="stretch",
            wrap=True,
        )  # fmt: skip
    st.caption("Choose one: then the rest of the picture is shown.")


def _revealed(question: Question, chosen: int, place: Progress) -> None:
    """What was predicted, what was measured."""
    st.markdown(f"**{question.text}**")
    said = f"You predicted: {question.options[chosen]}."
    if chosen == question.right:
        st.success(f"**{said} So it is.**\n\n{question.reveal}", icon=":material/check_circle:")
    else:
        st.info(
            f"{said} **Measured: {question.options[question.right]}.**\n\n{question.reveal}",
            icon=":material/lightbulb:",
        )
    st.button("Predict again", key=f"again-{place.lesson}", on_click=go, args=(place.answered(None),), type="tertiary")


def _door(result: Result[Any], run: str, told: Lesson) -> None:
    """To the page where the same spec can be explored."""
    spec = result.spec
    query = {"spec": pack(spec)} | ({"run": run} if run else {}) | ({"view": "loss"} if told.name == "flat" else {})
    page = page_of(spec.kind)
    label = f"Explore this yourself on the {page.capitalize()} page"
    st.page_link(f"pages/{page}.py", label=label, icon=":material/arrow_forward:", query_params=query)


def course(place: Progress) -> None:
    """The row of lessons: where one is, what is done."""
    if place.lecture:
        return
    row = st.container(horizontal=True, gap="small")
    for number, each in enumerate(LESSONS, 1):
        done = number in place.answers
        row.button(
            f"{number} {each.short}", key=f"lesson-{number}", on_click=go, args=(place.at(number),),
            type="primary" if number == place.lesson else "secondary", width="content",
            icon=":material/check:" if done else None, help=f"{each.title}{' (done)' if done else ''}",
        )  # fmt: skip


def steps(place: Progress) -> None:
    """Back and on; in the lecturer's view by the arrow keys too."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    keys = ("Left", "Right") if place.lecture else (None, None)
    ends = (1, len(LESSONS)) if not place.lecture else ()  # a key pressed while the next lesson is drawn must count
    row.button(
        "Back", key="back", icon=":material/arrow_back:", on_click=step, args=(-1,),
        disabled=place.lesson in ends[:1], shortcut=keys[0],
    )  # fmt: skip
    row.caption(f"Lesson {place.lesson} of {len(LESSONS)}, {len(place.answers)} predicted")
    row.button(
        "Next", key="next", icon=":material/arrow_forward:", on_click=step, args=(1,),
        disabled=place.lesson in ends[1:], shortcut=keys[1], type="primary",
    )  # fmt: skip


def leave(place: Progress) -> Progress:
    """The same place in the other view."""
    return replace(place, lecture=not place.lecture)
