"""The page Learn: whose landscape is told, what is missing for it, and the lesson."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from landscape.bundled.pair_specs import DEMO_PAIR
from landscape.bundled.pairs import Pair
from landscape.lessons.course import LESSONS, Lesson
from landscape.outside.text import markdown
from landscape.schema.directions import short_name
from landscape.store.store import Store
from landscape.ui.learn.lecture import render_slide
from landscape.ui.learn.lesson import lesson_buttons, render_lesson, step_buttons
from landscape.ui.learn.measuring import measuring
from landscape.ui.learn.own_run import finished_run
from landscape.ui.learn.progress import Progress, go_to
from landscape.ui.learn.telling import Told, pairs_to_tell, told_of_pair, told_of_run
from landscape.ui.pair.current import current_pair


def render_course(store: Store, place: Progress) -> None:
    """Render the lesson, or the slide, where the reader is."""
    choices = pairs_to_tell(current_pair())
    of = place.of if place.of in choices else ""
    pair = choices[of]
    if place.lecture:
        if place.lesson > len(LESSONS):
            render_slide(place, None, "")
            return
        told, note = _tell(store, place, pair, told_of_pair(store, LESSONS[place.lesson - 1], pair))
        render_slide(place, told, note)
        return
    lesson_buttons(place)
    lesson = LESSONS[place.lesson - 1]
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row.header(f"{place.lesson} · {lesson.title}", anchor=lesson.name, width="content")
    if len(choices) > 1:
        _choose_pair(row, place, choices, of)
    by_lesson: dict[str, Told | None] = {lesson.name: told_of_pair(store, lesson, pair)}
    if not of and pair.names != DEMO_PAIR.names:
        by_lesson |= {each.name: told_of_pair(store, each, pair) for each in LESSONS if each != lesson}
        measuring(store, pair, by_lesson)
    told, note = _tell(store, place, pair, by_lesson[lesson.name])
    if note:
        st.caption(f":material/info: {note}")
    render_lesson(place, told)
    step_buttons(place)


def _choose_pair(row: st.delta_generator.DeltaGenerator, place: Progress, choices: Mapping[str, Pair], of: str) -> None:
    """Whose landscape the lessons are told of."""
    key = f"landscape-of-{'-'.join(choices)}-{of}"
    labels = {name: markdown(pair.text) for name, pair in choices.items()}

    def chosen() -> None:
        go_to(replace(place, of=st.session_state[key], run=""))

    row.segmented_control(
        "Landscape of", list(choices), default=of, key=key, width="content", required=True, on_change=chosen,
        format_func=labels.__getitem__, label_visibility="collapsed",
        help="Whose landscape the lessons show: that of your pair, of the demo models, or of a real model.",
    )  # fmt: skip


def _tell(store: Store, place: Progress, pair: Pair, told: Told | None) -> tuple[Told, str]:
    """What tells a lesson: the run in the address, else the pair, else the demo pair; and a sentence that says so."""
    lesson, said = LESSONS[place.lesson - 1], []
    if (run := finished_run(store, place)) is not None:
        if (own := told_of_run(store, lesson, run)) is not None:
            return own, f"This lesson shows run {run.id}, around {markdown(short_name(run.checkpoint))}."
        said = [f"Run {run.id} does not have what this lesson needs: {lesson.needs}."]
    if told is not None:
        return told, " ".join([*said, f"It shows {markdown(pair.text)}."] if said else said)
    said.append(f"This lesson cannot be told of {markdown(pair.text)} yet: it shows the demo models instead.")
    return _demo(store, lesson), " ".join(said)


def _demo(store: Store, lesson: Lesson) -> Told:
    told = told_of_pair(store, lesson, DEMO_PAIR)
    if told is None:
        raise OSError("the shipped results are missing: python -m landscape demo build")
    return told
