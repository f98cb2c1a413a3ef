"""Learn: seven short lessons about basins, each with a picture to touch and a prediction to make."""

from landscape.ui.frame import guard

guard("learn")

import streamlit as st  # noqa: E402

from landscape import bundled  # noqa: E402
from landscape.lessons.card import card  # noqa: E402
from landscape.ui import learn  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402
from landscape.ui.lecture import large, legible  # noqa: E402
from landscape.ui.links import share  # noqa: E402
from landscape.ui.own_run import own_run  # noqa: E402
from landscape.ui.progress import go, progress  # noqa: E402

place, store = progress(), the_store()
legible()
if place.lecture:
    large()
learn.course(place)
load_library()
with explained():
    learn.lesson(store, place)
learn.steps(place)

if not place.lecture:
    st.button("Lecturer's view", icon=":material/co_present:", on_click=go, args=(learn.leave(place),),
              help="Large type, nothing beside the lesson; ← and → go through it.")  # fmt: skip
    own_run(store, place)
    with st.expander("What such pictures cannot show", icon=":material/warning:"):
        facts = bundled.shipped(bundled.DEMO_WALK)
        for heading, text in card(facts.facts.parameters if facts and facts.facts else 0).items():
            st.markdown(f"**{heading}.** {text}")
    share("learn", "Opens this lesson with what was predicted so far.", **place.query)
else:
    st.button("Leave the lecturer's view", on_click=go, args=(learn.leave(place),), type="tertiary")
