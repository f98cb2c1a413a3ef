"""Learn: seven short lessons about basins, each with a picture to touch and a prediction to make."""

from landscape.ui.components.page_setup import require_app

require_app("learn")

import streamlit as st

from landscape.ui.components.links import share
from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.learn.lecture import other_view, start_at_the_top
from landscape.ui.learn.method_card import method_card
from landscape.ui.learn.own_run import run_picker
from landscape.ui.learn.progress import go_to, progress_from_url
from landscape.ui.learn.view import render_course

place, store = progress_from_url(), get_store()
with show_errors():
    render_course(store, place)
start_at_the_top(place)

if not place.lecture:
    st.button("Lecturer's view", icon=":material/co_present:", key="lecture", on_click=go_to, args=(other_view(place),),
              help="One slide for each lesson, in large type: the key v, too. ← and → lead through it, and Escape "
              "leaves it.")  # fmt: skip
    run_picker(store, place)
    with st.expander("What such pictures cannot show", icon=":material/warning:"):
        method_card()
    share("learn", "Opens this lesson with what was predicted so far.", **place.query)
