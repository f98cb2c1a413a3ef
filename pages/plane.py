"""Plane: a map of two directions, and the model's word at every point of it."""

from landscape.ui.frame import guard

guard("plane")

import streamlit as st  # noqa: E402

from landscape import bundled  # noqa: E402
from landscape.recipes import short_name  # noqa: E402
from landscape.results import Result  # noqa: E402
from landscape.specs import PlaneSpec  # noqa: E402
from landscape.ui import ask, survey  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.form import plane_form  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402
from landscape.ui.plane import controls, draw, figures  # noqa: E402


def picture(result: Result[PlaneSpec], key: str, live: bool) -> dict[str, str]:
    """The map, downloads, numbers; a click asks the model there."""
    if not beside or ask.just_asked():
        st.rerun()  # the first points are here, or a question: the panel beside has something to show
    choice = controls(result)
    at = ask.snapped(result, *ask.place_asked(result.spec))
    draw(result, choice, key=key, picked=at, on_click=lambda x, y: ask.ask(store, result, x, y))
    if choice.tolerance != st.session_state.setdefault("tau-beside", choice.tolerance):
        st.session_state["tau-beside"] = choice.tolerance
        st.rerun()  # the scores beside the map are read at the same τ
    survey.downloads(result, key, lambda: figures(result, choice), live=live)
    survey.numbers(result)
    return choice.query | ask.query(result.spec)


store = the_store()
shown, run = survey.asked_for(store, bundled.DEMO_PLANE)
with st.sidebar:
    st.header("Measure a plane")
    with explained():
        survey.offer(store, plane_form(shown))

st.header(f"A plane through {short_name(shown.checkpoint)}")
load_library()
shipped = bundled.shipped(shown)
result = store.result(run.id) if run is not None else shipped
beside = result is not None and len(result.rows) > 0
if not beside:
    st.write(
        "A map of what the model can do around θ₀: two directions span a plane, colour says how well a capability "
        "holds at each point of it, and a line where it ends. Points are measured coarsely first, then only where a "
        "line passes. Every point of the map can be asked a question."
    )
    survey.show(store, shown, run, shipped, picture)
else:
    left, right = st.columns([3, 2], gap="large")
    with left:
        survey.show(store, shown, run, shipped, picture)
    with right, explained():
        assert result is not None
        ask.wake(store, result)
        ask.panel(store, result)
