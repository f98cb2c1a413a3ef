"""Tell the lessons with one finished run: the run that an address names, and the picker that names it."""

from dataclasses import replace

import streamlit as st

from landscape.lessons.course import LESSONS
from landscape.outside.text import markdown
from landscape.schema.directions import short_name
from landscape.schema.frames import PointSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.learn.progress import Progress, go_to


def run_picker(store: Store, place: Progress) -> None:
    """Choose a finished run for the lessons."""
    with st.expander("Tell the lessons of one finished run", icon=":material/model_training:"):
        runs = {run.id: run for run in store.runs() if run.status == "done" and isinstance(run.spec, PointSpec)}
        labels = {"": "No run: whatever was measured of the pair"} | {
            name: f"{run.kind} around {short_name(run.checkpoint)}, run {name}" for name, run in runs.items()
        }
        names = list(labels)
        key = f"own-run-{place.run}"
        current = names.index(place.run) if place.run in labels else 0

        def chosen() -> None:
            go_to(replace(place, run=st.session_state[key]))

        st.selectbox("Run", names, current, labels.__getitem__, key=key, on_change=chosen)
        st.caption("A lesson that lacks something in this run says what, and is told of the pair.")
        st.markdown("What each lesson needs:")
        st.markdown("\n".join(f"{number}. {each.title}: {each.needs}" for number, each in enumerate(LESSONS, 1)))


def finished_run(store: Store, place: Progress) -> Run | None:
    """The finished run that the lessons should use, if the URL names one; a warning where there is no such run."""
    if not place.run:
        return None
    run = store.get_run_or_none(place.run)
    if run is None or run.status != "done" or not isinstance(run.spec, PointSpec):
        st.warning(f"There is no finished run {markdown(place.run)} here.", icon=":material/info:")
        return None
    return run
