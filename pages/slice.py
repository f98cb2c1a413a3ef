"""Slice: choose what to measure, watch it, share it."""

from landscape.ui.frame import guard

guard("slice")

import streamlit as st  # noqa: E402

from landscape import bundled  # noqa: E402
from landscape.recipes import short_name  # noqa: E402
from landscape.results import Result  # noqa: E402
from landscape.specs import SliceSpec  # noqa: E402
from landscape.ui import survey  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.form import slice_form  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402
from landscape.ui.slices import controls, draw, figures, how_to_read  # noqa: E402


def picture(result: Result[SliceSpec], key: str, live: bool) -> dict[str, str]:
    """Figures, downloads, numbers."""
    view, relative = controls(result)
    draw(result, key=key, view=view, relative=relative)
    survey.downloads(result, key, lambda: figures(result, view=view, relative=relative), live=live)
    survey.numbers(result)
    return {"view": view} | ({"relative": "true"} if relative else {})


store = the_store()
shown, run = survey.asked_for(store, bundled.DEMO_SPEC)
with st.sidebar:
    st.header("Measure a slice")
    with explained():
        survey.offer(store, slice_form(shown))

st.header(f"Around {short_name(shown.checkpoint)}")
if st.query_params.get("explain"):
    how_to_read()
load_library()
survey.show(store, shown, run, bundled.shipped(shown), picture)
