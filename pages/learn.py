"""Learn: seven short lessons about basins, each with a picture to touch and a prediction to make."""

from landscape.ui.components.page_setup import require_app

require_app("learn")

import streamlit as st

from landscape.ui.components.links import share
from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.learn import lesson
from landscape.ui.learn.lecture import use_lecture_type
from landscape.ui.learn.method_card import method_card
from landscape.ui.learn.own_run import own_run_picker
from landscape.ui.learn.progress import go_to, progress_from_url

place, store = progress_from_url(), get_store()
if place.lecture:
    use_lecture_type()
lesson.lesson_buttons(place)
with show_errors():
    lesson.render_lesson(store, place)
lesson.step_buttons(place)

if not place.lecture:
    st.button("Lecturer's view", icon=":material/co_present:", on_click=go_to, args=(lesson.other_view(place),),
              help="Large type, nothing beside the lesson; ← and → go through it.")  # fmt: skip
    own_run_picker(store, place)
    with st.expander("What such pictures cannot show", icon=":material/warning:"):
        method_card()
    share("learn", "Opens this lesson with what was predicted so far.", **place.query)
else:
    st.button("Leave the lecturer's view", on_click=go_to, args=(lesson.other_view(place),), type="tertiary")
