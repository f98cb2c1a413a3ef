"""Teach with your own model: tell the lessons with a finished run."""

from dataclasses import replace

import streamlit as st

from landscape.lessons.course import LESSONS
from landscape.schema.directions import short_name
from landscape.schema.frames import PointSpec
from landscape.store.store import Store
from landscape.ui.components.links import page_of
from landscape.ui.learn.progress import Progress, go_to


def own_run_picker(store: Store, place: Progress) -> None:
    """Choose a finished run for the lessons, or follow the link to measure what a lesson needs."""
    with st.expander("Teach with your own model", icon=":material/model_training:"):
        runs = {run.id: run for run in store.runs() if run.status == "done" and isinstance(run.spec, PointSpec)}
        labels = {"": "What ships with the program"} | {
            name: f"{run.kind} around {short_name(run.checkpoint)}, run {name}" for name, run in runs.items()
        }
        names = list(labels)
        key = f"own-run-{place.run}"
        current = names.index(place.run) if place.run in labels else 0

        def chosen() -> None:
            go_to(replace(place, run=st.session_state[key]))

        st.selectbox("Tell the lessons of", names, current, labels.__getitem__, key=key, on_change=chosen)
        st.caption("Any finished run can be opened here. A lesson that it cannot tell says so, and shows what ships.")
        st.markdown("What each lesson takes:")
        st.markdown("\n".join(f"{number}. {each.title}: {each.needs}" for number, each in enumerate(LESSONS, 1)))
        page = page_of(LESSONS[place.lesson - 1].shows)
        st.page_link(f"pages/{page}.py", label="Measure that of your own model", icon=":material/play_arrow:")
