"""Worst case: the worst direction found, beside random directions and fine-tunes."""

from landscape.ui.frame import guard

guard("worst")

import streamlit as st  # noqa: E402

from landscape import bundled  # noqa: E402
from landscape.needle_summary import worst_dict  # noqa: E402
from landscape.recipes import short_name  # noqa: E402
from landscape.results import Result  # noqa: E402
from landscape.specs import WorstSpec  # noqa: E402
from landscape.ui import survey  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.flatness import flatness_panel  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402
from landscape.ui.worst import controls, draw, figures, reading  # noqa: E402
from landscape.ui.worst_form import worst_form  # noqa: E402


def picture(result: Result[WorstSpec], key: str, live: bool) -> dict[str, str]:
    """Figures, downloads, numbers."""
    choice = controls(result)
    found = reading(result, key, choice.tolerance)
    draw(found, choice, key)
    survey.downloads(result, key, lambda: figures(found, choice), lambda: worst_dict(result), live=live)
    survey.numbers(result)
    return choice.query


store = the_store()
shown, run = survey.asked_for(store, bundled.DEMO_WORST)
shipped = bundled.shipped(shown)
with st.sidebar:
    st.header("Search a worst direction")
    with explained():
        survey.offer(store, worst_form(shown))

st.header(f"Worst directions found around {short_name(shown.checkpoint)}")
load_library()
survey.show(store, shown, run, shipped, picture)
result = store.result(run.id) if run is not None else shipped
if result is not None and len(result.rows):
    with explained():
        flatness_panel(store, result)
