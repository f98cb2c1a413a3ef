"""Plane: a map of two directions, and the model's word at every point of it."""

from landscape.ui.components.page_setup import require_app

require_app("plane")

import streamlit as st

from landscape.bundled import results
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec
from landscape.ui.components import measurement
from landscape.ui.components.form import plane_form
from landscape.ui.components.page_setup import get_store, literal_name, show_errors
from landscape.ui.examples import ask, place
from landscape.ui.examples.panel import clicked, lost_here
from landscape.ui.pair.current import current_pair
from landscape.ui.pair.last_result import shown_of
from landscape.ui.pair.page import read_form, title_and_button
from landscape.ui.planes.imported import imported_surface, query
from landscape.ui.planes.panel import question_panel
from landscape.ui.planes.view import controls, figures, render


def picture(result: Result[PlaneSpec], key: str, live: bool) -> dict[str, str]:
    """The map, downloads, numbers; a click asks the model there."""
    if not beside or ask.pop_just_asked():
        st.rerun()  # the first points are here, or a question: the panel beside has something to show
    choice = controls(result)
    at = place.from_url(result)
    click = lambda x, y, along: clicked(result, Point(0, x, y))  # noqa: E731
    render(result, choice, key=key, picked=(at.alpha, at.beta), on_click=click)
    seen = choice.lost, choice.capability if query() else ""
    if seen != st.session_state.setdefault("seen-beside", seen):
        st.session_state["seen-beside"] = seen
        st.rerun()  # the scores beside the map are read at the same τ, and a surface stands beside the same capability
    read = choice.lost.read(result), choice.lost.tolerance
    measurement.downloads(result, key, lambda: figures(result, choice), live=live, read=read)
    measurement.numbers_table(result)
    return choice.query | ask.permalink_query(result)


store = get_store()
pair = current_pair()
shown, run = shown_of(store, "plane", pair)
shipped = results.shipped(shown)
wanted = read_form("What to measure", plane_form, shown, pair)
title_and_button(store, f"A plane through {literal_name(shown.checkpoint)}", "Measure", wanted, shown, run, shipped)
result = measurement.result_of(store, run, shipped)
beside = result is not None and len(result.rows) > 0
if not beside:
    st.write(
        "A map of what the model can do around θ₀: two directions span a plane, colour says how well a capability "
        "holds at each point of it, and a line where it ends. Points are measured coarsely first, then only where a "
        "line passes. Every point of the map can be asked a question."
    )
    measurement.show(store, shown, run, shipped, picture, query())
else:
    left, right = st.columns([3, 2], gap="large")
    with left:
        measurement.show(store, shown, run, shipped, picture, query())
    with right, show_errors():
        assert result is not None
        question_panel(store, result)
    with show_errors():
        lost_here(store, result, run, place.from_url(result))
imported_surface(store, result)
