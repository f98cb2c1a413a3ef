"""Home: what this is, the demo picture, three doors."""

from landscape.ui.components.page_setup import require_app

require_app("home")

import streamlit as st

from landscape.bundled.real_specs import REAL_SLICES
from landscape.bundled.results import shipped
from landscape.bundled.specs import DEMO_SPEC
from landscape.ui.components.links import pack
from landscape.ui.slices.view import render

st.header("What does fine-tuning do to a language model?")
st.markdown(
    "A language model sits in a **basin** of its loss landscape: move its weights a little and it answers almost as "
    "well as before; move them farther and it loses one capability after the other, some gradually, some nearly at "
    "once. A fine-tune is one such move. Here you load two checkpoints and see how far each capability holds, in "
    "random directions and towards the fine-tune."
)
PAIRS = {  # what the picture can show → (spec, what it is)
    "The demo pair": (
        DEMO_SPEC,
        "Two of the bundled demo models, measured beforehand. Read from left to right: the weights move away from the "
        "pre-trained base (α = 0). In random directions: how far a capability holds before the model forgets it (the "
        "base knows only basic; the others lie at 0). Towards the assistant, and past it: at the dashed line stands "
        "the fine-tuned assistant itself.",
    ),
    "A real model": (
        REAL_SLICES[0],
        "SmolLM2-135M-Instruct, measured beforehand, in random directions and towards a fine-tune of it on sums, which "
        "stands at the dashed line.",
    ),
}
there = [name for name, (spec, _) in PAIRS.items() if shipped(spec) is not None]
chosen = there[0] if there else ""
if len(there) > 1:
    chosen = st.segmented_control("Picture", there, default=chosen, required=True, width="content")
if chosen and (result := shipped(PAIRS[chosen][0])) is not None:
    render(result, key=f"home-{chosen}")
    st.caption(PAIRS[chosen][1])

explore, teach, inspect = st.columns(3)
with explore, st.container(border=True):
    st.page_link("pages/slice.py", label="**Explore**", icon=":material/show_chart:")
    st.write("Measure a slice of your own, live: any checkpoint, direction and capability.")
    row = st.container(horizontal=True)
    row.page_link("pages/basin.py", label="Basins", icon=":material/adjust:")
    row.page_link("pages/worst.py", label="Worst directions found", icon=":material/near_me:")
    row.page_link("pages/plane.py", label="A map to click", icon=":material/map:")
with teach, st.container(border=True):
    st.page_link("pages/learn.py", label="**Teach**", icon=":material/school:")
    st.write("What is a basin? Seven short lessons with a picture to touch each; also for a lecture.")
    demo = {"spec": pack(DEMO_SPEC), "explain": "1"}
    row = st.container(horizontal=True)
    row.page_link("pages/slice.py", label="The picture above, explained", icon=":material/info:", query_params=demo)
    row.page_link("pages/enlarge.py", label="Enlarged basins", icon=":material/zoom_out_map:")
    row.page_link("pages/glossary.py", label="The words", icon=":material/menu_book:")
with inspect, st.container(border=True):
    pair = {"a": "demo:base", "b": "demo:assistant"}
    st.page_link("pages/inspect.py", label="**Inspect**", icon=":material/fact_check:")
    st.write("A verdict on a fine-tune before you ship it: what did it lose, and how much room is left?")
    row = st.container(horizontal=True)
    row.page_link("pages/checkpoints.py", label="How far apart?", icon=":material/compare_arrows:", query_params=pair)
    row.page_link("pages/guarantee.py", label="What is guaranteed there?", icon=":material/verified_user:")
